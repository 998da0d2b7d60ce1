"""A saved rule's form on its page: what its fields hold, and which changes somebody sent back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from nlp.strict_yaml import Path
from service.console.form_lines import (
    MOST,
    FieldFault,
    LineFields,
    line_names,
    line_of,
    line_values,
    number_of,
    typed,
    unit_of,
)
from service.domain.content.playbook_actions import ROLES
from service.domain.content.playbooks import Severity
from service.domain.playbooks.conditions import KIND, LOOKS, SPAN_KEY, FormCondition, Look, as_span, is_number
from service.domain.playbooks.explain import explain_part
from service.domain.playbooks.saved_edit import Changes, is_optional
from service.domain.playbooks.saved_form import DURATIONS, EXPRESSIONS, ActionOnForm, Row, SavedForm
from service.domain.playbooks.wordings import Wording

ADDED = 2
NEW_LINES = tuple(LineFields(number, line_names(f"new-{number}.")) for number in range(1, ADDED + 1))
LONGEST = {"title": 80, "description": 600, "text": 1_000}
CHOICES: Mapping[Path, Sequence[str]] = {
    ("severity",): get_args(Severity),
    ("clock", "hours"): ("calendar", "business"),
    ("every", "on"): ("workday", "day", "monday", "tuesday", "wednesday", "thursday", "friday", "month_start"),
}


@dataclass
class _Read:
    """What was read so far."""

    values: dict[Path, str | Sequence[str]] = field(default_factory=dict)
    faults: list[FieldFault] = field(default_factory=list)


def name_of(path: Path) -> str:
    """The field of a value."""
    return ".".join(map(str, path))


def role_field(action: ActionOnForm, role: str) -> str:
    """The box that says whether somebody is told."""
    return f"{name_of(action.path)}.to:{role}"


def roles_of(action: ActionOnForm) -> list[str]:
    """Everybody whom the form offers to tell: the roles, and people that the rule names."""
    return [*ROLES, *(one for one in action.to or () if one not in ROLES)]


def lines_of(form: SavedForm, wording: Wording) -> Mapping[str, list[LineFields]]:
    """The lines of each expression, in order."""
    first = {row.name: row for row in reversed(form.rows) if row.name}
    return {
        key: [
            LineFields(
                row.number + 1,
                _names(row),
                looks=_looks(row),
                said="" if row.line else explain_part(row.text, wording),
                written="" if row.line else row.text,
                numbers=number_fields(row),
                same_as=_names(first[row.name])["name"] if row.shared else "",
                has_time=not (row.shared and row.line and row.line.kind in SPAN_KEY),
            )
            for row in form.of(key)
        ]
        for key in EXPRESSIONS
    }


def _names(row: Row) -> Mapping[str, str]:
    return line_names(f"{row.key}-{row.number}.")


def number_fields(row: Row) -> list[str]:
    """The fields of the numbers in a part that is no line."""
    return [f"{row.key}-{row.number}.number-{place}" for place in range(len(row.numbers))]


def _looks(row: Row) -> Sequence[Look]:
    """A row that shares its selection can only ask something else of it."""
    kind = row.line.kind if row.line else ""
    return [look for look in LOOKS if KIND[look] == kind] if row.shared else LOOKS


def shown_values(form: SavedForm) -> dict[str, str]:
    """What the fields hold before anybody typed."""
    found: dict[str, str] = {}
    for row in form.rows:
        if row.line is not None:
            held = line_values(row.line, _names(row))
            found |= {name: text for name, text in held.items() if not row.shared or name not in _shared(row)}
        found |= dict(zip(number_fields(row), row.numbers, strict=True))
    for path, text in form.values.items():
        span = as_span(text) if path[-1] in DURATIONS else None
        if span is not None:
            found |= {f"{name_of(path)}.amount": str(span[0]), f"{name_of(path)}.unit": span[1]}
        elif path[-1] not in DURATIONS:
            found[name_of(path)] = text
    for action in form.actions:
        found |= {role_field(action, role): "1" for role in action.to or ()}
    return found


def changes_of(form: SavedForm, fields: Mapping[str, str]) -> tuple[Changes, list[FieldFault]]:
    """What was sent back, and every field that is wrong."""
    read = _Read()
    for path in form.values:
        _read_value(read, path, fields)
    for action in form.actions:
        if action.to is not None:
            told = [role for role in (*action.to, *(one for one in ROLES if one not in action.to))
                    if fields.get(role_field(action, role))]  # fmt: skip
            read.values[*action.path, "to"] = told
            if not told:
                read.faults.append(FieldFault(role_field(action, roles_of(action)[0]), "fault.to_owner"))
    rows: dict[tuple[str, int], FormCondition | None] = {}
    numbers: dict[tuple[str, int], Sequence[str]] = {}
    for row in form.rows:
        if row.line is not None:
            line, faults = line_of(_with_shared(row, fields), _names(row))
            rows[row.key, row.number] = line
            read.faults += faults
        else:
            numbers[row.key, row.number] = _numbers(read, row, fields)
    added = []
    for fresh in NEW_LINES:
        line, faults = line_of(fields, fresh.names)
        added += [line] if line else []
        read.faults += faults
    answer = None if form.has_clock else _answer(read, fields)
    return Changes(read.values, rows, numbers, added, answer), read.faults


def _numbers(read: _Read, row: Row, fields: Mapping[str, str]) -> list[str]:
    found = [typed(fields, name) for name in number_fields(row)]
    read.faults += [FieldFault(name, "fault.amount") for name, text in zip(number_fields(row), found, strict=True)
                    if not is_number(text) or text.startswith("-")]  # fmt: skip
    return found


def _shared(row: Row) -> list[str]:
    """The fields that an earlier row holds for this one, too."""
    has_time = row.line is not None and row.line.kind in SPAN_KEY
    return [_names(row)[part] for part in (("name", "amount", "unit") if has_time else ("name",))]


def _with_shared(row: Row, fields: Mapping[str, str]) -> Mapping[str, str]:
    """The fields of a row with what another one holds for both."""
    if not row.shared or row.line is None:
        return fields
    kept = line_values(row.line, _names(row))
    return {**fields, **{name: kept[name] for name in _shared(row)}}


def _read_value(read: _Read, path: Path, fields: Mapping[str, str]) -> None:
    name = name_of(path)
    if path[-1] in DURATIONS:
        number = number_of(fields, f"{name}.amount")
        if number is not None:
            read.values[path] = f"{number}{unit_of(fields, f'{name}.unit')[0]}"
        elif path == ("cooldown",) and typed(fields, f"{name}.amount") in ("", "0"):
            read.values[path] = ""
        else:
            read.faults.append(FieldFault(f"{name}.amount", "fault.number", {"most": MOST}))
        return
    text = typed(fields, name, LONGEST.get(str(path[-1]), 200))
    is_missing = not text and not is_optional(path)
    if is_missing or text not in CHOICES.get(path, (text,)):
        read.faults.append(FieldFault(name, "fault.value"))
    read.values[path] = text


def _answer(read: _Read, fields: Mapping[str, str]) -> tuple[int, str] | None:
    hours = number_of(fields, "answer_hours")
    role = next((role for role in ROLES if role == fields.get("then_to")), "")
    if hours is not None and role:
        return hours, role
    if role or typed(fields, "answer_hours") not in ("", "0"):
        read.faults.append(FieldFault("then_to" if hours else "answer_hours", "fault.answer"))
    return None


def places_of_saved(form: SavedForm) -> Mapping[str, str]:
    """The fields behind the keys of the rule's file."""
    places = {name_of(path): name_of(path) + (".amount" if path[-1] in DURATIONS else "") for path in form.values}
    for row in reversed(form.rows):
        names = _names(row)
        places[row.key] = names["look"]
        if row.line is not None:
            places |= {f"when.{row.name}": names["name"], f"when.{row.name}.for": names["amount"],
                       f"when.{row.name}.within": names["amount"]}  # fmt: skip
    for action in form.actions:
        places[name_of((*action.path, "to"))] = role_field(action, roles_of(action)[0])
    return places
