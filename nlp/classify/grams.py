"""Text to the numbered tokens the linear models weigh, in four families.

Characters (one and two), syllables (two and three, for sound-alikes), pairs of characters a few places apart (word
order is free in speech) and cue classes (words of one meaning).
Invariant: training and scoring call the same `Grams.of`; ids below `context_size` are cue classes and frequent
character grams, the only ones whose weight is kept for neighbouring turns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from operator import add

import numpy as np
from numpy.typing import NDArray

from nlp.classify.cues import Cues
from nlp.classify.folding import END, START, fold
from nlp.classify.gram_table import ABSENT, Codes, GramTable, codes_of, keys_of, pack, text_of
from nlp.classify.vocabulary import Vocabulary
from nlp.types import Span

GAPS = (2, 3, 4)
UNKNOWN = ABSENT
MAX_CHARACTERS = 400
"""Longer turns are cut for scoring: cost stays bounded, and no labelled turn is near it."""
FIRST_SYLLABLE, GAP_MARK, CUE_MARK = 0xE000, "\ue900", "\ue901"
"""Private-use code points keep the families apart in one vocabulary."""
CHARACTERS, SYLLABLES, APART, CUE = range(4)
FAMILY_WEIGHTS = (1.0, 0.7, 0.5, 0.25)
_BASIC = 0x10000
"""Code points of the basic plane, in which all syllables are told."""


@dataclass(frozen=True, slots=True)
class GramHits:
    """The distinct known tokens of one text: `ids` int64 [n] ascending, `values` float32 [n]."""

    ids: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How text is read: folded, sounded (code point to syllable code point), and searched for cues."""

    folding: Mapping[int, int]
    syllables: Mapping[int, int]
    cues: Cues
    _folds: NDArray[np.int32] = field(init=False, repr=False, compare=False)
    _sounds: NDArray[np.int32] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_folds", _as_array(self.folding))
        object.__setattr__(self, "_sounds", _as_array(self.syllables))

    def written(self, text: str) -> str:
        """`text` folded, between its two marks, cut at `MAX_CHARACTERS`."""
        return START + fold(text[:MAX_CHARACTERS], self.folding) + END

    def written_all(self, texts: Sequence[str]) -> tuple[Codes, list[int]]:
        """`written` of several texts, one behind the other: code points int64 [characters], and each text's length."""
        cut = [text[:MAX_CHARACTERS] for text in texts]
        lengths = [len(own) + len(START) + len(END) for own in cut]
        if not cut:
            return np.zeros(0, np.int64), lengths
        codes = self.folds_of(codes_of("".join(f"{START}{own}{END}" for own in cut)))
        ends = np.cumsum(lengths)
        codes[ends - 1], codes[ends - lengths] = ord(END), ord(START)
        return codes, lengths

    def folds_of(self, codes: Codes) -> Codes:
        """Code points folded, int64 [characters]."""
        return _mapped(codes, self._folds)

    def sounds_of(self, codes: Codes) -> Codes:
        """Written code points as syllables, int64 [characters]; what has no syllable stays."""
        return _mapped(codes, self._sounds)


def _as_array(table: Mapping[int, int]) -> NDArray[np.int32]:
    """A table of code points of the basic plane as an array in which every other one stands for itself."""
    array = np.arange(_BASIC, dtype=np.int32)
    inside = [(code, to) for code, to in table.items() if code < _BASIC]
    if inside:
        codes, targets = zip(*inside, strict=True)
        array[list(codes)] = targets
    return array


def _mapped(codes: Codes, array: NDArray[np.int32]) -> Codes:
    return np.where(codes < _BASIC, array[np.minimum(codes, _BASIC - 1)], codes)


def parse_syllables(lines: Iterable[str]) -> dict[int, int]:
    """Line n holds the characters that sound like syllable n; returns code point to private-use code point.

    Args:
        lines: one syllable a line, its characters side by side.
    """
    return {ord(mark): code for code, line in enumerate(lines, FIRST_SYLLABLE) for mark in line.strip()}


def raw_grams(text: str, spelling: Spelling) -> list[str]:
    """All tokens of `text`, repeats included."""
    written = spelling.written(text)
    sounded = written.translate(spelling.syllables)
    grams = list(written)
    grams += map(add, written, written[1:])
    two_sounds = list(map(add, sounded, sounded[1:]))
    grams += two_sounds
    grams += map(add, two_sounds, sounded[2:])
    opened = [first + GAP_MARK for first in written]
    for gap in GAPS:
        grams += map(add, opened, written[gap:])
    grams += [CUE_MARK + name for _, _, name in spelling.cues.find(written)]
    return grams


