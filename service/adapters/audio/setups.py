"""The engines that a speech process can hold: for each its name, its options, and what is known without loading it.

Invariant: none of this imports a speech library; the child does, see `asr_child`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from nlp.asr.engines import sherpa, sherpa_model
from nlp.asr.engines.faster_whisper import WhisperOptions, check_name
from nlp.asr.engines.sherpa import SherpaOptions
from nlp.errors import ModelMissing, ModelRefused
from service.adapters.audio.model_store import cache_directory, find_missing
from service.adapters.transcribers.openai import REMEDY, RemoteOptions


class EngineSetup(Protocol):
    """One engine with one model, before it is loaded."""

    @property
    def engine(self) -> str:
        """Its published name."""
        ...

    @property
    def model(self) -> str:
        """The model's name, without the directory it lies in."""
        ...

    @property
    def threads(self) -> int:
        """CPU threads that it may use."""
        ...

    @property
    def network(self) -> bool:
        """Whether its process may open connections: to a hub, or to a remote service."""
        ...

    def options(self) -> dict[str, Any]:
        """What the child is given, as JSON values."""
        ...

    def check(self, language: str) -> None:
        """Refuse what is known not to write this language: ModelRefused."""
        ...

    def missing(self) -> ModelMissing | None:
        """None when the model lies complete on this machine or needs not to."""
        ...


@dataclass(frozen=True, slots=True)
class WhisperSetup:
    """faster-whisper."""

    whisper: WhisperOptions
    engine: str = "faster-whisper"

    @property
    def model(self) -> str:
        return self.whisper.model.rstrip("/").rpartition("/")[2]

    @property
    def threads(self) -> int:
        return self.whisper.threads

    @property
    def network(self) -> bool:
        return not self.whisper.local_files_only

    def options(self) -> dict[str, Any]:
        return asdict(self._placed())

    def check(self, language: str) -> None:
        check_name(self.whisper.model, language=language)

    def missing(self) -> ModelMissing | None:
        return find_missing(self._placed())

    def _placed(self) -> WhisperOptions:
        return replace(self.whisper, cache_dir=str(cache_directory(self.whisper)))


@dataclass(frozen=True, slots=True)
class SherpaSetup:
    """sherpa-onnx; its models are directories, never names of a hub."""

    sherpa: SherpaOptions
    engine: str = "sherpa-onnx"
    network: bool = False

    @property
    def model(self) -> str:
        return self.sherpa.model.rstrip("/").rpartition("/")[2]

    @property
    def threads(self) -> int:
        return self.sherpa.threads

    def options(self) -> dict[str, Any]:
        # The child works in an empty directory of its own.
        return asdict(replace(self.sherpa, model=str(Path(self.sherpa.model).absolute())))

    def check(self, language: str) -> None:
        try:
            sherpa.check_language(sherpa_model.load_model_facts(self.sherpa.model), language)
        except ModelMissing:
            return  # said by `missing`; the model may come later

    def missing(self) -> ModelMissing | None:
        try:
            sherpa_model.load_model_facts(self.sherpa.model)
        except ModelMissing as missing:
            return missing
        except ModelRefused:
            return None  # it is there, and loading it tells what is wrong
        return None


@dataclass(frozen=True, slots=True)
class RemoteSetup:
    """A transcription service that speaks the OpenAI protocol; its process cuts the speech out and sends it there."""

    remote: RemoteOptions
    engine: str = "remote"
    threads: int = 1
    network: bool = True

    @property
    def model(self) -> str:
        return self.remote.model

    def options(self) -> dict[str, Any]:
        return asdict(self.remote)

    def check(self, language: str) -> None:
        check_name(self.remote.model, language=language)

    def missing(self) -> ModelMissing | None:
        """Never on this machine; whether it answers is known by asking only."""
        return ModelMissing(f"{self.remote.model!r} lies behind a network address", remedy=REMEDY)


def hub_environment(setup: EngineSetup) -> Mapping[str, str]:
    """What the child's libraries read from their environment."""
    environment = {"OMP_NUM_THREADS": str(setup.threads), "HF_HUB_DISABLE_TELEMETRY": "1"}
    return environment if setup.network else {**environment, "HF_HUB_OFFLINE": "1"}
