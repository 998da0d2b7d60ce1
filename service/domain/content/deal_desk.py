"""What a purchase request is checked against, and who must approve it."""

from typing import Self

from pydantic import Field, model_validator

from service.domain.content.case_examples import CaseExamples
from service.domain.content.header import Closed, Code, Header, Text
from service.domain.content.playbook_values import Duration, FieldName


class Instalment(Closed):
    """A part of a payment plan: a share of the amount, so many days after signing."""

    title: Text
    share: float = Field(gt=0, le=1)
    days: int = Field(ge=0, le=1_825)


class PaymentPlan(Closed):
    """A way to pay: instalments whose shares add up to 1, for customers of these segments (all, when empty)."""

    id: Code
    title: Text
    segments: tuple[Text, ...] = ()
    min_amount: float = Field(default=0, ge=0)
    instalments: tuple[Instalment, ...] = Field(min_length=1, max_length=60)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = sum(part.share for part in self.instalments)
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the instalments add up to {total:g}, not to 1; change their shares")
        return self


class ApprovalLevel(Closed):
    """Who must approve amounts above `above`, in the order of the file."""

    above: float = Field(ge=0)
    role: Code


class DealDesk(Header):
    """Checks of a purchase request: the margin of similar orders, the customer's budget, how to pay, who approves.

    Orders are similar when they agree with the request in all fields of `similar_by` and lie within `similar_within`;
    an order with a margin below `margin_floor` is flagged. Approvals are due `approve_within` after the request.
    """

    similar_by: tuple[FieldName, ...] = Field(min_length=1)
    similar_within: Duration
    margin_floor: float = Field(gt=0, lt=1)
    offers: int = Field(default=3, ge=1, le=10)
    plans: tuple[PaymentPlan, ...] = Field(min_length=1, max_length=50)
    approvals: tuple[ApprovalLevel, ...] = ()
    approve_within: Duration
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None
