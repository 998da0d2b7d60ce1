"""Carries what somebody changed on a saved rule's form into the rule's text, and nothing else.

Invariant: a form that was sent back as it was shown gives back the same text, letter by letter; what the form does not
show, comments included, stands as it stood, and a comment that had to go is named.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from nlp.strict_yaml import Data, Path, parse
from nlp.yaml_edit import NotChangeable, add_key, comments_in, drop, set_value
from service.domain.content.playbook_values import read_duration
from service.domain.playbooks.conditions import SPAN_KEY, FormCondition, atoms_of, holds, numbers_of, quoted, selection
from service.domain.playbooks.saved_form import DURATIONS, EXPRESSIONS, Row, SavedForm, form_of, value_at
from service.domain.playbooks.writing import late_text, name_for

_SOURCE = "playbook"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a form was sent back with.

    Args:
        values: single values and lists of people by their path; an empty one takes an optional key away.
        rows: lines by expression and number; None takes the line away, and one that is missing stays.
        numbers: those of parts that are no lines, by expression and number; as many as the part has.
        added: further lines that have to hold.
        answer: hours to act and whom to tell then, for a rule that had no clock.
    """

    values: Mapping[Path, str | Sequence[str]] = field(default_factory=dict)
    rows: Mapping[tuple[str, int], FormCondition | None] = field(default_factory=dict)
    numbers: Mapping[tuple[str, int], Sequence[str]] = field(default_factory=dict)
    added: Sequence[FormCondition] = ()
    answer: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """The rule's text after the changes, and the comments that went with what was taken away."""

    text: str
    lost: tuple[str, ...] = ()


def edit_rule(text: str, changes: Changes) -> Edited:
    """The rule's text with the changes in it.

    Raises:
        NotChangeable: the text is written in a way in which one of them cannot be made, or no condition would be left.
    """
    text = text.removeprefix("\ufeff")
    form, changed = form_of(text), text
    for key in EXPRESSIONS:
        changed = _with_rows(changed, key, form, changes)
    for path, value in changes.values.items():
        changed = _with_value(changed, path, value)
    if changes.answer is not None and not form.has_clock:
        hours, role = changes.answer
        told = f"{{notify: {{to: [{role}], text: {quoted(late_text(hours))}}}}}"
        raw = f"{{respond_within: {hours}h, then: [{{actions: [{told}]}}]}}"
        changed = add_key(changed, ("clock",), raw, after="actions")
    lost = Counter(comments_in(text)) - Counter(comments_in(changed)) if changed != text else Counter()
    return Edited(changed, tuple(lost.elements()))


def _with_value(text: str, path: Path, value: str | Sequence[str]) -> str:
    data = parse(text, source=_SOURCE).data
    standing = value_at(data, path)
    if _is_same(path, standing, value):
        return text
    told = value if isinstance(value, str) else list(value)
    if standing is None and value_at(data, path[:-1]) is not None:
        raw = str(told) if path[-1] in DURATIONS else json.dumps(told)
        return add_key(text, path, raw, after="severity" if path == ("cooldown",) else None)
    if not told and is_optional(path):
        return drop(text, path)
    return set_value(text, path, told)


def is_optional(path: Path) -> bool:
    """Whether a rule may go without what stands at a path of the form."""
    return path == ("cooldown",) or (len(path) > 1 and path[-1] in ("title", "action", "stage"))


def _is_same(path: Path, standing: Data, value: str | Sequence[str]) -> bool:
    if not isinstance(value, str):
        return list(value) == ([standing] if isinstance(standing, str) else standing)
    if standing is None:
        return not value or (path, value) in {(("clock", "hours"), "calendar"), (("every", "on"), "workday")}
    if path[-1] in DURATIONS:
        try:
            return read_duration(standing) == read_duration(value)
        except ValueError:
            return False
    return str(standing).strip() == value.strip()


