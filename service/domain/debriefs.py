"""The visit form, filled in from the recording and confirmed with one call (V9).

Invariant: what the rep changed is kept beside what was filled in, field by field; a form confirmed as it stood has no
changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from nlp.types import Debrief
from service.domain.reviews import LabelRow

BREAKTHROUGHS = ("price", "delivery", "customisation", "service")


@dataclass(frozen=True, slots=True)
class DebriefForm:
    """What the form says; `objections` are codes of the taxonomy."""

    breakthrough: str | None = None
    objections: tuple[str, ...] = ()
    next_step: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One field the rep changed, what stood there and what it rests on."""

    field: str
    was: Any
    now: Any
    turn: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class DebriefRow:
    """A confirmed form; `id` is the visit's, `version` that of the analysis it was filled from."""

    id: str
    tenant_id: str
    at: datetime
    version: int
    form: DebriefForm
    changes: tuple[Change, ...]
    confirmed_by: str


def fill_form(debrief: Debrief, titles: Mapping[tuple[str, str], str]) -> DebriefForm:
    """The form as the recording fills it; objections come as titles and leave as codes."""
    codes = {title: code for (kind, code), title in titles.items() if kind == "objection"}
    objections = tuple(dict.fromkeys(codes.get(found.value, found.value) for found in debrief.objections))
    breakthrough = debrief.breakthrough.value if debrief.breakthrough else None
    return DebriefForm(breakthrough, objections, debrief.next_step, debrief.due)


def changes_between(filled: DebriefForm, confirmed: DebriefForm, debrief: Debrief) -> tuple[Change, ...]:
    """The fields that differ, with the words that had filled them."""
    changes: list[Change] = []
    for name in ("breakthrough", "objections", "next_step", "due"):
        was, now = getattr(filled, name), getattr(confirmed, name)
        if was != now:
            source = _source(name, debrief)
            changes.append(Change(name, _plain(was), _plain(now), source[0], source[1]))
    return tuple(changes)


def _source(name: str, debrief: Debrief) -> tuple[int | None, str]:
    element = debrief.breakthrough if name == "breakthrough" else next(iter(debrief.objections), None)
    return (element.turn, element.quote) if element and name in ("breakthrough", "objections") else (None, "")


def _plain(value: object) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def labels_of_changes(
    row: DebriefRow, *, visit_id: str, texts: Mapping[int, tuple[str, str]], label_ids: Mapping[str, str]
) -> list[LabelRow]:
    """The changes as training feedback: what stood in the form, and what the rep put there.

    Args:
        texts: role and text of each turn, by its number.
        label_ids: a fresh id for each changed field.
    """
    labels: list[LabelRow] = []
    for change in row.changes:
        role, text = texts.get(change.turn, ("", "")) if change.turn is not None else ("", "")
        now = change.now if isinstance(change.now, list) else [change.now]
        was = change.was if isinstance(change.was, list) else [change.was]
        labels.append(
            LabelRow(
                id=label_ids[change.field],
                tenant_id=row.tenant_id,
                at=row.at,
                visit_id=visit_id,
                finding_id="",
                source="debrief",
                kind=f"debrief.{change.field}",
                code=",".join(str(value) for value in was if value not in (None, "")),
                verdict="should_be" if any(value not in (None, "") for value in now) else "wrong",
                should_be=tuple(str(value) for value in now if value not in (None, "")),
                turn=change.turn,
                role=role,
                text=text,
                quote=change.quote,
                span=(),
                before=(),
                score=None,
                model="",
                by=row.confirmed_by,
            )
        )
    return labels
