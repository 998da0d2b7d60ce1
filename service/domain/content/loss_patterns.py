"""When a region loses too many customers, what they are compared by, and what may be done about it."""

from pydantic import Field

from service.domain.content.case_examples import CaseExamples
from service.domain.content.event_match import EventMatch
from service.domain.content.header import Closed, Code, Header, Text
from service.domain.content.playbook_values import FieldName


class Trait(Closed):
    """A field customers are compared by; numbers become `short` below `short_below`, else `long`."""

    id: Code
    title: Text
    field: FieldName
    short_below: float | None = None


class Intervention(Closed):
    """What may be done, and the traits it answers: `industry` for any value, `industry=制造业` for one."""

    id: Code
    title: Text
    text: Text
    answers: tuple[Text, ...] = Field(min_length=1)


class LossPattern(Header):
    """Losses by group and week: `weeks` in a row above `threshold` of all that ended call for an analysis.

    Traits count as common when Fisher's exact test, corrected for their number by Holm's method, stays under
    `significance`, and at least `min_lost` of the lost have them.
    """

    lost: EventMatch
    kept: EventMatch
    group_by: FieldName
    threshold: float = Field(gt=0, lt=1)
    weeks: int = Field(ge=1, le=12)
    compared_weeks: int = Field(default=12, ge=1, le=104)
    significance: float = Field(default=0.05, gt=0, lt=0.5)
    min_lost: int = Field(default=3, ge=1, le=1_000)
    traits: tuple[Trait, ...] = Field(min_length=1, max_length=50)
    interventions: tuple[Intervention, ...] = Field(min_length=1, max_length=50)
    proposed: int = Field(default=3, ge=1, le=10)
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None
