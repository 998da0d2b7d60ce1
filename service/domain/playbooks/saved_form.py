"""A saved rule as a form: which of its lines and words a form can show, and what stays with its text alone.

Invariant: everything in the rule's file is either on the form or named in `left`; nothing is passed over in silence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nlp.strict_yaml import Data, Path, parse
from service.domain.playbooks.conditions import SPAN_KEY, FormCondition, atoms_of, condition_of, numbers_of

EXPRESSIONS = ("condition", "unless", "done_when")
DURATIONS = frozenset({"cooldown", "respond_within", "after", "due_within"})
_HEAD = frozenset({"id", "status", "subject"})  # the page shows them outside the form
_WORDS = ("title", "text", "tag", "action", "pool", "stage", "approver", "due_within")
_SOURCE = "playbook"


@dataclass(frozen=True, slots=True)
class Row:
    """A part of an expression that has to hold; `line` is None where no line says it: then its numbers can be changed.

    `shared`: an earlier row looks at the same selection, so that what it looks at is chosen there.
    """

    key: str
    number: int
    text: str
    name: str = ""
    line: FormCondition | None = None
    shared: bool = False

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of a part that is no line, in order."""
        return () if self.line else tuple(self.text[begin:end] for begin, end in numbers_of(self.text))


@dataclass(frozen=True, slots=True)
class ActionOnForm:
    """One thing the rule does: where it stands, its kind, whom it reaches, and which words of it the form holds."""

    path: Path
    kind: str
    to: tuple[str, ...] | None
    words: tuple[str, ...]

    @property
    def step(self) -> int | None:
        """Which step of the clock it belongs to, None for what happens at once."""
        return int(self.path[2]) if self.path[0] == "clock" else None


@dataclass(frozen=True, slots=True)
class SavedForm:
    """What the form shows of a rule; `values` are single values by their path, durations as they are written."""

    rows: tuple[Row, ...]
    actions: tuple[ActionOnForm, ...]
    values: Mapping[Path, str]
    left: tuple[str, ...]

    @property
    def has_clock(self) -> bool:
        """Whether the rule asks for an answer within a time."""
        return ("clock", "respond_within") in self.values

    @property
    def is_whole(self) -> bool:
        """Whether the form says all of when the rule fires."""
        return all(row.line is not None for row in self.rows)

    def of(self, key: str) -> tuple[Row, ...]:
        """The rows of one expression."""
        return tuple(row for row in self.rows if row.key == key)


def form_of(text: str) -> SavedForm:
    """The form of a rule whose text is right."""
    data = parse(text, source=_SOURCE).data
    rows, actions = tuple(_rows(data)), tuple(_actions(data))
    values = dict(_values(data, actions))
    shown = set(values) | {(name,) for name in (*_HEAD, *EXPRESSIONS)}
    shown |= {(*action.path, "to") for action in actions if action.to is not None}
    for row in rows:
        if row.line is not None:
            kind = row.line.kind
            shown |= {("when", row.name, kind), ("when", row.name, SPAN_KEY.get(kind, kind))}
    return SavedForm(rows, actions, values, tuple(_left(data, (), shown)))


def _rows(data: Mapping[str, Data]) -> Iterator[Row]:
    when, seen = data["when"], set[str]()
    for key in EXPRESSIONS:
        expression = data.get(key)
        if not isinstance(expression, str) or not isinstance(when, dict):
            continue
        for number, (begin, end) in enumerate(atoms_of(expression)):
            found = condition_of(expression[begin:end], when)
            if found is None:
                yield Row(key, number, expression[begin:end])
                continue
            yield Row(key, number, expression[begin:end], *found, shared=found[0] in seen)
            seen.add(found[0])


def _actions(data: Mapping[str, Any]) -> Iterator[ActionOnForm]:
    steps = (data.get("clock") or {}).get("then") or []
    lists: list[tuple[Path, Any]] = [(("actions",), data["actions"])]
    lists += [(("clock", "then", number, "actions"), step["actions"]) for number, step in enumerate(steps)]
    for outer, actions in lists:
        for number, action in enumerate(actions):
            ((kind, body),) = action.items()
            to = body.get("to")
            known = None if to is None else (to,) if isinstance(to, str) else tuple(to)
            words = tuple(name for name in _WORDS if isinstance(body.get(name), str | int | float))
            yield ActionOnForm((*outer, number, kind), kind, known, words)


def _values(data: Mapping[str, Any], actions: tuple[ActionOnForm, ...]) -> Iterator[tuple[Path, str]]:
    for name in ("title", "description", "severity"):
        yield (name,), str(data[name])
    yield ("cooldown",), str(data.get("cooldown") or "")
    if every := data.get("every"):
        yield ("every", "at"), str(every["at"])
        yield ("every", "on"), str(every.get("on", "workday"))
    if clock := data.get("clock"):
        yield ("clock", "respond_within"), str(clock["respond_within"])
        yield ("clock", "hours"), str(clock.get("hours", "calendar"))
        for number, step in enumerate(clock.get("then") or []):
            if "after" in step:
                yield ("clock", "then", number, "after"), str(step["after"])
    for action in actions:
        for name in action.words:
            yield (*action.path, name), str(value_at(data, (*action.path, name)))


def value_at(data: Any, path: Path) -> Any:  # noqa: ANN401 - whatever stands there
    """What stands at a path of a file's data; None where nothing does."""
    for part in path:
        if isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        elif isinstance(data, dict):
            data = data.get(part)
        else:
            return None
    return data


def _left(data: Data, path: Path, shown: set[Path]) -> Iterator[str]:
    """What is not shown, by its outermost name."""
    if path in shown:
        return
    if path and not any(each[: len(path)] == path for each in shown):
        yield ".".join(map(str, path))
        return
    children: Any = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for part, value in children:
        yield from _left(value, (*path, part), shown)
