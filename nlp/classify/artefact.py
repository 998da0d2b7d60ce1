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

    def content(self, name: str) -> bytes:
        """A file's bytes.

        Raises:
            ModelRefused: the manifest does not name it, so nobody vouches for one.
        """
        if name not in self.files:
            raise ModelRefused(f"{self.version}: {MANIFEST} names no {name}; {REMEDY}")
        return self.files[name]

    def text(self, name: str) -> str:
        """A file as UTF-8 text; ModelRefused as `content`."""
        return self.content(name).decode("utf-8")

    def json(self, name: str) -> Any:  # noqa: ANN401  the shape is the file's own
        """A file as JSON; ModelRefused as `content`."""
        return json.loads(self.content(name))


def load_artefact(directory: Path) -> Artefact:
    """Reads and checks every file that the manifest of `directory` names.

    Args:
        directory: where `manifest.json` lies.

    Raises:
        ModelMissing: there is no manifest, or a file it names is absent.
        ModelRefused: a file's SHA-256 differs, a name leads out of the directory, or the manifest is damaged.
    """
    manifest = directory / MANIFEST
    if not manifest.is_file():
        raise ModelMissing(f"no model in {directory.name}: {MANIFEST} is absent", remedy=REMEDY)
    try:
        described = json.loads(manifest.read_text(encoding="utf-8"))
        version, digests = str(described["version"]), dict(described["files"])
    except (ValueError, TypeError, KeyError) as fault:
        raise ModelRefused(f"{directory.name}: {MANIFEST} is damaged; {REMEDY}") from fault
    files: dict[str, bytes] = {}
    for name, digest in digests.items():
        path = directory / name
        if Path(name).name != name or path.is_symlink():
            raise ModelRefused(f"{directory.name}: {name} does not lie in the model's own directory; {REMEDY}")
        if not path.is_file():
            raise ModelMissing(f"no model in {directory.name}: {name} is absent", remedy=REMEDY)
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise ModelRefused(f"{directory.name}: SHA-256 of {name} is not the one in {MANIFEST}; {REMEDY}")
        files[name] = content
    return Artefact(version, files)


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
    opened = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    # The runtime has its own copy by now; the file's bytes are kept for a change of provider, which never comes.
    opened._model_bytes = None  # noqa: SLF001
    return opened
