"""The speech engines of an installation: the default one and those that tenants chose, each in a process of its own.

Invariant: at most `kept` processes hold a model at a time; one that gives way loses its memory, not its work, because
it starts again when it is asked again.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from nlp.asr.engines.faster_whisper import MODEL_FILES, WhisperOptions
from nlp.asr.engines.sherpa import SherpaOptions
from nlp.asr.engines.sherpa_model import MANIFEST, TOKENS
from nlp.asr.transcriber import SpeechEngine
from service.adapters.audio.setups import EngineSetup, RemoteSetup, SherpaSetup, WhisperSetup
from service.adapters.audio.speech_process import SpeechProcess
from service.adapters.no_speech import NoSpeechEngine
from service.adapters.transcribers.openai import RemoteOptions
from service.domain.speech.choice import EngineName, SpeechOffer, SpeechOption

KEPT = 2


@dataclass(frozen=True, slots=True)
class SpeechPlan:
    """What the operator set: engine, model and how it runs; tenants choose from `models_dir` and `remote_models`.

    `model` is a directory, a hub name or a remote service's model; empty means that there is none.
    """

    engine: EngineName = "faster-whisper"
    model: str = ""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    compute_type: str = ""
    threads: int = 1
    local_files_only: bool = True
    models_dir: Path | None = None
    speakers_dir: Path | None = None
    remote_url: str = ""
    remote_key: str = field(default="", repr=False)
    remote_models: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def plan_of(given: Mapping[str, Any], environment: Mapping[str, str]) -> SpeechPlan:
    """The plan that settings describe, by the names of their fields.

    Raises:
        SystemExit: `remote` without an address.
    """
    plan = SpeechPlan(**given, environment=environment)
    if plan.engine == "remote" and plan.model and not plan.remote_url:
        raise SystemExit("set FIELDCUE_ASR__REMOTE_URL: the engine is `remote`, and nothing says where it is")
    return plan


def make_setup(plan: SpeechPlan) -> EngineSetup:
    """The engine that the plan names, before it is loaded."""
    if plan.engine == "remote":
        return RemoteSetup(RemoteOptions(url=plan.remote_url, model=plan.model, key=plan.remote_key))
    if plan.engine == "sherpa-onnx":
        device: Literal["cpu", "cuda"] = "cuda" if plan.device == "cuda" else "cpu"
        return SherpaSetup(SherpaOptions(model=plan.model, device=device, threads=plan.threads))
    return WhisperSetup(
        WhisperOptions(
            model=plan.model,
            device=plan.device,
            compute_type=plan.compute_type,
            threads=plan.threads,
            local_files_only=plan.local_files_only,
        )
    )


def make_speech(plan: SpeechPlan) -> SpeechEngine:
    """The engine that the plan names, in a process of its own; one that waits where no model is named."""
    if not plan.model:
        return NoSpeechEngine()
    speakers = str(plan.speakers_dir.absolute()) if plan.speakers_dir else ""
    return SpeechProcess(make_setup(plan), speakers_dir=speakers, environment=plan.environment)


class EnginePool:
    """The SpeechEngines port."""

    def __init__(self, plan: SpeechPlan, *, kept: int = KEPT) -> None:
        self._plan = plan
        self._kept = kept
        self._default = make_speech(plan)
        self._lock = threading.Lock()
        self._used: OrderedDict[SpeechOption | None, SpeechEngine] = OrderedDict()

    @property
    def default(self) -> SpeechEngine:
        """The installation's own engine."""
        return self._default

    def of(self, option: SpeechOption | None) -> SpeechEngine:
        if option == self._default_option():
            option = None
        with self._lock:
            engine = self._used.get(option)
            if engine is None:
                engine = self._default if option is None else make_speech(self._planned(option))
            self._used[option] = engine
            self._used.move_to_end(option)
            resting = list(self._used.values())[: -self._kept]
        for old in resting:
            close(old)
        return engine

    def offer(self) -> SpeechOffer:
        default = self._default_option()
        own = () if default is None else (default,)
        remote = tuple(SpeechOption("remote", model) for model in self._plan.remote_models if self._plan.remote_url)
        return SpeechOffer(default, tuple(dict.fromkeys((*own, *self._local(), *remote))))

    def ready(self) -> bool:
        """Whether recordings that wait for a model should try again: one of the engines in use can work now."""
        with self._lock:
            engines = [self._default, *self._used.values()]
        return any(engine.available() is None for engine in engines)

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            engines = [self._default, *self._used.values()]
        for engine in engines:
            close(engine)

    def _default_option(self) -> SpeechOption | None:
        if not self._plan.model:
            return None
        return SpeechOption(self._plan.engine, make_setup(self._plan).model)

    def _local(self) -> list[SpeechOption]:
        """Directories in the models' directory that look like one of the local engines' models."""
        folder = self._plan.models_dir
        if folder is None or not folder.is_dir():
            return []
        found: list[SpeechOption] = []
        for path in sorted(folder.iterdir()):
            if (path / MANIFEST).is_file() or (path / TOKENS).is_file():
                found.append(SpeechOption("sherpa-onnx", path.name))
            elif (path / MODEL_FILES[0]).is_file():
                found.append(SpeechOption("faster-whisper", path.name))
        return found

    def _planned(self, option: SpeechOption) -> SpeechPlan:
        if option.engine == "remote":
            return replace(self._plan, engine="remote", model=option.model)
        # Chosen by name among the directory's own entries; a name that left it becomes a model that is missing.
        folder = self._plan.models_dir or Path("models-directory-not-set")
        return replace(self._plan, engine=option.engine, model=str(folder / option.model), local_files_only=True)


def close(engine: SpeechEngine) -> None:
    """End the engine's process, where it has one."""
    if isinstance(engine, SpeechProcess):
        engine.close()
