"""Loops: a decoder that says the same clause for minutes, with high confidence.

Invariant: one occurrence of what loops stays, because it may have been said once; people who repeat themselves a few
times (对对对对, 好的好的) are left alone.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlp.asr.drops import Dropped
from nlp.asr.phantom import bare
from nlp.types import Segment, Word

# (shortest and longest unit in characters, repetitions from which nobody speaks like this)
LIMITS = ((1, 1, 12), (2, 3, 8), (4, 7, 6), (8, 60, 4))
COMPRESSION = 2.4  # Whisper's own threshold for a failed decoding
MIN_CHARS_FOR_COMPRESSION = 80
_PATTERNS = tuple(re.compile(rf"(.{{{low},{high}}}?)\1{{{count - 1},}}", re.DOTALL) for low, high, count in LIMITS)


@dataclass(frozen=True, slots=True)
class Loop:
    """Segments [first, end) of a list that say one thing over and over; `evidence` is what gave it away."""

    first: int
    end: int
    evidence: str


def find_loops(segments: Sequence[Segment]) -> list[Loop]:
    """Where a decoder went round in circles, in order: inside a segment, or over several with the same text."""
    loops: list[Loop] = []
    at = 0
    for run in _runs(segments):
        if len(run) > 1 and len(run) >= _limit(len(bare(run[0].text))):
            loops.append(Loop(at, at + len(run), f"said {len(run)} times in a row"))
        else:
            inside = [(at + n, _evidence(segment.text)) for n, segment in enumerate(run)]
            loops += [Loop(n, n + 1, evidence) for n, evidence in inside if evidence]
        at += len(run)
    return loops


def _evidence(text: str) -> str:
    loop = find_loop(text)
    if loop is not None:
        start, end, unit = loop
        return f"{unit} × {(end - start) // len(unit)}"
    ratio = _compresses(text)
    return f"compresses {ratio:.1f} times" if ratio > COMPRESSION else ""


def _compresses(text: str) -> float:
    """How many times smaller the text becomes; 0 where it is too short to tell."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if len(text) >= MIN_CHARS_FOR_COMPRESSION else 0.0


def find_loop(text: str) -> tuple[int, int, str] | None:
    """(start, end, unit) of the first loop in `text`, in code points; None where there is none."""
    hits = [m for pattern in _PATTERNS if (m := pattern.search(text)) is not None]
    if not hits:
        return None
    first = min(hits, key=lambda m: (m.start(), len(m.group(1))))
    return first.start(), first.end(), first.group(1)


def collapse_loops(segments: Sequence[Segment]) -> tuple[list[Segment], list[Dropped]]:
    """Segments in which each loop is said once, and what was taken out; order and channels stay.

    Looks inside each segment and for one segment's text returned again and again. Text that compresses too well
    without a clean loop is dropped as a whole: nothing in it can be trusted.
    """
    kept: list[Segment] = []
    dropped: list[Dropped] = []
    for run in _runs(segments):
        head, rest = run[0], run[1:]
        if rest and len(run) >= _limit(len(bare(head.text))):
            dropped += [_drop(s, s.text, evidence=f"said {len(run)} times in a row") for s in rest]
            rest = []
        for segment in (head, *rest):
            cleaned, loops = _collapse(segment)
            dropped += loops
            if cleaned is not None:
                kept.append(cleaned)
    return kept, dropped


def _runs(segments: Sequence[Segment]) -> list[list[Segment]]:
    runs: list[list[Segment]] = []
    for segment in segments:
        if runs and bare(runs[-1][0].text) == bare(segment.text) and runs[-1][0].channel == segment.channel:
            runs[-1].append(segment)
        else:
            runs.append([segment])
    return runs


def _limit(n_chars: int) -> int:
    return next((count for _, longest, count in LIMITS if n_chars <= longest), LIMITS[-1][2])


def _collapse(segment: Segment) -> tuple[Segment | None, list[Dropped]]:
    text, dropped = segment.text, []
    while (loop := find_loop(text)) is not None:
        start, end, unit = loop
        keep = start + len(unit)
        dropped.append(_drop(segment, text[keep:end], evidence=f"{unit} × {(end - start) // len(unit)}"))
        text = text[:keep] + text[end:]
    ratio = _compresses(text)
    if ratio > COMPRESSION:
        dropped.append(_drop(segment, text, evidence=f"compresses {ratio:.1f} times"))
        return None, dropped
    if not dropped:
        return segment, []
    return replace(segment, text=text, words=_leading_words(segment.words, text)), dropped


def _leading_words(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The words that still spell the beginning of `text`; the loop's own words are gone with their times."""
    kept: list[Word] = []
    rest = text.replace(" ", "")
    for word in words:
        plain = word.text.replace(" ", "")
        if not rest.startswith(plain):
            break
        rest = rest[len(plain) :]
        kept.append(word)
    return tuple(kept)


def _drop(segment: Segment, text: str, *, evidence: str) -> Dropped:
    return Dropped(text, segment.start_ms, segment.end_ms, segment.channel, "repetition", evidence=evidence)
