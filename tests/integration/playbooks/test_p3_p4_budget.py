"""P3, P4, C7: a budget node stale for 72 hours without an order; after 24 hours the pool and the script pack."""

from datetime import timedelta

from tests.support.playbooks import World, china

OPPORTUNITY = {
    "name": "骆驼医院手柄采购",
    "stage": "proposal",
    "owner_id": "rep-017",
    "manager_id": "mgr-3",
    "account_id": "acc-9",
    "budget_status": "已报科室",
}


def a_stale_budget() -> World:
    world = World("budget_node_stale", start="2026-03-02 09:00")
    world.send("opportunity.created", "opp-1", **OPPORTUNITY)
    world.until("2026-03-05 09:10")
    return world


def test_after_72_hours_rep_manager_and_sales_operations_are_told_once_with_the_last_mention() -> None:
    world = a_stale_budget()

    (said,) = world.told("budget_node_stale")
    assert said["recipient_ids"] == [
        {"role": "owner", "person": "rep-017"},
        {"role": "manager", "person": "mgr-3"},
        {"role": "sales_ops", "person": ""},
    ]
    assert "骆驼医院手柄采购" in said["text"]
    assert "3天" in said["text"]
    assert said["links"]["last_mention"] == "/v1/accounts/acc-9/timeline?topic=budget_info"
    assert said["evidence"][0]["what"] == "budget_status"
    alert = world.one_alert("budget_node_stale")
    assert alert.at - china("2026-03-05 09:00") <= timedelta(seconds=2)


def test_unhandled_for_24_hours_it_goes_into_the_pool_and_the_rep_gets_the_pack_for_three_roles() -> None:
    world = a_stale_budget()
    world.until("2026-03-06 08:59")
    assert world.decisions == []

    world.until("2026-03-06 09:10")

    (pool,) = world.decisions
    assert (pool.kind, pool.data, pool.subject_id) == ("move_to_pool", {"pool": "待激活池"}, "opp-1")
    assert [event.data["action"] for event in world.events("action.taken")] == ["move_to_pool"]
    pack = world.told("budget_node_stale")[-1]
    assert pack["recipient_ids"] == [{"role": "owner", "person": "rep-017"}]
    assert len(pack["details"]["talktrack"]["strategies"]) == 3
    assert "《预算确认话术包》" in pack["text"]


def test_an_update_of_the_node_counts_as_acting_and_stops_the_clock() -> None:
    world = a_stale_budget()
    world.until("2026-03-05 13:12")
    world.send("opportunity.updated", "opp-1", budget_status="已批复")
    world.until("2026-03-07 09:00")

    alert = world.one_alert("budget_node_stale")
    assert alert.state == "acted"
    assert alert.time_to_first_action is not None
    assert timedelta(hours=4) < alert.time_to_first_action < timedelta(hours=4.2)
    assert world.decisions == []
    assert [event.data["state"] for event in world.events("alert.closed")] == ["acted"]


def test_a_purchase_within_thirty_days_keeps_it_silent_until_it_is_thirty_days_old() -> None:
    world = World("budget_node_stale", start="2026-03-02 09:00")
    world.send("opportunity.created", "opp-1", **OPPORTUNITY)
    world.send("order.created", "opp-1", kind="opportunity", amount=58000)
    world.until("2026-03-31 09:00")
    assert world.alerts == []

    world.until("2026-04-01 10:00")

    assert len(world.told("budget_node_stale")) == 1
