"""A whole recording out of its windows: every window a checkpoint, every invented text dropped with its reason.

Invariant: a window's final segments depend on that window alone, so a recording that is resumed after a crash equals
one that was transcribed in one go.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nlp.asr.audio import SAMPLE_RATE_HZ, AudioWindow, FloatArray, block_rms, has_sound
from nlp.asr.crosstalk import mute_leaks
from nlp.asr.drops import Dropped
from nlp.asr.echo import drop_echoes
from nlp.asr.phantom import drop_phantoms
from nlp.asr.repetition import collapse_loops
from nlp.asr.segments import merge_by_time, settle_times, shift
from nlp.asr.transcriber import Transcriber
from nlp.errors import Cancelled
from nlp.types import Segment


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """What counts as invented; `gate_rms` is a level in [0, 1], 0.001 = -60 dBFS."""

    gate_rms: float = 0.001
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class WindowResult:
    """One window's segments on all channels, with times of the recording, and what was dropped from it."""

    index: int
    segments: tuple[Segment, ...]
    dropped: tuple[Dropped, ...]


def transcribe_windows(
    windows: Sequence[AudioWindow],
    *,
    read: Callable[[AudioWindow, int], FloatArray],
    transcriber: Transcriber,
    language: str,
    hotwords: Sequence[str],
    done: Mapping[int, Sequence[Segment]],
    on_window: Callable[[WindowResult], None],
    on_progress: Callable[[float], None],
    should_stop: Callable[[], bool],
    options: FilterOptions,
) -> list[Segment]:
    """All segments of the recording, ordered by start.

    Args:
        read: gives the samples of one channel of one window.
        done: finished windows by index; they are taken as they are and not announced again.
        on_window: called with each window finished now, in order.
        on_progress: share of the recording done, in [0, 1].
    Raises:
        Cancelled: `should_stop` said so; finished windows have been announced.
    """
    segments: list[Segment] = []
    total = max(windows[-1].end_ms, 1) if windows else 1
    for window in windows:
        if window.index in done:
            segments += done[window.index]
            continue
        if should_stop():
            raise Cancelled("the transcription was stopped")

        def report(share: float, window: AudioWindow = window) -> None:
            on_progress((window.start_ms + share * (window.end_ms - window.start_ms)) / total)

        result = _transcribe_window(
            window,
            read=read,
            transcriber=transcriber,
            language=language,
            hotwords=hotwords,
            on_progress=report,
            should_stop=should_stop,
            options=options,
        )
        segments += result.segments
        on_window(result)
        on_progress(window.end_ms / total)
    return merge_by_time(segments)


def _transcribe_window(
    window: AudioWindow,
    *,
    read: Callable[[AudioWindow, int], FloatArray],
    transcriber: Transcriber,
    language: str,
    hotwords: Sequence[str],
    on_progress: Callable[[float], None],
    should_stop: Callable[[], bool],
    options: FilterOptions,
) -> WindowResult:
    kept: list[Segment] = []
    dropped: list[Dropped] = []
    channels = len(window.files)
    for channel in range(channels):
        audio = read(window, channel)
        if channels == 2:
            audio = mute_leaks(audio, read(window, 1 - channel))
        if not has_sound(audio, gate_rms=options.gate_rms):
            continue

        def report(share: float, channel: int = channel) -> None:
            on_progress((channel + share) / channels)

        heard = transcriber.transcribe(
            audio, language=language, hotwords=hotwords, on_progress=report, should_stop=should_stop
        )
        real, gone = filter_segments(heard, audio=audio, hotwords=hotwords, options=options)
        kept += [shift(s, window.start_ms, channel=channel) for s in real]
        dropped += [
            Dropped(d.text, d.start_ms + window.start_ms, d.end_ms + window.start_ms, channel, d.reason, d.evidence)
            for d in gone
        ]
    return WindowResult(window.index, tuple(merge_by_time(kept)), tuple(dropped))


def filter_segments(
    segments: Sequence[Segment], *, audio: FloatArray, hotwords: Sequence[str], options: FilterOptions
) -> tuple[list[Segment], list[Dropped]]:
    """Segments of one channel that were really said, with settled times, and what was dropped.

    Args:
        audio: the samples in which the engine heard them; times of `segments` count from its start.
    """
    duration_ms = audio.size * 1000 // SAMPLE_RATE_HZ
    spoken = [s for s in segments if s.text.strip()]
    kept, silent = _drop_silent(settle_times(spoken, duration_ms=duration_ms), audio, options.gate_rms)
    kept, phantoms = drop_phantoms(kept)
    kept, echoes = drop_echoes(kept, prompt=options.prompt, hotwords=hotwords)
    kept, loops = collapse_loops(kept)
    return kept, [*silent, *phantoms, *echoes, *loops]


def _drop_silent(
    segments: Sequence[Segment], audio: FloatArray, gate_rms: float
) -> tuple[list[Segment], list[Dropped]]:
    kept: list[Segment] = []
    dropped: list[Dropped] = []
    margin = SAMPLE_RATE_HZ // 2  # engines place short words up to half a second off
    for segment in segments:
        start = max(0, segment.start_ms * SAMPLE_RATE_HZ // 1000 - margin)
        end = segment.end_ms * SAMPLE_RATE_HZ // 1000 + margin
        level = float(block_rms(audio[start:end], block_ms=100).max(initial=0.0))
        if level >= gate_rms:
            kept.append(segment)
        else:
            evidence = f"level {level:.5f} below {gate_rms}"
            dropped.append(
                Dropped(segment.text, segment.start_ms, segment.end_ms, segment.channel, "silence", evidence)
            )
    return kept, dropped
