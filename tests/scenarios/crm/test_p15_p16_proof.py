"""P15: a check-in proven by place, time and screenshot; a plan by address, cycle, clashes. P16: the customer's word."""

from typing import Any

import pytest

from tests.support.crm_office import ACTION, Office

PEOPLE: dict[str, Any] = {"owner_id": "rep-1", "manager_id": "mgr-1", "contact_id": "con-3"}
ADDRESS: dict[str, Any] = {"customer_lat": 31.2304, "customer_lon": 121.4737}
PROVEN: dict[str, Any] = {
    "checkin_lat": 31.2304, "checkin_lon": 121.4737, "checked_in_at": "2026-03-02 10:00",
    "photo_watermark_at": "2026-03-02 09:58",
}  # fmt: skip


def check_in(office: Office, **changes: Any) -> None:
    office.tell("visit.created", "visit/v-1", contact_name="骆主任", **ADDRESS, **PEOPLE)
    office.until("2026-03-02 10:00")
    office.tell("visit.checked_in", "visit/v-1", **{**PROVEN, **changes})


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, []),
        ({"checkin_lat": 31.23219}, []),  # 199 m
        ({"checkin_lat": 31.23222}, ["checkin_location"]),  # 202 m
        ({"photo_watermark_at": "2026-03-02 09:29"}, ["checkin_photo"]),
        ({"photo_watermark_at": None}, ["checkin_photo"]),
    ],
    ids=["proven", "199 m", "202 m", "an old photo", "no watermark"],
)
def test_a_check_in_is_proven_within_200_metres_and_by_its_photos_watermark(
    office: Office, changes: dict[str, Any], rules: list[str]
) -> None:
    check_in(office, **changes)
    assert [(it.data["rule"], it.people) for it in office.heard()] == [(rule, {"owner": "rep-1"}) for rule in rules]
    marks = [it["data"]["tag"] for it in office.standing("tag")]
    assert marks == ["签到待核实"] * ("checkin_location" in rules)
    office.until("2026-03-02 10:30")
    office.tell("visit.checked_in", "visit/v-1", **PROVEN)  # again, in front of the customer's door
    assert office.standing("tag") == []


@pytest.mark.parametrize(
    ("name", "title", "asked"),
    [("骆主任", "麻醉科主任", 0), ("邵工", "设备科", 1), ("骆主任", "", 1), ("", "设备科", 1)],
)
def test_name_and_title_that_ocr_read_from_the_chat_are_held_against_the_visits_contact(
    office: Office, name: str, title: str, asked: int
) -> None:
    check_in(office)
    office.tell("visit.screenshot_read", "visit/v-1", screenshot_name=name, screenshot_title=title)
    found = office.heard(rule="chat_screenshot_contact")
    assert [it.people for it in found] == [{"owner": "rep-1"}] * asked


def plan(office: Office, name: str, begin: str, end: str, **fields: Any) -> None:
    office.tell("plan.created", f"plan/{name}", starts_at=f"2026-03-04 {begin}", ends_at=f"2026-03-04 {end}", **fields,
                **PEOPLE)  # fmt: skip


def test_a_plan_is_held_against_address_cycle_and_other_plans(office: Office) -> None:
    office.tell("visit.completed", "visit/v-0", account_id="acc-1", summary="演示手柄", **PEOPLE)
    office.until("2026-03-03 15:00")
    plan(office, "p-1", "10:00", "11:00", account_id="acc-1", purpose="例行拜访")
    plan(office, "p-2", "11:00", "12:00", address="学院路18号3楼", customer_address="学院路18号")
    rules = ["visit_plan_cycle", "visit_plan_address", "visit_plan_clash"]
    assert [it.data["rule"] for it in office.heard() if it.data["rule"] in rules] == ["visit_plan_cycle"]
    plan(office, "p-3", "11:30", "12:30", address="滨江路9号", customer_address="学院路18号")

    assert "例行拜访" in office.one(rule="visit_plan_cycle").data["text"]
    assert "滨江路9号" in office.one(rule="visit_plan_address").data["text"]
    clash = office.one(rule="visit_plan_clash")
    assert (clash.people, "2个" in clash.data["text"]) == ({"owner": "rep-1"}, True)


def finish(office: Office) -> None:
    office.until("2026-03-02 11:00")
    office.tell("visit.completed", "visit/v-1", summary="在设备科演示手柄，约定周五给分期方案", **PEOPLE)


def test_the_customer_gets_the_visits_details_with_the_question_whether_they_are_true(office: Office) -> None:
    finish(office)
    asked = office.one(rule="verify_with_customer")
    assert asked.people == {"customer": "con-3"}, "what the firm's SMS gateway needs to know"
    assert "在设备科演示手柄，约定周五给分期方案" in asked.data["text"]
    assert "是否属实" in asked.data["text"]
    office.until("2026-03-02 15:00")
    office.tell("visit.receipt", "visit/v-1", confirmed=True, reply="1")
    office.until("2026-03-06 11:00")
    assert office.heard() == [asked]
    assert office.standing("tag") == []


@pytest.mark.parametrize(("event", "says"), [("visit.denied", {}), ("visit.receipt", {"confirmed": False})])
def test_a_no_reaches_the_manager_and_the_visit_does_not_count_until_it_is_cleared(
    office: Office, event: str, says: dict[str, Any]
) -> None:
    finish(office)
    office.tell(event, "visit/v-1", reply="今天没有来过", **says)
    denied = office.one(rule="customer_denied_visit")
    assert denied.people == {"manager": "mgr-1"}
    assert "今天没有来过" in denied.data["text"]
    assert [it["data"]["tag"] for it in office.standing("tag")] == ["拜访存疑"]


def test_48_hours_without_a_word_leave_the_visit_unverified(office: Office) -> None:
    finish(office)
    office.until("2026-03-04 10:59")
    assert office.standing("tag") == []
    office.until("2026-03-04 11:01")
    marked = office.one(ACTION, rule="verify_with_customer", action="tag")
    assert marked.data["details"]["tag"] == "拜访未核实"
    assert office.heard(rule="verify_with_customer")[-1].people == {"owner": "rep-1"}
