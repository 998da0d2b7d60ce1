"""The cases in a rule's file after its rule was changed: which of them end otherwise now, and how they follow.

Invariant: a case is never dropped. One that fired and no longer does stays as one that is silent, and the other way
round, so that what the change did remains written down and tested.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nlp.strict_yaml import Path, parse
from nlp.yaml_edit import add_item, add_key, move_item, set_raw, set_value
from service.domain.content.playbook_examples import Story
from service.domain.playbooks.conditions import FormCondition
from service.domain.playbooks.rules import Rule
from service.domain.playbooks.saved_form import form_of, value_at
from service.domain.playbooks.stories import tell, words_of
from service.domain.playbooks.writing import NOW, events_of, stories

Kind = Literal["fires", "stays_silent"]
Ending = Literal["silent", "fires", "times", "words", "failed"]
_LISTS: Sequence[Kind] = ("fires", "stays_silent")
_WORDS = 60


@dataclass(frozen=True, slots=True)
class ChangedCase:
    """A case of the file that no longer ends as the file says; `says` holds what the rule says now."""

    kind: Kind
    number: int
    note: str
    ending: Ending
    times: int
    says: str

    @property
    def path(self) -> Path:
        """Where it stands."""
        return ("examples", self.kind, self.number)


def changed_cases(rule: Rule) -> list[ChangedCase]:
    """The cases that end otherwise than their file says, in its order."""
    examples = rule.book.examples
    by_kind: Mapping[Kind, Sequence[Story]] = {"fires": examples.fires, "stays_silent": examples.stays_silent}
    return [
        case
        for kind, told in by_kind.items()
        for number, story in enumerate(told)
        for case in _changed(rule, kind, number, story)
    ]


def _changed(rule: Rule, kind: Kind, number: int, story: Story) -> Iterator[ChangedCase]:
    firings, timeline, failed = tell(rule, story)
    said = words_of(firings[-1], timeline) if firings else ""
    ending: Ending | None = None
    if failed:
        ending = "failed"
    elif kind == "stays_silent":
        ending = "fires" if firings else None
    elif not firings:
        ending = "silent"
    elif len(firings) != story.times:
        ending = "times"
    elif story.says and story.says not in said:
        ending = "words"
    if ending is not None:
        yield ChangedCase(kind, number, story.note, ending, len(firings), said)


def follow_cases(text: str, rule: Rule) -> str:
    """The text with every case where the rule, as it is now, puts it.

    Raises:
        NotChangeable: the cases are written in a way that does not let them be moved, or none would be left of a kind.
    """
    changed = [case for case in changed_cases(rule) if case.ending != "failed"]
    for case in changed:
        if case.ending in ("times", "words", "fires"):
            text = _corrected(text, case)
    moves = {kind: [case for case in changed if case.kind == kind and case.ending in ("silent", "fires")]
             for kind in _LISTS}  # fmt: skip
    for kind in _LISTS:
        if len(moves[kind]) == len(value_at(parse(text, source="playbook").data, ("examples", kind))):
            text = _with_case(text, rule, kind)
    for kind, other in (_LISTS, _LISTS[::-1]):
        for case in reversed(moves[kind]):
            text = move_item(text, case.path, ("examples", other))
    return text


def _corrected(text: str, case: ChangedCase) -> str:
    """The case with how often the rule fires now, and the beginning of what it says."""
    story = value_at(parse(text, source="playbook").data, case.path)
    times = story.get("times", 1)
    if times != case.times and "times" in story:
        text = set_raw(text, (*case.path, "times"), str(case.times))
    elif times != case.times:
        text = add_key(text, (*case.path, "times"), str(case.times), after="now")
    if story.get("says") and story["says"] not in case.says:
        text = set_value(text, (*case.path, "says"), case.says.split("\n")[0][:_WORDS].strip())
    return text


def _with_case(text: str, rule: Rule, kind: Kind) -> str:
    """The text with one more case, of the kind of which none would be left, told about a subject of the first one."""
    lines: list[FormCondition] = [row.line for row in form_of(text).of("condition") if row.line is not None]
    first, subject = rule.book.examples.fires[0], rule.book.subject
    base = {key: value for event in first.events if event.type.startswith(f"{subject}.")
            for key, value in event.data.items()}  # fmt: skip
    told = ", ".join(events_of(stories(subject, lines, base)[_LISTS.index(kind)]))
    return add_item(text, ("examples", kind), f"{{now: {NOW:%Y-%m-%d %H:%M}, events: [{told}]}}")
