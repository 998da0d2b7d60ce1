"""Restores a classifier from checked files: vocabulary, graphs, labels and calibration."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.classify.artefact import Artefact, load_artefact, session
from nlp.classify.cues import Cues
from nlp.classify.folding import folding_table
from nlp.classify.grams import Grams, Spelling, parse_syllables
from nlp.classify.linear import LinearScorer
from nlp.classify.network import NetworkScorer
from nlp.classify.verdicts import Label
from nlp.classify.vocabulary import Vocabulary

READER, TALK, CHARACTERS = "reader.onnx", "talk.onnx", "characters.txt"


@dataclass(frozen=True, slots=True)
class Classifier:
    """What turn and triage models are made of; `network` is None for models trained without one."""

    version: str
    labels: tuple[Label, ...]
    calibration: NDArray[np.float64]
    linear: LinearScorer
    network: NetworkScorer | None


def load_classifier(directory: Path) -> Classifier:
    """Reads a classifier's directory, checking every file.

    Args:
        directory: `models/turns`, `models/triage`, or one trained like them.

    Raises:
        ModelMissing: the directory holds no complete model.
        ModelRefused: a file is not the one the manifest describes.
    """
    artefact = load_artefact(directory)
    labels, calibration = open_labels(artefact)
    grams = open_grams(artefact)
    linear = LinearScorer(grams, session(artefact.content("linear.onnx")), len(labels))
    network = open_network(artefact, grams.spelling) if READER in artefact.files else None
    return Classifier(artefact.version, labels, calibration, linear, network)


def open_grams(artefact: Artefact) -> Grams:
    """The vocabulary stored in a model's directory.

    Args:
        artefact: checked files with `grams.txt`, `idf.bin`, `syllables.txt`, `cues.txt` and `grams.json`.
    """
    spelling = _spelling(artefact.text("syllables.txt"), artefact.text("cues.txt"))
    idf = np.frombuffer(artefact.content("idf.bin"), dtype="<f4")
    vocabulary = Vocabulary.of_lines(artefact.text("grams.txt"))
    return Grams(vocabulary, idf, spelling=spelling, context_size=int(artefact.json("grams.json")["context_size"]))


@lru_cache(maxsize=4)
def _spelling(syllables: str, cues: str) -> Spelling:
    """How text is read; models trained together read alike and share it."""
    table = folding_table()
    return Spelling(table, parse_syllables(syllables.splitlines()), Cues(cues.splitlines(), table))


def open_labels(artefact: Artefact) -> tuple[tuple[Label, ...], NDArray[np.float64]]:
    """Labels in the order of the graph's columns, and the calibration [labels, weights of margins + bias].

    Args:
        artefact: checked files with `labels.json`.
    """
    rows = artefact.json("labels.json")
    labels = tuple(Label(row["code"], row["kind"], frozenset(row["roles"]), row["thresholds"]) for row in rows)
    return labels, np.asarray([row["calibration"] for row in rows], dtype=np.float64)


def open_network(artefact: Artefact, spelling: Spelling) -> NetworkScorer:
    """The network stored in a model's directory.

    Args:
        artefact: checked files with `characters.txt`, `reader.onnx` and `talk.onnx`.
        spelling: how text is read, the same as for the tokens.
    """
    return NetworkScorer(
        artefact.text(CHARACTERS).split("\n"),
        spelling,
        reader=session(artefact.content(READER)),
        talk=session(artefact.content(TALK)),
    )
