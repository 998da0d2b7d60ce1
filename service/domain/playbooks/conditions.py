"""The lines of a rule's form: what one can say, how it is written in a rule's file, and how it is found there again.

Invariant: what `condition_of` finds in a file is written by `selection` and `holds` as something that means the same;
an expression that is none of these lines is left to the file.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast, get_args

from nlp.strict_yaml import Data, without_unseen
from service.domain.content.playbook_values import read_duration

Unit = Literal["minutes", "hours", "days"]
Look = Literal["stale", "absent", "count", "fewer", "equals", "differs", "among", "filled", "empty", "happened",
               "pending", "above", "below"]  # fmt: skip
Input = Literal["time", "times", "value"]
INPUTS: Mapping[Look, frozenset[Input]] = {
    "stale": frozenset({"time"}), "absent": frozenset({"time"}), "count": frozenset({"time", "times"}),
    "fewer": frozenset({"time", "times"}), "equals": frozenset({"value"}), "differs": frozenset({"value"}),
    "among": frozenset({"value"}), "filled": frozenset(), "empty": frozenset(), "happened": frozenset(),
    "pending": frozenset(), "above": frozenset({"value"}), "below": frozenset({"value"}),
}  # fmt: skip
KIND: Mapping[Look, str] = {
    "stale": "field", "absent": "absent", "count": "count", "fewer": "count", "equals": "field", "differs": "field",
    "among": "field", "filled": "field", "empty": "field", "happened": "event", "pending": "event", "above": "field",
    "below": "field",
}  # fmt: skip
SPAN_KEY: Mapping[str, str] = {"absent": "for", "count": "within"}
_NAME = r"(?P<name>[a-z][a-z0-9_]*)"
_PLAIN = re.compile(r"[a-z][a-z0-9_.]*", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?", re.ASCII)
_TEXT = re.compile(r"""\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'""")
_LITERAL = re.compile(r"(?<![\w.])[0-9]{1,15}(?:\.[0-9]{1,6})?(?![\w.])", re.ASCII)
_STRING = r'"(?:[^"\\\n]|\\["\\nt])*"'
_ATOMS: Sequence[tuple[str, tuple[Look, ...]]] = (
    (rf"{_NAME}\.age\s*>\s*(?P<unit>minutes|hours|days)\((?P<amount>[1-9][0-9]{{0,3}})\)", ("stale",)),
    (rf"{_NAME}\.holds", ("absent",)),
    (rf"{_NAME}\.n\s*(?P<sign>>=|>)\s*(?P<times>[0-9]{{1,4}})", ("count",)),
    (rf"{_NAME}\.n\s*(?P<sign><=|<|==)\s*(?P<times>[0-9]{{1,4}})", ("fewer",)),
    (rf"{_NAME}\.text\s*==\s*(?P<value>{_STRING})", ("equals",)),
    (rf"{_NAME}\.text\s*!=\s*(?P<value>{_STRING})", ("differs",)),
    (rf"{_NAME}\.text\s+in\s+(?P<list>\[\s*{_STRING}(?:\s*,\s*{_STRING})*\s*\])", ("among",)),
    (rf"{_NAME}\.present", ("filled", "happened")),
    (rf"!\s*{_NAME}\.present", ("empty", "pending")),
    (rf"{_NAME}\.number\s*>\s*(?P<number>{_NUMBER.pattern})", ("above",)),
    (rf"{_NAME}\.number\s*<\s*(?P<number>{_NUMBER.pattern})", ("below",)),
)


