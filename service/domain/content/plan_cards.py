"""What a rep's week must hold."""

from pydantic import Field

from service.domain.content.case_examples import CaseExamples
from service.domain.content.header import Closed, Code, Header, Text


class Quota(Closed):
    """An action and how often a week it is to be planned."""

    action: Code
    title: Text
    at_least: int = Field(ge=0, le=1_000)


class PlanCard(Header):
    """The weekly plan's quotas."""

    quotas: tuple[Quota, ...] = Field(min_length=1, max_length=20)
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None
