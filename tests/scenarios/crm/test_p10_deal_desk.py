"""P10: a purchase request of half a million: similar orders, budget, three payment plans; approvals in 48 hours."""

import time
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.domain.content.bundle import Content
from service.domain.content.deal_desk import DealDesk
from service.domain.crm.deal_desk import check_deal, open_approvals
from service.usecases.crm.check_deals import chase_approvals
from tests.support.crm import an_event
from tests.support.crm_story import Story

LIKE: dict[str, Any] = {"product_line": "监护仪", "segment": "公立医院"}


def earlier_orders(crm: Story) -> list[str]:
    crm.tell("account.updated", "account/h-1", annual_budget=2_000_000, segment="公立医院")
    margins = [0.25, 0.182, 0.21]
    ids = [
        crm.tell("order.placed", f"opportunity/o-{i}", **LIKE, margin=margin, amount=300_000, account_id="h-1")["id"]
        for i, margin in enumerate(margins)
    ]
    crm.tell("order.placed", "opportunity/o-9", product_line="床", segment="公立医院", margin=0.1, account_id="h-2")
    return ids


def ask(crm: Story, amount: float = 500_000, **changes: Any) -> None:
    said: dict[str, Any] = {"amount": amount, "account_id": "h-1", "margin": 0.17, **LIKE, **changes}
    crm.tell("request.submitted", "request/r-1", **said)


def test_everything_is_checked_within_twelve_seconds_of_handing_in(crm: Story) -> None:
    orders = earlier_orders(crm)
    started = time.monotonic()
    ask(crm)
    (told,) = crm.told("deal.checked")
    assert time.monotonic() - started < 12
    found = crm.read("/v1/requests/r-1/deal-check")
    assert (found["margin"], found["low_margin"], found["typical_margin"]) == (0.17, True, 0.21)
    assert [(order["event_id"], order["flagged"]) for order in found["similar"]] == [
        (orders[0], False), (orders[1], True), (orders[2], False),
    ]  # fmt: skip
    assert found["budget"] == {
        "verdict": "enough", "budget": 2_000_000, "spent": 900_000, "left_after": 600_000,
    }  # fmt: skip
    assert len(found["offers"]) == 3
    assert [sum(part["amount"] for part in offer["parts"]) for offer in found["offers"]] == [500_000] * 3
    assert found["offers"][0]["plan"] == "budget_year"  # made for public hospitals
    assert set(orders) <= set(found["because"])
    assert told.data["approvals"] == ["regional_director", "technical_lead"]


def test_a_budget_that_does_not_carry_it_is_short_and_an_unknown_one_is_said_to_be(crm: Story) -> None:
    earlier_orders(crm)
    ask(crm, amount=1_200_000)
    assert crm.read("/v1/requests/r-1/deal-check")["budget"]["verdict"] == "short"
    ask(crm, account_id="h-7")
    found = crm.read("/v1/requests/r-1/deal-check")
    assert found["budget"] == {"verdict": "unknown", "budget": None, "spent": 0, "left_after": None}


def test_over_300k_each_level_approves_or_is_named_after_48_hours(crm: Story) -> None:
    ask(crm)
    crm.tell("request.approved", "request/r-1", actor_role="technical_lead", actor_id="u-2")
    assert crm.read("/v1/requests/r-1/deal-check")["missing"] == ["regional_director"]
    crm.pass_time(hours=47, minutes=59)
    assert chase_approvals(crm.api.services) == 0
    crm.pass_time(minutes=2)
    assert [chase_approvals(crm.api.services) for _ in range(2)] == [1, 0]
    (told,) = crm.told("deal.overdue")
    assert told.data["missing"] == ["regional_director"]


@pytest.mark.parametrize(("amount", "roles"), [(300_000, 0), (300_001, 2), (1_000_001, 3)])
def test_who_must_approve_depends_on_the_amount(crm: Story, amount: int, roles: int) -> None:
    ask(crm, amount=amount)
    found = crm.read("/v1/requests/r-1/deal-check")
    assert len(found["approvals"]) == roles
    assert (found["due_at"] is None) == (roles == 0)


def test_a_rejected_or_fully_approved_request_is_not_chased(crm: Story) -> None:
    ask(crm)
    crm.tell("request.rejected", "request/r-1", actor_role="regional_director")
    crm.pass_time(days=3)
    assert chase_approvals(crm.api.services) == 0
    assert open_approvals(["a"], [an_event("request", "r", verb="approved", actor_role="a")]) == ()


def test_a_request_without_an_amount_is_not_checked(crm: Story) -> None:
    crm.tell("request.submitted", "request/r-2", account_id="h-1")
    assert crm.client.get("/v1/requests/r-2/deal-check").status_code == 404


@given(amount=st.floats(1, 10_000_000).map(lambda value: round(value, 2)))
def test_instalments_add_up_to_the_cent(content: Content, amount: float) -> None:
    (desk,) = content.deal_desks
    request = an_event("request", "r", verb="submitted", amount=amount, **LIKE)
    found = check_deal(desk, request, None, [])
    assert found is not None
    for offer in found.offers:
        assert round(sum(due for _, due, _ in offer.parts), 2) == amount
        assert [day for _, _, day in offer.parts] == sorted(day for _, _, day in offer.parts)
        assert offer.parts[0][2] >= date(2026, 3, 2)


def test_orders_too_long_ago_or_of_the_future_are_not_similar(content: Content) -> None:
    (desk,) = content.deal_desks
    request = an_event("request", "r", verb="submitted", amount=5, **LIKE)
    orders = [
        an_event("opportunity", "o", event_type="order.placed", at=days * timedelta(days=1), margin=0.2, **LIKE)
        for days in (-366, -365, 1)
    ]
    found = check_deal(desk, request, None, orders)
    assert found is not None
    assert [order.event_id for order in found.similar] == [orders[1].id]
    assert check_deal(desk, an_event("request", "r", verb="submitted", amount=5), None, orders).similar == ()  # type: ignore[union-attr]


def test_a_plan_that_does_not_add_up_is_refused(content: Content) -> None:
    data = content.deal_desks[0].model_dump(by_alias=True, mode="json")
    data["plans"][0]["instalments"][0]["share"] = 0.5
    with pytest.raises(ValidationError, match="add up to"):
        DealDesk.model_validate(data)
