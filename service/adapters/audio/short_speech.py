"""Short recordings heard at once, over the same decoder and engines as the queue, in a directory that is gone after."""

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from nlp.asr.audio import AudioWindow, DecodedAudio
from nlp.asr.cutting import quiet_cuts
from nlp.asr.finishing import Finishing
from nlp.errors import AudioTooLong
from nlp.types import Segment, Transcript, Turn
from service.adapters.audio.decoding import DEFAULT_LIMITS, decode
from service.adapters.audio.work_files import key_of_file, new_work_key, put_samples, read_window, written
from service.domain.errors import TooLarge, Unavailable
from service.domain.speech.choice import SpeechEngines
from service.domain.speech.short_speech import QUEUE, Heard, HearRequest, ShortLimits

BUSY_RETRY_S = 20
# Text that streams comes in pieces of about this length, cut where it is quiet.
PIECE_S = 45.0


class ClosableEngines(SpeechEngines, Protocol):
    """Engines whose processes can be ended."""

    def close(self) -> None:
        """End them."""
        ...


class LocalShortSpeech:
    """The ShortSpeech port.

    Args:
        engines: kept apart from the queue's, so that nobody waits behind an hour of audio.
        attribute: gives the turns of a transcript their roles.
        finishing: makes Chinese text ready to be read.
        hotwords: terms to listen for behind those of the caller.
    """

    def __init__(
        self,
        engines: ClosableEngines,
        attribute: Callable[[Transcript], Transcript],
        finishing: Finishing | None = None,
        *,
        limits: ShortLimits | None = None,
        hotwords: Sequence[str] = (),
    ) -> None:
        self._engines = engines
        self._attribute = attribute
        self._limits = limits or ShortLimits()
        self._hotwords = tuple(hotwords)
        self._finishing = finishing or Finishing()
        self._places = threading.BoundedSemaphore(self._limits.waiting)

    def close(self) -> None:
        """End the processes that hold its models."""
        self._engines.close()

    @property
    def limits(self) -> ShortLimits:
        """What is taken."""
        return self._limits

    def hear(
        self,
        chunks: Iterable[bytes],
        request: HearRequest,
        *,
        on_segments: Callable[[Sequence[Segment]], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Heard:
        """The text of a recording; see the port."""
        engine = self._engines.of(request.option)
        missing = engine.available()
        if missing is not None:
            raise missing
        with self._place(), tempfile.TemporaryDirectory(prefix="fieldcue-") as name:
            folder = Path(name)
            decoded = self._decode(chunks, folder, should_stop)
            if on_segments is not None:
                decoded = cut_into_pieces(decoded, piece_s=PIECE_S)
            finishing = self._finishing if request.language == "zh" else Finishing()
            heard: list[Segment] = []
            told: list[Segment] = []

            def tell(_: int, found: Sequence[Segment]) -> None:
                finished = finishing.segments(found, before=heard)
                heard.extend(found)
                told.extend(finished)
                if on_segments is not None:
                    on_segments(finished)

            engine.transcribe(
                decoded,
                language=request.language,
                hotwords=[*request.hotwords, *self._hotwords],
                on_window=tell,
                done_windows={},
                should_stop=should_stop,
            )
            turns = self._turns(finishing, heard, decoded, request.language) if request.with_turns else ()
            return Heard(decoded.duration_ms, tuple(told), turns)

    def _decode(self, chunks: Iterable[bytes], folder: Path, should_stop: Callable[[], bool]) -> DecodedAudio:
        path, key = folder / "sent", new_work_key()
        size = 0
        with path.open("wb") as sealed, written(sealed, key) as file:
            for chunk in chunks:
                size += len(chunk)
                if size > self._limits.audio_bytes:
                    raise TooLarge(f"at most {self._limits.audio_bytes} bytes are heard at once; {QUEUE}")
                file.write(chunk)
        limits = replace(DEFAULT_LIMITS, max_s=float(self._limits.audio_s))
        try:
            return decode(
                path,
                folder,
                limits=limits,
                should_stop=should_stop,
                key_of=partial(key_of_file, key=key),
                work_key=key,
            )
        except AudioTooLong as error:
            raise TooLarge(
                f"at most {self._limits.audio_s} s are heard at once; {QUEUE}", code="audio_too_long"
            ) from error

    def _turns(
        self, finishing: Finishing, heard: Sequence[Segment], decoded: DecodedAudio, language: str
    ) -> tuple[Turn, ...]:
        turns = tuple(finishing.turns(heard, decoded.channels))
        return self._attribute(Transcript(turns, language, decoded.duration_ms)).turns

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Unavailable(
                "other recordings are being heard; try again, or send this one to the queue",
                code="speech_busy",
                retry_after_s=BUSY_RETRY_S,
            )
        try:
            yield
        finally:
            self._places.release()


def cut_into_pieces(decoded: DecodedAudio, *, piece_s: float) -> DecodedAudio:
    """The same recording in shorter windows, each a file of its own, cut where no channel speaks."""
    windows: list[AudioWindow] = []
    for window in decoded.windows:
        channels = [
            read_window(decoded.directory, window, channel, key=decoded.key) for channel in range(decoded.channels)
        ]
        for start, end in quiet_cuts(channels, piece_s=piece_s):
            index = len(windows)
            names = tuple(f"piece_{index:04d}_{channel}.s16" for channel in range(decoded.channels))
            for name, samples in zip(names, channels, strict=True):
                with (decoded.directory / name).open("wb") as file:
                    put_samples(file, (samples[start:end] * 32_768).astype("<i2"), decoded.key)
            windows.append(AudioWindow(index, window.start_ms + start // 16, window.start_ms + end // 16, names))
    return replace(decoded, windows=tuple(windows))
