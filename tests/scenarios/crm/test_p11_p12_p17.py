"""P11, P12 and P17: the plan grid, loss cohorts and the credibility radar, in the user's numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.usecases.coaching.read_credibility import watch_credibility
from service.usecases.crm.find_loss_pattern import watch_losses
from tests.support.builders import TENANT, a_visit, an_analysis_record
from tests.support.crm import a_cloud_event
from tests.support.crm_story import Story

MONDAY = datetime(2026, 3, 2, 0, 0, tzinfo=UTC) - timedelta(hours=8)


def test_a_week_of_three_deep_visits_five_first_contacts_and_two_joint_actions(crm: Story) -> None:
    crm.go_to(MONDAY)
    tasks = [("deep_visit", i) for i in range(3)] + [("first_contact", i) for i in range(4)] + [("joint_action", 0)]
    for n, (action, i) in enumerate(tasks):
        due = MONDAY + timedelta(days=n % 4, hours=10)
        crm.tell("task.planned", f"task/{action}-{i}", action=action, account_id=f"acc-{n}", product="储能柜",
                 owner_id="rep-1", due_at=due.isoformat())  # fmt: skip
    crm.tell("task.planned", "task/other", action="deep_visit", owner_id="rep-2", due_at=MONDAY.isoformat())
    crm.go_to(MONDAY + timedelta(hours=9, minutes=30))
    crm.tell("task.done", "task/deep_visit-0")
    crm.go_to(MONDAY + timedelta(days=1, hours=9))
    crm.tell("task.done", "task/deep_visit-1")
    crm.go_to(MONDAY + timedelta(days=1, hours=12))
    plan = crm.read("/v1/reps/rep-1/plan")
    assert plan["week"] == "2026-03-02"
    assert {it["action"]: (it["at_least"], it["planned"], it["done"], it["missing"]) for it in plan["quotas"]} == {
        "deep_visit": (3, 3, 2, 0), "first_contact": (5, 4, 0, 1), "joint_action": (2, 1, 0, 1),
    }  # fmt: skip
    assert plan["tasks"][0]["product"] == "储能柜"
    by_hour = {it["hour"]: (it["done"], it["due"]) for it in plan["attainment"]}
    due_first, due_second = MONDAY + timedelta(hours=10), MONDAY + timedelta(days=1, hours=10)
    assert by_hour[due_first.isoformat()] == (1, 2)
    assert by_hour[due_second.isoformat()] == (2, 4)
    assert all(len(task["because"]) == (2 if task["done_at"] else 1) for task in plan["tasks"])
    assert crm.read("/v1/reps/rep-1/plan?week=2026-03-10")["tasks"] == []
    assert crm.client.get("/v1/reps/nobody/plan").status_code == 404
    assert crm.client.get("/v1/reps/rep-1/plan?week=2026-02-30").json()["code"] == "day_invalid"


def losses(crm: Story) -> list[dict[str, Any]]:
    """Two weeks in which the south-west loses manufacturers with short cycles who asked about rivals."""
    told = []
    for i in range(52):
        lost = i < 12
        at = crm.now - timedelta(weeks=1 + i % 2)
        data = {
            "region": "西南",
            "industry": "制造业" if (lost and i) or i % 4 == 0 else "零售",
            "decision_cycle_days": 9 + i % 4 if lost else i,
            "asked_rivals": i != 3 if lost else i % 5 == 0,
        }
        told.append(a_cloud_event("account.lost" if lost else "account.renewed", f"account/a-{i}", at, data))
    return told


def test_a_region_two_weeks_above_its_threshold_is_told_what_its_lost_have_in_common(crm: Story) -> None:
    crm.tell_all(*losses(crm))
    assert [watch_losses(crm.api.services) for _ in range(2)] == [1, 0]
    (told,) = crm.told("loss.pattern")
    assert told.data["group"] == "西南"
    assert {trait["trait"] for trait in told.data["traits"]} == {
        "industry=制造业", "cycle=short", "asked_rivals=true",
    }  # fmt: skip
    assert all(trait["p"] < 0.05 and trait["because"] for trait in told.data["traits"])
    assert len(told.data["interventions"]) == 3
    weights = [it["weight"] for it in told.data["interventions"]]
    assert weights == sorted(weights, reverse=True)
    assert {it["id"] for it in told.data["interventions"]} == {
        "free_diagnosis", "reweigh_incentives", "technical_director",
    }  # fmt: skip
    (read,) = crm.read("/v1/loss-patterns?group=西南")["items"]
    assert read["traits"] == told.data["traits"]
    assert crm.read("/v1/loss-patterns?group=华东")["items"][0]["traits"] == []
    crm.pass_time(weeks=3)
    assert watch_losses(crm.api.services) == 0  # nobody is lost any more


def visit(crm: Story, number: int, *, honest: bool) -> None:
    name = f"v-{crm.now:%m}-{number}"
    crm.tell("visit.checked_in", f"visit/{name}", owner_id="rep-1", distance_m=40 if honest else 850)
    met: dict[str, Any] = {"contact_name": "骆主任", "contact_title": "科室主任"}
    read = met if honest else {**met, "contact_title": "护士"}
    crm.tell("visit.debriefed", f"visit/{name}", owner_id="rep-1", objections=["price"], **met)
    crm.tell("visit.screenshot_read", f"visit/{name}", **read)
    crm.tell("visit.receipt", f"visit/{name}", confirmed=honest)


def test_two_months_under_seventy_percent_lead_to_coaching_once(crm: Story) -> None:
    crm.go_to(datetime(2026, 1, 10, tzinfo=UTC))
    for _ in range(2):
        for number in range(3):
            visit(crm, number, honest=number == 0)
        assert watch_credibility(crm.api.services) == 0
        crm.pass_time(days=31)
    crm.go_to(datetime(2026, 3, 1, 2, tzinfo=UTC))
    assert [watch_credibility(crm.api.services) for _ in range(2)] == [1, 0]
    (told,) = crm.told("credibility.low")
    assert (told.data["rep_id"], told.data["course"]) == ("rep-1", "keep_small_promises")
    assert [month["month"] for month in told.data["months"]] == ["2026-02", "2026-01"]
    assert any("850米" in it["note"] for it in told.data["differences"])
    assert told.data["because"]
    radar = crm.read("/v1/reps/rep-1/credibility?month=2026-02")
    assert (radar["value"], radar["n"], radar["status"]) == (pytest.approx(0.4444, abs=1e-3), 9, "low")
    axes = {it["axis"]: (it["value"], it["n"]) for it in radar["axes"]}
    assert axes["location"] == (pytest.approx(1 / 3), 3)
    assert axes["transcript"] == (None, 0)  # nothing was recorded: nothing is said
    empty = crm.read("/v1/reps/rep-1/credibility?month=2026-03")
    assert (empty["value"], empty["status"]) == (None, "insufficient_data")
    assert crm.client.get("/v1/reps/nobody/credibility").status_code == 404


def test_one_bad_month_is_no_reason(crm: Story) -> None:
    crm.go_to(datetime(2026, 1, 10, tzinfo=UTC))
    for number in range(3):
        visit(crm, number, honest=True)
    crm.go_to(datetime(2026, 2, 10, tzinfo=UTC))
    for number in range(3):
        visit(crm, number, honest=False)
    crm.go_to(datetime(2026, 3, 1, 2, tzinfo=UTC))
    assert watch_credibility(crm.api.services) == 0


def test_the_reps_words_are_held_against_the_recording_of_the_same_visit(crm: Story) -> None:
    recorded = a_visit(external_id="crm-v-1", rep_id="rep-1")
    with crm.api.services.uow() as tx:
        tx.visits.add(recorded)
        record = an_analysis_record(visit_id=recorded.id, tenant_id=TENANT, transcript_version=1)
        tx.analyses.put(record)
    assert record.analysis.debrief is not None
    crm.tell("visit.debriefed", "visit/crm-v-1", owner_id="rep-1", objections=["delivery"], due="2030-01-01")
    (found,) = crm.read("/v1/reps/rep-1/credibility")["agreements"]
    assert (found["axis"], found["value"] < 1) == ("transcript", True)
    assert "填了、录音里没有的异议：delivery" in found["note"]
