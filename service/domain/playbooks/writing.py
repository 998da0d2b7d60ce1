"""Writes a rule's file from what somebody filled in on a form, with stories that prove it both ways.

Invariant: the file is read and proven like any other; what a form cannot say is written in the file itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from nlp.strict_yaml import without_unseen

Unit = Literal["hours", "days"]
Look = Literal["stale", "absent", "count", "equals", "differs"]
Told = tuple[datetime, str, Mapping[str, str]]
NOW = datetime(2026, 3, 20, 12)  # noqa: DTZ001 - a story's clock is Chinese time, as its file says it
HOUR = timedelta(hours=1)
OTHER = "别的值"
_UNSAFE = frozenset({"at", "title", "owner", "subject", "size", "days", "hours", "minutes", "duration", "timestamp",
                     "true", "false", "in", "as", "if", "for", "import", "now", "date"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormCondition:
    """One line of the form.

    stale    the field `name` was not written for `amount` `unit`
    absent   none of the events `name` for so long
    count    within so long, at least `times` of the events
    equals   the field says `value`; differs: it says anything else
    """

    look: Look
    name: str
    amount: int = 0
    unit: Unit = "hours"
    times: int = 1
    value: str = ""

    @property
    def time(self) -> timedelta:
        """How long it speaks of; nothing for what a field says."""
        return timedelta(**{self.unit: self.amount})

    @property
    def types(self) -> list[str]:
        """The event types it names, however they were set apart."""
        return [word for word in self.name.replace("，", " ").replace("、", " ").replace(",", " ").split() if word]


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A rule as a form says it: all conditions must hold, then these people are told."""

    id: str
    title: str
    subject: str
    conditions: Sequence[FormCondition]
    to: Sequence[str]
    text: str
    severity: str = "medium"
    cooldown_days: int = 0
    answer_hours: int = 0
    then_to: str = ""
    owner: str = "销售运营"


def write_rule(form: RuleForm, *, today: date) -> str:
    """The rule's file: experimental, so that it only writes down what it would say until somebody switches it on."""
    names = _names(form.conditions)
    lines = [
        f"id: {form.id}",
        f"title: {_quoted(form.title)}",
        "status: experimental",
        f"description: {_quoted(form.title)}",
        f"owner: {_quoted(form.owner)}",
        f"date: {today.isoformat()}",
        "serves: [P4]",
        f"subject: {form.subject}",
        "when:",
        *(f"  {name}: {_selection(one)}" for name, one in zip(names, form.conditions, strict=True)),
        f"condition: {_quoted(' && '.join(map(_holds, names, form.conditions)))}",
    ]
    stale = [name for name, one in zip(names, form.conditions, strict=True) if one.look == "stale"]
    lines += [f"cause: [{', '.join(stale)}]"] if stale else []
    lines += ["actions:", f"  - notify: {{to: [{', '.join(form.to)}], text: {_quoted(form.text)}}}"]
    if form.answer_hours and form.then_to:
        told = _quoted(f"{form.answer_hours}小时没有处理：{{{{title}}}}，“{{{{subject}}}}”。")
        lines += ["clock:", f"  respond_within: {form.answer_hours}h", "  then:",
                  f"    - actions: [{{notify: {{to: [{form.then_to}], text: {told}}}}}]"]  # fmt: skip
    lines += [f"cooldown: {form.cooldown_days}d"] if form.cooldown_days else []
    lines += [f"severity: {form.severity}", "examples:", *_stories(form)]
    return "\n".join(lines) + "\n"


def _names(conditions: Sequence[FormCondition]) -> list[str]:
    """A name for each selection, after what it looks at."""
    found: list[str] = []
    for one in conditions:
        plain = one.types[0] if one.look in ("absent", "count") and one.types else one.name
        name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in plain.lower())
        name = name if name and name[0].isalpha() and name not in _UNSAFE else f"look_{name}"
        while name in found:
            name += "_2"
        found.append(name)
    return found


def _selection(one: FormCondition) -> str:
    if one.look in ("absent", "count"):
        types = ", ".join(one.types)
        length = f"{one.amount}{one.unit[0]}"
        kind = "absent" if one.look == "absent" else "count"
        return f"{{{kind}: [{types}], {'for' if kind == 'absent' else 'within'}: {length}}}"
    return f"{{field: {one.name}}}"


def _holds(name: str, one: FormCondition) -> str:
    return {
        "stale": f"{name}.age > {one.unit}({one.amount})",
        "absent": f"{name}.holds",
        "count": f"{name}.n >= {one.times}",
        "equals": f"{name}.text == {_quoted(one.value)}",
        "differs": f"{name}.text != {_quoted(one.value)}",
    }[one.look]


def _stories(form: RuleForm) -> list[str]:
    """A case in which every condition holds, and one so fresh, or so different, that the first of them does not."""
    begin = NOW - max((one.time for one in form.conditions), default=HOUR) - 24 * HOUR
    created = f"{form.subject}.created"
    fires: list[Told] = [(begin, created, _fields(form.conditions, broken=False))]
    silent: list[Told] = [(NOW - HOUR / 2, created, _fields(form.conditions, broken=True))]
    for place, one in enumerate(form.conditions):
        if one.look == "count" and one.types:
            calls: list[Told] = [(NOW - HOUR / 2 + n * HOUR / 60, one.types[0], {}) for n in range(min(one.times, 20))]
            fires += calls
            silent += calls if place else []
    return ["  fires:", *_story(fires), "  stays_silent:", *_story(silent)]


def _fields(conditions: Sequence[FormCondition], *, broken: bool) -> dict[str, str]:
    fields = {"name": "示例"}
    for place, one in enumerate(conditions):
        is_broken = broken and place == 0
        if one.look == "stale":
            fields.setdefault(one.name, "示例")
        elif one.look in ("equals", "differs"):
            fields[one.name] = one.value if (one.look == "equals") != is_broken else OTHER
    return fields


def _story(events: Sequence[Told]) -> list[str]:
    told = [
        f"        - {{at: {at:%Y-%m-%d %H:%M}, type: {type_}, data: {_quoted(data)}}}"
        for at, type_, data in sorted(events, key=lambda event: event[0])
    ]
    return [f"    - now: {NOW:%Y-%m-%d %H:%M}", "      events:", *told]


def _quoted(value: str | Mapping[str, str]) -> str:
    """The value as YAML reads it; what was pasted in with it and nobody sees stays outside."""
    if isinstance(value, str):
        return json.dumps(without_unseen(value), ensure_ascii=False)
    return json.dumps({key: without_unseen(text) for key, text in value.items()}, ensure_ascii=False)
