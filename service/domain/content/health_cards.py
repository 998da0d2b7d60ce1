"""Additive scores: a base, what is taken off or put on and why, and the bands a value falls into."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from service.domain.content.case_examples import CaseExamples
from service.domain.content.event_match import EventMatch
from service.domain.content.header import Closed, Code, Header, Text
from service.domain.content.playbook_values import Duration, FieldName


class LateNode(Closed):
    """A node of the process handed in after its due day, or still open after it: `points` for each day."""

    on: Literal["late_node"]
    node: Code


class MissingNode(Closed):
    """A node of the process whose stage has begun: `points` for each piece that is not there."""

    on: Literal["missing_node"]
    node: Code


class StaleField(Closed):
    """A field that has not changed for longer than `older_than`: `points`, once; never written counts as stale."""

    on: Literal["stale_field"]
    field: FieldName
    older_than: Duration


class Silence(Closed):
    """No event of `of` (any, when left out) within `longer_than`: `points`, once."""

    on: Literal["silence"]
    longer_than: Duration
    of: EventMatch | None = None


class Happened(Closed):
    """Events that match, within `within` before now (ever, when left out): `points` for each."""

    on: Literal["event"]
    match: EventMatch
    within: Duration | None = None


class Skipped(Closed):
    """A stage entered while nodes before it were missing: `points` for each such stage."""

    on: Literal["skipped_stage"]


Cause = Annotated[LateNode | MissingNode | StaleField | Silence | Happened | Skipped, Field(discriminator="on")]


class ScoreRule(Closed):
    """What changes the score: `points` for each time `when` holds, at most `at_most` times."""

    id: Code
    note: Text
    points: float = Field(ge=-100, le=100)
    when: Cause
    at_most: int = Field(default=1000, ge=1, le=1000)


class Band(Closed):
    """A range of values, up to and including `up_to`, unless `below` says without it; the last band has neither."""

    id: Code
    title: Text
    color: Literal["red", "yellow", "green", "grey"]
    below: float | None = None
    up_to: float | None = None


class HealthCard(Header):
    """A score for opportunities that run through `process`: base and rules, never under `floor` or over `ceiling`."""

    process: Code
    base: float = 100
    floor: float = 0
    ceiling: float = 100
    rules: tuple[ScoreRule, ...] = Field(min_length=1, max_length=100)
    bands: tuple[Band, ...] = Field(min_length=2, max_length=10)
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None

    @model_validator(mode="after")
    def _bands_cover_all(self) -> Self:
        edges = [band.below if band.up_to is None else band.up_to for band in self.bands[:-1]]
        if any(edge is None for edge in edges) or self.bands[-1].below is not None or self.bands[-1].up_to is not None:
            raise ValueError("each band but the last needs below or up_to, and the last has neither")
        rising = [edge for edge in edges if edge is not None]
        if rising != sorted(set(rising)):
            raise ValueError("the bands must rise")
        return self

    def band(self, value: float) -> Band:
        """The band a value falls into."""
        for found in self.bands[:-1]:
            if (found.below is not None and value < found.below) or (found.up_to is not None and value <= found.up_to):
                return found
        return self.bands[-1]
