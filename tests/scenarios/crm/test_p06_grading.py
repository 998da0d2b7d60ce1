"""P6: EspoCRM's lists, minutes late: a clear intent, seven days without a word, the morning meeting."""

from datetime import timedelta
from typing import Any

from tests.support import crm_vendors
from tests.support.crm_office import ACTION, Office
from tests.support.playbooks import china

ACCOUNT: dict[str, Any] = {
    "id": "acc-1", "name": "骆驼医院", "grade": "A", "decisionState": "比较方案", "assignedUserId": "rep-1",
    "managerId": "mgr-1", "directorId": "dir-1",
}  # fmt: skip


def espo(office: Office, event: str, *, late: timedelta = timedelta(0), **fields: Any) -> None:
    """EspoCRM gathers what changed and tells of it a few minutes later."""
    changed = {"id": "acc-1", "modifiedAt": crm_vendors.espo_time(office.now - late), **fields}
    office.hook("espocrm", crm_vendors.espo(f"Account.{event}", changed))


def test_a_clear_intent_calls_the_manager_to_the_second_talk_within_24_hours(office: Office) -> None:
    rule = "purchase_intent_manager"
    espo(office, "create", **ACCOUNT)
    office.until("2026-03-03 10:00")
    assert office.heard(rule=rule) == []
    espo(office, "update", late=timedelta(minutes=5), decisionState="已明确采购意向")

    told = office.one(rule=rule)
    assert told.people == {"manager": "mgr-1", "owner": "rep-1"}
    assert "由“比较方案”变为“已明确采购意向”" in told.data["text"]
    task = office.one(ACTION, rule=rule, action="create_task")
    assert (task.people, task.data["details"]["due_within_minutes"]) == ({"manager": "mgr-1"}, 24 * 60)
    office.until("2026-03-04 09:59")
    assert len(office.heard(rule=rule)) == 1
    office.until("2026-03-04 10:01")
    assert office.heard(rule=rule)[-1].people == {"director": "dir-1"}


def test_a_second_talk_that_the_manager_joins_ends_it(office: Office) -> None:
    espo(office, "create", **ACCOUNT | {"decisionState": "已明确采购意向"})
    office.until("2026-03-02 20:00")
    office.tell("negotiation.scheduled", "account/acc-1", with_manager=True)
    office.until("2026-03-04 10:00")
    assert len(office.heard(rule="purchase_intent_manager")) == 1
    assert office.one("alert.closed", rule="purchase_intent_manager").data["state"] == "acted"


def test_more_than_seven_days_untouched_is_highlighted_until_somebody_calls(office: Office) -> None:
    rule = "untouched_seven_days"
    espo(office, "create", **ACCOUNT)
    office.until("2026-03-04 09:00")
    office.tell("call.logged", "account/acc-1")
    office.until("2026-03-11 08:59")
    assert office.standing("tag", rule=rule) == [], "six days and 23 hours"
    office.until("2026-03-11 09:02")
    (mark,) = office.standing("tag", rule=rule)
    assert (mark["subject"], mark["data"]["tag"]) == ({"kind": "account", "id": "acc-1"}, "超过7天未触达")
    assert office.one(rule=rule).people == {"owner": "rep-1"}

    office.tell("visit.completed", "visit/v-1", account_id="acc-1")
    assert office.standing("tag", rule=rule) == []
    assert office.one(ACTION, rule=rule, action="end_tag").data["subject"]["id"] == "acc-1"


def test_a_next_action_not_updated_before_the_morning_meeting_turns_red_with_the_manager_in_copy(
    office: Office,
) -> None:
    rule = "next_action_before_meeting"
    office.until("2026-03-02 15:00")
    espo(office, "create", **ACCOUNT, nextAction="送样机")
    office.until("2026-03-03 10:00")
    assert office.heard(rule=rule) == [], "it was written since yesterday's meeting"
    office.until("2026-03-04 08:49")
    assert office.heard(rule=rule) == []
    office.until("2026-03-04 08:51")

    red = office.one(rule=rule)
    assert red.people == {"owner": "rep-1", "manager": "mgr-1"}
    assert red.at == china("2026-03-04 08:50")
    assert [it["data"]["tag"] for it in office.standing("tag")] == ["红色：下一步未更新"]
    espo(office, "update", nextAction="约设备科开会")
    office.until("2026-03-05 09:00")
    assert len(office.heard(rule=rule)) == 1, "updated, so that Thursday's meeting sees nothing red"
    assert office.standing("tag") == []
