"""From stored visits and CRM events to what the risk model weighs; nothing of the future leaks in."""

from datetime import timedelta

from service.domain.account_facts import account_history
from tests.support.crm import an_event
from tests.support.talks import NOW, a_promise, a_talk, day

DAY = timedelta(days=1)
FIRST = a_talk(
    "c|price||太贵了。", "r||commitment|周五发对比表。", on=day(2), promises=(a_promise("发对比表", day(6), turn=1),)
)
LAST = a_talk("c|trust||上次的承诺没兑现。", "r|||抱歉。", on=day(9))


def test_visits_promises_and_standing_objections_are_told() -> None:
    found = account_history([FIRST, LAST], [], now=NOW)
    assert [visit.id for visit in found.visits] == [FIRST.visit_id, LAST.visit_id]
    assert [visit.next_step for visit in found.visits] == [True, False]
    assert {point.id for point in found.open_objections} == {FIRST.visit_id, LAST.visit_id}
    assert found.stage_since is None


def test_a_promise_past_its_day_is_overdue_until_the_next_visit() -> None:
    assert [point.id for point in account_history([FIRST], [], now=NOW).overdue] == [FIRST.visit_id]
    assert account_history([FIRST, LAST], [], now=NOW).overdue == ()


def test_a_meeting_moved_to_a_later_day_was_put_off() -> None:
    events = [
        an_event("visit", "m-1", at=NOW - 9 * DAY, scheduled_at="2026-03-05T10:00:00+08:00"),
        an_event("visit", "m-1", at=NOW - 8 * DAY, scheduled_at="2026-03-09T10:00:00+08:00"),
        an_event("visit", "m-1", at=NOW - 7 * DAY, scheduled_at="2026-03-08T10:00:00+08:00"),
        an_event("visit", "m-2", at=NOW - 6 * DAY, scheduled_at="2026-03-12T10:00:00+08:00"),
    ]
    assert [point.id for point in account_history([], events, now=NOW).rescheduled] == [events[1].id]


def test_a_contact_who_left_and_the_stage_since_when() -> None:
    left = an_event("account", "acc", event_type="contact.left", at=NOW - 5 * DAY, name="葛院长")
    entered = an_event("opportunity", "opp", at=NOW - 20 * DAY, stage="报价")
    elsewhere = [
        event
        for number, stay in enumerate((4, 8, 12))
        for event in (
            an_event("opportunity", f"o{number}", at=NOW - 60 * DAY, stage="报价"),
            an_event("opportunity", f"o{number}", at=NOW - (60 - stay) * DAY, stage="签约前"),
        )
    ]
    found = account_history([], [entered, left], now=NOW, elsewhere=elsewhere)
    assert [point.id for point in found.contacts_lost] == [left.id]
    assert found.stage_since is not None
    assert found.stage_since.id == entered.id
    assert found.usual_stage_days == 8.0


def test_what_happens_later_is_not_known_yet() -> None:
    later = [
        an_event("account", "acc", event_type="contact.left", at=NOW + DAY),
        an_event("opportunity", "opp", at=NOW + DAY, stage="报价"),
    ]
    found = account_history([FIRST], later, now=NOW - 30 * DAY)
    assert (found.visits, found.contacts_lost, found.stage_since) == ((), (), None)
