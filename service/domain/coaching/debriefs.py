"""The visit form, filled in from the recording and confirmed with one call (V9).

Invariant: what the rep changed is kept beside what was filled in, field by field; a form confirmed as it stood has no
changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from nlp.types import Debrief, Element, Finding
from service.domain.coaching.reviews import Judgement, LabelRow
from service.domain.visit import VisitRecord

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
    breakthrough = debrief.breakthrough.value if debrief.breakthrough else None
    return DebriefForm(breakthrough, tuple(_quoted(debrief, titles)), debrief.next_step, debrief.due)


def changes_between(filled: DebriefForm, confirmed: DebriefForm, debrief: Debrief) -> tuple[Change, ...]:
    """The fields that differ, with the words that had filled them."""
    changes: list[Change] = []
    for name in ("breakthrough", "objections", "next_step", "due"):
        was, now = getattr(filled, name), getattr(confirmed, name)
        if was != now:
            source = _source(name, debrief)
            changes.append(Change(name, _plain(was), _plain(now), source[0], source[1]))
    return tuple(changes)


def judge_objections(
    row: DebriefRow, *, filled: DebriefForm, visit: VisitRecord, titles: Mapping[tuple[str, str], str]
) -> list[tuple[Finding, Judgement]]:
    """What a changed form says of the very turns that it had quoted: one verdict for each objection taken out of it.

    One taken out and one put in is the right name for the same words. Only taken out, those words were none. What was
    put in otherwise names no turn, and might stand for any of those taken out, so that nothing is said of a turn.

    Args:
        filled: the form before the rep changed it.
        visit: with the analysis that filled it.
    """
    gone = [code for code in filled.objections if code not in row.form.objections]
    new = tuple(code for code in row.form.objections if code not in filled.objections)
    if new and (len(gone), len(new)) != (1, 1):
        return []
    judged = Judgement("should_be" if new else "wrong", new, by=row.confirmed_by, source="debrief")
    quoted = _quoted(visit.analysis.debrief, titles)
    places = {(code, quoted[code].turn, quoted[code].quote) for code in gone}
    said = {turn.i: turn.text for turn in visit.analysis.turns}
    return [
        (finding, judged)
        for finding in visit.analysis.findings
        if finding.kind == "objection"
        and (finding.code, finding.turn, finding.quote) in places
        and finding.quote in said.get(finding.turn, "")
    ]


def _quoted(debrief: Debrief, titles: Mapping[tuple[str, str], str]) -> dict[str, Element]:
    """The words behind each objection of the form, by its code."""
    codes = {title: code for (kind, code), title in titles.items() if kind == "objection"}
    return {codes.get(found.value, found.value): found for found in debrief.objections}


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
