"""Metrics: each measure by hand-made events, too few observations, trends and causes."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from service.domain.content.metrics import Metric
from service.domain.crm.entities import Entity, replay
from service.domain.crm.events import CrmEvent, EntityKind
from service.domain.crm.metrics import Facts, MetricValue, beside_of, causes_of, kinds_of, types_of, value_of
from tests.support.crm import an_event
from tests.support.fakes import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def metric(how: dict[str, Any], **changes: Any) -> Metric:
    return Metric.model_validate(
        {
            "id": "m1", "title": "率", "status": "active", "description": "x", "owner": "x", "date": "2026-03-01",
            "definition": "x", "unit": "share", "threshold": {"at_least": 0.5}, "window": "7d", "how": how, **changes,
        }
    )  # fmt: skip


def measured(how: dict[str, Any], *events: CrmEvent, entities: tuple[Entity, ...] = (), **changes: Any) -> MetricValue:
    return value_of(metric(how, **changes), Facts(events, entities), until=NOON + 3 * DAY)


def visit(number: int, at: timedelta = timedelta(0), **data: Any) -> CrmEvent:
    return an_event("visit", f"v-{number}", verb="completed", at=at, **data)


def entity(kind: EntityKind, entity_id: str, at: timedelta = timedelta(0), **data: Any) -> Entity:
    return replay(kind, entity_id, [an_event(kind, entity_id, at=at, **data)])


SHARE = {
    "measure": "share_of_events",
    "each": "visit.completed",
    "good": {"types": "visit.completed", "has": ["photo"]},
}


def test_a_share_of_events_names_each_case() -> None:
    visits = [visit(1, photo="a"), visit(2, photo=" "), visit(3, photo="c"), visit(4, photo="d")]
    found = measured(SHARE, *visits)
    assert (found.value, found.n, found.status) == (0.75, 4, "good")
    assert [case.because for case in found.observations] == [(it.id,) for it in visits]


@pytest.mark.parametrize(("n", "value"), [(0, None), (2, None), (3, 1.0)])
def test_under_three_observations_there_is_no_number(n: int, value: float | None) -> None:
    found = measured(SHARE, *(visit(i, photo="a") for i in range(n)))
    assert (found.value, found.n) == (value, n)
    assert (found.status == "insufficient_data") == (value is None)


def test_what_lies_outside_the_window_does_not_count() -> None:
    assert measured(SHARE, *(visit(i, photo="a", at=-5 * DAY) for i in range(9))).n == 0
    assert measured(SHARE, *(visit(i, photo="a", at=4 * DAY) for i in range(9))).n == 0


ANSWERED = {
    "measure": "answered",
    "each": "lead.assigned",
    "answer": "lead.contacted",
    "same": ["entity_id"],
    "within": "24h",
}


def lead(number: int, verb: str, at: timedelta, **data: Any) -> CrmEvent:
    return an_event("lead", f"l-{number}", verb=verb, at=at, **data)


def test_an_answer_counts_in_time_and_what_is_not_due_is_left_out() -> None:
    events = [
        lead(1, "assigned", 0 * HOUR), lead(1, "contacted", 24 * HOUR),
        lead(2, "assigned", 0 * HOUR), lead(2, "contacted", 25 * HOUR),
        lead(3, "assigned", 0 * HOUR), lead(9, "contacted", 1 * HOUR),
        lead(4, "assigned", 71 * HOUR),
        lead(5, "assigned", 71 * HOUR), lead(5, "contacted", 71.5 * HOUR),
        lead(6, "contacted", 0 * HOUR), lead(6, "assigned", 1 * HOUR),
    ]  # fmt: skip
    found = measured(ANSWERED, *events)
    assert {case.subject: case.value for case in found.observations} == {
        "l-1": 1, "l-2": 0, "l-3": 0, "l-5": 1, "l-6": 0,
    }  # fmt: skip
    assert found.observations[0].because == (events[0].id, events[1].id)
    assert found.observations[2].because == (events[4].id,)


def test_the_limit_may_stand_in_the_event() -> None:
    how = {**ANSWERED, "within": None, "due_field": "due_at"}
    due = (NOON + HOUR).isoformat()
    events = [
        lead(1, "assigned", 0 * HOUR, due_at=due), lead(1, "contacted", HOUR),
        lead(2, "assigned", 0 * HOUR, due_at=due), lead(2, "contacted", 2 * HOUR),
        lead(3, "assigned", 0 * HOUR, due_at="soon"), lead(4, "assigned", 0 * HOUR, due_at="2026-03-02T05:00:00"),
        lead(5, "assigned", 0 * HOUR, due_at=7),
    ]  # fmt: skip
    found = measured(how, *events).observations
    assert [(case.subject, case.value) for case in found] == [("l-1", 1), ("l-2", 0), ("l-4", 0)]
    # Without a zone it is Chinese time, as rules read it; what is no moment is left out.


def test_events_that_name_no_limit_have_working_time_where_the_metric_gives_it() -> None:
    how = {**ANSWERED, "within": None, "due_field": "due_at", "worked_within": "2h"}
    begun = dict.fromkeys((1, 2, 3), 6 * HOUR)  # Chinese evening: the two hours end in the next morning
    events = [lead(number, "assigned", at) for number, at in begun.items()]
    events += [lead(1, "contacted", 22 * HOUR), lead(2, "contacted", 30 * HOUR)]
    assert [case.value for case in measured(how, *events).observations] == [1, 0, 0]


GATHERED = {**SHARE, "gather": "visit.screenshot_read"}


def test_a_proof_that_comes_with_another_event_counts_for_its_own_visit_once() -> None:
    both = [visit(1), visit(1)]
    proof = an_event("visit", "v-1", event_type="visit.screenshot_read", photo="late")
    found = measured(GATHERED, *both, proof, visit(2), visit(2, photo="b"))
    assert sorted((case.subject, case.value) for case in found.observations) == [("v-1", 1), ("v-2", 0), ("v-2", 1)]
    (gathered,) = [case for case in found.observations if case.subject == "v-1"]
    assert set(gathered.because) == {both[0].id, both[1].id, proof.id}


def test_a_proof_alone_is_no_case() -> None:
    proof = an_event("visit", "v-9", event_type="visit.screenshot_read", photo="late")
    assert measured(GATHERED, proof).observations == ()


def test_another_event_may_do_as_well() -> None:
    how = {**ANSWERED, "answer": {"types": "lead.contacted", "or": {"types": "lead.updated", "has": ["confirmed_at"]}}}
    events = [
        lead(1, "assigned", 0 * HOUR), lead(1, "updated", HOUR, confirmed_at="2026-03-02"),
        lead(2, "assigned", 0 * HOUR), lead(2, "updated", HOUR, confirmed_at=None),
    ]  # fmt: skip
    assert [case.value for case in measured(how, *events).observations] == [1, 0]
    assert types_of(metric(how)) == ("lead.assigned", "lead.contacted", "lead.updated")


def test_a_delay_is_the_median_in_hours() -> None:
    how = {"measure": "delay", "each": "alert.raised", "answer": "task.started", "same": ["opportunity_id"]}
    events = []
    for i, hours in enumerate((1, 2, 30)):
        events.append(an_event("opportunity", f"o-{i}", event_type="alert.raised"))
        events.append(an_event("task", f"t-{i}", verb="started", at=hours * HOUR, opportunity_id=f"o-{i}"))
    events.append(an_event("account", "a", event_type="alert.raised"))  # names no opportunity: nothing to wait for
    found = measured(how, *events, unit="hours", threshold={"at_most": 4.2})
    assert (found.value, found.n, found.status) == (2, 3, "good")


def test_fresh_and_complete_look_at_entities_as_they_stand() -> None:
    deals = tuple(
        entity("opportunity", f"o-{i}", at=(3 - days) * DAY, status=status, deleted=deleted)
        for i, (days, status, deleted) in enumerate(
            [(1, "open", False), (3, "open", False), (3.1, "open", False), (9, "won", False), (9, "open", True)]
        )
    )
    fresh = {
        "measure": "fresh",
        "of": {"kind": "opportunity", "where_not": {"status": ["won"]}},
        "within": "72h",
    }
    found = measured(fresh, entities=deals)
    assert [(case.subject, case.value) for case in found.observations] == [("o-0", 1), ("o-1", 1), ("o-2", 0)]
    assert found.observations[0].because == (deals[0].fields["status"].seen_id,)
    accounts = tuple(
        entity("account", f"a-{i}", phone="1", region=region) for i, region in enumerate(["华东", "", None])
    )
    whole = measured(
        {"measure": "complete", "of": {"kind": "account"}, "fields": ["phone", "region"]}, entities=accounts
    )
    assert whole.value == pytest.approx((1 + 0.5 + 0.5) / 3)


def test_a_ratio_of_sums_is_goal_penetration() -> None:
    how = {
        "measure": "ratio",
        "top": {"kind": "account", "has": ["owner_id"]}, "top_field": "expected",
        "bottom": {"kind": "plan", "where": {"type": "goal"}}, "bottom_field": "target",
    }  # fmt: skip
    accounts = [entity("account", f"a-{i}", owner_id="r", expected=amount) for i, amount in enumerate([300, 450, True])]
    orphan = entity("account", "a-9", expected=900)
    plan = entity("plan", "p-1", type="goal", target=1_000)
    assert measured(how, entities=(*accounts, orphan, plan)).value == 0.75
    assert measured(how, entities=(*accounts, *accounts)).value is None  # nothing below the line


def test_amounts_are_weighed_and_numbers_averaged() -> None:
    paid = [
        an_event("payment", f"p-{i}", verb="received", amount=amount, driver=driver)
        for i, (amount, driver) in enumerate(
            [(70, "natural"), (20, "rebate"), (10, None), (0, "rebate"), ("x", "rebate")]
        )
    ]
    part = {"types": "payment.received", "where_not": {"driver": ["rebate"]}}
    how = {"measure": "share_of_amount", "each": "payment.received", "part": part, "field": "amount"}
    assert measured(how, *paid).value == 0.8
    mean = {"measure": "average", "each": "payment.received", "field": "amount"}
    found = metric(mean, beside={"title": "毛", "unit": "number", "how": mean})
    assert value_of(found, Facts(paid, ()), until=NOON + DAY).value == 25
    assert beside_of(found, Facts(paid, ()), until=NOON + DAY) == (25, 4)
    assert beside_of(found, Facts((), ()), until=NOON + DAY) == (None, 0)
    assert beside_of(metric(mean), Facts(paid, ()), until=NOON) is None


def test_causes_are_counted_within_their_branch() -> None:
    found = metric(SHARE, causes=[{"title": "为什么", "events": "payment.overdue", "by": "cause"}])
    events = [
        an_event("payment", f"p-{i}", verb="overdue", cause=cause)
        for i, cause in enumerate(["账期", "账期", "质量", "", None])
    ]
    causes = causes_of(found, events, since=NOON, until=NOON)
    assert [(cause.name, cause.n, round(cause.share, 2)) for cause in causes] == [("账期", 2, 0.67), ("质量", 1, 0.33)]
    assert causes[0].because == (events[0].id, events[1].id)
    assert causes_of(found, events, since=NOON + DAY, until=NOON + 2 * DAY) == []
    assert types_of(found) == ("visit.completed", "payment.overdue")
    assert kinds_of(found) == ()


@pytest.mark.parametrize(
    ("how", "changes"),
    [
        ({**ANSWERED, "due_field": "due_at"}, {}),
        ({**ANSWERED, "within": None}, {}),
        (SHARE, {"threshold": {}}),
        (SHARE, {"threshold": {"at_least": 1, "at_most": 2}}),
        ({"measure": "guess"}, {}),
    ],
)
def test_a_metric_that_says_too_little_or_too_much_is_refused(how: dict[str, Any], changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        metric(how, **changes)
