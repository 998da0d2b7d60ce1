"""P9: a rep writes today's key action, what blocks it and what would help; the manager answers within four hours."""

from typing import Any

import pytest

from tests.support.crm_office import Office

PLAN = "plan/day-1"
TODAY: dict[str, Any] = {
    "key_action": "拿到采购清单",
    "blocker": "设备科要求三家比价",
    "support_needed": "请商务出一份比价说明",
}
PEOPLE: dict[str, Any] = {"owner_id": "rep-1", "manager_id": "mgr-1", "director_id": "dir-1"}


def test_the_manager_reads_action_blocker_and_need_and_an_answer_ends_it(office: Office) -> None:
    office.tell("plan.updated", PLAN, **TODAY, **PEOPLE)
    asked = office.one(rule="blocker_reported")
    assert asked.people == {"manager": "mgr-1"}
    assert all(words in asked.data["text"] for words in TODAY.values())
    office.until("2026-03-02 12:58")
    office.tell("plan.updated", PLAN, manager_answer="商务下午给")
    office.until("2026-03-03 18:00")
    assert office.one(rule="blocker_reported") == asked
    assert office.one("alert.closed", rule="blocker_reported").data["state"] == "acted"


def test_after_four_working_hours_without_an_answer_the_director_hears(office: Office) -> None:
    office.until("2026-03-02 16:00")
    office.tell("plan.updated", PLAN, **TODAY, **PEOPLE)
    office.until("2026-03-03 10:59")
    assert len(office.heard(rule="blocker_reported")) == 1, "two hours on Monday, not yet two on Tuesday"
    office.until("2026-03-03 11:01")
    assert office.heard(rule="blocker_reported")[-1].people == {"director": "dir-1"}


@pytest.mark.parametrize(("characters", "rule"), [(50, "blocker_reported"), (51, "blocker_too_long")])
def test_a_need_is_said_in_fifty_characters_or_goes_back(office: Office, characters: int, rule: str) -> None:
    office.tell("plan.updated", PLAN, **{**TODAY, "support_needed": "要" * characters}, **PEOPLE)
    office.until("2026-03-03 18:00")
    assert {it.data["rule"] for it in office.heard()} == {rule}


def test_the_managers_hours_count_from_the_shorter_wording(office: Office) -> None:
    office.tell("plan.updated", PLAN, **{**TODAY, "support_needed": "要" * 51}, **PEOPLE)
    assert office.one().people == {"owner": "rep-1"}
    office.until("2026-03-02 11:00")
    office.tell("plan.updated", PLAN, support_needed=TODAY["support_needed"])
    assert office.one(rule="blocker_reported").people == {"manager": "mgr-1"}
    office.until("2026-03-02 14:59")
    assert len(office.heard(rule="blocker_reported")) == 1
    office.until("2026-03-02 15:02")
    assert office.heard(rule="blocker_reported")[-1].people == {"director": "dir-1"}
