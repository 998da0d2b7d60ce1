"""The parent's side of speech recognition: one warm child with one model, replaced before it grows old.

Invariant: one transcription at a time; a cancelled or crashed one costs the child, never this process, and windows that
were announced are never asked for again.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from nlp.asr.audio import DecodedAudio
from nlp.asr.drops import Dropped
from nlp.asr.engines.sherpa_speakers import check_speaker_models
from nlp.asr.hotwords import select_hotwords
from nlp.asr.segments import merge_by_time, read_segment
from nlp.errors import Cancelled, ModelMissing, ModelRefused
from nlp.types import Segment
from service.adapters.audio.errors import ChildCrashed
from service.adapters.audio.lines import Message
from service.adapters.audio.process import MIB, Child, ChildLimits
from service.adapters.audio.setups import EngineSetup, hub_environment

MODULE = "service.adapters.audio.asr_child"
GIB = 1024 * MIB
ASK_HUB_AGAIN_S = 300.0


@dataclass(frozen=True, slots=True)
class SpeechLimits:
    """When the child is replaced (`max_jobs`, `recycle_rss_bytes`, between jobs) and when it is killed (the rest)."""

    max_jobs: int = 50
    recycle_rss_bytes: int = 3 * GIB
    rss_bytes: int = 6 * GIB
    wall_s: float = 12 * 3600.0
    silent_s: float = 900.0  # one batch of eight half-minutes on one slow core with a large model


DEFAULT_LIMITS = SpeechLimits()


class SpeechProcess:
    """`SpeechEngine` over one engine in a child of its own.

    Args:
        setup: engine, model and how it runs; threads from the container's quota.
        language: what this engine will be asked for, to refuse models that cannot write it at once.
        gate_rms: level in [0, 1] under which a second counts as silence.
        speakers_dir: models that tell voices apart; used where a caller may ask for it, empty: never.
        environment: passed to the child beside a bare minimum (proxy or hub settings, GPU libraries).
    Raises:
        ModelRefused: a model that is known not to write `language`.
    """

    def __init__(
        self,
        setup: EngineSetup,
        *,
        language: str = "zh",
        gate_rms: float = 0.001,
        limits: SpeechLimits = DEFAULT_LIMITS,
        speakers_dir: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        setup.check(language)
        self._setup = setup
        self._gate_rms = gate_rms
        self._limits = limits
        self._speakers_dir = speakers_dir
        self._environment = dict(environment or {})
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._jobs = 0
        self._loaded = False
        self._failed: tuple[float, ModelMissing] | None = None
        self._described: Mapping[str, str] = {"engine": setup.engine, "model": setup.model}

    def available(self) -> ModelMissing | None:
        """None when a transcription can be tried now; what just failed rests for five minutes."""
        missing = self._setup.missing()
        if missing is None or not self._setup.network:
            return missing
        failed = self._failed
        return failed[1] if failed is not None and time.monotonic() - failed[0] < ASK_HUB_AGAIN_S else None

    def describe(self) -> Mapping[str, str]:
        """Engine, model and parameters; versions once the child has told them."""
        return dict(self._described)

    def transcribe(
        self,
        decoded: DecodedAudio,
        *,
        language: str,
        hotwords: Sequence[str],
        on_window: Callable[[int, list[Segment]], None],
        done_windows: Mapping[int, Sequence[Segment]],
        should_stop: Callable[[], bool],
        on_dropped: Callable[[int, list[Dropped]], None] | None = None,
        on_progress: Callable[[float], None] | None = None,
        tell_voices: bool = False,
    ) -> list[Segment]:
        """All segments of the recording; see `SpeechEngine.transcribe`.

        Raises:
            ModelMissing, ModelRefused: with the way out.
            Cancelled: the child is killed.
            ChildCrashed: it died, hung or grew; try again with the windows announced so far.
        """
        self._setup.check(language)
        speakers_dir = self._speakers_dir if tell_voices and decoded.channels == 1 else ""
        if speakers_dir:
            check_speaker_models(speakers_dir)
        segments = {index: list(found) for index, found in done_windows.items()}
        if all(window.index in segments for window in decoded.windows):
            return merge_by_time(s for found in segments.values() for s in found)

        def hear(message: Message) -> None:
            if message["type"] == "progress" and on_progress is not None:
                on_progress(float(message["share"]))
            if message["type"] == "window":
                index = int(message["index"])
                segments[index] = [read_segment(s) for s in message["segments"]]
                on_window(index, segments[index])
                if on_dropped is not None and message["dropped"]:
                    on_dropped(index, [Dropped(**d) for d in message["dropped"]])

        request = {
            "engine": self._setup.engine,
            "options": self._setup.options(),
            "directory": str(decoded.directory.absolute()),
            "key": decoded.key.hex(),
            "windows": [asdict(window) for window in decoded.windows],
            "language": language,
            "hotwords": select_hotwords(hotwords),
            "done": sorted(segments),
            "gate_rms": self._gate_rms,
            "speakers_dir": speakers_dir,
        }
        self._converse(request, hear, should_stop)
        return merge_by_time(s for found in segments.values() for s in found)

    def close(self) -> None:
        """End the child; the next transcription starts a new one."""
        with self._lock:
            self._drop_child()

    def _converse(self, request: Message, hear: Callable[[Message], None], should_stop: Callable[[], bool]) -> None:
        while not self._lock.acquire(timeout=0.1):
            if should_stop():
                raise Cancelled("the transcription was stopped before it began")
        try:
            child = self._fresh_child()
            try:
                answer = child.converse(request, on_message=self._listen(hear), should_stop=should_stop)
            except ModelMissing as exc:
                self._failed = (time.monotonic(), exc)
                raise
            except ChildCrashed as exc:
                left_while_loading = exc.reason == "exited" and not self._loaded
                self._drop_child()
                if left_while_loading:
                    raise self._refused(exc) from exc
                raise
            except BaseException:
                # Whatever went wrong, also in a callback: the child may be anywhere in its work.
                self._drop_child()
                raise
            self._jobs += 1
            self._failed = None
            self._described = dict(answer["describe"])
        finally:
            self._lock.release()

    def _listen(self, hear: Callable[[Message], None]) -> Callable[[Message], None]:
        def listen(message: Message) -> None:
            if message["type"] == "loaded":
                self._loaded = True
            hear(message)

        return listen

    def _refused(self, crash: ChildCrashed) -> ModelRefused:
        """sherpa-onnx ends its process over a model it cannot read, and says why on standard error only."""
        said = [line.strip() for line in crash.stderr_tail.splitlines() if line.strip()]
        reason = said[-1][-300:] if said else "it gave no reason"
        return ModelRefused(
            f"the speech model {self._setup.model!r} cannot be loaded by {self._setup.engine}: {reason}"
        )

    def _fresh_child(self) -> Child:
        """The warm child, or a new one where it is gone, has served enough, or has grown."""
        child = self._child
        if child is not None and child.alive:
            grown = child.rss_bytes() > self._limits.recycle_rss_bytes
            if self._jobs < self._limits.max_jobs and not grown:
                return child
        self._drop_child()
        self._child = Child(
            MODULE,
            limits=ChildLimits(
                rss_bytes=self._limits.rss_bytes,
                wall_s=self._limits.wall_s,
                silent_s=self._limits.silent_s,
                # Downloads are written by the child; otherwise it has nothing to write.
                file_bytes=8 * GIB if self._setup.network else 64 * MIB,
                open_files=256,
                network=self._setup.network,
            ),
            environment={**hub_environment(self._setup), **self._environment},
        )
        return self._child

    def _drop_child(self) -> None:
        if self._child is not None:
            self._child.kill()
        self._child, self._jobs, self._loaded = None, 0, False
