"""Cases inside the files of processes, scorecards and metrics: CRM events, a now, and the numbers they give.

They show an author what a file does, and they run as tests. Invariant: a case says figures by the names that its kind
has; a name that the kind does not have is a fault, not a figure that is never checked.
"""

import datetime as dt
from typing import Annotated, Self

from pydantic import AfterValidator, Field, JsonValue, StringConstraints, model_validator

from service.domain.content.header import Closed, Misplaced, Text
from service.domain.content.playbook_examples import Moment
from service.domain.content.playbook_values import EventType, FieldName
from service.domain.crm.events import KINDS

SUBJECT = "s1"
Entity = Annotated[str, StringConstraints(pattern=r"^[a-z]+/[^/\s]{1,80}$")]
MOST_EVENTS = 500  # of one case, copies counted
_YEARS = range(2000, 2100)


def _in_our_time(value: dt.datetime) -> dt.datetime:
    if value.year not in _YEARS:
        raise ValueError("write a moment between the years 2000 and 2099")
    return value


CaseMoment = Annotated[Moment, AfterValidator(_in_our_time)]


class CaseEvent(Closed):
    """One event: what and when, on which entity (`kind/id`), what it wrote.

    Without `on` it is of the kind its type names, else of an opportunity, with the id `s1`. With `times` it happened so
    often, on as many entities: `s1-1`, `s1-2`, …
    """

    at: CaseMoment
    type: EventType
    on: Entity | None = None
    times: Annotated[int, Field(ge=1, le=MOST_EVENTS)] | None = None
    data: dict[FieldName, JsonValue] = Field(default={}, max_length=40)

    @model_validator(mode="after")
    def _is_about_something_we_keep(self) -> Self:
        if self.on is not None and self.on.partition("/")[0] not in KINDS:
            raise Misplaced(("on",), f"write a kind before the id, one of {', '.join(KINDS)}")
        return self


class Case(Closed):
    """What happened up to `now`, and the figures that come of it: numbers, words, or lists of them."""

    events: tuple[CaseEvent, ...] = Field(min_length=1, max_length=200)
    now: CaseMoment
    gives: dict[FieldName, JsonValue] = Field(default={}, max_length=40)
    note: Text | None = None

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        if sum(event.times or 1 for event in self.events) > MOST_EVENTS:
            raise Misplaced(("events",), f"more than {MOST_EVENTS} events; take fewer")
        return self


class CaseExamples(Closed):
    """When an item must have something to say, and when it must not."""

    fires: tuple[Case, ...] = Field(min_length=1, max_length=20)
    stays_silent: tuple[Case, ...] = Field(min_length=1, max_length=20)