def _with_rows(text: str, key: str, form: SavedForm, changes: Changes) -> str:
    """The text with the lines of one expression as they are wanted."""
    rows = form.of(key)
    added = changes.added if key == "condition" else ()
    wanted = [_wanted(row, changes) for row in rows]
    numbers = [changes.numbers.get((key, row.number), row.numbers) for row in rows]
    is_same = [line == row.line and tuple(told) == row.numbers
               for row, line, told in zip(rows, wanted, numbers, strict=True)]  # fmt: skip
    if not added and all(is_same):
        return text
    parts: list[str] = []
    for row, line, told in zip(rows, wanted, numbers, strict=True):
        if row.line is None or line == row.line:
            parts.append(_with_numbers(row, told))
        elif line is not None:
            text, part = _with_line(text, row, line)
            parts.append(part)
    for line in added:
        text, name = _with_selection(text, line)
        parts.append(holds(name, line))
    if not parts and key == "condition":
        raise NotChangeable("a rule needs a condition")
    text = set_value(text, (key,), _joined(text, key, rows, parts, len(added))) if parts else drop(text, (key,))
    gone = [row.name for row, line in zip(rows, wanted, strict=True) if row.line and line != row.line]
    for name in dict.fromkeys(gone):
        text = _without_unused(text, name)
    return text


def _with_numbers(row: Row, numbers: Sequence[str]) -> str:
    """The part with these numbers in place of its own."""
    text = row.text
    spans = numbers_of(text) if row.line is None else []
    for (begin, end), number in zip(reversed(spans), reversed(numbers), strict=True):
        text = text[:begin] + number + text[end:]
    return text


def _wanted(row: Row, changes: Changes) -> FormCondition | None:
    """What a row should say; a row that shares its selection leaves to the first one what is looked at."""
    line = changes.rows.get((row.key, row.number), row.line)
    if line is None or row.line is None or line.kind != row.line.kind or not row.shared:
        return line
    kept = replace(line, name=row.line.name)
    return replace(kept, amount=row.line.amount, unit=row.line.unit) if line.kind in SPAN_KEY else kept


def _joined(text: str, key: str, rows: Sequence[Row], parts: Sequence[str], added: int) -> str:
    """The expression of these parts; where none was taken away, spaced as it was."""
    standing = str(parse(text, source=_SOURCE).data[key])
    kept, new = parts[: len(parts) - added], parts[len(parts) - added :]
    if len(kept) == len(rows):
        spans = atoms_of(standing)
        for (begin, end), part in zip(reversed(spans), reversed(kept), strict=True):
            standing = standing[:begin] + part + standing[end:]
    else:
        standing = " && ".join(kept)
    if new and len(rows) == 1 and rows[0].line is None and kept:
        standing = f"({standing})"  # it may be a choice, which binds less than what is added
    return " && ".join(filter(None, (standing, *new)))


def _with_line(text: str, row: Row, line: FormCondition) -> tuple[str, str]:
    """The text with the row's selection as the line wants it, and the row's part of the expression."""
    standing = row.line
    if standing is None or line.kind != standing.kind:
        text, name = _with_selection(text, line)
        return text, holds(name, line)
    path: Path = ("when", row.name)
    if line.name != standing.name:
        text = set_value(text, (*path, line.kind), line.name if line.kind == "field" else line.types)
    if line.kind in SPAN_KEY and line.time != standing.time:
        text = set_value(text, (*path, SPAN_KEY[line.kind]), f"{line.amount}{line.unit[0]}")
    part = holds(row.name, line)
    return text, row.text if part == holds(row.name, standing) else part


def _with_selection(text: str, line: FormCondition) -> tuple[str, str]:
    """The text with a selection for the line, and that selection's name."""
    when = parse(text, source=_SOURCE).data["when"]
    name = name_for(line, list(when) if isinstance(when, dict) else [])
    return add_key(text, ("when", name), selection(line)), name


def _without_unused(text: str, name: str) -> str:
    """The text without a selection that nothing asks any more."""
    data = parse(text, source=_SOURCE).data
    asked = json.dumps([data.get(key) for key in (*EXPRESSIONS, "actions", "clock")])
    when, cause = data["when"], data.get("cause") or []
    if re.search(rf"\b{name}\.", asked) or not isinstance(when, dict) or name not in when:
        return text
    if isinstance(cause, list) and name in cause:
        text = drop(text, ("cause",) if len(cause) == 1 else ("cause", cause.index(name)))
    return drop(text, ("when", name))
