"""Writes a rule's file from what somebody filled in on a form, with stories that prove it both ways.

Invariant: the file is read and proven like any other; what a form cannot say is written in the file itself.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from nlp.strict_yaml import without_unseen
from service.domain.content.playbooks import RESERVED
from service.domain.playbooks.conditions import FormCondition, holds, quoted, selection

Data = Mapping[str, Any]
Told = tuple[datetime, str, Data]
NOW = datetime(2026, 3, 20, 12)  # noqa: DTZ001 - a story's clock is Chinese time, as its file says it
HOUR = timedelta(hours=1)
OTHER = "别的值"
LONGEST = 40


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
        f"title: {quoted(form.title)}",
        "status: experimental",
        f"description: {quoted(form.title)}",
        f"owner: {quoted(form.owner)}",
        f"date: {today.isoformat()}",
        "serves: [P4]",
        f"subject: {form.subject}",
        "when:",
        *(f"  {name}: {selection(one)}" for name, one in zip(names, form.conditions, strict=True)),
        f"condition: {quoted(' && '.join(map(holds, names, form.conditions)))}",
    ]
    stale = [name for name, one in zip(names, form.conditions, strict=True) if one.look == "stale"]
    lines += [f"cause: [{', '.join(stale)}]"] if stale else []
    lines += ["actions:", f"  - notify: {{to: [{', '.join(form.to)}], text: {quoted(form.text)}}}"]
    if form.answer_hours and form.then_to:
        told = quoted(late_text(form.answer_hours))
        lines += ["clock:", f"  respond_within: {form.answer_hours}h", "  then:",
                  f"    - actions: [{{notify: {{to: [{form.then_to}], text: {told}}}}}]"]  # fmt: skip
    lines += [f"cooldown: {form.cooldown_days}d"] if form.cooldown_days else []
    lines += [f"severity: {form.severity}", "examples:", *_stories(form)]
    return "\n".join(lines) + "\n"


def late_text(hours: int) -> str:
    """What is said when nobody has acted in time."""
    return f"{hours}小时没有处理：{{{{title}}}}，“{{{{subject}}}}”。"


def _names(conditions: Sequence[FormCondition]) -> list[str]:
    found: list[str] = []
    for one in conditions:
        found.append(name_for(one, found))
    return found


def name_for(one: FormCondition, taken: Collection[str]) -> str:
    """A name for the line's selection, after what it looks at."""
    plain = (one.types or [one.name])[0] if one.kind != "field" else one.name
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in plain.lower())[:LONGEST]
    is_plain = len(name) > 1 and name[0].isalpha() and name not in RESERVED
    name = name if is_plain else f"look_{name}"
    while name in taken:
        name += "_2"
    return name


def _stories(form: RuleForm) -> list[str]:
    fires, silent = stories(form.subject, form.conditions)
    return ["  fires:", *_story(fires), "  stays_silent:", *_story(silent)]


def stories(
    subject: str, conditions: Sequence[FormCondition], base: Mapping[str, Any] | None = None
) -> tuple[list[Told], list[Told]]:
    """A case in which every condition holds, and one so fresh, or so different, that the first of them does not.

    Args:
        base: what the subject's fields say besides, such as those of a case that is known to work.
    """
    begin = NOW - max((one.time for one in conditions), default=HOUR) - 24 * HOUR
    created = f"{subject}.created"
    fires: list[Told] = [(begin, created, _fields(conditions, base or {}, broken=False))]
    silent: list[Told] = [(NOW - HOUR / 2, created, _fields(conditions, base or {}, broken=True))]
    for place, one in enumerate(conditions):
        if one.kind in ("count", "event") and one.types:
            fires += _happened(one, met=True)
            silent += _happened(one, met=place > 0)
    return fires, silent


def _happened(one: FormCondition, *, met: bool) -> list[Told]:
    """The events of a case in which a line about events holds, or does not."""
    wants = one.look in ("count", "happened")
    n = min(one.times, 50) if wants == met else 0
    return [(NOW - HOUR / 2 + number * HOUR / 120, one.types[0], {}) for number in range(n)]


def _fields(conditions: Sequence[FormCondition], base: Mapping[str, Any], *, broken: bool) -> Data:
    fields: dict[str, Any] = {"name": "示例", **base}
    for place, one in enumerate(conditions):
        is_broken = broken and place == 0
        if one.look == "stale":
            fields.setdefault(one.name, "示例")
        elif one.look in ("equals", "among"):
            fields[one.name] = OTHER if is_broken else (one.values if one.look == "among" else [one.value])[0]
        elif one.look == "differs":
            fields[one.name] = one.value if is_broken else OTHER
        elif one.look in ("filled", "empty") and (one.look == "filled") != is_broken:
            fields.setdefault(one.name, "示例")
        elif one.look in ("filled", "empty"):
            fields.pop(one.name, None)
        elif one.look in ("above", "below"):
            fields[one.name] = float(one.value) + (1 if (one.look == "above") != is_broken else -1)
    return fields


def _story(events: Sequence[Told]) -> list[str]:
    told = [f"        - {event}" for event in events_of(events)]
    return [f"    - now: {NOW:%Y-%m-%d %H:%M}", "      events:", *told]


def events_of(events: Sequence[Told]) -> list[str]:
    """The events of a case as its file holds them, in order."""
    return [
        f"{{at: {at:%Y-%m-%d %H:%M}, type: {type_}, data: {_data(data)}}}"
        for at, type_, data in sorted(events, key=lambda event: event[0])
    ]


def _data(data: Data) -> str:
    told = {key: without_unseen(value) if isinstance(value, str) else value for key, value in data.items()}
    return json.dumps(told, ensure_ascii=False)
