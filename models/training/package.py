"""Writes a model's directory: files first, then the manifest that vouches for them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.spelling import syllable_lines
from nlp.classify.artefact import MANIFEST

MODELS = Path(__file__).parents[1]
CUES = Path(__file__).parent / "cues.txt"


def gram_files(vocabulary: list[str], idf: NDArray[np.float32], context_size: int) -> dict[str, bytes]:
    """The files from which `open_grams` restores a vocabulary."""
    return {
        "grams.txt": "\n".join(vocabulary).encode(),
        "idf.bin": idf.astype("<f4").tobytes(),
        "grams.json": json.dumps({"context_size": context_size}).encode(),
        "syllables.txt": "\n".join(syllable_lines()).encode(),
        "cues.txt": CUES.read_bytes(),
    }


def json_bytes(value: object) -> bytes:
    """Readable, stable JSON."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def write_model(task: str, files: Mapping[str, bytes], *, about: Mapping[str, object], root: Path = MODELS) -> Path:
    """Writes `files` and a manifest with their SHA-256 under `root/task`; the version is a hash of the files.

    Args:
        task: the directory's name.
        files: name to content.
        about: what else the manifest should say (data, counts).
        root: where the task's directory lies.
    """
    directory = root / task
    directory.mkdir(parents=True, exist_ok=True)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    for name, content in files.items():
        (directory / name).write_bytes(content)
    version = hashlib.sha256("".join(digests.values()).encode()).hexdigest()[:12]
    manifest = {"version": f"{task}-{version}", "files": digests, "about": dict(about)}
    (directory / MANIFEST).write_bytes(json_bytes(manifest))
    return directory
