"""Counts and measures: 三十台, 两百箱, 四个人, 1.5吨.

Invariant: a number with a measure word behind it; the unit stays in the words, the value is the number said.
"""

import re
from collections.abc import Sequence

from nlp.extract.items import Item, is_free
from nlp.extract.measures import measure_after
from nlp.text.numbers import DIGIT, Numeral, plain
from nlp.types import Span

# 一台 is an article or a rate (九万八一台); only these make it an order of one.
_ORDER = re.compile(r"(?:先|就|只|再|多)?(?:要|订|买|上|拿|采购|定|加|装|租|签|借|试|留|发|带)(?:了|个|您|你|我)?$")
_ORDERABLE = frozenset("台套件箱吨辆部把支只桶瓶盒袋车柜")
_DIVISIBLE = frozenset(("米", "亩", "吨", "斤", "公斤", "公里"))
_PER = re.compile(r"(?:每|一|/)$")


def find_quantities(text: str, numerals: Sequence[Numeral], taken: Sequence[Span]) -> list[Item]:
    """Counts in the order they are said.

    Args:
        numerals: of the same text, in order.
        taken: spans other rules have read; no item touches them.
    """
    found: list[Item] = []
    for numeral in numerals:
        word = measure_after(text, numeral.end) or _large_degrees(text, numeral)
        if word is None or not is_free(numeral.start, numeral.end, taken) or _is_article(text, numeral, word):
            continue
        tenths, end = _tenths(text, numeral, word)
        if is_free(numeral.start, end, taken):
            value = plain(numeral.low + tenths) if tenths else numeral.value
            found.append(Item("quantity", value, (numeral.start, end), "count", numeral.approximate))
    return found


def _large_degrees(text: str, numeral: Numeral) -> str | None:
    """度 as electricity: no temperature has thousands of degrees that a seller would name."""
    return "度" if numeral.low >= 1000 and text.startswith("度", numeral.end) else None


def _tenths(text: str, numeral: Numeral, word: str) -> tuple[float, int]:
    """The digit behind a measure of length, area or weight (四米五 is 4.5), and where the expression ends."""
    end = numeral.end + len(word)
    digit = DIGIT.get(text[end : end + 1], 0) if end < len(text) else 0
    behind = text[end + 1 : end + 2]
    if word not in _DIVISIBLE or not digit or numeral.low != numeral.high or numeral.low >= 100 or text[end] in "两幺":
        return 0.0, end
    if measure_after(text, end + 1) or (behind and (behind in DIGIT or behind in "十百千万点个块元年月天号周分小")):
        return 0.0, end
    return digit / 10, end + 1


def _is_article(text: str, numeral: Numeral, word: str) -> bool:
    """一台 without an order, and per-unit counts such as 每一台."""
    before = text[: numeral.start]
    if numeral.high != 1:
        if word == "层" and text.startswith(("到", "至"), numeral.end + 1):
            return True
        return word == "层" and before.endswith(("楼", "负", "地下", "塔", "座", "栋", "在", "到", "上"))
    return bool(_PER.search(before)) or word not in _ORDERABLE or not _ORDER.search(before)
