"""P8: a sample request passes three hands in 2, 4 and 1 working hours; who is late is reported, never to the boss."""

from typing import Any

from tests.support.crm_office import ACTION, Office

REQUEST = "request/r-1"
RULES = ("sample_tech_answer", "sample_logistics_start", "sample_sales_confirm")
PEOPLE: dict[str, Any] = {
    "owner_id": "rep-1",
    "manager_id": "mgr-1",
    "director_id": "dir-1",
    "process_owner_id": "po-1",
}


def ask(office: Office) -> None:
    office.tell("request.created", REQUEST, request_type="sample", name="手柄样机", **PEOPLE)


def told(office: Office) -> list[str]:
    return [it.roles[0] for it in office.heard() if it.data["rule"] in RULES]


def test_three_hands_in_time_and_nobody_is_reported(office: Office) -> None:
    ask(office)
    assert (
        office.one(rule="sample_tech_answer").data["text"] == "样品请求“手柄样机”请在2小时内答复：能提供，还是缺什么。"
    )
    office.until("2026-03-02 10:59")
    office.tell("request.updated", REQUEST, tech_answer="provided")
    office.until("2026-03-02 14:58")
    office.tell("request.updated", REQUEST, logistics_started_at="2026-03-02 14:58")
    office.until("2026-03-02 15:57")
    office.tell("request.updated", REQUEST, sales_confirmed_at="2026-03-02 15:57")
    office.until("2026-03-04 18:00")
    assert told(office) == ["tech", "logistics", "owner"]
    closed = [it.data["state"] for it in office.heard("alert.closed") if it.data["rule"] in RULES]
    assert closed == ["acted"] * 3


def test_each_hand_that_is_late_reaches_the_process_owner_and_not_the_boss(office: Office) -> None:
    ask(office)
    office.until("2026-03-02 10:59")
    assert told(office) == ["tech"]
    office.until("2026-03-02 11:01")
    assert told(office)[1:] == ["process_owner"]
    office.tell("request.updated", REQUEST, tech_answer="provided")
    office.until("2026-03-02 15:00")
    assert told(office)[2:] == ["logistics"]
    office.until("2026-03-02 15:02")
    assert told(office)[3:] == ["process_owner"]
    office.tell("request.updated", REQUEST, logistics_started_at="2026-03-02 15:02")
    office.until("2026-03-02 16:01")
    assert told(office)[4:] == ["owner"]
    office.until("2026-03-02 16:04")
    assert told(office)[5:] == ["process_owner"]
    overdue = [it for it in office.heard() if it.roles == ["process_owner"]]
    assert {it.people["process_owner"] for it in overdue} == {"po-1"}


def test_what_is_missing_is_an_answer_and_starts_nobody_else(office: Office) -> None:
    ask(office)
    office.tell("request.updated", REQUEST, tech_answer="缺客户接口图")
    office.until("2026-03-03 18:00")
    assert told(office) == ["tech"]


def test_a_request_of_friday_evening_is_overdue_on_monday_morning(office: Office) -> None:
    office.until("2026-03-06 17:30")
    ask(office)
    office.until("2026-03-09 10:29")
    assert told(office) == ["tech"]
    office.until("2026-03-09 10:31")
    assert told(office) == ["tech", "process_owner"]


def test_three_ratings_below_three_stars_put_a_team_on_the_improvement_list(office: Office) -> None:
    for number, stars in enumerate((2, 5, 1, 3), 1):
        office.tell("request.rated", f"request/r-{number}", team="物流", stars=stars, **PEOPLE)
        office.until(f"2026-03-{2 + number:02} 09:00")
    assert office.standing("tag") == [], "two of four, and three stars are not fewer than three"
    office.tell("request.rated", "request/r-5", team="物流", stars=2, **PEOPLE)

    (listed,) = office.standing("tag")
    assert (listed["subject"], listed["data"]["tag"]) == ({"kind": "team", "id": "物流"}, "协同改进清单")
    assert office.one(ACTION, rule="low_cooperation_ratings", action="tag").data["details"]["action"]
    assert office.one(rule="low_cooperation_ratings").roles == ["process_owner"]
