"""Turns out of segments: one speaker per channel, or pauses and words where all speakers share one.

Invariant: no character that was heard is lost and none is moved; only a comma may be added where two stretches meet
without punctuation. Turns are ordered by start; turns of different channels may overlap in time.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nlp.asr.segments import merge_by_time
from nlp.types import Segment, Turn, Word

PUNCTUATION = "，。？！、；：,.?!;:…"
SENTENCE_ENDS = ("。", "？", "！", ".", "?", "!")
ASKS = re.compile(r"(?:[？?]|[吗呢么嘛][。，]?|(?:是不是|对不对|对吧|行吧|好吧|有没有)[。，]?)$")
REPLIES = re.compile(
    r"(?:嗯|对|是的|是啊|好的|好吧|好啊|行|可以|没问题|不是|不用|不行|没有|有的|哦|噢|啊|当然|那倒|确实|明白|了解|您好|你好)"
)


@dataclass(frozen=True, slots=True)
class TurnOptions:
    """Pauses in milliseconds.

    `split_ms` cuts a segment of a speaker's own channel between two words; `own_channel_ms` ends a turn there; on a
    shared channel `shared_ms` cuts and ends always, `sentence_ms` after a whole sentence, `reply_ms` when the next
    words open an answer, `question_ms` after a question. A shared channel is cut rather too often: two turns of one
    speaker do no harm, one turn of two speakers does; most changes of speaker come with 200 to 300 ms of silence or
    less (Heldner and Edlund 2010). `longest_ms` ends a turn at its next pause of at least `breath_ms`.
    """

    split_ms: int = 700
    own_channel_ms: int = 1500
    shared_ms: int = 250
    sentence_ms: int = 200
    reply_ms: int = 120
    question_ms: int = 120
    longest_ms: int = 60_000
    breath_ms: int = 200


DEFAULT_OPTIONS = TurnOptions()


def build_turns(segments: Iterable[Segment], channels: int, *, options: TurnOptions = DEFAULT_OPTIONS) -> list[Turn]:
    """Turns in the order they began; roles are left to the role model.

    Args:
        channels: 2 when every channel carries one speaker; 1 when all share one.
    Returns:
        `text` and `raw_text` alike, as heard; `channel` None on a shared channel; empty for no segments.
    """
    pause_ms = options.shared_ms if channels == 1 else options.split_ms
    pieces = merge_by_time(
        piece
        for segment in segments
        for piece in split_on_pauses(segment, pause_ms=pause_ms, sentence_ms=options.sentence_ms)
    )
    groups: list[list[Segment]] = []
    for piece in pieces:
        if not piece.text.strip():
            continue
        if groups and _continues(groups[-1], piece, shared=channels == 1, options=options):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return [_turn(i, group, shared=channels == 1) for i, group in enumerate(groups)]


def split_on_pauses(segment: Segment, *, pause_ms: int, sentence_ms: int) -> list[Segment]:
    """The segment cut wherever two of its words are far apart; whole where its words do not spell it.

    Args:
        pause_ms: far between any two words.
        sentence_ms: far behind a word that ends a sentence.
    """
    starts = _word_offsets(segment)
    if starts is None:
        return [segment]
    cuts = []
    for i, (before, after) in enumerate(pairwise(segment.words), start=1):
        ends_sentence = segment.text[: starts[i]].rstrip().endswith(SENTENCE_ENDS)
        if after.start_ms - before.end_ms >= (sentence_ms if ends_sentence else pause_ms):
            cuts.append(i)
    pieces: list[Segment] = []
    for first, last in zip([0, *cuts], [*cuts, len(segment.words)], strict=True):
        words = segment.words[first:last]
        text_from = 0 if first == 0 else starts[first]
        text_to = starts[last] if last < len(starts) else len(segment.text)
        pieces.append(
            replace(
                segment,
                text=segment.text[text_from:text_to].strip(),
                start_ms=segment.start_ms if first == 0 else words[0].start_ms,
                end_ms=words[-1].end_ms if last < len(starts) else segment.end_ms,
                words=words,
            )
        )
    return pieces


def _word_offsets(segment: Segment) -> list[int] | None:
    """Where each word begins in the text; None where they do not follow each other in it."""
    if not segment.words:
        return None
    offsets: list[int] = []
    at = 0
    for word in segment.words:
        found = segment.text.find(word.text, at)
        if found < 0:
            return None
        offsets.append(found)
        at = found + len(word.text)
    return offsets


def _continues(group: Sequence[Segment], piece: Segment, *, shared: bool, options: TurnOptions) -> bool:
    last = group[-1]
    gap = piece.start_ms - last.end_ms
    if None not in (piece.speaker, last.speaker):
        # Voices were told apart: what is said counts no more, only who says it.
        return (
            piece.speaker == last.speaker
            and gap < options.own_channel_ms
            and (gap < options.breath_ms or piece.end_ms - group[0].start_ms <= options.longest_ms)
        )
    if gap >= options.breath_ms and piece.end_ms - group[0].start_ms > options.longest_ms:
        return False
    if not shared:
        return piece.channel == last.channel and gap < options.own_channel_ms
    if gap >= options.shared_ms or (gap >= options.sentence_ms and last.text.rstrip().endswith(SENTENCE_ENDS)):
        return False
    if gap >= options.reply_ms and REPLIES.match(piece.text):
        return False
    return not (gap >= options.question_ms and ASKS.search(last.text))


def _turn(i: int, group: Sequence[Segment], *, shared: bool) -> Turn:
    text = group[0].text.strip()
    for piece in group[1:]:
        text = join_text(text, piece.text.strip())
    words: tuple[Word, ...] = tuple(w for piece in group for w in piece.words)
    return Turn(
        i=i,
        text=text,
        raw_text=text,
        start_ms=group[0].start_ms,
        end_ms=max(piece.end_ms for piece in group),
        channel=None if shared else group[0].channel,
        words=words,
        confidence=_mean_confidence(group),
        speaker=group[0].speaker,
    )


def join_text(left: str, right: str) -> str:
    """Two stretches of one turn as one text.

    >>> join_text("报价我看了", "还是偏高")
    '报价我看了，还是偏高'
    """
    if not left or not right:
        return left or right
    if left[-1].isascii() and left[-1].isalnum() and right[0].isascii() and right[0].isalnum():
        return f"{left} {right}"
    if left[-1] in PUNCTUATION or right[0] in PUNCTUATION:
        return left + right
    return f"{left}，{right}"


def _mean_confidence(group: Sequence[Segment]) -> float | None:
    """Mean over the group, weighted by duration; None where a piece has none."""
    known = [(p.confidence, max(1, p.end_ms - p.start_ms)) for p in group if p.confidence is not None]
    if len(known) < len(group):
        return None
    return round(sum(c * ms for c, ms in known) / sum(ms for _, ms in known), 3)
