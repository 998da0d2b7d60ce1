"""All amounts, dates, periods and counts of a text in one pass.

Why: the four kinds compete for the same digits; here stands who reads first. Invariant: items are in text order and do
not overlap; the text is never changed.
"""

from collections.abc import Sequence
from datetime import date

from nlp.extract.blocked import blocked_spans
from nlp.extract.dates import find_dates
from nlp.extract.durations import find_durations
from nlp.extract.english_money import find_english_money
from nlp.extract.items import Item, is_free
from nlp.extract.money import find_money
from nlp.extract.quantities import find_quantities
from nlp.text.numbers import find_numerals
from nlp.text.script import ScriptFolder, fold_width
from nlp.types import Span

# Without one of these nothing is counted, and only dates can be said.
_COUNTING = frozenset("0123456789零〇一二两三四五六七八九十几数百千万亿幺")

# English amounts name the yuan in Latin letters, or have a magnitude in them behind its sign.
_LETTERS = frozenset("kKmMnN")


def extract_items(text: str, now: date, *, folder: ScriptFolder | None = None) -> list[Item]:
    """Money, dates, durations and quantities in the order they are said, spans into `text`.

    Args:
        text: as it was said or written; any width of digits, any length.
        now: the day it was said, which anchors 下周三 and 月底.
        folder: folds Traditional text first; without it Traditional units are not read.
    Source: text.md, section 3; the policies stand in the rule modules.

    >>> [(i.kind, i.value) for i in extract_items("九万八一台，下周三前要三十台", date(2026, 3, 11))]
    [('money', 98000), ('date', '2026-03-18'), ('quantity', 30)]
    """
    folded = fold_width(folder.fold(text) if folder else text)
    said = frozenset(folded)
    counts = not said.isdisjoint(_COUNTING)
    taken = blocked_spans(folded) if counts else []
    english = [] if said.isdisjoint(_LETTERS) else find_english_money(folded, taken)
    taken += [item.span for item in english]
    dates = find_dates(folded, now, taken=taken)
    taken += [item.span for item in dates]
    items = english + dates
    numerals = find_numerals(folded) if counts else []
    if numerals:
        free = [numeral for numeral in numerals if is_free(numeral.start, numeral.end, taken)]
        durations = find_durations(folded, free, taken)
        taken += [item.span for item in durations]
        money = find_money(folded, taken, numerals=free)
        taken += [item.span for item in money]
        blanked = _without(folded, taken)
        left = numerals if blanked == folded else find_numerals(blanked)
        items += durations + money + find_quantities(folded, left, taken)
    elif "半" in said or "俩" in said or "仨" in said or "把" in said:
        items += find_durations(folded, numerals, taken)
    return sorted(items, key=lambda item: item.span)


def _without(text: str, taken: Sequence[Span]) -> str:
    """`text` with what is read already blanked, so that 两块五三个 leaves 三 and not 五三."""
    characters = list(text)
    for start, end in taken:
        characters[start:end] = " " * (end - start)
    return "".join(characters)
