"""P3 and P4: Twenty's webhooks, 72 hours without a word on the budget, 24 more without anybody who acts."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support import crm_vendors
from tests.support.coached import coached
from tests.support.crm_office import ACTION, Office

RULE = "budget_node_stale"
DEAL: dict[str, Any] = {
    "id": "opp-1", "name": "骆驼医院手柄采购", "stage": "proposal", "budgetStatus": "已报科室", "companyId": "acc-9",
    "ownerId": "rep-017", "managerId": "mgr-3",
}  # fmt: skip


def twenty(office: Office, event: str, record: dict[str, Any], *changed: str) -> None:
    now = office.now
    office.hook("twenty", crm_vendors.twenty(event, record, at=now, now=now, changed=changed))


def a_stale_budget(office: Office) -> None:
    """Told on Monday at nine; on Thursday at nine nobody has touched the node for 72 hours."""
    twenty(office, "opportunity.created", DEAL)
    office.until("2026-03-04 10:00")
    twenty(
        office, "opportunity.updated", {**DEAL, "stage": "negotiation"}, "stage"
    )  # another field makes it no younger
    office.until("2026-03-05 08:59")
    assert office.heard(rule=RULE) == []
    office.until("2026-03-05 09:01")


def test_after_72_hours_rep_manager_and_sales_operations_hear_of_it_with_the_last_words_on_the_budget(
    office: Office,
) -> None:
    office.join_group()
    words = "c||budget_info|我们科室今年设备预算大概二十万"
    coached(office.api.services, 1, words, at=office.now - timedelta(days=4), account="acc-9")
    a_stale_budget(office)

    alert = office.one(rule=RULE)
    assert alert.people == {"owner": "rep-017", "manager": "mgr-3", "sales_ops": ""}
    assert "骆驼医院手柄采购" in alert.data["text"]
    assert "3天" in alert.data["text"]
    (said,) = [text for text in office.group.texts() if "预算节点" in text]
    assert "骆驼医院手柄采购" in said, "the WeCom group reads it, too"
    (mention,) = office.read(alert.data["links"]["last_mention"])["items"]
    assert "预算大概二十万" in mention["quote"]


def test_unhandled_for_24_hours_the_deal_goes_into_the_pool_and_the_rep_gets_the_pack(office: Office) -> None:
    a_stale_budget(office)
    office.until("2026-03-06 08:59")
    assert office.standing("move_to_pool") == []
    office.until("2026-03-06 09:02")

    moved = office.one(ACTION, rule=RULE, action="move_to_pool")
    assert (moved.data["subject"], moved.data["details"]) == (
        {"kind": "opportunity", "id": "opp-1"},
        {"pool": "待激活池"},
    )
    assert [it["subject"]["id"] for it in office.standing("move_to_pool")] == ["opp-1"]
    pack = office.one(rule=RULE, action="push_pack")
    assert pack.people == {"owner": "rep-017"}
    strategies = pack.data["details"]["talktrack"]["strategies"]
    assert "《预算确认话术包》" in pack.data["text"]
    assert len({each["role"] for each in strategies}) == 3


def test_the_node_updated_in_the_crm_stops_the_clock(office: Office) -> None:
    a_stale_budget(office)
    office.until("2026-03-05 13:00")
    twenty(office, "opportunity.updated", {**DEAL, "budgetStatus": "已批复"}, "budgetStatus")
    office.until("2026-03-07 09:00")
    assert office.standing("move_to_pool") == []
    assert office.one("alert.closed", rule=RULE).data["state"] == "acted"


@pytest.mark.parametrize("name", ["order.placed", "order.created", "payment.recorded"])
def test_a_purchase_within_thirty_days_keeps_it_silent(office: Office, name: str) -> None:
    twenty(office, "opportunity.created", DEAL)
    office.tell(name, "opportunity/opp-1", amount=58_000)
    office.until("2026-03-31 09:00")
    assert office.heard(rule=RULE) == []
    office.until("2026-04-01 10:00")
    assert len(office.heard(rule=RULE, action="notify")) == 1


def test_the_time_to_the_first_action_is_measured_against_the_users_4_2_hours(office: Office) -> None:
    for number in range(3):
        twenty(office, "opportunity.created", {**DEAL, "id": f"opp-{number}", "name": f"病床{number}"})
    office.until("2026-03-05 09:10")
    alerts = {it.data["subject"]["id"]: it.data["alert_id"] for it in office.heard(rule=RULE)}
    office.post(f"/v1/alerts/{alerts['opp-1']}/acknowledge", who="rep-017")  # seen is not acted
    office.until("2026-03-05 10:00")
    office.post(f"/v1/alerts/{alerts['opp-0']}/act", who="rep-017", note="已约设备科")
    office.until("2026-03-05 13:12")
    twenty(office, "opportunity.updated", {**DEAL, "id": "opp-1", "budgetStatus": "已批复"}, "budgetStatus")
    office.until("2026-03-05 20:00")
    office.post(f"/v1/alerts/{alerts['opp-2']}/hand-over", to="rep-018", who="mgr-3")

    metric = office.read("/v1/metrics/response_time")
    assert metric["value"] == pytest.approx(4.2, abs=0.01)
    assert (metric["n"], metric["status"]) == (3, "good")
