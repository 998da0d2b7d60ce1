"""A whole recording out of its windows: every window a checkpoint, every invented text dropped with its reason.

Invariant: a window's final segments depend on that window alone, so a recording that is resumed after a crash equals
one that was transcribed in one go.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from nlp.asr.audio import SAMPLE_RATE_HZ, AudioWindow, FloatArray, block_rms, has_sound
from nlp.asr.crosstalk import mute_leaks
from nlp.asr.drops import Dropped
from nlp.asr.echo import drop_echoes
from nlp.asr.phantom import drop_phantoms
from nlp.asr.repetition import collapse_loops
from nlp.asr.second_hearing import Hear, hear_loops_again
from nlp.asr.segments import merge_by_time, settle_times, shift
from nlp.asr.speakers import SpeakerFinder, Stint, by_speaker
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
    speakers: SpeakerFinder | None = None,
) -> list[Segment]:
    """All segments of the recording, ordered by start.

    Args:
        read: gives the samples of one channel of one window.
        done: finished windows by index; they are taken as they are and not announced again.
        on_window: called with each window finished now, in order.
        on_progress: share of the recording done, in [0, 1].
        speakers: tells the voices apart where all share one channel.
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
        if speakers is not None and len(window.files) == 1 and result.segments:
            result = _attributed(result, speakers.find(read(window, 0)), start_ms=window.start_ms)
        segments += result.segments
        on_progress(window.end_ms / total)  # before the checkpoint, which tells others how far it is
        on_window(result)
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

        def hear(piece: FloatArray) -> list[Segment]:
            return transcriber.transcribe(
                piece, language=language, hotwords=(), on_progress=_quietly, should_stop=should_stop, again=True
            )

        real, gone = filter_segments(heard, audio=audio, hotwords=hotwords, options=options, hear=hear)
        kept += [shift(s, window.start_ms, channel=channel) for s in real]
        dropped += [
            Dropped(d.text, d.start_ms + window.start_ms, d.end_ms + window.start_ms, channel, d.reason, d.evidence)
            for d in gone
        ]
    return WindowResult(window.index, tuple(merge_by_time(kept)), tuple(dropped))


def _attributed(result: WindowResult, stints: Sequence[Stint], *, start_ms: int) -> WindowResult:
    within = [shift(segment, -start_ms, channel=0) for segment in result.segments]
    voiced = by_speaker(within, stints, window=result.index)
    return replace(result, segments=tuple(shift(segment, start_ms, channel=0) for segment in voiced))


def _quietly(_: float) -> None:
    """The second hearing belongs to what is reported as done already."""


def filter_segments(
    segments: Sequence[Segment],
    *,
    audio: FloatArray,
    hotwords: Sequence[str],
    options: FilterOptions,
    hear: Hear | None = None,
) -> tuple[list[Segment], list[Dropped]]:
    """Segments of one channel that were really said, with settled times, and what was dropped.

    Args:
        audio: the samples in which the engine heard them; times of `segments` count from its start.
        hear: a second hearing of stretches that loop; None leaves one occurrence of each loop.
    """
    duration_ms = audio.size * 1000 // SAMPLE_RATE_HZ
    spoken = settle_times([s for s in segments if s.text.strip()], duration_ms=duration_ms)
    again: list[Dropped] = []
    if hear is not None:
        spoken, again = hear_loops_again(spoken, audio=audio, hear=hear, gate_rms=options.gate_rms)
        spoken = settle_times(spoken, duration_ms=duration_ms)
    kept, silent = _drop_silent(spoken, audio, options.gate_rms)
    kept, phantoms = drop_phantoms(kept)
    kept, echoes = drop_echoes(kept, prompt=options.prompt, hotwords=hotwords)
    kept, loops = collapse_loops(kept)
    return kept, [*again, *silent, *phantoms, *echoes, *loops]


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
