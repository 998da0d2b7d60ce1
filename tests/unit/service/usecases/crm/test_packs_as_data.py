"""R3, R5 and P19 as data: a line changed in the tenant's own pack changes what reports, test and loop say."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.domain.delivery.report_lines import lines_of
from service.usecases.crm.make_reports import make_reports
from tests.support.api import make_api
from tests.support.crm import a_cloud_event
from tests.support.crm_story import Story
from tests.support.shelf import shipped_content

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
REPORTS, LOOP = "reports/daily_weekly", "closed_loops/payment_closed_loop"
PRESSURE = "/v1/processes/hospital_admission/pressure-test"


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Story]:
    api = make_api(tmp_path, shipped_content())
    yield Story(api)
    for client in api.clients:
        client.close()


def change(crm: Story, path: str, *changes: tuple[str, str]) -> None:
    """The tenant's own version of a pack, without the cases that would no longer hold."""
    text = crm.read(f"/v1/content/{path}")["text"].partition("\nexamples:")[0] + "\n"
    for was, now in changes:
        assert was in text
        text = text.replace(was, now)
    put = crm.client.put(f"/v1/content/{path}", json={"text": text, "author": "ops-1"})
    assert put.status_code == 200, put.text


def a_day(crm: Story) -> None:
    crm.go_to(MONDAY)
    crm.client.put("/v1/people", json={"people": [{"id": "rep-1", "name": "邹远", "role": "rep"}]})
    crm.tell("opportunity.created", "opportunity/slow", owner_id="rep-1", stage="报价", amount=9_000)
    crm.pass_time(days=2, hours=1)
    crm.tell("payment.recorded", "payment/p-1", opportunity_id="quick", amount=100)


def test_a_report_shows_the_sections_of_its_card_in_their_order_with_their_words(crm: Story) -> None:
    a_day(crm)
    shipped = crm.read("/v1/reports/daily?day=2026-03-04")
    assert [it["id"] for it in shipped["sections"]] == ["progress", "stalled", "usage"]
    assert [step["what"] for step in shipped["progress"]] == ["回款"]
    assert shipped["stalled"] == []
    change(
        crm, REPORTS, ("daily: [progress, stalled, usage]", "daily: [stalled, progress]"), ("after: 3d", "after: 48h"),
        ("title: 超过三天没有动静", "title: 两天没人理的商机"), ("says: 回款", "says: 钱到了"),
    )  # fmt: skip
    own = crm.read("/v1/reports/daily?day=2026-03-04")
    assert own["sections"] == [{"id": "stalled", "title": "两天没人理的商机"}, {"id": "progress", "title": "关键进展"}]
    assert [step["what"] for step in own["progress"]] == ["钱到了"]
    assert [(it["opportunity_id"], it["days"]) for it in own["stalled"]] == [("slow", 2)]
    assert own["usage"] == {"active": 0, "people": 0, "silent": [], "completeness": None, "completeness_n": 0}
    assert crm.read("/v1/reports/weekly?week=2026-03-02")["sections"][0]["id"] == "ranking"


def test_how_many_lines_are_shown_and_told_and_who_counts_as_silent_is_in_the_card(crm: Story) -> None:
    a_day(crm)
    people = [{"id": f"se-{i}", "name": f"售前{i}", "role": "trainer", "team": "西南"} for i in range(3)]
    put = crm.client.put("/v1/people", json={"people": people})
    assert put.status_code == 200, put.text
    assert crm.read("/v1/reports/daily?day=2026-03-04")["usage"]["silent"] == ["rep-1"]
    change(crm, REPORTS, ("roles: [rep]", "roles: [rep, trainer]"), ("told: 5", "told: 2"))
    assert crm.read("/v1/reports/daily?day=2026-03-04")["usage"]["silent"] == ["rep-1", "se-0", "se-1", "se-2"]
    crm.pass_time(days=1)
    make_reports(crm.api.services)
    (told,) = [it.data for it in crm.told("report.ready") if it.data["of"] == "2026-03-04"]
    assert (told["silent"], told["silent_n"]) == (["rep-1", "se-0"], 4)
    assert [it["id"] for it in told["sections"]] == ["progress", "stalled", "usage"]
    change(crm, REPORTS, ("shown: 200", "shown: 1"))
    assert crm.read("/v1/reports/daily?day=2026-03-04")["usage"]["silent"] == ["rep-1"]


def test_from_how_many_deals_on_there_is_a_rate_is_in_the_card_and_said_in_the_message(crm: Story) -> None:
    crm.go_to(MONDAY)
    for number in range(4):
        crm.tell("opportunity.won", f"opportunity/o-{number}", owner_id="rep-1", status="won")
    assert crm.read("/v1/reports/weekly?week=2026-03-02")["ranking"][0]["rate"] == 1.0
    change(crm, REPORTS, ("at_least: 3", "at_least: 5"))
    weekly = crm.read("/v1/reports/weekly?week=2026-03-02")
    assert (weekly["ranking"][0]["rate"], weekly["at_least"]) == (None, 5)
    crm.pass_time(days=7)
    make_reports(crm.api.services)
    (told,) = [it.data for it in crm.told("report.ready") if it.data["report"] == "weekly"]
    assert lines_of(told, {"rep-1": "邹远"})[0] == "第1名 邹远：赢4单，结束4单，不足5单"


