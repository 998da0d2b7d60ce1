"""Opens a model's directory only when every file is what its manifest says.

Invariant: no file of a model is read before its hash was checked, and nothing that can run code (pickle) is accepted.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime as ort

from nlp.errors import ModelMissing, ModelRefused

MANIFEST = "manifest.json"
REMEDY = "run `python -m models.train all`, or restore the directory from the repository"


@dataclass(frozen=True, slots=True)
class Artefact:
    """One model's checked files: name to bytes, and the manifest's own `version`."""

    version: str
    files: Mapping[str, bytes]

    def text(self, name: str) -> str:
        """A file as UTF-8 text."""
        return self.files[name].decode("utf-8")

    def json(self, name: str) -> Any:  # noqa: ANN401  the shape is the file's own
        """A file as JSON."""
        return json.loads(self.files[name])


def load_artefact(directory: Path) -> Artefact:
    """Reads and checks every file that the manifest of `directory` names.

    Args:
        directory: where `manifest.json` lies.

    Raises:
        ModelMissing: there is no manifest, or a file it names is absent.
        ModelRefused: a file's SHA-256 differs, or a name leads out of the directory.
    """
    manifest = directory / MANIFEST
    if not manifest.is_file():
        raise ModelMissing(f"no model in {directory.name}: {MANIFEST} is absent", remedy=REMEDY)
    described = json.loads(manifest.read_text(encoding="utf-8"))
    files: dict[str, bytes] = {}
    for name, digest in described["files"].items():
        path = directory / name
        if Path(name).name != name or path.is_symlink():
            raise ModelRefused(f"{directory.name}: {name} does not lie in the model's own directory")
        if not path.is_file():
            raise ModelMissing(f"no model in {directory.name}: {name} is absent", remedy=REMEDY)
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise ModelRefused(f"{directory.name}: {name} is not the file the manifest describes (SHA-256 differs)")
        files[name] = content
    return Artefact(str(described["version"]), files)


def session(model: bytes) -> ort.InferenceSession:
    """An onnxruntime session on one thread that does not spin while idle.

    Args:
        model: an ONNX file's bytes.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
