"""Counts and measures: 三十台, 两百箱, 四个人, 1.5吨.

Invariant: a number with a measure word behind it; the unit stays in the words, the value is the number said.
"""

import re
from collections.abc import Sequence

from nlp.extract.items import Item, is_free
from nlp.extract.measures import measure_after
from nlp.text.numbers import Numeral
from nlp.types import Span

# 一台 is an article or a rate (九万八一台); only these make it an order of one.
_ORDER = re.compile(r"(?:先|就|只|再|多)?(?:要|订|买|上|拿|采购|定|加|装|租|签|借|试|留|发|带)(?:了|个|您|你|我)?$")
_ORDERABLE = frozenset("台套件箱吨辆部把支只桶瓶盒袋车柜")
_PER = re.compile(r"(?:每|一|/)$")


def find_quantities(text: str, numerals: Sequence[Numeral], taken: Sequence[Span]) -> list[Item]:
    """Counts in the order they are said.

    Args:
        numerals: of the same text, in order.
        taken: spans other rules have read; no item touches them.
    """
    found: list[Item] = []
    for numeral in numerals:
        word = measure_after(text, numeral.end)
        if word is None or not is_free(numeral.start, numeral.end, taken) or _is_article(text, numeral, word):
            continue
        end = numeral.end + len(word)
        if is_free(numeral.start, end, taken):
            found.append(Item("quantity", numeral.value, (numeral.start, end), "count", numeral.approximate))
    return found


def _is_article(text: str, numeral: Numeral, word: str) -> bool:
    """一台 without an order, and per-unit counts such as 每一台."""
    if numeral.high != 1:
        return False
    before = text[: numeral.start]
    return bool(_PER.search(before)) or word not in _ORDERABLE or not _ORDER.search(before)
