"""What lies in a sherpa-onnx model directory: told by its `engine.json`, or by its files where there is none.

Why before loading: the library ends the whole process when a file or a key in the model's metadata is missing, so
everything that can be missing is looked for here first. Invariant: nothing is read beyond names, `tokens.txt` and the
metadata at the rim of the ONNX file; weights of any size stay on disk.
"""

import io
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nlp.errors import ModelMissing, ModelRefused

MANIFEST = "engine.json"
TOKENS = "tokens.txt"
BLANKS = ("<blk>", "<eps>", "<blank>")
SINGLE = ("model",)
THREE = ("encoder", "decoder", "joiner")
METADATA_FIELD, VARINT_BYTES = 14, 10


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of model: which files it has, which metadata the library insists on, whether its tokens need a blank."""

    roles: tuple[str, ...]
    metadata: tuple[str, ...] = ()
    ctc: bool = False


FORMS: Mapping[str, Form] = {
    "sense_voice": Form(SINGLE, ("vocab_size", "lfr_window_size", "lfr_window_shift")),
    "paraformer": Form(SINGLE, ("vocab_size", "lfr_window_size", "lfr_window_shift")),
    "zipformer_ctc": Form(SINGLE, ctc=True),
    "wenet_ctc": Form(SINGLE, ("vocab_size", "subsampling_factor"), ctc=True),
    "nemo_ctc": Form(SINGLE, ("vocab_size", "subsampling_factor"), ctc=True),
    "telespeech_ctc": Form(SINGLE, ctc=True),
    "dolphin_ctc": Form(SINGLE, ctc=True),
    "omnilingual_asr_ctc": Form(SINGLE, ctc=True),
    "transducer": Form(THREE),
}
# What published models call themselves in their metadata.
MODEL_TYPES = {
    "sense_voice_ctc": "sense_voice",
    "sense_voice": "sense_voice",
    "paraformer": "paraformer",
    "zipformer2_ctc": "zipformer_ctc",
    "zipformer_ctc": "zipformer_ctc",
    "wenet_ctc": "wenet_ctc",
    "EncDecCTCModelBPE": "nemo_ctc",
    "EncDecCTCModel": "nemo_ctc",
    "EncDecHybridRNNTCTCBPEModel": "nemo_ctc",
    "telespeech_ctc": "telespeech_ctc",
    "dolphin": "dolphin_ctc",
}
KEYS = {"kind", "model", *THREE, "tokens", "language", "sample_rate", "name", "note", "punctuates", "characters"}


@dataclass(frozen=True, slots=True)
class SherpaModel:
    """A complete model on disk.

    `files` maps a role (`model`, or `encoder`, `decoder`, `joiner`) to its file; `language` is empty where the model
    does not say; `note` is what people must know of it and travels with every result; `punctuates` whether its text
    comes with punctuation; `characters` is the language model that writes characters, where the tokens are syllables.
    """

    kind: str
    files: Mapping[str, Path]
    tokens: Path
    name: str
    language: str = ""
    sample_rate: int = 16_000
    note: str = ""
    punctuates: bool = False
    characters: Path | None = None


def missing(directory: str, reason: str) -> ModelMissing:
    """The error for a directory that holds no complete model, with the way out."""
    return ModelMissing(
        f"the speech model {directory!r} is not available: {reason}",
        remedy=(
            f"set FIELDCUE_ASR__MODEL to a directory with a sherpa-onnx model ({TOKENS} and an .onnx file, "
            f"best with an {MANIFEST} that says its kind: {', '.join(FORMS)})"
        ),
    )


def load_model_facts(directory: str) -> SherpaModel:
    """What is in the directory.

    Raises:
        ModelMissing: there is no directory, or a file of the model is not in it.
        ModelRefused: the manifest is wrong, a file lies outside the directory, or the metadata misses a key.
    """
    folder = Path(directory)
    if not folder.is_dir():
        raise missing(directory, "there is no such directory")
    model = _load_manifest(folder) if (folder / MANIFEST).is_file() else _load_from_files(folder)
    _load_and_check_tokens(model)
    for path in model.files.values():
        _check_metadata(model, path, load_onnx_metadata(path))
    return model


def _load_manifest(folder: Path) -> SherpaModel:
    try:
        given = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ModelRefused(f"{folder / MANIFEST} cannot be read as JSON: {exc}") from exc
    if not isinstance(given, dict):
        raise ModelRefused(f"{folder / MANIFEST} must hold one JSON object")
    unknown = sorted(set(given) - KEYS)
    if unknown:
        raise ModelRefused(
            f"{folder / MANIFEST} has unknown keys {', '.join(unknown)}; known: {', '.join(sorted(KEYS))}"
        )
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in FORMS:
        raise ModelRefused(f"{folder / MANIFEST} names the kind {kind!r}; known kinds: {', '.join(FORMS)}")
    rate = given.get("sample_rate", 16_000)
    if not isinstance(rate, int) or rate != 16_000:
        raise ModelRefused(f"{folder / MANIFEST} wants sample_rate {rate!r}; only models for 16000 Hz can be used")
    files = {}
    for role in FORMS[kind].roles:
        if not isinstance(given.get(role), str):
            raise ModelRefused(f"{folder / MANIFEST} must name the file of its {role}")
        files[role] = _inside(folder, str(given[role]))
    return SherpaModel(
        kind=kind,
        files=files,
        tokens=_inside(folder, str(given.get("tokens", TOKENS))),
        name=str(given.get("name") or folder.name),
        language=str(given.get("language", "")),
        sample_rate=rate,
        note=str(given.get("note", "")),
        punctuates=given.get("punctuates", kind == "sense_voice") is True,
        characters=_inside(folder, str(given["characters"])) if given.get("characters") else None,
    )


def _inside(folder: Path, name: str) -> Path:
    """The file of that name in the folder; links and paths that lead out of it are refused."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ModelRefused(f"{name!r} in {folder / MANIFEST} leads out of the model's directory")
    if not path.is_file():
        raise missing(str(folder), f"{name} is missing in it")
    return path


