"""Where the terms of keyword packs are said: exactly, or by their sound.

Two automata (ahocorasick_rs) run over the folded text and over its syllables; guards drop what only looks like a term.
Invariant: `text[hit.start:hit.end] == hit.surface`; hits are in order and do not overlap, the longest wins, exact
before sound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter
from typing import Literal, NamedTuple

import ahocorasick_rs

from nlp.keywords.borders import FUNCTION, Borders, shared
from nlp.keywords.pack import KeywordPack, Severity, Term, pack_of_lines
from nlp.keywords.resources import BETWEEN, Lexicon

MatchKind = Literal["exact", "pinyin"]
# From this length on a term matches by sound without being asked; shorter ones collide with dictionary words.
_SOUND_FROM = 3


class KeywordHit(NamedTuple):
    """A term as it was said; `surface` is `text[start:end]`, `term` the pack's name for it.

    `spelling` is the term or alias that was matched, folded; a listed confusion is matched as itself. A tuple, for a
    talk of an hour has thousands.
    """

    term: str
    start: int
    end: int
    match: MatchKind
    surface: str
    category: str = ""
    severity: Severity = "info"
    pack: str = ""
    spelling: str = ""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One spelling of a term, and whether it stands for a mishearing."""

    term: Term
    pack: str
    spelling: str
    match: MatchKind


_Found = tuple[int, bool, int, _Pattern]
"""What sorts first wins: minus the length, whether it only sounds like the term, and its start; then the pattern."""


class KeywordMatcher:
    """Finds the terms of its packs; immutable, safe to share between threads."""

    def __init__(
        self, exact: Mapping[str, _Pattern], sound: Mapping[str, tuple[_Pattern, ...]], *, lexicon: Lexicon
    ) -> None:
        self._lexicon = lexicon
        self._exact = tuple(exact.values())
        self._sound = tuple(sound.values())
        self._written = tuple(frozenset(pattern.spelling for pattern in patterns) for patterns in self._sound)
        self._exact_automaton = ahocorasick_rs.AhoCorasick(list(exact)) if exact else None
        self._sound_automaton = ahocorasick_rs.AhoCorasick(list(sound)) if sound else None

    @classmethod
    def build(cls, packs: Sequence[KeywordPack], *, lexicon: Lexicon) -> "KeywordMatcher":
        """A matcher for the active terms of `packs`; where two packs hold one spelling, the first wins.

        Args:
            lexicon: from `load_lexicon`, shared by all matchers of a process.
        """
        exact: dict[str, _Pattern] = {}
        sound: dict[str, tuple[_Pattern, ...]] = {}
        for pack in packs:
            if pack.status == "deprecated":
                continue
            for term in pack.terms:
                for pattern in _spellings(term, pack.id):
                    key = lexicon.fold(pattern.spelling)
                    if key:
                        exact.setdefault(key, pattern)
                for spelling in (term.text, *term.aliases):
                    for key in _sounds(spelling, term, lexicon):
                        sound[key] = (*sound.get(key, ()), _Pattern(term, pack.id, lexicon.fold(spelling), "pinyin"))
        return cls(exact, sound, lexicon=lexicon)

    @classmethod
    def from_terms(cls, lines: Sequence[str], *, lexicon: Lexicon) -> "KeywordMatcher":
        """A matcher for plain text with a term a line.

        Whoever writes a term of two characters here wants it found, so it may match by sound too; the guards (no
        dictionary word, no piece of one, one character heard right) keep that from running wild.
        """
        return cls.build([pack_of_lines(lines)], lexicon=lexicon)

    def match(self, text: str) -> list[KeywordHit]:
        """The terms said in `text`, in order, offsets into `text` as it was given (Traditional and full-width too)."""
        return [_hit(pattern, text, start, end) for start, end, pattern in self._found(self._lexicon.fold(text))]

    def match_all(self, texts: Sequence[str]) -> list[list[KeywordHit]]:
        """`match` of each text, in order; all are looked through at once, which takes half the time for a talk's turns.

        Args:
            texts: each is matched as if it stood alone.
        """
        ends = list(accumulate(len(text) + len(BETWEEN) for text in texts))
        hits: list[list[KeywordHit]] = [[] for _ in texts]
        at = begin = 0
        for start, end, pattern in self._found(self._lexicon.fold_joined(texts)):
            while start >= ends[at]:
                begin, at = ends[at], at + 1
            if end < ends[at]:
                hits[at].append(_hit(pattern, texts[at], start - begin, end - begin))
        return hits

    def _found(self, folded: str) -> list[tuple[int, int, _Pattern]]:
        """Start, end and pattern of what stands in a folded text, in order, without overlap."""
        borders = Borders(self._lexicon, folded)
        return _longest([*self._exact_hits(folded, borders), *self._sound_hits(folded, borders)], len(folded))

    def _exact_hits(self, folded: str, borders: Borders) -> Iterator[_Found]:
        if self._exact_automaton is None:
            return
        patterns, edges = self._exact, borders.edges
        for index, start, end in self._exact_automaton.find_matches_as_indexes(folded, overlapping=True):
            # Most terms are whole words of Han characters: these are through here.
            if not (edges[start] and edges[end]) and borders.straddled(start, end):
                continue
            if (folded[start].isascii() or folded[end - 1].isascii()) and _cuts_latin(folded, start, end):
                continue
            pattern = patterns[index]
            yield start - end, pattern.match != "exact", start, pattern

    def _sound_hits(self, folded: str, borders: Borders) -> Iterator[_Found]:
        if self._sound_automaton is None:
            return
        written, syllables = self._written, self._lexicon.syllables.of_text(folded)
        found = self._sound_automaton.find_matches_as_indexes(syllables, overlapping=True)
        for index, start, end in found:
            surface = folded[start:end]
            if surface in written[index] or _cuts_latin(folded, start, end):
                continue
            pattern = max(self._sound[index], key=lambda p: shared(p.spelling, surface))
            if borders.plausible(pattern.spelling, start, end):
                yield start - end, True, start, pattern


