"""Who earned a deal: actions with their weights, and the digital proof that counts for each."""

from typing import Self

from pydantic import Field, model_validator

from service.domain.content.case_examples import CaseExamples
from service.domain.content.event_match import EventMatch
from service.domain.content.header import Closed, Code, Header, Text
from service.domain.content.playbook_values import Duration


class AttributedAction(Closed):
    """One kind of contribution: its weight in points, and the events that prove it."""

    id: Code
    title: Text
    weight: float = Field(gt=0, le=100)
    proof: EventMatch


class AttributionCard(Header):
    """Weights that add up to 100; when claims and proofs differ by more than `dispute_above`, people negotiate.

    `won` is what settles a deal. After `negotiate_for` without agreement one of the `may_rule` roles rules.
    """

    won: EventMatch
    actions: tuple[AttributedAction, ...] = Field(min_length=2, max_length=20)
    dispute_above: float = Field(gt=0, lt=1)
    negotiate_for: Duration
    may_rule: tuple[Code, ...] = Field(min_length=1)
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = sum(action.weight for action in self.actions)
        if abs(total - 100) > 1e-9:
            raise ValueError(f"the weights add up to {total:g}, not to 100; change them")
        return self
