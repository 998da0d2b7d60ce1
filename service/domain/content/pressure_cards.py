"""A pressure test of a process: the virtual opportunities that are played, and which words say nothing.

Invariant: each virtual opportunity names its rep, so that what is found has a name; nothing of it is ever stored.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from service.domain.content.case_examples import CaseEvent, CaseExamples
from service.domain.content.event_match import Word
from service.domain.content.header import Closed, Code, Header, Misplaced, Text
from service.domain.content.playbook_values import FieldName
from service.domain.content.slots import check_slots


class VirtualDeal(Closed):
    """One virtual opportunity: who works it, and what happens in it; events without `on` are its own."""

    id: Code
    owner: Code
    events: tuple[CaseEvent, ...] = Field(min_length=1, max_length=60)
    note: str = ""


class PressureCard(Header):
    """What is played through `process`, and what counts as evading it.

    A field filled with one of `evasions` (blanks and capitals aside) evades; fields of `not_asked` may hold anything.
    `order` says whether people are ranked by skipped stages or by evaded fields first. `says` words what one person
    did: `{{person}}`, `{{skips}}` and `{{others}}` are replaced. A test of fewer than `at_least` is called too small.
    """

    process: Code
    evasions: tuple[Word, ...] = Field(min_length=1, max_length=100)
    not_asked: tuple[FieldName, ...] = Field(default=(), max_length=50)
    order: Literal["skips", "others"] = "skips"
    at_least: int = Field(default=10, ge=1, le=100)
    says: Text
    deals: tuple[VirtualDeal, ...] = Field(default=(), max_length=100)
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None

    @model_validator(mode="after")
    def _is_large_enough(self) -> Self:
        check_slots(self.says, known=("person", "skips", "others"), path=("says",))
        ids = [deal.id for deal in self.deals]
        for place, deal in enumerate(self.deals):
            if ids.index(deal.id) != place:
                raise Misplaced(("deals", place, "id"), f"{deal.id} stands twice; give each its own")
        if self.deals and len(self.deals) < self.at_least:
            raise Misplaced(("deals",), f"{len(self.deals)} deals, fewer than at_least {self.at_least}; add some")
        return self
