"""A playbook rule as its file holds it: what it looks at, when it speaks, what it does, and how it proves itself.

Invariant: a rule that validates names only its own selections and their attributes, in conditions (whose types the
loader's expression engine checks) and in texts, where `{{name}}` is the only thing ever replaced.
"""

import datetime as dt
import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from service.domain.content.header import Closed, Code, Misplaced, Text
from service.domain.content.playbook_actions import Action, Actions, PublishScore, ResponseClock
from service.domain.content.playbook_examples import PlaybookExamples
from service.domain.content.playbook_selections import Selections
from service.domain.content.playbook_values import Duration, Schedule
from service.domain.crm.events import KINDS

Severity = Literal["info", "low", "medium", "high", "critical"]
PlaybookStatus = Literal["experimental", "test", "stable", "deprecated"]
GROUPS = ("person", "team", "region", "industry", "product")
SUBJECTS = (*KINDS, *GROUPS)
Subject = Literal[SUBJECTS]  # type: ignore[valid-type]
Row = Annotated[str, StringConstraints(pattern=r"^[VCPR][1-9][0-9]?$")]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]

SLOT = re.compile(r"\{\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}\}", re.ASCII)
PLAIN_SLOTS = frozenset({"subject", "owner", "title", "at"})
_LEFT_OVER = re.compile(r"[{}]|\$\{|<%|%>")
_CEL_WORDS = "as break const continue else false for function if import in let loop namespace null package return true"
_OUR_WORDS = "var void while days hours minutes duration size timestamp now subject owner title at"
RESERVED = frozenset(f"{_CEL_WORDS} {_OUR_WORDS}".split())


class Playbook(Closed):
    """One rule."""

    id: Code
    title: Annotated[Text, Field(max_length=60)]
    status: PlaybookStatus
    description: Annotated[Text, Field(max_length=600)]
    owner: Text
    date: dt.date
    serves: tuple[Row, ...] = Field(min_length=1)
    references: tuple[Text, ...] = ()
    false_positives: str = ""
    subject: Subject
    when: Selections
    condition: Expression
    unless: Expression | None = None
    done_when: Expression | None = None
    cause: tuple[Code, ...] = ()
    every: Schedule | None = None
    actions: Actions
    clock: ResponseClock | None = None
    cooldown: Duration | None = None
    severity: Severity
    examples: PlaybookExamples

    @property
    def in_use(self) -> bool:
        """Whether it is looked at at all; a deprecated rule only keeps its id."""
        return self.status != "deprecated"

    @property
    def acts(self) -> bool:
        """Whether anybody hears of it; an experimental rule is only written down."""
        return self.status in ("test", "stable")

    @property
    def expressions(self) -> dict[str, str]:
        """Its expressions by the key they stand under."""
        found = {"condition": self.condition, "unless": self.unless, "done_when": self.done_when}
        return {key: text for key, text in found.items() if text is not None}

    @property
    def slots(self) -> frozenset[str]:
        """Every name that its texts may replace."""
        named = {f"{name}.{attribute}" for name, when in self.when.items() for attribute in when.attributes}
        return PLAIN_SLOTS | named

    @model_validator(mode="after")
    def _names_are_its_own(self) -> Self:
        for name in self.when:
            if name in RESERVED:
                raise Misplaced(("when", name), f"`{name}` means something else in conditions; choose another name")
        for name in self.cause:
            if name not in self.when:
                raise Misplaced(("cause",), f"`{name}` is no selection of `when`; known: {', '.join(self.when)}")
        for path, action in self.placed_actions():
            for key, text in action.texts:
                self._check_text(text, (*path, action.kind, key))
            if isinstance(action.body, PublishScore) and action.body.value not in self.slots:
                known = ", ".join(sorted(self.slots - PLAIN_SLOTS))
                said = f"`{action.body.value}` is no attribute of a selection; known: {known}"
                raise Misplaced((*path, action.kind, "value"), said)
        return self

    @model_validator(mode="after")
    def _can_come_true(self) -> Self:
        if self.subject in GROUPS and any(when.fields for when in self.when.values()):
            name = next(name for name, when in self.when.items() if when.fields)
            said = f"a {self.subject} has no fields of its own; use event, count, series or streak"
            raise Misplaced(("when", name), said)
        if self.done_when is not None and self.clock is None:
            raise Misplaced(("done_when",), "it ends a clock; give the rule a `clock`")
        return self

    def placed_actions(self) -> list[tuple[tuple[str | int, ...], Action]]:
        """Every action, those of the clock's steps too, with where it stands in the file."""
        placed: list[tuple[tuple[str | int, ...], Action]] = [(("actions", i), it) for i, it in enumerate(self.actions)]
        for i, step in enumerate(self.clock.then if self.clock else ()):
            placed += [(("clock", "then", i, "actions", j), action) for j, action in enumerate(step.actions)]
        return placed

    def _check_text(self, text: str, path: tuple[str | int, ...]) -> None:
        for name in SLOT.findall(text):
            if name not in self.slots:
                known = ", ".join(sorted(self.slots))
                raise Misplaced(path, f"unknown name {{{{{name}}}}}; known: {known}")
        if _LEFT_OVER.search(SLOT.sub("", text)):
            raise Misplaced(path, "a brace or template mark that names nothing; only {{name}} is replaced")
