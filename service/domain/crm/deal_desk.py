"""Checks a purchase request: similar orders' margin, the customer's budget left, ways to pay, who must approve.

Invariant: every figure names the orders, payments or fields it was read from; what cannot be told is said to be
unknown, never guessed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Literal

from service.domain.content.deal_desk import DealDesk, PaymentPlan
from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent
from service.domain.crm.selecting import number
from service.domain.evidence import local_day

SUBMITTED = ("request.purchase_submitted", "request.submitted")
APPROVED = "request.approved"
REJECTED = "request.rejected"
ORDERED = "order.placed"
SPENT = ("budget.spent", "order.placed")


@dataclass(frozen=True, slots=True)
class SimilarOrder:
    """An earlier order like this one; flagged when its margin lies below the floor."""

    event_id: str
    margin: float
    amount: float | None
    flagged: bool


@dataclass(frozen=True, slots=True)
class BudgetCheck:
    """The customer's budget of the year, what of it is spent, and what the request leaves; None where unknown."""

    budget: float | None
    spent: float
    left_after: float | None
    because: tuple[str, ...]

    @property
    def verdict(self) -> Literal["enough", "short", "unknown"]:
        """Whether the budget carries the request."""
        if self.left_after is None:
            return "unknown"
        return "enough" if self.left_after >= 0 else "short"


@dataclass(frozen=True, slots=True)
class PaymentOffer:
    """A payment plan worked out for an amount: (title, amount, due day), the last one taking up the cents."""

    plan: PaymentPlan
    parts: tuple[tuple[str, float, date], ...]


@dataclass(frozen=True, slots=True)
class DealCheck:
    """All that is said of one request."""

    request_id: str
    amount: float
    margin: float | None
    is_low_margin: bool
    similar: tuple[SimilarOrder, ...]
    typical_margin: float | None
    budget: BudgetCheck
    offers: tuple[PaymentOffer, ...]
    approvals: tuple[str, ...]
    due_at: datetime | None


def check_deal(
    desk: DealDesk, request: CrmEvent, account: Entity | None, events: Iterable[CrmEvent]
) -> DealCheck | None:
    """The check of a purchase request; None when it names no amount.

    Args:
        events: orders of all customers and the budget's spending, as far back as `desk.similar_within`.
    """
    amount = number(request.data.get("amount"))
    if amount is None or amount <= 0:
        return None
    known = [event for event in events if event.order < request.order]
    similar = _similar(desk, request, known)
    margin = number(request.data.get("margin"))
    approvals = tuple(level.role for level in desk.approvals if amount > level.above)
    return DealCheck(
        request_id=request.entity_id,
        amount=amount,
        margin=margin,
        is_low_margin=margin is not None and margin < desk.margin_floor,
        similar=similar,
        typical_margin=median(order.margin for order in similar) if similar else None,
        budget=_budget(request, account, known, amount),
        offers=_offers(desk, request, account, amount),
        approvals=approvals,
        due_at=request.occurred_at + desk.approve_within if approvals else None,
    )


def open_approvals(approvals: Sequence[str], events: Iterable[CrmEvent]) -> tuple[str, ...]:
    """The roles that have not approved yet; none once somebody of them rejected."""
    done: set[str] = set()
    for event in events:
        role = event.data.get("actor_role")
        if event.type == REJECTED and role in approvals:
            return ()
        if event.type == APPROVED and isinstance(role, str):
            done.add(role)
    return tuple(role for role in approvals if role not in done)


def _similar(desk: DealDesk, request: CrmEvent, events: Iterable[CrmEvent]) -> tuple[SimilarOrder, ...]:
    wanted = {name: request.data.get(name) for name in desk.similar_by}
    if any(value is None for value in wanted.values()):
        return ()
    found = []
    for event in events:
        margin = number(event.data.get("margin"))
        alike = all(event.data.get(name) == value for name, value in wanted.items())
        recent = request.occurred_at - event.occurred_at <= desk.similar_within
        if event.type == ORDERED and alike and recent and margin is not None:
            amount = number(event.data.get("amount"))
            found.append(SimilarOrder(event.id, margin, amount, margin < desk.margin_floor))
    return tuple(found)


def _budget(request: CrmEvent, account: Entity | None, events: Iterable[CrmEvent], amount: float) -> BudgetCheck:
    year = local_day(request.occurred_at).year
    field = account.fields.get("annual_budget") if account else None
    budget = number(field.value) if field else None
    spending = [
        event
        for event in events
        if event.type in SPENT and event.account_id == request.account_id and local_day(event.occurred_at).year == year
    ]
    spent = sum(number(event.data.get("amount")) or 0.0 for event in spending)
    because = (*((field.event_id,) if field and budget is not None else ()), *(event.id for event in spending))
    return BudgetCheck(budget, spent, None if budget is None else budget - spent - amount, because)


def _offers(desk: DealDesk, request: CrmEvent, account: Entity | None, amount: float) -> tuple[PaymentOffer, ...]:
    """Plans made for the customer's segment first, then those for everyone, in the order of the file."""
    segment = request.data.get("segment") or (account.get("segment") if account else None)
    large_enough = (plan for plan in desk.plans if amount >= plan.min_amount)
    fitting = [plan for plan in large_enough if not plan.segments or segment in plan.segments]
    fitting.sort(key=lambda plan: not plan.segments)
    start = local_day(request.occurred_at)
    return tuple(PaymentOffer(plan, _parts(plan, amount, start)) for plan in fitting[: desk.offers])


def _parts(plan: PaymentPlan, amount: float, start: date) -> tuple[tuple[str, float, date], ...]:
    parts: list[tuple[str, float, date]] = []
    left = round(amount, 2)
    for part in plan.instalments:
        is_last = part is plan.instalments[-1]
        due = left if is_last else round(amount * part.share, 2)
        left = round(left - due, 2)
        parts.append((part.title, due, start + timedelta(days=part.days)))
    return tuple(parts)
