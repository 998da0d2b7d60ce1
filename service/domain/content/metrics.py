"""Metrics: what is counted, over which events or entities, what is good, and from where on it is."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from service.domain.content.case_examples import CaseExamples
from service.domain.content.event_match import EntityMatch, EventMatch
from service.domain.content.header import Closed, Header, Text
from service.domain.content.playbook_values import Duration, FieldName


class ShareOfEvents(Closed):
    """Of the events that match `each`, those that also match `good`.

    An entity of which `gather` tells counts once, and `good` is asked of its newest event together with what all these
    events wrote: a proof may come with another event than the one it is for.
    """

    measure: Literal["share_of_events"]
    each: EventMatch
    good: EventMatch
    gather: EventMatch | None = None


class Answered(Closed):
    """Of the events that match `each`, those followed by an `answer` within `within`.

    The answer names the same values in `same`. What is not yet answered and not yet due is left out. `within` may
    stand in the event itself: `due_field` holds the instant, and `worked_within` is the working time that events have
    which do not say.
    """

    measure: Literal["answered"]
    each: EventMatch
    answer: EventMatch
    same: tuple[FieldName, ...] = Field(min_length=1)
    within: Duration | None = None
    due_field: FieldName | None = None
    worked_within: Duration | None = None

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        if (self.within is None) == (self.due_field is None):
            raise ValueError("say either within or due_field")
        if self.worked_within is not None and self.due_field is None:
            raise ValueError("worked_within goes with due_field")
        return self


class Delay(Closed):
    """The median time in hours from an event that matches `each` to the first `answer` with the same values."""

    measure: Literal["delay"]
    each: EventMatch
    answer: EventMatch
    same: tuple[FieldName, ...] = Field(min_length=1)


class Fresh(Closed):
    """Of the entities, those an event told of within `within` before now."""

    measure: Literal["fresh"]
    of: EntityMatch
    within: Duration


class Complete(Closed):
    """How many of the `fields` are filled, over all entities."""

    measure: Literal["complete"]
    of: EntityMatch
    fields: tuple[FieldName, ...] = Field(min_length=1, max_length=50)


class Ratio(Closed):
    """The sum of a field over some entities, divided by the sum of a field over others."""

    measure: Literal["ratio"]
    top: EntityMatch
    top_field: FieldName
    bottom: EntityMatch
    bottom_field: FieldName


class Average(Closed):
    """The mean of a number in the events that match."""

    measure: Literal["average"]
    each: EventMatch
    field: FieldName


class Share(Closed):
    """The sum of a number over the `part` of the events, divided by its sum over all that match `each`."""

    measure: Literal["share_of_amount"]
    each: EventMatch
    part: EventMatch
    field: FieldName


Measure = Annotated[
    ShareOfEvents | Answered | Delay | Fresh | Complete | Ratio | Average | Share, Field(discriminator="measure")
]


class Threshold(Closed):
    """From where on the value is good: at least, or at most."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _is_one_sided(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("say either at_least or at_most")
        return self

    def holds(self, value: float) -> bool:
        """Whether a value is good."""
        return value >= self.at_least if self.at_least is not None else self.at_most is None or value <= self.at_most


class Beside(Closed):
    """The raw figure that people know, shown next to the metric."""

    title: Text
    unit: Literal["share", "hours", "days", "number"]
    how: Measure


class CauseBranch(Closed):
    """A possible cause in the tree of a metric: events, and the field of theirs that names the cause."""

    title: Text
    events: EventMatch
    by: FieldName


class Metric(Header):
    """One number about how work is done: its definition, its threshold, where it comes from.

    `window` is how far back events count. `unit` is share (0 to 1), hours, days or number. `causes` is what to open
    when it is not good. `beside` is the raw figure it stands next to on the dashboard.
    """

    definition: Text
    unit: Literal["share", "hours", "days", "number"]
    threshold: Threshold
    window: Duration
    how: Measure
    causes: tuple[CauseBranch, ...] = ()
    beside: Beside | None = None
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None
