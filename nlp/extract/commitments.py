"""Who promised what by when, from turns that carry a commitment.

Invariant: `what` is made of the turn's own words; `due` comes from a date said in the turn, resolved against the day of
the visit, and is never in the past.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from nlp.extract.extractor import extract_items
from nlp.extract.items import Item
from nlp.text.condense import condense
from nlp.text.sentences import split_sentences
from nlp.types import Role, Span, Turn

_WHAT_LIMIT = 48
# 明天中午之前, 周五下班前, 二十号以前; not 前面 or 前台.
_BEFORE = re.compile(r"(?:上午|中午|下午|晚上|下班|开门|[0-9一二三四五六七八九十]+点半?)?(?:之|以)?前(?![面台后期天])")
_DEADLINE = ("内", "之内", "以内", "里", "里头")


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise: the speaker's side, the action, the day it is due (None where none was said), where it stands."""

    who: Role
    what: str
    due: date | None
    span: Span


def read_commitment(turn: Turn, focus: Span, *, visit_date: date, items: Sequence[Item] | None = None) -> Commitment:
    """The promise in a turn.

    Args:
        turn: labelled as a commitment.
        focus: the words that made it one; their sentence is the promise.
        visit_date: anchors 明天 and 下周三.
        items: of `extract_items` for the turn; read here when None.
    """
    items = extract_items(turn.text, visit_date) if items is None else items
    span = _sentence_at(turn.text, focus)
    due = due_in(turn.text, items, visit_date, within=span) or due_in(turn.text, items, visit_date)
    inner = (max(0, focus[0] - span[0]), min(span[1], focus[1]) - span[0])
    said = turn.text[slice(*span)]
    what = condense(said, limit=_WHAT_LIMIT, focus=inner if inner[1] - inner[0] < len(said) else None)
    return Commitment(turn.role, what or said.strip(), due, span)


def due_in(text: str, items: Sequence[Item], visit_date: date, *, within: Span | None = None) -> date | None:
    """The first day, not before the visit, that `text` names as a date or as a deadline (三天内).

    Args:
        items: of `extract_items` for the same text.
        within: look only here; everywhere when None.
    """
    inside = [i for i in items if within is None or (within[0] <= i.span[0] and i.span[1] <= within[1])]
    # 今晚出修订稿，明天中午之前到您手上: the deadline counts before the days around it.
    inside.sort(key=lambda item: not _BEFORE.match(text, item.span[1]))
    days = (_deadline(text, item, visit_date) for item in inside)
    return next((day for day in days if day and day >= visit_date), None)


def _deadline(text: str, item: Item, visit_date: date) -> date | None:
    if item.kind == "date":
        last = item.value[-1] if isinstance(item.value, list) else item.value
        return date.fromisoformat(str(last))
    if item.kind == "duration" and text[item.span[1] :].startswith(_DEADLINE):
        last_hours = item.value[-1] if isinstance(item.value, list) else item.value
        hours = float(last_hours)
        return visit_date + timedelta(days=round(hours / 24)) if hours < 24 * 3650 else None
    return None


def _sentence_at(text: str, focus: Span) -> Span:
    """The sentence that holds most of `focus`; the whole text where no sentence does."""
    spans = split_sentences(text) or [(0, len(text))]
    return max(spans, key=lambda s: min(s[1], focus[1]) - max(s[0], focus[0]))
