"""Where somebody speaks: the voice detector that ships with faster-whisper, for engines that have none of their own.

Invariant: importing this module imports no library; stretches are ordered, do not overlap and lie inside the audio.
"""

from dataclasses import dataclass

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    """What counts as one stretch of speech.

    `threshold` is the detector's probability in [0, 1]; a pause of `pause_ms` ends a stretch, `pad_ms` of what is
    around it comes along, and none is longer than `longest_s`.
    """

    threshold: float = 0.5
    pause_ms: int = 400
    pad_ms: int = 200
    shortest_ms: int = 100
    longest_s: float = 20.0


DEFAULT_VOICE = VoiceOptions()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples [start, end) in which somebody speaks."""

    start: int
    end: int

    @property
    def start_ms(self) -> int:
        """Where it begins, in milliseconds of the audio."""
        return self.start * 1000 // SAMPLE_RATE_HZ

    @property
    def end_ms(self) -> int:
        """Where it ends, in milliseconds of the audio."""
        return self.end * 1000 // SAMPLE_RATE_HZ


def find_voice(audio: FloatArray, *, options: VoiceOptions = DEFAULT_VOICE) -> list[Stretch]:
    """Stretches of speech in order; empty where nobody speaks.

    Args:
        audio: float32, shape (n_samples,), mono, 16 000 Hz; at most ten minutes, an hour at once takes a gigabyte.
    """
    if audio.size == 0:
        return []
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    found = get_speech_timestamps(
        audio,
        VadOptions(
            threshold=options.threshold,
            min_speech_duration_ms=options.shortest_ms,
            min_silence_duration_ms=options.pause_ms,
            speech_pad_ms=options.pad_ms,
            max_speech_duration_s=options.longest_s,
        ),
    )
    return [Stretch(int(s["start"]), int(s["end"])) for s in found if int(s["end"]) > int(s["start"])]


def join_stretches(stretches: list[Stretch], *, longest_s: float, gap_s: float) -> list[Stretch]:
    """Neighbours at most `gap_s` apart as one, up to `longest_s`: fewer, longer pieces for engines that hear context.

    >>> join_stretches([Stretch(0, 16000), Stretch(20000, 30000), Stretch(90000, 99000)], longest_s=5, gap_s=1)
    [Stretch(start=0, end=30000), Stretch(start=90000, end=99000)]
    """
    joined: list[Stretch] = []
    for stretch in stretches:
        last = joined[-1] if joined else None
        near = last is not None and stretch.start - last.end <= gap_s * SAMPLE_RATE_HZ
        if last is not None and near and stretch.end - last.start <= longest_s * SAMPLE_RATE_HZ:
            joined[-1] = Stretch(last.start, stretch.end)
        else:
            joined.append(stretch)
    return joined
