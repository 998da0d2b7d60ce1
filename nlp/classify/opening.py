"""Restores a classifier from checked files: vocabulary, graphs, labels and calibration."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.classify.artefact import Artefact, load_artefact, session
from nlp.classify.cues import Cues
from nlp.classify.encoded import EncodedScorer
from nlp.classify.folding import folding_table
from nlp.classify.grams import Grams, Spelling, parse_syllables
from nlp.classify.linear import LinearScorer
from nlp.classify.network import NetworkScorer
from nlp.classify.rivals import COMMON_PAIRS, RIVALS, RivalMemory
from nlp.classify.verdicts import Label
from nlp.classify.vocabulary import Vocabulary
from nlp.encode import NamedEncoder, load_named_encoder

READER, TALK, CHARACTERS = "reader.onnx", "talk.onnx", "characters.txt"
ENCODER, HEAD = "encoder.json", "head.onnx"


@dataclass(frozen=True, slots=True)
class Classifier:
    """What turn and triage models are made of; what a model was trained without is None."""

    version: str
    labels: tuple[Label, ...]
    calibration: NDArray[np.float64]
    linear: LinearScorer
    network: NetworkScorer | None
    encoded: EncodedScorer | None = None
    rivals: RivalMemory | None = None


def load_classifier(directory: Path, *, encoder: Path | None = None) -> Classifier:
    """Reads a classifier's directory, checking every file.

    Args:
        directory: `models/turns`, `models/triage`, or one trained like them.
        encoder: where the sentence encoder lies; opened only for a model that names one.

    Raises:
        ModelMissing: the directory holds no complete model.
        ModelRefused: a file is not the one the manifest describes, or the model names an encoder that is not there.
    """
    artefact = load_artefact(directory)
    labels, calibration = open_labels(artefact)
    grams = open_grams(artefact)
    linear = LinearScorer(grams, session(artefact.content("linear.onnx")), len(labels))
    network = open_network(artefact, grams.spelling) if READER in artefact.files else None
    encoded, rivals = load_encoded(artefact, encoder), load_rivals(artefact)
    return Classifier(artefact.version, labels, calibration, linear, network, encoded, rivals)


def load_rivals(artefact: Artefact) -> RivalMemory | None:
    """The memory of rivals' names that a model was trained with, None where it was trained without."""
    if RIVALS not in artefact.files:
        return None
    return RivalMemory.of_files(artefact.json(RIVALS), artefact.text(COMMON_PAIRS))


def named_encoder(artefact: Artefact) -> NamedEncoder | None:
    """The sentence encoder that a model was trained with, None where it was trained without.

    Raises:
        ModelRefused: what it says of it is damaged.
    """
    return NamedEncoder.of_json(artefact.json(ENCODER)) if ENCODER in artefact.files else None


def load_encoded(artefact: Artefact, encoder: Path | None) -> EncodedScorer | None:
    """The opinion of the encoder that a model names; one that is set and not named is not even opened.

    Raises:
        ModelRefused: the named one does not lie in `encoder`.
    """
    named = named_encoder(artefact)
    if named is None:
        return None
    return EncodedScorer(load_named_encoder(named, encoder), session(artefact.content(HEAD)))


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