def _load_from_files(folder: Path) -> SherpaModel:
    """A model without manifest, as it is published: the smaller int8 file where both precisions are there."""
    if not (folder / TOKENS).is_file():
        raise missing(str(folder), f"{TOKENS} is missing in it")
    found = sorted(folder.glob("*.onnx"))
    if not found:
        raise missing(str(folder), "there is no .onnx file in it")
    parts = {role: _quantised([p for p in found if p.name.startswith(role)]) for role in THREE}
    files = {role: path for role, path in parts.items() if path is not None}
    if len(files) == len(THREE):
        return SherpaModel("transducer", files, folder / TOKENS, folder.name)
    path = _quantised(found)
    if path is None:
        names = ", ".join(p.name for p in found)
        raise ModelRefused(f"{folder} holds several models ({names}); say in {MANIFEST} which is meant")
    said = load_onnx_metadata(path).get("model_type", "")
    kind = MODEL_TYPES.get(said)
    if kind is None:
        raise ModelRefused(
            f"{path} does not say what kind of model it is (model_type {said!r}); write {folder / MANIFEST} with "
            f'{{"kind": one of {", ".join(FORMS)}, "model": "{path.name}"}}'
        )
    return SherpaModel(kind, {"model": path}, folder / TOKENS, folder.name, punctuates=kind == "sense_voice")


def _quantised(paths: list[Path]) -> Path | None:
    """The int8 one of one or two files, the only one of one; None where it is not clear which is meant."""
    small = [path for path in paths if ".int8." in path.name]
    chosen = small or paths
    return chosen[0] if len(chosen) == 1 else None


def _load_and_check_tokens(model: SherpaModel) -> None:
    try:
        lines = model.tokens.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as exc:
        raise ModelRefused(f"{model.tokens} is not UTF-8") from exc
    # A blank can be a token itself: then the line holds the number alone behind it.
    bad = next((n for n, line in enumerate(lines, 1) if line.strip() and not line.split()[-1:][0].isdigit()), None)
    if bad is not None or not lines:
        raise ModelRefused(f"{model.tokens} line {bad or 1} is not 'symbol number'")
    symbols = {line.rpartition(" ")[0].strip() for line in lines}
    if FORMS[model.kind].ctc and not symbols.intersection(BLANKS):
        raise ModelRefused(f"{model.tokens} has no blank; one of {', '.join(BLANKS)} must be in it")


def _check_metadata(model: SherpaModel, path: Path, metadata: Mapping[str, str]) -> None:
    absent = [key for key in FORMS[model.kind].metadata if key not in metadata]
    if absent:
        raise ModelRefused(f"{path} lacks the metadata {', '.join(absent)} that a {model.kind} model must carry")


def load_onnx_metadata(path: Path) -> dict[str, str]:
    """The metadata of an ONNX file, weights skipped.

    Raises:
        ModelRefused: it is no ONNX file, or it is cut off.
    Source: protocol buffers wire format; `ModelProto.metadata_props` is field 14, each entry {1: key, 2: value}.
    """
    size = path.stat().st_size
    found: dict[str, str] = {}
    with path.open("rb") as file:
        try:
            while file.tell() < size:
                number, content = _next_field(file, size, keep={METADATA_FIELD})
                if number == METADATA_FIELD:
                    key, value = _entry(content)
                    found[key] = value
        except (ValueError, IndexError) as exc:
            raise ModelRefused(f"{path} is no whole ONNX file: {exc}") from exc
    return found


def _entry(content: bytes) -> tuple[str, str]:
    parts: dict[int, str] = {}
    file = io.BytesIO(content)
    while file.tell() < len(content):
        number, value = _next_field(file, len(content), keep={1, 2})
        parts[number] = value.decode("utf-8")
    return parts.get(1, ""), parts.get(2, "")


def _next_field(file: BinaryIO, size: int, *, keep: Collection[int]) -> tuple[int, bytes]:
    """The next field's number and, where it is one of `keep`, its bytes; all others are skipped unread."""
    tag = _varint(file)
    number, wire = tag >> 3, tag & 7
    if number == 0 or wire not in {0, 1, 2, 5}:
        raise ValueError("it does not parse")
    if wire == 0:
        _varint(file)
        return number, b""
    length = {1: 8, 5: 4}.get(wire) or _varint(file)
    if file.tell() + length > size:
        raise ValueError("it is cut off")
    if number in keep:
        return number, file.read(length)
    file.seek(length, io.SEEK_CUR)
    return number, b""


def _varint(file: BinaryIO) -> int:
    value = 0
    for n in range(VARINT_BYTES):
        byte = file.read(1)[0]
        value |= (byte & 0x7F) << (7 * n)
        if byte < 0x80:
            return value
    raise ValueError("it does not parse")
