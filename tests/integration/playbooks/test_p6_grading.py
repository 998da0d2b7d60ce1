"""P6: decision state → manager within 24 h; seven days untouched; next action before the morning meeting."""

from tests.support.playbooks import World

ACCOUNT = {"name": "骆驼医院", "grade": "A", "owner_id": "rep-1", "manager_id": "mgr-1", "director_id": "dir-1"}


def test_clear_intent_calls_the_manager_to_the_second_talk_within_24_hours_else_the_director() -> None:
    world = World("purchase_intent_manager", start="2026-03-03 09:00")
    world.send("account.created", "acc-1", decision_state="比较方案", **ACCOUNT)
    assert world.alerts == []
    world.forward(hours=1)
    world.send("account.updated", "acc-1", decision_state="已明确采购意向")

    (said,) = world.told()
    assert {"role": "manager", "person": "mgr-1"} in said["recipient_ids"]
    assert "比较方案" in said["text"]
    assert [event.data["action"] for event in world.events("action.taken")] == ["create_task"]
    assert world.events("action.taken")[0].data["details"]["due_within_minutes"] == 24 * 60

    world.until("2026-03-04 10:01")
    assert world.told()[-1]["recipient_ids"] == [{"role": "director", "person": "dir-1"}]


def test_a_second_talk_with_the_manager_ends_the_clock() -> None:
    world = World("purchase_intent_manager", start="2026-03-03 09:00")
    world.send("account.created", "acc-1", decision_state="已明确采购意向", **ACCOUNT)
    world.forward(hours=20)
    world.send("negotiation.scheduled", "acc-1", kind="account", with_manager=True)
    world.until("2026-03-05 09:00")

    assert world.one_alert("purchase_intent_manager").state == "acted"
    assert len(world.told()) == 1


def test_more_than_seven_days_untouched_is_highlighted_and_a_contact_takes_the_mark_away() -> None:
    world = World("untouched_seven_days", start="2026-03-02 09:00")
    world.send("account.created", "acc-1", **ACCOUNT)
    world.forward(days=6, hours=23)
    assert world.decisions == []
    world.forward(hours=2)
    (mark,) = world.decisions
    assert (mark.kind, mark.data["tag"]) == ("tag", "超过7天未触达")

    world.send("visit.completed", "vis-1", account_id="acc-1")

    assert world.decisions[0].ended_at is not None
    assert world.events("action.taken")[-1].data["action"] == "end_tag"


def test_a_next_action_not_updated_before_the_morning_meeting_is_red_and_copied_to_the_manager() -> None:
    world = World("next_action_before_meeting", start="2026-03-02 15:00")
    world.send("account.created", "acc-1", next_action="送样机", **ACCOUNT)
    world.until("2026-03-03 10:00")
    assert world.alerts == []

    world.until("2026-03-04 08:50")
    (said,) = world.told()
    assert [each["role"] for each in said["recipient_ids"]] == ["owner", "manager"]
    assert world.decisions[0].data["tag"] == "红色：下一步未更新"

    world.until("2026-03-04 08:55")
    world.send("account.updated", "acc-1", next_action="约设备科开会")
    world.until("2026-03-05 09:00")
    assert len(world.told()) == 1


def test_there_is_no_morning_meeting_on_a_holiday() -> None:
    world = World("next_action_before_meeting", start="2026-09-29 15:00")
    world.send("account.created", "acc-1", next_action="送样机", **ACCOUNT)
    world.until("2026-10-08 08:00")
    assert [f"{alert.at:%m-%d}" for alert in world.alerts] == []

    world.until("2026-10-08 09:00")

    assert [f"{alert.at:%m-%d}" for alert in world.alerts] == ["10-08"]
