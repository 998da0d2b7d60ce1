"""Playbooks at work over fakes: late events, downtime, imports, trials, answers, and rules that change."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.playbooks.backtest import describe
from service.usecases.crm.judge_events import BATCH, judge_events
from service.usecases.playbooks.answer_alert import (
    acknowledge_alert,
    act_on_alert,
    end_decision,
    find_decision,
    hand_over_alert,
)
from service.usecases.playbooks.backtest_playbooks import backtest_rules
from service.usecases.playbooks.edit_playbooks import Edit, add_rule, find_rule, put_rule, roll_back, switch_rule
from tests.support.builders import OTHER_TENANT, TENANT
from tests.support.owned_playbooks import OWN_RULE
from tests.support.playbooks import World, a_rule, china, rule_text

STALE = a_rule("budget: {field: budget}\nname: {field: name}", "budget.age > hours(72)", more="cause: [budget]")
QUIET = a_rule("calls: {absent: [call.logged], for: 2d}", "calls.holds", id_="quiet_rule",
               more='clock: {respond_within: 1d}\ndone_when: "!calls.holds"')  # fmt: skip
EDIT = Edit(TENANT, "ops-1", "试试")


def a_world(*rules: object, start: str = "2026-03-02 09:00") -> World:
    return World(*(rules or (STALE,)), start=start)  # type: ignore[arg-type]


def test_a_late_event_that_shows_there_was_no_case_takes_the_alert_back() -> None:
    world = a_world()
    world.send("opportunity.created", "o1", budget="a", owner_id="rep-1")
    world.until("2026-03-05 12:00")
    assert world.alerts[0].state == "raised"

    world.send("opportunity.updated", "o1", budget="b", at="2026-03-04 09:00")

    assert [alert.state for alert in world.alerts] == ["withdrawn"]
    assert world.events("alert.closed")[0].data["state"] == "withdrawn"
    world.until("2026-03-07 12:00")
    assert [alert.state for alert in world.alerts] == ["withdrawn", "raised"]


def test_an_alert_that_was_taken_back_is_raised_again_when_there_is_a_case_after_all() -> None:
    world = a_world(QUIET)
    world.send("opportunity.created", "o1")
    world.send("call.logged", "o1", kind="opportunity", at="2026-03-02 10:00", owner_id="rep-1")
    world.until("2026-03-04 12:00")
    (first,) = world.alerts
    world.send("call.logged", "o1", kind="opportunity", at="2026-03-04 09:30")
    assert world.alerts[0].state == "withdrawn"
    with world.services.uow() as tx:  # the CRM takes its word back: the log has no such verb, a test may
        gone = next(
            e
            for e in tx.crm_events.of_entity(TENANT, "opportunity", "o1")
            if e.occurred_at == china("2026-03-04 09:30")
        )
        del tx.crm_events._state.crm_events[TENANT, gone.id]
        for key in [key for key in tx.playbooks.links._rows if key[2] == gone.id]:
            del tx.playbooks.links._rows[key]
        tx.playbooks.watches.mark(TENANT, ("opportunity", "o1"), china("2026-03-04 09:00"))
    world.settle()

    (again,) = world.alerts
    assert (again.id, again.state) == (first.id, "raised")


def test_what_became_true_and_false_again_while_nobody_looked_alarms_nobody() -> None:
    world = a_world(QUIET)
    world.take([world.event("opportunity.created", "o1", at="2026-02-01 09:00"),
                world.event("call.logged", "o1", kind="opportunity", at="2026-02-20 09:00"),
                world.event("call.logged", "o1", kind="opportunity", at="2026-03-01 18:00")])  # fmt: skip
    world.settle()

    assert {alert.state for alert in world.alerts} == {"expired"}
    assert world.told() == []


def test_what_still_holds_after_downtime_is_told_late_with_the_moment_it_became_true() -> None:
    world = a_world(QUIET)
    world.take([world.event("opportunity.created", "o1", at="2026-02-20 09:00")])
    world.settle()

    (alert,) = world.alerts
    assert (alert.at, alert.raised_at) == (china("2026-02-22 09:00"), china("2026-03-02 09:00"))
    assert alert.respond_by == china("2026-03-03 09:00")
    assert len(world.told()) == 1


def test_an_event_from_tomorrow_waits_for_its_moment() -> None:
    world = a_world(a_rule("call: {event: [call.logged]}", "call.present"))
    world.send("call.logged", "o1", kind="opportunity", at="2026-03-02 15:00")
    assert world.alerts == []
    world.until("2026-03-02 15:00")
    assert len(world.alerts) == 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["budget", "call"])), min_size=1, max_size=8),
       st.randoms(use_true_random=False))  # fmt: skip
def test_whatever_order_events_arrive_in_the_same_cases_stand(
    story: list[tuple[int, str]], shuffler: random.Random
) -> None:
    stood = []
    for mixed in (False, True):
        world = a_world(STALE, QUIET)
        events = [world.event("opportunity.created", "o1", at="2026-03-01 09:00", external_id="first", name="n")]
        for number, (hour, what) in enumerate(story):
            at = f"2026-03-{2 + hour // 24:02} {hour % 24:02}:{number:02}"
            if what == "budget":
                events.append(world.event("opportunity.updated", "o1", at=at, external_id=f"e{number}", budget=number))
            else:
                events.append(world.event("call.logged", "o1", kind="opportunity", at=at, external_id=f"e{number}"))
        if mixed:
            shuffler.shuffle(events)
        world.clock.at = china("2026-03-12 09:00")
        for event in events:
            world.take([event])
            world.settle()
        world.until("2026-03-20 09:00")
        stood.append({(a.rule_id, a.cause, a.at) for a in world.alerts if a.state != "withdrawn"})
    assert stood[0] == stood[1]


def test_judging_twice_or_the_same_event_twice_changes_nothing() -> None:
    world = a_world()
    event = world.event("opportunity.created", "o1", budget="a")
    world.take([event])
    world.take([event])
    assert judge_events(world.services) == 1
    assert judge_events(world.services) == 0


def test_more_events_than_one_batch_are_taken_in_and_a_subject_is_marked_at_its_earliest() -> None:
    world = a_world()
    moments = [f"2026-02-{day:02} 0{hour}:00" for day in range(1, 21) for hour in range(5)]
    world.take([world.event("opportunity.updated", "o1", at=at, budget=at) for at in reversed(moments)])
    assert len(moments) > BATCH
    assert judge_events(world.services) == len(moments)
    with world.services.uow(write=False) as tx:
        watch = tx.playbooks.watches.get(TENANT, ("opportunity", "o1"))
        facts = tx.playbooks.links.facts(TENANT, ("opportunity", "o1"))
    assert watch is not None
    assert watch.due_at == watch.dirty_from == china(moments[0])
    assert [fact.at for fact in facts] == [china(at) for at in moments]


def test_an_experimental_rule_is_only_written_down_and_a_trial_tells_sales_operations_alone() -> None:
    when = "stage: {field: stage}\nnote: {field: note}"
    logged = a_rule(when, "stage.present", status="experimental", id_="logged_rule")
    trial = a_rule(when, "stage.present", status="test", id_="test_rule")
    world = a_world(logged, trial)
    world.send("opportunity.created", "o1", stage="a", owner_id="rep-1")

    states = {alert.rule_id: alert.state for alert in world.alerts}
    assert states == {"logged_rule": "logged", "test_rule": "raised"}
    (said,) = world.told()
    assert said["rule"] == "test_rule"
    assert said["recipient_ids"] == [{"role": "sales_ops", "person": ""}]
    assert said["trial"] is True


def test_a_trial_decides_nothing() -> None:
    world = World("concession_over_limit")
    with world.services.uow() as tx:
        switch_rule(tx, world.services, EDIT, "concession_over_limit", "test")
    world.send("quote.created", "q-1", target_price=100, final_price=50, owner_id="rep-1")
    assert world.decisions == []
    assert world.events("action.taken") == []
    assert {each["role"] for said in world.told() for each in said["recipient_ids"]} == {"sales_ops"}


def test_people_acknowledge_hand_over_and_act_and_every_move_is_kept() -> None:
    world = a_world()
    world.send("opportunity.created", "o1", budget="a", owner_id="rep-1")
    world.until("2026-03-05 10:00")
    (alert,) = world.alerts
    where = {"tenant_id": TENANT, "alert_id": alert.id}
    with world.services.uow() as tx:
        acknowledge_alert(tx, world.services, **where, who="rep-1")
    world.clock.forward(hours=2)
    with world.services.uow() as tx:
        hand_over_alert(tx, world.services, **where, to="rep-2", who="mgr-1")
    world.clock.forward(hours=3)
    with world.services.uow() as tx:
        done = act_on_alert(tx, world.services, **where, who="rep-2", note="已约客户")

    assert (done.state, done.handed_to, done.due_at) == ("acted", "rep-2", None)
    assert done.time_to_first_action is not None
    assert done.time_to_first_action.total_seconds() == pytest.approx(3 * 3_600, abs=2)
    assert [(step["what"], step["who"]) for step in done.log] == [
        ("raised", ""), ("acknowledged", "rep-1"), ("handed_over", "mgr-1"), ("acted", "rep-2")]  # fmt: skip
    with world.services.uow() as tx, pytest.raises(Conflict, match="acted"):
        acknowledge_alert(tx, world.services, **where, who="rep-1")
    with world.services.uow() as tx, pytest.raises(NotFound):
        act_on_alert(tx, world.services, tenant_id=OTHER_TENANT, alert_id=alert.id, who="rep-1")


def test_an_alert_that_nobody_ever_acts_on_expires() -> None:
    world = a_world()
    world.send("opportunity.created", "o1", budget="a")
    world.until("2026-03-20 09:00")
    assert world.alerts[0].state == "expired"
    assert world.events("alert.closed")[-1].data["state"] == "expired"


def test_a_decision_ends_once_and_is_the_tenants_own() -> None:
    world = World("concession_over_limit")
    world.send("quote.created", "q-1", target_price=100, final_price=50, owner_id="rep-1")
    (lock,) = world.decisions
    where = {"tenant_id": TENANT, "decision_id": lock.id, "who": "mgr-1", "reason": ""}
    with world.services.uow() as tx:
        end_decision(tx, world.services, **where)
    with world.services.uow() as tx, pytest.raises(Conflict, match="ended"):
        end_decision(tx, world.services, **where)
    with world.services.uow() as tx, pytest.raises(NotFound):
        find_decision(tx, OTHER_TENANT, lock.id)


def test_a_new_rule_counts_from_now_and_looks_at_what_still_holds() -> None:
    world = World("evening_reminder", start="2026-03-20 09:00")
    world.take([world.event("opportunity.created", "o1", at="2026-03-02 09:00", budget_status="a"),
                world.event("opportunity.created", "o2", at="2026-03-02 09:00", budget_status="a"),
                world.event("opportunity.updated", "o2", at="2026-03-19 09:00", budget_status="b")])  # fmt: skip
    world.settle()
    with world.services.uow() as tx:
        add_rule(tx, world.services, EDIT, OWN_RULE)
    world.settle()

    assert [(alert.subject_id, alert.at) for alert in world.alerts] == [("o1", china("2026-03-20 09:00"))]
    with world.services.uow() as tx, pytest.raises(Conflict, match="already"):
        add_rule(tx, world.services, EDIT, OWN_RULE)


def test_rules_are_replaced_switched_and_rolled_back_with_every_version_kept() -> None:
    world = World("evening_reminder")
    services = world.services
    with services.uow() as tx:
        add_rule(tx, services, EDIT, OWN_RULE)
        put_rule(tx, services, EDIT, "own_rule", OWN_RULE.replace("hours(72)", "hours(48)"))
    with services.uow() as tx:
        switch_rule(tx, services, EDIT, "own_rule", "experimental")
        assert find_rule(tx, services, TENANT, "own_rule").book.status == "experimental"
        assert "hours(48)" in find_rule(tx, services, TENANT, "own_rule").text
    with services.uow() as tx:
        roll_back(tx, services, EDIT, "own_rule", 1)
        assert "hours(72)" in find_rule(tx, services, TENANT, "own_rule").text
        versions = tx.playbooks.versions.of_rule(TENANT, "own_rule")
    assert [(each.version, each.author) for each in versions] == [(number, "ops-1") for number in (4, 3, 2, 1)]
    with services.uow() as tx, pytest.raises(NotFound):
        find_rule(tx, services, OTHER_TENANT, "own_rule")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda tx, s: put_rule(tx, s, EDIT, "evening_reminder", OWN_RULE), Invalid),
        (lambda tx, s: put_rule(tx, s, EDIT, "nobody", OWN_RULE), NotFound),
        (lambda tx, s: add_rule(tx, s, EDIT, OWN_RULE.replace("hours(72)", "hours(999)")), Invalid),
        (lambda tx, s: add_rule(tx, s, EDIT, "id: x"), Invalid),
        (lambda tx, s: switch_rule(tx, s, EDIT, "evening_reminder", "loud"), Invalid),
        (lambda tx, s: roll_back(tx, s, EDIT, "evening_reminder", 7), NotFound),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_not_stored(change: object, error: type[Exception]) -> None:
    world = World("evening_reminder")
    with world.services.uow() as tx, pytest.raises(error):
        change(tx, world.services)  # type: ignore[operator]
    with world.services.uow(write=False) as tx:
        assert tx.playbooks.versions.stamp(TENANT) == 0


def test_a_shipped_rule_that_was_changed_comes_back_with_version_0() -> None:
    world = World("evening_reminder")
    services = world.services
    with services.uow() as tx:
        switch_rule(tx, services, EDIT, "evening_reminder", "deprecated")
        assert not find_rule(tx, services, TENANT, "evening_reminder").book.in_use
    with services.uow() as tx:
        roll_back(tx, services, EDIT, "evening_reminder", 0)
        rule = find_rule(tx, services, TENANT, "evening_reminder")
    assert (rule.book.status, rule.since) == ("stable", None)


def test_a_backtest_over_stored_events_counts_people_weeks_and_needless_alerts() -> None:
    world = a_world(start="2026-03-30 09:00")
    events = [world.event("opportunity.created", f"o{n}", at=f"2026-03-0{n} 09:00", budget="a", owner_id="rep-1")
              for n in range(1, 6)]  # fmt: skip
    events.append(world.event("opportunity.updated", "o1", at="2026-03-04 20:00", budget="b"))
    world.take(events)
    judge_events(world.services)
    with world.services.uow(write=False) as tx:
        report = backtest_rules(tx, TENANT, [STALE], since=china("2026-03-05 00:00"), until=china("2026-03-29 00:00"))

    (rule,) = report.rules
    assert report.events == 6
    assert rule.firings == 5  # o2 to o5, and o1 for its second value; its first lies before `since`
    assert rule.owners == {"rep-1": 5}
    assert all(case.proofs for case in rule.examples)
    with world.services.uow(write=False) as tx:
        whole = backtest_rules(tx, TENANT, [STALE], since=None, until=china("2026-03-29 00:00")).rules[0]
    assert (whole.firings, whole.needless, whole.false_alarms[0].subject[1]) == (6, 1, "o1")


def test_a_backtest_whose_time_is_over_says_of_how_many_it_speaks() -> None:
    world, left = a_world(start="2026-03-30 09:00"), iter([False, True])
    world.take(world.event("opportunity.created", f"o{n:05}", at="2026-03-01 09:00", budget="a") for n in range(40))
    judge_events(world.services)
    until = china("2026-03-29 00:00")
    with world.services.uow(write=False) as tx:
        none = backtest_rules(tx, TENANT, [STALE], since=None, until=until, is_over=lambda: True)
        some = backtest_rules(tx, TENANT, [STALE], since=None, until=until, is_over=lambda: next(left), at_once=10)
        whole = backtest_rules(tx, TENANT, [STALE], since=None, until=until, at_once=7)
    assert (none.subjects, none.looked_at, none.is_whole, none.rules[0].firings) == (40, 0, False, 0)
    assert (some.subjects, some.looked_at, some.is_whole, some.events, some.rules[0].firings) == (40, 10, False, 10, 10)
    assert (whole.looked_at, whole.is_whole, whole.events, whole.rules[0].firings) == (40, True, 40, 40)
    assert any("40个对象中的10个" in line for line in describe(some))


def test_a_rule_that_meets_values_it_cannot_compare_does_not_stop_the_others() -> None:
    broken = a_rule("stage: {field: stage}", "stage.value > 3", id_="broken_rule")
    world = a_world(broken, STALE)
    world.send("opportunity.created", "o1", stage="text", budget="a")
    world.until("2026-03-05 10:00")
    assert [alert.rule_id for alert in world.alerts] == ["trial_rule"]


def test_tenants_do_not_hear_of_each_other() -> None:
    world = a_world()
    world.send("opportunity.created", "o1", budget="a")
    other = World(STALE, tenant=OTHER_TENANT, uow=world.services.uow)
    other.until("2026-03-06 09:00")
    assert other.alerts == []
    assert other.told() == []
    assert len(world.alerts) == 1


def test_a_text_that_is_not_a_rule_any_more_leaves_the_shipped_one_in_force() -> None:
    world = World("evening_reminder")
    with world.services.uow() as tx:
        version = switch_rule(tx, world.services, EDIT, "evening_reminder", "experimental")
        tx.playbooks.versions._rows[TENANT, "evening_reminder", 1] = replace(version, text=rule_text("a: {b: c}", "x"))
    with world.services.uow(write=False) as tx:
        assert find_rule(tx, world.services, TENANT, "evening_reminder").book.status == "stable"
