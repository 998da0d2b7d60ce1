"""P13: two weeks of silence, more than eight contacts, three weak weeks of leads, a delivery that will be late."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support import crm_vendors
from tests.support.crm_office import Office
from tests.support.playbooks import china

OWNER: dict[str, Any] = {"owner_id": "rep-1", "manager_id": "mgr-1"}


def test_two_weeks_without_contact_make_a_customer_dormant_and_remind_to_care(office: Office) -> None:
    rule = "dormant_two_weeks"
    office.tell("account.created", "account/acc-1", name="云杉仪器", **OWNER)
    office.until("2026-03-05 09:00")
    office.tell("call.logged", "account/acc-1")
    office.until("2026-03-19 08:59")
    assert office.heard(rule=rule) == []
    office.until("2026-03-19 09:02")

    reminder = office.one(rule=rule)
    assert (reminder.people, reminder.data["title"], reminder.data["action"]) == (
        {"owner": "rep-1"}, "关怀提醒", "hint",
    )  # fmt: skip
    assert [it["data"]["tag"] for it in office.standing("tag", rule=rule)] == ["休眠"]
    office.tell("message.sent", "account/acc-1")
    assert office.standing("tag", rule=rule) == []


def contacts(office: Office, number: int) -> None:
    for each in range(number):
        kind = ("visit.completed", "call.logged", "message.sent")[each % 3]
        subject = f"visit/v-{each}" if kind == "visit.completed" else "opportunity/o-1"
        office.tell(kind, subject, opportunity_id="o-1")
        office.until(office.now + timedelta(days=2))


@pytest.mark.parametrize(("number", "asked"), [(8, False), (9, True), (11, True)])
def test_more_than_eight_contacts_without_a_deal_ask_once_whether_to_talk_to_somebody_else(
    office: Office, number: int, *, asked: bool
) -> None:
    office.tell("opportunity.created", "opportunity/o-1", name="手柄采购", contact_name="骆主任", stage="报价", **OWNER)
    contacts(office, number)
    found = office.heard(rule="contact_fatigue")
    assert [it.people for it in found] == [{"owner": "rep-1"}] * asked
    assert all("9次" in it.data["text"] and "骆主任" in it.data["text"] for it in found)


def leads(office: Office, counts: list[int]) -> None:
    """EspoCRM tells of each week's leads in one list; every one of them was confirmed at once."""
    first = china("2026-01-05 10:00")
    for week, number in enumerate(counts):
        made = [first + timedelta(weeks=week, minutes=each) for each in range(number)]
        office.until(first + timedelta(weeks=week, minutes=30))
        told = [
            {"id": f"lead-{week}-{at:%M}", "region": "华东", "createdAt": crm_vendors.espo_time(at),
             "confirmedAt": crm_vendors.espo_time(at)}
            for at in made
        ]  # fmt: skip
        office.hook("espocrm", crm_vendors.espo("Lead.create", *told))


@pytest.mark.parametrize(
    ("last_weeks", "asked"), [([7, 7, 7], 1), ([7, 8, 7], 0), ([7, 9, 7], 0)], ids=["under", "exactly 80 %", "one good"]
)
def test_new_leads_three_weeks_under_80_percent_of_their_mean_ask_for_market_support(
    office: Office, last_weeks: list[int], asked: int
) -> None:
    office.go_to(china("2026-01-05 09:30"))
    leads(office, [10] * 8 + last_weeks)
    office.until("2026-03-23 08:59")
    assert office.heard(rule="new_leads_falling") == []
    office.until("2026-03-23 09:01")

    found = office.heard(rule="new_leads_falling")
    assert [(it.roles, it.data["subject"]) for it in found] == [(["market"], {"kind": "region", "id": "华东"})] * asked


def test_delivery_near_and_production_under_half_is_a_red_alert_in_the_group_until_production_catches_up(
    office: Office,
) -> None:
    office.join_group()
    office.tell("opportunity.created", "opportunity/o-1", name="手柄首单", stage="赢单", delivery_date="2026-03-20",
                production_pct=49, production_id="pro-1", **OWNER)  # fmt: skip
    office.until("2026-03-12 23:59")
    assert office.heard(rule="delivery_at_risk") == []
    office.until("2026-03-13 00:05")

    red = office.one(rule="delivery_at_risk")
    assert red.people == {"owner": "rep-1", "production": "pro-1", "manager": "mgr-1"}
    assert (red.data["severity"], "49%" in red.data["text"]) == ("critical", True)
    (said,) = [text for text in office.group.texts() if "交期风险" in text]
    assert 'color="warning"' in said, "the strongest colour that WeCom has"
    office.tell("opportunity.updated", "opportunity/o-1", production_pct=50)
    assert office.one("alert.closed", rule="delivery_at_risk").data["state"] == "acted"
    assert office.standing("tag") == []
