"""Whether a string that looks like a term is one, judged by the words around it.

Why: 经销商机会 holds no 商机, 报价但是 is no mis-heard 报价单. Invariant: guards only drop hits, they never move one;
the text is cut into words at most once, and only when a guard asks.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from nlp.keywords.resources import Lexicon
from nlp.types import Span

# Characters that hold sentences together; phrases built of them sound like too much else.
FUNCTION = frozenset("的了是不没那这哪先太就都很还再一两三几什么他她它你我吗呢吧啊")
# Where a recogniser mishears a term it does not write one of these.
_LIGHT = FUNCTION | frozenset("起把被着过得地在有和跟也")
# From this length on a string does not arise by chance, wherever words end.
_SURE_FROM = 4
# How much less likely, in natural logarithms, the cut with the term may be than the one without. Speech prefers to
# finish a word it has begun (水产|能, 发现|货 hold no 产能, 现货), so a term that begins inside a word must fit better
# than one that ends inside one (维保费 and 退货款 hold their term, 会签字 and 挂网球拍 do not).
_LEAST_GAIN_INSIDE = -2.5
_LEAST_GAIN_BEFORE = -4.8


def shared(spelling: str, surface: str) -> int:
    """How many characters stand the same in both, place by place."""
    return sum(a == b for a, b in zip(spelling, surface, strict=False))


class Borders:
    """The words of one folded text, and the guards that ask for them."""

    def __init__(self, lexicon: Lexicon, folded: str) -> None:
        self._lexicon = lexicon
        self._folded = folded
        self._begins: list[int] = []
        self._edges = b""

    @property
    def edges(self) -> bytes:
        """1 for every offset at which a word begins, and for the end of the text; 0 inside words."""
        self._words()
        return self._edges

    def straddled(self, start: int, end: int) -> bool:
        """商机 in 经销商机会: the string takes a piece of one word and a piece of the next."""
        if end - start >= _SURE_FROM:
            return False
        self._words()
        if (self._edges[start] and self._edges[end]) or self._folded[start:end].isascii():
            return False
        cut = self._cut(start, end)
        if not cut:
            return False
        if len(cut) == 1 and cut[0][0] <= start and end <= cut[0][1]:
            # 报价 opens 报价单 and is meant there; 产能 in the middle of 生产能力 is not.
            return cut[0][0] < start and end < cut[0][1]
        if len(cut) > 1:
            return True
        (a, b), segmenter = cut[0], self._lexicon.segmenter
        first, last = min(a, start), max(b, end)
        rests = [self._folded[first:start], self._folded[end:last]]
        left, right = (segmenter.words(rest, hmm=False) for rest in rests)
        within = range(bisect_left(self._begins, first), bisect_left(self._begins, last))
        without = [self._folded[slice(*self._span(at))] for at in within]
        gain = segmenter.log_likelihood([*left, self._folded[start:end], *right]) - segmenter.log_likelihood(without)
        return gain < (_LEAST_GAIN_INSIDE if a < start else _LEAST_GAIN_BEFORE)

    def plausible(self, spelling: str, start: int, end: int) -> bool:
        """Whether what sounds like a term may be it: no word of its own, and not heard right as another word."""
        surface = self._folded[start:end]
        if self._lexicon.segmenter.has_word(surface):
            return False
        cut, same = self._cut(start, end), shared(spelling, surface)
        if end - start == 2:
            odd = {char for char, meant in zip(surface, spelling, strict=True) if char != meant}
            return not cut and same > 0 and odd.isdisjoint(_LIGHT)
        if not cut:
            return same > 0 or end - start >= _SURE_FROM
        # 抱价单|发 is cut wrongly because 抱 was heard wrongly; in 报价|但是 the odd 但 belongs to a word that goes on.
        return same >= 2 and len(cut) == 1 and not self._odd_inside(spelling, start, cut[0])

    def _odd_inside(self, spelling: str, start: int, word: Span) -> bool:
        odd = [start + i for i, char in enumerate(spelling) if self._folded[start + i] != char]
        return any(word[0] <= offset < word[1] for offset in odd)

    def _cut(self, start: int, end: int) -> Sequence[Span]:
        """The words that an edge of [start, end) cuts."""
        begins, edges = self._words(), self._edges
        if edges[start] and edges[end]:
            return ()
        first, last = bisect_right(begins, start) - 1, bisect_right(begins, end) - 1
        touched = [self._span(at) for at in dict.fromkeys((first, last))]
        return [(a, b) for a, b in touched if a < start < b or a < end < b]

    def _span(self, at: int) -> Span:
        """Where word number `at` stands."""
        return self._begins[at], (self._begins[at + 1] if at + 1 < len(self._begins) else len(self._folded))

    def _words(self) -> list[int]:
        """Where each word begins."""
        if not self._edges:
            words = self._lexicon.segmenter.words(self._folded, hmm=False)
            ends = list(accumulate(map(len, words)))
            self._begins = [0, *ends[:-1]]
            edges = bytearray(len(self._folded) + 1)
            edges[0] = edges[-1] = 1
            for end in ends:
                edges[end] = 1
            self._edges = bytes(edges)
        return self._begins
