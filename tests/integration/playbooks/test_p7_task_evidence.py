"""P7: photo, file name, concession over 12% → lock and second approval; 18:00 reminder, overdue → manager."""

import pytest

from service.domain.errors import Conflict
from service.usecases.playbooks.answer_alert import end_decision
from tests.support.playbooks import World

PEOPLE = {"owner_id": "rep-1", "manager_id": "mgr-1", "director_id": "dir-1"}


@pytest.mark.parametrize(("taken", "asked"), [("2026-03-02 10:40", 0), ("2026-03-02 15:00", 2), (None, 2)])
def test_the_photo_of_a_visit_must_match_the_tasks_time(taken: str | None, asked: int) -> None:
    world = World("visit_photo_time", start="2026-03-02 09:00")
    world.send("task.created", "t-1", task_type="visit", planned_at="2026-03-02 10:00", **PEOPLE)
    world.forward(hours=7)
    photo = {"photo_taken_at": taken} if taken else {}
    world.send("task.completed", "t-1", completed_at="2026-03-02 16:00", **photo)

    assert len(world.told()) == asked


@pytest.mark.parametrize(
    ("name", "is_asked"),
    [
        ("骆驼医院_20260302.pdf", False),
        ("骆驼医院.pdf", True),
        ("20260302.pdf", True),
        ("骆驼医院_20260302.docx", True),
    ],
)
def test_a_proposals_file_carries_customer_and_date_and_is_a_pdf(name: str, *, is_asked: bool) -> None:
    world = World("proposal_file_name", start="2026-03-02 09:00")
    planned = {"task_type": "proposal", "customer_name": "骆驼医院", "planned_at": "2026-03-02 10:00"}
    world.send("task.created", "t-1", **planned, **PEOPLE)
    world.send("task.updated", "t-1", file_name=name)

    assert bool(world.told()) is is_asked


def a_locked_quote() -> World:
    world = World("concession_over_limit", start="2026-03-02 10:00")
    world.send("quote.created", "q-1", target_price=200_000, **PEOPLE)
    world.forward(minutes=30)
    world.send("quote.updated", "q-1", final_price=175_000)  # 12.5 %
    return world


def test_a_concession_over_12_percent_locks_the_quote_until_a_second_person_approves() -> None:
    world = a_locked_quote()
    (lock,) = world.decisions
    assert (lock.kind, lock.subject_id, lock.ended_at) == ("lock", "q-1", None)
    assert {each["role"] for said in world.told() for each in said["recipient_ids"]} == {"owner", "manager"}

    with world.services.uow() as tx, pytest.raises(Conflict, match="second person"):
        end_decision(tx, world.services, tenant_id=world.tenant, decision_id=lock.id, who="rep-1", reason="急")
    with world.services.uow() as tx:
        end_decision(tx, world.services, tenant_id=world.tenant, decision_id=lock.id, who="mgr-1", reason="战略客户")

    (lock,) = world.decisions
    assert (lock.ended_by, lock.reason) == ("mgr-1", "战略客户")
    assert world.events("action.taken")[-1].data["action"] == "end_lock"


def test_a_concession_of_12_percent_or_less_is_free_and_the_rate_somebody_typed_does_not_count() -> None:
    world = World("concession_over_limit", start="2026-03-02 10:00")
    world.send("quote.created", "q-1", target_price="200000.00", final_price=176_000, concession=30, **PEOPLE)

    assert world.decisions == []


def test_a_second_approval_that_takes_more_than_four_working_hours_reaches_the_director() -> None:
    world = a_locked_quote()
    world.until("2026-03-02 14:29")
    assert all(each["role"] != "director" for said in world.told() for each in said["recipient_ids"])
    world.until("2026-03-02 14:31")
    assert world.told()[-1]["recipient_ids"] == [{"role": "director", "person": "dir-1"}]


def test_at_18_the_owner_is_reminded_and_at_19_the_manager() -> None:
    world = World("evening_reminder", start="2026-03-02 09:00")
    world.send("task.created", "t-1", name="拜访骆驼医院", due_at="2026-03-02 17:30", **PEOPLE)
    world.send("task.created", "t-2", name="写方案", due_at="2026-03-02 17:30", **PEOPLE)
    world.forward(hours=3)
    world.send("task.completed", "t-2", completed_at="2026-03-02 12:00")
    world.until("2026-03-02 17:59")
    assert world.told() == []

    world.until("2026-03-02 18:00")
    assert [(said["subject"]["id"], said["recipient_ids"][0]["role"]) for said in world.told()] == [("t-1", "owner")]
    world.until("2026-03-02 19:01")
    assert world.told()[-1]["recipient_ids"] == [{"role": "manager", "person": "mgr-1"}]
