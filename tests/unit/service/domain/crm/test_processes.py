"""Processes: evidence by events, gates, skips."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.domain.content.processes import Process
from service.domain.crm.entities import replay
from service.domain.crm.events import CrmEvent
from service.domain.crm.processes import ProcessState, process_for, state_of
from tests.support.crm import an_event, process_data
from tests.support.fakes import NOON

DAY = timedelta(days=1)
PROCESS = Process.model_validate(process_data())


def proof(node: str, at: timedelta, **data: Any) -> CrmEvent:
    data = {"node": node, "opportunity_id": "opp-1", **data}
    return an_event("task", f"t-{node}", event_type="evidence.submitted", at=at, **data)


def stage(name: str, at: timedelta = timedelta(0), **data: Any) -> CrmEvent:
    return an_event(at=at, stage=name, **data)


def state(*events: CrmEvent, days: float = 30) -> ProcessState:
    return state_of(PROCESS, "opp-1", events, now=NOON + days * DAY)


def statuses(found: ProcessState) -> dict[str, str]:
    return {stage.stage.id: stage.status for stage in found.stages}


def test_before_any_stage_everything_behind_the_first_gate_is_frozen() -> None:
    found = state()
    assert found.current is None
    assert statuses(found) == {"need": "ahead", "design": "ahead", "quote": "frozen", "won": "frozen"}
    assert found.missing == ()


def test_a_missing_node_freezes_what_comes_next_and_says_how_to_get_it() -> None:
    found = state(stage("方案设计"), proof("review", DAY, result="通过", actor_role="engineer"))
    assert statuses(found) == {"need": "done", "design": "current", "quote": "frozen", "won": "frozen"}
    assert [(node.node.id, node.missing) for node in found.missing] == [("reports", 2)]
    assert found.missing[0].node.way_out == "去案例库找。"


def test_all_evidence_opens_the_gate() -> None:
    events = [
        stage("方案设计"),
        proof("review", DAY, result="通过", actor_role="engineer"),
        proof("reports", DAY, file="a.pdf"),
        proof("reports", 2 * DAY, file="b.pdf"),
    ]
    found = state(*events)
    assert found.frozen == ()
    node = found.node("reports")
    assert node is not None
    assert node[1].evidence == (events[2].id, events[3].id)
    assert node[1].met_at == NOON + 2 * DAY


def test_the_same_report_twice_is_one_report() -> None:
    found = state(stage("方案设计"), proof("reports", DAY, file="a.pdf"), proof("reports", 2 * DAY, file="a.pdf"))
    node = found.node("reports")
    assert node is not None
    assert (node[1].got, node[1].is_met) == (1, False)


def test_who_may_not_pass_a_node_is_refused_and_named() -> None:
    own = proof("review", DAY, result="通过", actor_role="rep")
    failed = proof("review", DAY, result="不通过", actor_role="engineer")
    node = state(stage("方案设计"), own, failed).node("review")
    assert node is not None
    assert (node[1].is_met, node[1].refused) == (False, (own.id,))


@pytest.mark.parametrize(("handed_in", "late"), [(3, 0), (3.4, 0), (3.6, 1), (4, 1), (6, 3)])
def test_days_late_are_days_of_the_calendar(handed_in: float, late: int) -> None:
    """Due three days after the stage was entered, at noon in China; the day ends at midnight there."""
    passed = proof("review", handed_in * DAY, result="通过", actor_role="engineer")
    node = state(stage("方案设计"), passed).node("review")
    assert node is not None
    assert node[1].late_days == late


def test_what_is_still_open_gets_later_every_day() -> None:
    nodes = [state(stage("方案设计"), days=days).node("review") for days in (2, 5, 10)]
    assert [node[1].late_days for node in nodes if node] == [0, 2, 7]


def test_a_stage_entered_without_its_evidence_is_a_skip_by_someone() -> None:
    jump = stage("报价", DAY, owner_id="rep-7")
    found = state(stage("需求确认"), jump)
    (skip,) = found.skips
    assert (skip.stage, skip.missing, skip.event_id, skip.actor) == ("quote", ("review", "reports"), jump.id, "rep-7")
    assert found.current == "quote"


def test_going_back_and_forth_is_no_second_skip() -> None:
    found = state(stage("报价"), stage("需求确认", DAY), stage("报价", 2 * DAY), stage("赢单", 3 * DAY))
    assert [skip.stage for skip in found.skips] == ["quote", "won"]


def test_what_lies_ahead_of_now_does_not_count() -> None:
    later, begun = proof("reports", 5 * DAY, file="a.pdf"), stage("方案设计")
    assert state(begun, later, days=1) == state(begun, days=1)


def test_a_name_that_is_no_stage_is_passed_over() -> None:
    assert state(stage("方案设计"), stage("午休", DAY)).current == "design"


def test_a_process_is_for_opportunities_with_its_fields() -> None:
    mine = replay("opportunity", "o", [an_event(pipeline="made")])
    other = replay("opportunity", "o", [an_event(pipeline="retail")])
    retired = PROCESS.model_copy(update={"status": "deprecated"})
    assert process_for([retired, PROCESS], mine) == PROCESS
    assert process_for([PROCESS], other) is None


def test_two_stages_with_one_name_are_refused() -> None:
    data = process_data()
    data["stages"][1]["names"] = ["需求确认"]
    with pytest.raises(ValidationError, match="share the name"):
        Process.model_validate(data)


EVENTS = st.permutations(
    [
        stage("方案设计"),
        proof("review", DAY, result="通过", actor_role="engineer"),
        proof("reports", 2 * DAY, file="a.pdf"),
        stage("报价", 3 * DAY),
        proof("reports", 4 * DAY, file="b.pdf"),
    ]
)


@given(EVENTS, st.integers(0, 6))
def test_a_stage_is_frozen_exactly_while_a_node_before_it_is_missing(events: list[CrmEvent], days: int) -> None:
    found = state(*events, days=days)
    assert found == state(*sorted(events, key=lambda event: event.order), days=days)
    owed = False
    for each in found.stages:
        if each.status in ("frozen", "ahead"):
            assert (each.status == "frozen") == owed
        owed = owed or bool(each.missing)