@dataclass(frozen=True)
class Reading:
    """A text read once, for looking up many tokens: written and sounded, and searched for cues when it is asked."""

    written: str
    sounded: str
    spelling: Spelling

    @cached_property
    def cues(self) -> Mapping[str, Span]:
        """Where each class of cues first stands."""
        return self.spelling.cues.first_of_each(self.written)


def read(text: str, spelling: Spelling) -> Reading:
    """Reads `text` for `gram_place`."""
    written = spelling.written(text)
    return Reading(written, written.translate(spelling.syllables), spelling)


def read_all(texts: Sequence[str], spelling: Spelling) -> list[Reading]:
    """`read` of each text, in order; folded and sounded at once for all of them."""
    codes, lengths = spelling.written_all(texts)
    written, sounded = text_of(codes), text_of(spelling.sounds_of(codes))
    bounds = pairwise([0, *accumulate(lengths)])
    return [Reading(written[begin:end], sounded[begin:end], spelling) for begin, end in bounds]


def gram_place(gram: str, reading: Reading) -> Span | None:
    """Where `gram` first stands in the text (the two marks stand for nothing); None where it does not.

    Args:
        gram: a token of any family.
        reading: of the text.
    """
    return _place(gram, family_of(gram), reading)


def _place(gram: str, family: int, reading: Reading) -> Span | None:
    if family == CUE:
        found = reading.cues.get(gram[1:])
    elif family == APART:
        found = _apart(gram, reading.written)
    else:
        begin = (reading.written if family == CHARACTERS else reading.sounded).find(gram)
        found = None if begin < 0 else (begin, begin + len(gram))
    if found is None:
        return None
    begin, end = found
    last = len(reading.written) - 2
    return (begin - 1 if begin else 0), (end - 1 if end <= last else last)


def _apart(gram: str, written: str) -> Span | None:
    """Where both characters stand the fewest places apart, and first so."""
    first, second, length = gram[0], gram[2], len(written)
    for gap in GAPS:
        begin = written.find(first, 0, length - gap)
        while begin >= 0:
            if written[begin + gap] == second:
                return begin, begin + gap + 1
            begin = written.find(first, begin + 1, length - gap)
    return None


def family_of(gram: str) -> int:
    """Which of the four families a token belongs to."""
    if gram[0] == CUE_MARK:
        return CUE
    if len(gram) == len("aXb") and gram[1] == GAP_MARK:
        return APART
    if any(FIRST_SYLLABLE <= ord(mark) < ord(GAP_MARK) for mark in gram):
        return SYLLABLES
    return CHARACTERS


def families_of(vocabulary: Sequence[str]) -> NDArray[np.uint8]:
    """`family_of` of every token, uint8 [tokens]."""
    if not vocabulary:
        return np.zeros(0, dtype=np.uint8)
    packed = Vocabulary.of(vocabulary)
    lengths, begins, codes = packed.lengths, packed.begins, codes_of(packed.joined)
    sounds = np.logical_or.reduceat((codes >= FIRST_SYLLABLE) & (codes < ord(GAP_MARK)), begins)
    families = np.where(sounds, SYLLABLES, CHARACTERS).astype(np.uint8)
    families[(lengths == len("aXb")) & (codes[np.minimum(begins + 1, len(codes) - 1)] == ord(GAP_MARK))] = APART
    families[codes[begins] == ord(CUE_MARK)] = CUE
    return families


