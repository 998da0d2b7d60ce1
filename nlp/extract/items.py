"""The value every extraction rule returns, and the places rules may no longer read.

Invariant: `text[span[0]:span[1]]` is the expression; spans of one text never overlap; `rule` names the rule
that read it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nlp.types import Span

ItemKind = Literal["money", "date", "duration", "quantity"]
ItemValue = float | str | list[float] | list[str]


@dataclass(frozen=True, slots=True)
class Item:
    """One expression with its value.

    `value`: money in CNY, duration in hours and quantity as a number or [lo, hi]; a date as ISO date or [from, to].
    `approximate` is true where the speaker hedged (左右, 来, 以内) or the calendar does (月中).
    """

    kind: ItemKind
    value: ItemValue
    span: Span
    rule: str
    approximate: bool = False


def is_free(start: int, end: int, taken: Iterable[Span]) -> bool:
    """Whether [start, end) touches none of the spans."""
    for a, b in taken:  # noqa: SIM110 - asked for every numeral of a talk, and a generator takes twice the time
        if a < end and start < b:
            return False
    return True