@dataclass(frozen=True, slots=True)
class FormCondition:
    """One line of the form.

    stale     the field `name` was not written for `amount` `unit`
    absent    none of the events `name` for so long
    count     within so long, at least `times` of the events; fewer: fewer than so many
    equals    the field says `value`; differs: it says anything else; among: one of the values
    filled    the field says something; empty: nothing
    happened  one of the events; pending: none of them yet
    above     the field's number is more than `value`; below: less
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
        return timedelta(**{self.unit: self.amount}) if "time" in INPUTS[self.look] else timedelta(0)

    @property
    def types(self) -> list[str]:
        """The event types it names, however they were set apart."""
        return words_of(self.name)

    @property
    def values(self) -> list[str]:
        """The values it names, where it may name several."""
        return words_of(self.value, spaces=False)

    @property
    def kind(self) -> str:
        """The kind of selection it needs."""
        return KIND[self.look]


def words_of(text: str, *, spaces: bool = True) -> list[str]:
    """The words of a list that somebody typed, set apart by commas of either width, or by blanks."""
    for sign in ("，", "、", ";", "；"):
        text = text.replace(sign, ",")
    found = text.replace(",", " ").split() if spaces else [word.strip() for word in text.split(",")]
    return list(dict.fromkeys(word for word in found if word))


def is_number(text: str) -> bool:
    """Whether a condition may compare with it."""
    return _NUMBER.fullmatch(text) is not None


def selection(one: FormCondition) -> str:
    """The selection that the line looks at, as the file holds it."""
    if one.kind == "field":
        return f"{{field: {written(one.name)}}}"
    span = f", {SPAN_KEY[one.kind]}: {one.amount}{one.unit[0]}" if one.kind in SPAN_KEY else ""
    return f"{{{one.kind}: [{', '.join(map(written, one.types))}]{span}}}"


def holds(name: str, one: FormCondition) -> str:
    """The expression in which the line holds, over the selection called `name`."""
    return {
        "stale": f"{name}.age > {one.unit}({one.amount})",
        "absent": f"{name}.holds",
        "count": f"{name}.n >= {one.times}",
        "fewer": f"{name}.n < {one.times}",
        "equals": f"{name}.text == {quoted(one.value)}",
        "differs": f"{name}.text != {quoted(one.value)}",
        "among": f"{name}.text in [{', '.join(map(quoted, one.values))}]",
        "filled": f"{name}.present",
        "empty": f"!{name}.present",
        "happened": f"{name}.present",
        "pending": f"!{name}.present",
        "above": f"{name}.number > {one.value}",
        "below": f"{name}.number < {one.value}",
    }[one.look]


def written(name: str) -> str:
    """A field's or an event's name in a file; what could be no name is quoted, and refused where it is read."""
    return name if _PLAIN.fullmatch(name) else quoted(name)


def quoted(value: str) -> str:
    """A text as YAML and conditions read it; what was pasted in with it and nobody sees stays outside."""
    return json.dumps(without_unseen(value), ensure_ascii=False)


def atoms_of(expression: str) -> list[tuple[int, int]]:
    """The parts of an expression that all have to hold, as spans; the whole where it is no such list."""
    depth, begin, quote, found = 0, 0, "", []
    at = 0
    while at < len(expression):
        sign = expression[at]
        if quote:
            at += sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth == 0 and (expression.startswith("||", at) or sign == "?"):
            return [_trimmed(expression, 0, len(expression))]
        elif depth == 0 and expression.startswith("&&", at):
            found.append(_trimmed(expression, begin, at))
            begin = at + 2
        at += 1
    return [*found, _trimmed(expression, begin, len(expression))]


def numbers_of(atom: str) -> list[tuple[int, int]]:
    """Where numbers stand in a part of an expression, outside its texts and its names."""
    texts = [found.span() for found in _TEXT.finditer(atom)]
    return [
        found.span()
        for found in _LITERAL.finditer(atom)
        if not any(begin <= found.start() < end for begin, end in texts)
    ]


def condition_of(atom: str, when: Mapping[str, Data]) -> tuple[str, FormCondition] | None:
    """The line that a part of an expression is, with its selection's name; None where it is none."""
    for pattern, looks in _ATOMS:
        found = re.fullmatch(pattern, atom, re.ASCII)
        chosen = when.get(found["name"]) if found else None
        if found is None or not isinstance(chosen, dict):
            continue
        look = next((look for look in looks if KIND[look] in chosen), None)
        line = _line(found.groupdict(), look, chosen) if look else None
        return (found["name"], line) if line else None
    return None


def _line(said: Mapping[str, str | None], look: Look, chosen: Mapping[str, Data]) -> FormCondition | None:
    kind = KIND[look]
    named = chosen[kind]
    name = named if isinstance(named, str) else ", ".join(map(str, named)) if isinstance(named, list) else ""
    amount, unit = int(said.get("amount") or 0), cast(Unit, said.get("unit") or "hours")
    if kind in SPAN_KEY:
        length = chosen.get(SPAN_KEY[kind])
        if (span := as_span(length)) is None:
            return None
        amount, unit = span
    times = int(said.get("times") or 1) + (said.get("sign") in (">", "<=", "=="))
    exact = said.get("sign") == "==" and said.get("times") != "0"  # none of them can be said, exactly two cannot
    value = _value(said)
    if value is None or not name or exact or times < 1:
        return None
    return FormCondition(look, name, amount, unit, times, value)


def _value(said: Mapping[str, str | None]) -> str | None:
    """What is compared with; None where the form could not say it as it stands."""
    if listed := said.get("list"):
        values: list[str] = json.loads(listed)
        joined = "、".join(values)
        return joined if words_of(joined, spaces=False) == values else None
    text = str(json.loads(str(said["value"]))) if said.get("value") else str(said.get("number") or "")
    return text if text == without_unseen(text).strip() and "\n" not in text else None


def as_span(written: Data) -> tuple[int, Unit] | None:
    """A duration as a form shows it, in the unit it was written in; weeks are days."""
    try:
        duration = read_duration(written)
    except ValueError:
        return None
    unit = {"m": "minutes", "h": "hours"}.get(str(written)[-1], "days")
    return int(duration / timedelta(**{unit: 1})), cast(Unit, unit)


def _trimmed(text: str, begin: int, end: int) -> tuple[int, int]:
    part = text[begin:end]
    return begin + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))


LOOKS: tuple[Look, ...] = get_args(Look)
UNITS: tuple[Unit, ...] = get_args(Unit)
