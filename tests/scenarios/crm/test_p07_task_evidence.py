"""P7: proofs of the day's tasks, a concession of more than 12 %, and the reminder at 18:00."""

from typing import Any

import pytest

from tests.support.crm_office import ACTION, Office
from tests.support.playbooks import china

PEOPLE: dict[str, Any] = {"owner_id": "rep-1", "manager_id": "mgr-1", "director_id": "dir-1"}
VISIT: dict[str, Any] = {
    "task_type": "visit",
    "name": "拜访骆驼医院",
    "planned_at": "2026-03-02 10:00",
    "due_at": "2026-03-02 17:30",
}
PROPOSAL: dict[str, Any] = {"task_type": "proposal", "customer_name": "骆驼医院", "planned_at": "2026-03-02 10:00"}


def done(office: Office, planned: dict[str, Any], **proof: Any) -> None:
    """Planned at nine, done at noon."""
    office.tell("task.created", "task/t-1", **planned, **PEOPLE)
    office.until("2026-03-02 12:00")
    office.tell("task.completed", "task/t-1", completed_at="2026-03-02 12:00", **proof)


@pytest.mark.parametrize(
    ("taken", "asked"),
    [("2026-03-02 11:59", False), ("2026-03-02 12:01", True), ("2026-03-01 10:00", True), (None, True)],
)
def test_the_photo_must_be_of_the_tasks_time(office: Office, taken: str | None, *, asked: bool) -> None:
    done(office, VISIT, photo_taken_at=taken)
    told = office.heard(rule="visit_photo_time")
    assert [it.people for it in told] == [{"owner": "rep-1"}, {"manager": "mgr-1"}] * asked
    office.tell("task.updated", "task/t-1", photo_taken_at="2026-03-02 10:20")
    closed = office.heard("alert.closed", rule="visit_photo_time")
    assert [it.data["state"] for it in closed] == ["acted"] * asked


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("骆驼医院_手柄方案_20260302.pdf", False),
        ("骆驼医院_手柄方案.pdf", True),
        ("手柄方案_20260302.pdf", True),
        ("骆驼医院_20260302.docx", True),
    ],
)
def test_a_proposal_is_a_pdf_whose_name_carries_customer_and_date(office: Office, name: str, *, asked: bool) -> None:
    done(office, PROPOSAL, file_name=name)
    assert [it.people for it in office.heard(rule="proposal_file_name")] == [{"owner": "rep-1"}] * asked


def quoted(office: Office, final: float) -> None:
    office.until("2026-03-02 10:00")
    office.tell("quote.created", "quote/q-1", name="手柄首单", target_price=200_000, **PEOPLE)
    office.tell("quote.updated", "quote/q-1", final_price=final, concession=0.05)  # what somebody typed does not count


def test_a_concession_of_12_percent_is_free(office: Office) -> None:
    quoted(office, 176_000)
    assert office.standing("lock") == []
    assert office.heard(rule="concession_over_limit") == []


def test_more_than_12_percent_locks_the_quote_until_a_second_person_approves(office: Office) -> None:
    quoted(office, 175_999)
    locked = office.one(ACTION, rule="concession_over_limit", action="lock")
    assert locked.data["details"]["approver"] == "manager"
    assert {role for it in office.heard(rule="concession_over_limit") for role in it.roles} == {"manager", "owner"}
    (lock,) = office.standing("lock")
    alone = office.client.post(f"/v1/decisions/{lock['id']}/end", json={"who": "rep-1", "reason": "客户催"})
    assert alone.status_code == 409, "nobody approves their own concession"

    office.post(f"/v1/decisions/{lock['id']}/end", who="mgr-1", reason="战略客户")
    assert office.standing("lock") == []
    assert office.one(ACTION, action="end_lock").data["details"]["by"] == "mgr-1"


def test_a_second_approval_that_takes_four_working_hours_reaches_the_director(office: Office) -> None:
    quoted(office, 170_000)
    office.until("2026-03-02 13:59")
    assert "director" not in {role for it in office.heard() for role in it.roles}
    office.until("2026-03-02 14:01")
    assert office.heard(rule="concession_over_limit")[-1].people == {"director": "dir-1"}


def test_at_18_the_owner_is_reminded_and_an_hour_later_the_manager_hears_of_it(office: Office) -> None:
    for name in ("t-1", "t-2"):
        office.tell("task.created", f"task/{name}", **VISIT, **PEOPLE)
    office.until("2026-03-02 16:00")
    office.tell("task.done", "task/t-2", photo_taken_at="2026-03-02 10:20")
    office.until("2026-03-02 17:59")
    assert office.heard(rule="evening_reminder") == []
    office.until("2026-03-02 18:00")
    reminded = office.one(rule="evening_reminder")
    assert (reminded.at, reminded.people) == (china("2026-03-02 18:00"), {"owner": "rep-1"})
    assert reminded.data["subject"]["id"] == "t-1"
    office.until("2026-03-02 18:59")
    assert len(office.heard(rule="evening_reminder")) == 1
    office.until("2026-03-02 19:01")
    assert office.heard(rule="evening_reminder")[-1].people == {"manager": "mgr-1"}
