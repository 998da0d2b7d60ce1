"""P13: dormant after two weeks; over eight contacts; leads three weeks under 80%; delivery near, too little made."""

from datetime import timedelta

from tests.support.playbooks import CHINA, World, china

OWNER = {"owner_id": "rep-1"}


def test_two_weeks_without_contact_make_a_customer_dormant_and_remind_to_care() -> None:
    world = World("dormant_two_weeks", start="2026-03-02 09:00")
    world.send("account.created", "acc-1", name="云杉仪器", **OWNER)
    world.forward(days=3)
    world.send("call.logged", "acc-1", kind="account")
    world.until("2026-03-19 08:59")
    assert world.alerts == []

    world.until("2026-03-19 09:01")
    assert world.decisions[0].data["tag"] == "休眠"
    assert world.told()[0]["action"] == "hint"
    assert "关怀" in world.told()[0]["title"]

    world.send("visit.completed", "v-1", account_id="acc-1")
    assert world.decisions[0].ended_at is not None


def test_more_than_eight_contacts_without_a_deal_ask_for_another_person() -> None:
    world = World("contact_fatigue", start="2026-03-02 09:00")
    world.send("opportunity.created", "o-1", stage="proposal", contact_name="骆主任", **OWNER)
    for _ in range(8):
        world.forward(days=2)
        world.send("visit.completed", f"v-{world.clock.at:%m%d}", opportunity_id="o-1")
    assert world.alerts == []
    world.forward(days=2)
    world.send("visit.completed", "v-last", opportunity_id="o-1")
    assert "9次" in world.told()[0]["text"]
    world.forward(days=2)
    world.send("visit.completed", "v-more", opportunity_id="o-1")
    assert len(world.told()) == 1


def leads_a_week(world: World, counts: list[int], *, start: str = "2026-01-05 10:00") -> None:
    events = []
    for week, number in enumerate(counts):
        for each in range(number):
            at = china(start) + timedelta(weeks=week, hours=each)
            events.append(world.event("lead.created", f"l-{week}-{each}", at=f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"))
    for event in events:
        event.data["region"] = "华东"
    world.clock.at = china(start)
    for event in events:
        world.until(event.occurred_at)
        world.take([event])
        world.settle()


def test_new_leads_three_weeks_under_80_percent_of_the_mean_ask_for_market_support_once() -> None:
    world = World("new_leads_falling", start="2026-01-05 10:00")
    leads_a_week(world, [10, 10, 10, 10, 10, 10, 10, 10, 7, 7, 7])
    world.until("2026-03-23 09:01")

    (said,) = world.told()
    assert said["subject"] == {"kind": "region", "id": "华东"}
    assert said["recipient_ids"][0]["role"] == "market"


def test_one_good_week_of_three_keeps_it_silent() -> None:
    world = World("new_leads_falling", start="2026-01-05 10:00")
    leads_a_week(world, [10, 10, 10, 10, 10, 10, 10, 10, 7, 9, 7])
    world.until("2026-03-23 09:01")

    assert world.told() == []


def test_delivery_within_seven_days_with_production_under_half_is_a_red_alert() -> None:
    world = World("delivery_at_risk", start="2026-03-02 09:00")
    world.send("opportunity.created", "o-1", name="手柄首单", delivery_date="2026-03-20", production_pct=20, **OWNER)
    world.until("2026-03-12 23:59")
    assert world.alerts == []

    world.until("2026-03-13 00:05")
    (alert,) = world.alerts
    assert alert.severity == "critical"
    assert {each["role"] for each in world.told()[0]["recipient_ids"]} == {"owner", "production", "manager"}

    world.until("2026-03-13 11:00")
    world.send("opportunity.updated", "o-1", production_pct=65)
    world.until("2026-03-20 09:00")
    assert world.alerts[0].state == "acted"
    assert len(world.alerts) == 1