class Grams:
    """A numbered vocabulary with inverse document frequencies; see the module for how it is ordered."""

    def __init__(
        self, vocabulary: Sequence[str], idf: NDArray[np.float32], *, spelling: Spelling, context_size: int
    ) -> None:
        self.vocabulary = Vocabulary.of(vocabulary)
        self.size = len(self.vocabulary)
        self.context_size = context_size
        self.spelling = spelling
        self._idf = idf
        self.families = families_of(self.vocabulary)
        words = np.flatnonzero(self.families == CUE).tolist()
        known = {self.vocabulary[number][1:]: number for number in words}
        self._cue_numbers = np.asarray([known.get(name, UNKNOWN) for name in spelling.cues.names], dtype=np.int64)
        keys = keys_of(self.vocabulary)
        keys[words] = 0
        self._table = GramTable(keys)

    def of(self, text: str) -> GramHits:
        """The known tokens of `text`; see `of_all`.

        Args:
            text: one turn or message; empty arrays come back for one that holds no known token.
        """
        return self.of_all([text])[0]

    def of_all(self, texts: Sequence[str]) -> list[GramHits]:
        """The known tokens of each text; each family's values have the length of its weight.

        Args:
            texts: turns or messages; all arithmetic is done at once for all of them.
        """
        if not texts:
            return []
        rows, ids = np.divmod(self._cells(texts), self.size)
        values = self._idf[ids]
        families = rows * len(FAMILY_WEIGHTS) + self.families[ids]
        squares = np.bincount(families, values * values, minlength=len(texts) * len(FAMILY_WEIGHTS))
        scales = np.tile(FAMILY_WEIGHTS, len(texts)) / np.sqrt(np.maximum(squares, 1e-12))
        scaled = (values * scales[families]).astype(np.float32)
        ends = np.cumsum(np.bincount(rows, minlength=len(texts))).tolist()
        return [GramHits(ids[begin:end], scaled[begin:end]) for begin, end in pairwise([0, *ends])]

    def _cells(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Row x size + number of every known token of every text, each once, ascending: `raw_grams` in one go."""
        codes, lengths = self.spelling.written_all(texts)
        row = np.repeat(np.arange(len(texts)), lengths)
        sounds = self.spelling.sounds_of(codes)
        keys, rows = [pack(codes)], [row]

        def beside(reach: int, *columns: Codes | int) -> None:
            inside = row[:-reach] == row[reach:]
            keys.append(pack(*columns)[inside])
            rows.append(row[:-reach][inside])

        beside(1, codes[:-1], codes[1:])
        beside(1, sounds[:-1], sounds[1:])
        beside(2, sounds[:-2], sounds[1:-1], sounds[2:])
        for gap in GAPS:
            beside(gap, codes[:-gap], ord(GAP_MARK), codes[gap:])
        numbers = self._table.look_up(np.concatenate(keys))
        cells = np.concatenate(rows) * self.size + numbers
        known = np.sort(np.concatenate([cells[numbers != UNKNOWN], self._cue_cells(text_of(codes), row)]))
        first: NDArray[np.int64] = known[np.flatnonzero(np.diff(known, prepend=-1))]
        return first

    def _cue_cells(self, joined: str, row: NDArray[np.int64]) -> NDArray[np.int64]:
        begins, ends, classes = self.spelling.cues.find_numbers(joined)
        numbers = self._cue_numbers[classes]
        inside = (numbers != UNKNOWN) & (row[begins] == row[ends - 1])
        cells: NDArray[np.int64] = (row[begins] * self.size + numbers)[inside]
        return cells

    def read(self, text: str) -> Reading:
        """`text` as it is written and sounded, for `places`."""
        return read(text, self.spelling)

    def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """`read` of each text, in order."""
        return read_all(texts, self.spelling)

    def places(self, ids: Sequence[int], reading: Reading) -> list[tuple[int, Span]]:
        """Where tokens first stand in a text; tokens that do not are left out.

        Args:
            ids: of the tokens to look for.
            reading: of the text given to `of`.
        """
        written = reading.written
        last = len(written) - 2
        found: list[tuple[int, Span]] = []
        for number, family, gram in zip(ids, self.families[ids].tolist(), self.vocabulary.cut(ids), strict=True):
            if family in (CHARACTERS, SYLLABLES):
                begin = (written if family == CHARACTERS else reading.sounded).find(gram)
                if begin >= 0:
                    end = begin + len(gram) - 1
                    found.append((number, (begin - 1 if begin else 0, min(end, last))))
            else:
                span = _place(gram, family, reading)
                if span is not None:
                    found.append((number, span))
        return found


def build_vocabulary(
    texts: Iterable[str], spelling: Spelling, *, minimum: int, context_size: int
) -> tuple[list[str], NDArray[np.float32]]:
    """The tokens that at least `minimum` texts hold, cue classes and frequent character grams first, with their idf.

    Args:
        texts: the training texts.
        spelling: how they are read.
        minimum: document frequency below which a token is not worth a weight.
        context_size: how many cue classes and character grams come before all others.
    """
    counts: dict[str, int] = {}
    total = 0
    for text in texts:
        total += 1
        for gram in dict.fromkeys(raw_grams(text, spelling)):
            counts[gram] = counts.get(gram, 0) + 1
    least = {APART: minimum + 1, SYLLABLES: minimum + 1}
    kept = [gram for gram, n in counts.items() if n >= least.get(family_of(gram), minimum)]
    kept.sort(key=lambda gram: (-counts[gram], gram))
    cues = [gram for gram in kept if family_of(gram) == CUE]
    front = cues + [gram for gram in kept if family_of(gram) == CHARACTERS][: context_size - len(cues)]
    leading = set(front)
    vocabulary = front + [gram for gram in kept if gram not in leading]
    frequencies = np.asarray([counts[gram] for gram in vocabulary], dtype=np.float64)
    return vocabulary, (np.log((1 + total) / (1 + frequencies)) + 1).astype(np.float32)