def _hit(pattern: _Pattern, text: str, start: int, end: int) -> KeywordHit:
    term = pattern.term
    surface = text[start:end]
    return KeywordHit(
        term.text, start, end, pattern.match, surface, term.category, term.severity, pattern.pack, pattern.spelling
    )


def _spellings(term: Term, pack: str) -> Iterator[_Pattern]:
    for spelling in (term.text, *term.aliases):
        yield _Pattern(term, pack, spelling, "exact")
    for spelling in term.asr_confusions:
        yield _Pattern(term, pack, spelling, "pinyin")


def _sounds(spelling: str, term: Term, lexicon: Lexicon) -> tuple[str, ...]:
    """Syllable patterns of a spelling; none where it is too short to be told by its sound."""
    folded = lexicon.fold(spelling)
    han = sum(1 for char in folded if not char.isascii())
    if han < _SOUND_FROM and not (term.pinyin and han == len(folded) >= 2):
        return ()
    if sum(char in FUNCTION for char in folded) * 3 >= len(folded):
        return ()
    return lexicon.syllables.of_term(folded)


def _cuts_latin(text: str, start: int, end: int) -> bool:
    """ERP in SERP, A3000 in A30001, 5G in 15G: an edge inside a run of letters and digits."""
    first, last = text[start], text[end - 1]
    return (first.isascii() and start > 0 and _latin(first) and _latin(text[start - 1])) or (
        last.isascii() and end < len(text) and _latin(last) and _latin(text[end])
    )


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _longest(hits: list[_Found], length: int) -> list[tuple[int, int, _Pattern]]:
    """Start, end and pattern of hits without overlap: the longest first, exact before sound, then the leftmost."""
    kept: list[tuple[int, int, _Pattern]] = []
    taken = bytearray(length)  # a mark for every character that a longer hit holds
    for shorter, _, start, pattern in sorted(hits, key=itemgetter(0, 1, 2)):
        end = start - shorter
        if taken.find(1, start, end) < 0:
            taken[start:end] = b"\x01" * -shorter
            kept.append((start, end, pattern))
    return sorted(kept, key=itemgetter(0))