def test_without_a_card_in_use_there_is_no_report_and_nobody_is_told_of_one(crm: Story) -> None:
    a_day(crm)
    change(crm, REPORTS, ("status: active", "status: deprecated"))
    for path in ("daily", "weekly"):
        answer = crm.client.get(f"/v1/reports/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "no_report_card")
    crm.pass_time(days=8)
    assert make_reports(crm.api.services) == 0


@pytest.mark.parametrize(
    ("changes", "amount", "closes"),
    [
        ((), 360_000, None),
        ((("share: 1.0", "share: 0.9"),), 360_000, ("成交闭环", 360_000, {"rep-1": 360_000})),
        ((("share: 1.0", "share: 0.9"), ("base: paid", "base: owed")), 360_000,
         ("成交闭环", 400_000, {"rep-1": 400_000})),
        ((("becomes: 成交闭环", "becomes: 已结清"), ("without_attribution: owner", "without_attribution: nobody")),
         400_000, ("已结清", 400_000, {})),
        ((("owed_field: amount", "owed_field: net_amount"),), 300_000, ("成交闭环", 300_000, {"rep-1": 300_000})),
        ((("status: active", "status: deprecated"),), 400_000, None),
    ],
)  # fmt: skip
def test_a_loop_closes_as_its_card_says(
    crm: Story, changes: tuple[tuple[str, str], ...], amount: int, closes: tuple[str, int, dict[str, int]] | None
) -> None:
    change(crm, LOOP, *changes)
    crm.tell("opportunity.won", "opportunity/o-1", amount=400_000, net_amount=300_000, owner_id="rep-1")
    paid = crm.tell("payment.received", "payment/p-1", opportunity_id="o-1", amount=amount)
    told = [it.data for it in crm.told("payment.closed_loop")]
    if closes is None:
        assert told == []
        return
    (data,) = told
    assert (data["status"], data["commission"]["base"], data["commission"]["amounts"]) == closes
    assert data["because"] == [paid["id"]]


def test_the_ten_that_ship_are_played_where_no_events_are_sent(crm: Story) -> None:
    found = crm.client.post(PRESSURE, json={}).json()
    assert (found["card"], found["opportunities"], found["is_enough"]) == ("hospital_pressure", 10, True)
    assert [(it["person"], len(it["skips"]), len(it["others"])) for it in found["people"]] == [
        ("rep_b", 3, 1), ("rep_d", 1, 0), ("rep_c", 0, 3),
    ]  # fmt: skip
    assert crm.api.database.state.crm_events == {}
    own = crm.read("/v1/content/processes/hospital_admission")["text"].partition("\nexamples:")[0]
    relaxed = own.replace("count: 2", "count: 1") + "\n"
    put = crm.client.put("/v1/content/processes/hospital_admission", json={"text": relaxed, "author": "ops-1"})
    assert put.status_code == 200, put.text
    changed = crm.client.post(PRESSURE, json={}).json()
    assert [it["person"] for it in changed["people"]] == ["rep_b", "rep_c"], "one report is enough now: nobody skips it"


def test_a_process_without_virtual_deals_says_so_and_plays_what_is_sent_by_the_same_words(crm: Story) -> None:
    path = "/v1/processes/made_to_order/pressure-test"
    empty = crm.client.post(path, json={})
    assert (empty.status_code, empty.json()["code"]) == (409, "no_virtual_deals")
    event = a_cloud_event("opportunity.updated", "opportunity/v", crm.now, {"owner_id": "rep-1", "loss_reason": "待定"})
    assert crm.client.post(path, json={"events": [event]}).json()["evaded_fields"] == [{"name": "loss_reason", "n": 1}]
    change(crm, "pressure_tests/hospital_pressure", ("status: active", "status: deprecated"))
    gone = crm.client.post(path, json={"events": [event]})
    assert (gone.status_code, gone.json()["code"]) == (409, "no_pressure_card")


def test_a_pack_whose_cases_do_not_hold_is_refused_over_http_with_the_line(crm: Story) -> None:
    shipped = crm.read(f"/v1/content/{REPORTS}")["text"]
    text = shipped.replace("after: 3d", "after: 2d").replace("stalled_days: [4]", "stalled_days: [5]")
    answer = crm.client.put(f"/v1/content/{REPORTS}", json={"text": text, "author": "ops-1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "content_invalid")
    checked = crm.client.post("/v1/content/check", json={"kind": "reports", "text": text}).json()
    assert checked["valid"] is False
    wrong = next(fault for fault in checked["faults"] if "stalled_days" in fault)
    assert "it is [4], not [5]" in wrong
    assert "stalled_days: [5]" in text.splitlines()[int(wrong.split(":")[1]) - 1]
    assert any("stays_silent.0" in fault and "has something to say" in fault for fault in checked["faults"])


def test_who_only_moves_a_threshold_of_a_shipped_pack_need_not_write_its_cases_anew(crm: Story) -> None:
    text = crm.read(f"/v1/content/{REPORTS}")["text"].replace("after: 3d", "after: 2d")
    assert crm.client.put(f"/v1/content/{REPORTS}", json={"text": text, "author": "ops-1"}).status_code == 200
