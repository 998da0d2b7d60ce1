"""P15: location within 200 m, photo, screenshot, plans. P16: the customer is asked whether the visit is true."""

import pytest

from tests.support.playbooks import World

PEOPLE = {"owner_id": "rep-1", "manager_id": "mgr-1", "contact_id": "con-3"}
CHECKS = ("checkin_location", "checkin_photo", "chat_screenshot_contact")


def check_in(**changes: object) -> World:
    world = World(*CHECKS, start="2026-03-02 10:00")
    data = {
        "checkin_lat": 31.2304,
        "checkin_lon": 121.4737,
        "customer_lat": 31.2304,
        "customer_lon": 121.4737,
        "checked_in_at": "2026-03-02 10:00",
        "photo_watermark_at": "2026-03-02 09:58",
    }
    world.send("visit.checked_in", "v-1", **{**data, **changes, **PEOPLE})
    return world


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, []),
        ({"checkin_lat": 31.2320}, []),  # 178 m
        ({"checkin_lat": 31.2324}, ["checkin_location"]),  # 222 m
        ({"photo_watermark_at": "2026-03-02 09:20"}, ["checkin_photo"]),
        ({"photo_watermark_at": None}, ["checkin_photo"]),
    ],
)
def test_a_check_in_is_proven_by_place_and_time(changes: dict[str, object], rules: list[str]) -> None:
    assert [said["rule"] for said in check_in(**changes).told()] == rules


def test_what_ocr_read_from_a_screenshot_is_compared_with_the_visits_contact() -> None:
    world = check_in()
    world.send("visit.updated", "v-1", contact_name="骆主任")
    world.send("visit.screenshot_read", "v-1", screenshot_name="邵工", screenshot_title="设备科")
    assert world.told()[-1]["rule"] == "chat_screenshot_contact"
    assert "邵工（设备科）" in world.told()[-1]["text"]


def test_plans_are_checked_for_clashes_address_and_cycle() -> None:
    world = World("visit_plan_clash", "visit_plan_address", "visit_plan_cycle", start="2026-03-02 09:00")
    morning = {"starts_at": "2026-03-04 10:00", "ends_at": "2026-03-04 11:30", **PEOPLE}
    world.send("visit.completed", "v-1", account_id="acc-1")
    world.forward(hours=30)
    world.send("plan.created", "p-1", account_id="acc-1", purpose="例行拜访", **morning)
    world.send("plan.created", "p-2", address="滨江路9号", customer_address="学院路18号",
               **{**morning, "starts_at": "2026-03-04 11:00"})  # fmt: skip

    assert {said["rule"] for said in world.told()} == {"visit_plan_clash", "visit_plan_address", "visit_plan_cycle"}
    clash = next(said for said in world.told() if said["rule"] == "visit_plan_clash")
    assert clash["recipient_ids"] == [{"role": "owner", "person": "rep-1"}]


def a_finished_visit() -> World:
    world = World("verify_with_customer", "customer_denied_visit", start="2026-03-02 11:00")
    world.send("visit.completed", "v-1", summary="在设备科演示手柄，约定周五给分期方案", **PEOPLE)
    return world


def test_the_customer_is_asked_whether_the_visit_is_true_and_a_yes_settles_it() -> None:
    world = a_finished_visit()
    (said,) = world.told()
    assert said["recipient_ids"] == [{"role": "customer", "person": "con-3"}]
    assert "是否属实" in said["text"]
    world.forward(hours=5)
    world.send("visit.confirmed", "v-1", reply="属实")
    world.forward(days=4)

    assert len(world.told()) == 1
    assert world.decisions == []


def test_no_reply_in_48_hours_marks_it_and_a_no_reaches_the_manager() -> None:
    silent, denied = a_finished_visit(), a_finished_visit()
    silent.forward(hours=48, minutes=1)
    denied.forward(hours=1)
    denied.send("visit.denied", "v-1", reply="今天没有来过")

    assert silent.decisions[0].data["tag"] == "拜访未核实"
    assert denied.told()[-1]["recipient_ids"] == [{"role": "manager", "person": "mgr-1"}]
    assert "今天没有来过" in denied.told()[-1]["text"]
