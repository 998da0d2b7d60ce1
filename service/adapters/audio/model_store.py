"""Where speech models lie on this machine, told without loading any of the libraries that read them."""

from pathlib import Path

from nlp.asr.engines.faster_whisper import MODEL_FILES, WhisperOptions, missing_model
from nlp.errors import ModelMissing

HUB_CACHE = "~/.cache/huggingface/hub"
ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")


def cache_directory(options: WhisperOptions) -> Path:
    """The hub cache that applies: the configured one, else the hub client's own."""
    return Path(options.cache_dir or HUB_CACHE).expanduser()


def find_missing(options: WhisperOptions) -> ModelMissing | None:
    """None when the model lies complete on this machine; otherwise what is wrong, with the ways out."""
    directory = Path(options.model)
    if directory.is_dir():
        gaps = _gaps(directory)
        if not gaps:
            return None
        hint = ""
        if any((directory / name).exists() for name in ("pytorch_model.bin", "model.safetensors")):
            hint = "; it holds a PyTorch model, convert it with ct2-transformers-converter first"
        return missing_model(options.model, f"{directory} lacks {', '.join(gaps)}{hint}")
    if "/" in options.model and (directory.is_absolute() or options.model.startswith(".")):
        return missing_model(options.model, "there is no such directory")
    snapshots = [s for folder in _hub_folders(options) for s in sorted(folder.glob("snapshots/*"))]
    if any(not _gaps(snapshot) for snapshot in snapshots):
        return None
    return missing_model(options.model, f"it is not in {cache_directory(options)}")


def _hub_folders(options: WhisperOptions) -> list[Path]:
    """Folders of the hub cache that may hold the model: a size's publisher differs from size to size."""
    cache = cache_directory(options)
    if "/" in options.model:
        return [cache / f"models--{options.model.replace('/', '--')}"]
    name = ALIASES.get(options.model, options.model)
    return sorted(cache.glob(f"models--*--faster-whisper-{name}"))


def _gaps(directory: Path) -> list[str]:
    gaps = [name for name in MODEL_FILES if not (directory / name).is_file()]
    if not any((directory / name).is_file() for name in VOCABULARIES):
        gaps.append(VOCABULARIES[0])
    return gaps
