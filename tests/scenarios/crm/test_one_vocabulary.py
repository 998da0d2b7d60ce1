"""The same events, by whichever name they are sent, are one story to P3, P7, P8, P10, P15 to P17, P19, R1 and R2."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.api import TENANT
from tests.support.crm_story import Story

PEOPLE = {"owner_id": "rep-1", "manager_id": "mgr-1", "contact_id": "con-3"}
HERE = {"customer_lat": 31.2304, "customer_lon": 121.4737}
MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # 09:30 in China
NAMES = {
    "as packs say": {"order": "order.placed", "payment": "payment.received", "task": "task.done"},
    "as others say": {"order": "order.created", "payment": "payment.recorded", "task": "task.completed"},
}
LIKE: dict[str, Any] = {"product_line": "床", "segment": "公立医院", "is_first": True}


@pytest.fixture(params=list(NAMES.values()), ids=list(NAMES))
def names(request: pytest.FixtureRequest) -> dict[str, str]:
    found: dict[str, str] = request.param
    return found


def alerts(crm: Story) -> list[str]:
    evaluate_playbooks(crm.api.services)
    return sorted(item["rule"] for item in crm.read("/v1/alerts?limit=100")["items"])


def metric(crm: Story, name: str) -> tuple[float | None, int]:
    found = crm.read(f"/v1/metrics/{name}")
    return found["value"], found["n"]


def three_paid_orders(crm: Story, names: dict[str, str]) -> None:
    crm.tell("account.updated", "account/h-1", name="骆驼医院", annual_budget=2_000_000, segment="公立医院", **PEOPLE)
    for i in range(3):
        deal = f"opportunity/o-{i}"
        about = {"name": f"病床{i}", "stage": "proposal", "budget_status": "已批复", "account_id": "h-1", **PEOPLE}
        crm.tell("opportunity.created", deal, amount=100_000, **about)
        crm.tell(names["order"], deal, **LIKE, margin=0.3, amount=100_000, account_id="h-1")
        crm.tell(names["payment"], f"payment/p-{i}", opportunity_id=f"o-{i}", amount=100_000, account_id="h-1")


def test_an_order_and_a_payment_are_counted_by_every_row(crm: Story, names: dict[str, str]) -> None:
    crm.go_to(MONDAY)
    three_paid_orders(crm, names)
    crm.pass_time(days=4)
    assert "budget_node_stale" not in alerts(crm), "P3: bought four days ago"
    crm.tell("request.submitted", "request/r-1", account_id="h-1", amount=50_000, margin=0.1, **LIKE)
    checked = crm.told("deal.checked")[-1].data
    assert (len(checked["similar"]), checked["budget"]["spent"]) == (3, 300_000), "P10"
    assert [loop.data["paid"] for loop in crm.told("payment.closed_loop")] == [100_000] * 3, "P19"
    assert metric(crm, "natural_payments") == (1, 3), "R2"
    assert metric(crm, "first_order_margin") == (pytest.approx(0.3), 3), "R2"
    told = crm.read("/v1/metrics/natural_payments")["observations"]
    assert len(told) == 3
    crm.pass_time(days=30)
    assert alerts(crm).count("budget_node_stale") == 3, "P3: thirty days later nothing was bought lately"


def test_a_payment_that_is_only_opened_is_a_step_to_buy_but_closes_nothing(crm: Story) -> None:
    crm.go_to(MONDAY)
    crm.tell("opportunity.created", "opportunity/o-1", name="病床", budget_status="已批复", amount=10, **PEOPLE)
    crm.tell("payment.created", "payment/p-1", opportunity_id="o-1", amount=10)
    crm.pass_time(days=4)
    assert "budget_node_stale" not in alerts(crm)
    assert crm.told("payment.closed_loop") == []
    assert metric(crm, "natural_payments") == (None, 0)


def test_a_task_done_with_its_photo_is_done_and_traced(crm: Story, names: dict[str, str]) -> None:
    crm.go_to(MONDAY)
    planned = {"task_type": "visit", "planned_at": "2026-03-02 10:00", "due_at": "2026-03-02 17:30", "key": True}
    for i in range(3):
        crm.tell("task.created", f"task/t-{i}", name=f"拜访{i}", **planned, **PEOPLE)
    crm.pass_time(hours=2)
    for i in range(3):
        crm.tell(names["task"], f"task/t-{i}", photo_taken_at="2026-03-02 10:20")
    crm.go_to(MONDAY + timedelta(hours=10))
    assert alerts(crm) == [], "P7: neither the evening reminder nor a missing photo"
    assert metric(crm, "key_actions_done") == (1, 3), "R1"
    assert metric(crm, "trace_rate") == (1, 3), "R1"


def test_a_proposal_whose_file_came_before_it_was_done_is_traced_and_one_without_is_asked_for(
    crm: Story, names: dict[str, str]
) -> None:
    crm.go_to(MONDAY)
    for i in range(4):
        crm.tell("task.created", f"task/t-{i}", task_type="proposal", customer_name="骆驼医院",
                 planned_at="2026-03-02 10:00", **PEOPLE)  # fmt: skip
        if i:
            crm.tell("task.updated", f"task/t-{i}", file_name="骆驼医院_20260302.pdf")
        crm.tell(names["task"], f"task/t-{i}")
    assert alerts(crm) == ["proposal_file_missing"]
    assert metric(crm, "trace_rate") == (0.75, 4)


def test_samples_answered_by_p8s_fields_are_cooperation_on_time(crm: Story) -> None:
    crm.go_to(MONDAY)
    for i in range(4):
        crm.tell("request.created", f"request/s-{i}", request_type="sample", **PEOPLE)
    crm.pass_time(hours=1)
    for i in range(4):
        crm.tell("request.updated", f"request/s-{i}", tech_answer="provided")
        crm.tell("request.updated", f"request/s-{i}", logistics_started_at="2026-03-02 10:40")
    for i in range(3):
        crm.tell("request.updated", f"request/s-{i}", sales_confirmed_at="2026-03-02 10:50")
    assert metric(crm, "cooperation_on_time") == (1, 3), "the fourth is not due yet"
    crm.pass_time(days=2)
    assert metric(crm, "cooperation_on_time") == (0.75, 4)


def a_proven_visit(crm: Story, name: str, *, receipt: str) -> None:
    subject = f"visit/{name}"
    crm.tell("visit.created", subject, contact_name="骆主任", **HERE, **PEOPLE)
    crm.tell("visit.checked_in", subject, checkin_lat=31.2304, checkin_lon=121.4740, owner_id="rep-1",
             checked_in_at="2026-03-02 09:40", photo_watermark_at="2026-03-02 09:38")  # fmt: skip
    crm.tell("visit.screenshot_read", subject, screenshot_name="骆主任", screenshot_title="科室主任")
    crm.tell("visit.completed", subject, summary="演示手柄")
    if receipt == "visit.receipt":
        crm.tell(receipt, subject, confirmed=True)
    else:
        crm.tell(receipt, subject, reply="属实")


@pytest.mark.parametrize("receipt", ["visit.confirmed", "visit.receipt"])
def test_a_visit_proven_to_p15_and_p16_is_proven_to_p17_and_r1(crm: Story, receipt: str) -> None:
    crm.go_to(MONDAY)
    for i in range(3):
        a_proven_visit(crm, f"v-{i}", receipt=receipt)
    assert set(alerts(crm)) == {"verify_with_customer"}, "P15 finds nothing to ask; P16 asked the customer"
    assert {item["state"] for item in crm.read("/v1/alerts?limit=100")["items"]} == {"expired"}, (
        "answered before anybody looked"
    )
    axes = {it["axis"]: (it["value"], it["n"]) for it in crm.read("/v1/reps/rep-1/credibility?month=2026-03")["axes"]}
    assert (axes["location"], axes["receipt"]) == ((1, 3), (1, 3)), "P17"
    assert metric(crm, "visit_three_elements") == (1, 3), "R1"
    assert metric(crm, "trace_rate") == (1, 3), "R1"


@pytest.mark.parametrize(("denial", "says"), [("visit.denied", {}), ("visit.receipt", {"confirmed": False})])
def test_a_visit_far_away_and_denied_is_so_to_p15_p16_and_p17(crm: Story, denial: str, says: dict[str, Any]) -> None:
    crm.go_to(MONDAY)
    for i in range(3):
        crm.tell("visit.created", f"visit/v-{i}", **HERE, **PEOPLE)
        crm.tell("visit.checked_in", f"visit/v-{i}", checkin_lat=31.25, checkin_lon=121.4737, owner_id="rep-1")
        crm.tell(denial, f"visit/v-{i}", reply="没有来过", **says)
    found = alerts(crm)
    assert (found.count("checkin_location"), found.count("customer_denied_visit")) == (3, 3), "P15, P16"
    radar = crm.read("/v1/reps/rep-1/credibility?month=2026-03")
    axes = {it["axis"]: (it["value"], it["n"]) for it in radar["axes"]}
    assert (axes["location"], axes["receipt"]) == ((0, 3), (0, 3)), "P17"
    assert any("2179米" in it["note"] for it in radar["agreements"])
    assert metric(crm, "visit_three_elements") == (0, 3), "R1"


def test_what_is_stored_stays_as_it_was_sent(crm: Story) -> None:
    crm.go_to(MONDAY)
    crm.tell("task.completed", "task/t-1", photo_taken_at="2026-03-02 10:20", owner_id="rep-1")
    with crm.api.services.uow(write=False) as tx:
        (stored,) = tx.crm_events.of_entity(TENANT, "task", "t-1")
    assert (stored.type, dict(stored.data)) == (
        "task.completed",
        {"photo_taken_at": "2026-03-02 10:20", "owner_id": "rep-1"},
    )
