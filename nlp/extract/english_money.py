"""Amounts in yuan as English turns say them: 3 million RMB, CNY 2.5m, half a million yuan.

Policy: as in Chinese, other currencies are left out and a hedge marks the amount approximate. A number is an amount
here only beside a name of the yuan. Invariant: spans begin at the number; a name before it is not part of them.
"""

import re
from collections.abc import Mapping, Sequence

from nlp.extract.items import Item, is_free
from nlp.types import Span

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS: Mapping[str, float] = {
    **{word: number for number, word in enumerate(_SMALL)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    "a": 1,
    "half a": 0.5,
    "half": 0.5,
}
_TIMES = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "mil": 10**6, "million": 10**6, "bn": 10**9,
    "billion": 10**9,
}  # fmt: skip
_FIGURE = r"[0-9][0-9,]{0,14}(?:\.[0-9]{1,4})?"
_MAGNITUDE = rf"(?P<times>{'|'.join(sorted(_TIMES, key=len, reverse=True))})(?![A-Za-z])"
_NUMBER = (
    rf"(?<![0-9A-Za-z.,-])(?:(?P<low>{_FIGURE})(?:\s?(?:-|–|~|to)\s?(?P<high>{_FIGURE}))?"
    rf"|(?P<word>half a|{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?=\s))"
)
_AFTER = re.compile(rf"{_NUMBER}(?:\s?{_MAGNITUDE})?\s?(?:RMB|CNY|yuan|renminbi)(?![A-Za-z])", re.IGNORECASE)
_BEFORE = re.compile(
    rf"(?<![A-Za-z])(?:(?:RMB|CNY)\s?|[¥￥]\s?)(?<![-])(?P<all>{_NUMBER}\s?{_MAGNITUDE})", re.IGNORECASE
)
_FOREIGN_SIGN = re.compile(r"(?:[$€£]|USD|EUR|HKD)\s?$", re.IGNORECASE)
_HEDGE = re.compile(
    r"(?:about|around|roughly|nearly|almost|approximately|approx\.?|over|under|up to|at (?:least|most)|some|~|≈|"
    r"(?:more|less) than|between)\s?(?:RMB|CNY|[¥￥])?\s?$",
    re.IGNORECASE,
)
_REACH = 24


def find_english_money(text: str, taken: Sequence[Span]) -> list[Item]:
    """Amounts beside RMB, CNY, ¥ or yuan, in the order they are said, in CNY.

    Args:
        text: with half-width digits.
        taken: spans that other rules have read; no item touches them.
    """
    found: list[Item] = []
    reached = 0
    matches = [(match.start(), match.end(), match) for match in _AFTER.finditer(text)]
    matches += [(match.start("all"), match.end(), match) for match in _BEFORE.finditer(text)]
    for start, end, match in sorted(matches, key=lambda one: one[:2]):
        lead = text[max(0, start - _REACH) : start]
        bare = match["word"] is not None and match["times"] is None
        if start < reached or bare or _FOREIGN_SIGN.search(lead) or not is_free(start, end, taken):
            continue
        found.append(Item("money", _value(match), (start, end), "english", bool(_HEDGE.search(lead))))
        reached = end
    return found


def _value(match: re.Match[str]) -> float | list[float]:
    times = _TIMES.get((match["times"] or "").lower(), 1)
    if match["word"] is not None:
        return _plain(_WORDS[match["word"].lower()] * times)
    low = _plain(float(match["low"].replace(",", "")) * times)
    if match["high"] is None:
        return low
    return [low, _plain(float(match["high"].replace(",", "")) * times)]


def _plain(amount: float) -> float:
    """A whole number where it is one, without the dust of binary fractions."""
    rounded = round(amount, 2)
    return int(rounded) if rounded == int(rounded) else rounded
