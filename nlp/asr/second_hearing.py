"""A stretch that came back looping is heard once more, in other words: in short pieces, without what led the engine on.

Why before anything is collapsed: where a decoder loops it has usually lost real speech, and one occurrence of the
looping clause is not what was said. Invariant: text is replaced only by text that does not loop; each hearing that was
given up is told with its reason; at most `MOST_MS` of one channel of a window are heard twice.
"""

from collections.abc import Callable, Sequence

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray, has_sound
from nlp.asr.cutting import quiet_cuts
from nlp.asr.drops import Dropped
from nlp.asr.repetition import Loop, find_loops
from nlp.asr.segments import shift
from nlp.types import Segment

PIECE_S = 8.0
MOST_MS = 300_000
AROUND_MS = 200

Hear = Callable[[FloatArray], Sequence[Segment]]
"""The engine's second hearing of a short piece; times from the piece's start."""


def hear_loops_again(
    segments: Sequence[Segment], *, audio: FloatArray, hear: Hear, gate_rms: float
) -> tuple[list[Segment], list[Dropped]]:
    """The segments with what was heard the second time in place of loops, in order, and what was given up.

    Args:
        segments: of one channel, with settled times; `audio` holds its samples.
        gate_rms: level in [0, 1] under which a piece is not heard again.
    Returns:
        A loop that loops again, or in which nothing is heard the second time, stays for `collapse_loops`.
    """
    kept: list[Segment] = []
    gone: list[Dropped] = []
    left_ms, at = MOST_MS, 0
    for loop in find_loops(segments):
        kept += segments[at : loop.first]
        at = loop.end
        first = segments[loop.first : loop.end]
        start_ms, end_ms = _around(segments, loop, duration_ms=audio.size * 1000 // SAMPLE_RATE_HZ)
        if end_ms - start_ms > left_ms:
            kept += first
            continue
        left_ms -= end_ms - start_ms
        second = _hear_pieces(audio, start_ms, end_ms, hear=hear, gate_rms=gate_rms)
        again = find_loops(second)
        if not second or again:
            kept += first
            why = f"loops again: {again[0].evidence}" if again else "nothing is heard the second time"
            gone.append(_given_up(second or first, f"{loop.evidence}; {why}"))
        else:
            kept += second
            gone.append(_given_up(first, f"{loop.evidence}; replaced by a second hearing in short pieces"))
    return [*kept, *segments[at:]], gone


def _around(segments: Sequence[Segment], loop: Loop, *, duration_ms: int) -> tuple[int, int]:
    """The loop's time and a little around it, as far as the neighbours leave it."""
    before = max((s.end_ms for s in segments[: loop.first]), default=0)
    after = segments[loop.end].start_ms if loop.end < len(segments) else duration_ms
    start_ms = segments[loop.first].start_ms
    end_ms = max(s.end_ms for s in segments[loop.first : loop.end])
    return min(start_ms, max(before, start_ms - AROUND_MS)), max(end_ms, min(after, end_ms + AROUND_MS))


def _hear_pieces(audio: FloatArray, start_ms: int, end_ms: int, *, hear: Hear, gate_rms: float) -> list[Segment]:
    samples = audio[start_ms * SAMPLE_RATE_HZ // 1000 : end_ms * SAMPLE_RATE_HZ // 1000]
    found: list[Segment] = []
    for start, end in quiet_cuts([samples], piece_s=PIECE_S) if samples.size else []:
        if has_sound(samples[start:end], gate_rms=gate_rms):
            heard = [s for s in hear(samples[start:end]) if s.text.strip()]
            found += [shift(s, start_ms + start * 1000 // SAMPLE_RATE_HZ, channel=0) for s in heard]
    return found


def _given_up(segments: Sequence[Segment], evidence: str) -> Dropped:
    text = " ".join(s.text for s in segments)
    first = segments[0]
    return Dropped(text, first.start_ms, max(s.end_ms for s in segments), first.channel, "heard_again", evidence)
