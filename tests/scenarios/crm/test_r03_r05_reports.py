"""R3 and R5: the morning's report, the week's, and the pressure test with ten virtual opportunities."""

from datetime import UTC, datetime, timedelta

import pytest

from service.usecases.crm.make_reports import make_reports
from tests.support.crm import a_cloud_event
from tests.support.crm_story import Story

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # nine in the morning in China


def a_week(crm: Story) -> None:
    crm.go_to(MONDAY)
    crm.client.put(
        "/v1/people",
        json={"people": [{"id": rep, "name": rep, "role": "rep"} for rep in ("rep-1", "rep-2", "rep-3")]},
    )
    ends = [("rep-1", "won")] * 3 + [("rep-1", "lost")] + [("rep-2", "won"), ("rep-2", "lost")] * 2
    for i, (rep, verb) in enumerate(ends):
        crm.tell("opportunity.created", f"opportunity/o-{i}", owner_id=rep, stage="报价", amount=100 * i)
        crm.tell(f"opportunity.{verb}", f"opportunity/o-{i}", owner_id=rep, status=verb)
    crm.tell("opportunity.created", "opportunity/slow", owner_id="rep-2", stage="需求确认", amount=9_000)
    crm.pass_time(days=4)
    crm.tell("opportunity.updated", "opportunity/quick", owner_id="rep-1", stage="需求确认")
    crm.tell("opportunity.updated", "opportunity/quick", stage="方案设计")
    crm.tell("payment.received", "payment/p-1", opportunity_id="o-1", amount=100)


def test_the_daily_report_names_yesterdays_progress_and_what_stands_still(crm: Story) -> None:
    a_week(crm)
    report = crm.read("/v1/reports/daily?day=2026-03-06")
    assert [step["what"] for step in report["progress"]] == ["需求确认→方案设计", "回款"]
    assert all(step["event_id"].startswith("cev_") for step in report["progress"])
    assert [(it["opportunity_id"], it["days"]) for it in report["stalled"]] == [("slow", 4)]
    assert (report["usage"]["active"], report["usage"]["people"]) == (1, 3)
    assert report["usage"]["silent"] == ["rep-2", "rep-3"]
    assert crm.read("/v1/reports/daily")["day"] == "2026-03-05"


def test_the_weekly_report_ranks_conversion_and_says_who_is_silent(crm: Story) -> None:
    a_week(crm)
    report = crm.read("/v1/reports/weekly?week=2026-03-04")
    assert report["week"] == "2026-03-02"
    assert [(it["owner_id"], it["won"], it["ended"], it["rate"]) for it in report["ranking"]] == [
        ("rep-1", 3, 4, 0.75), ("rep-2", 2, 4, 0.5),
    ]  # fmt: skip
    assert all(len(it["because"]) == it["ended"] for it in report["ranking"])
    assert report["progress"] == {"回款": 1, "新商机": 9, "赢单": 5}
    assert report["usage"]["silent"] == ["rep-3"]
    assert crm.read("/v1/reports/weekly?week=2026-02-04")["ranking"] == []


def test_both_reports_say_how_complete_the_customers_are_and_over_how_many(crm: Story) -> None:
    a_week(crm)
    assert crm.read("/v1/reports/daily?day=2026-03-06")["usage"]["completeness"] is None, "no customer yet, no number"
    for i, known in enumerate((6, 6, 3)):
        filled = dict.fromkeys(("industry", "region", "contact", "phone", "owner_id", "source")[:known], "有")
        crm.tell("account.updated", f"account/a-{i}", **filled)
    for path in ("daily?day=2026-03-06", "weekly?week=2026-03-04"):
        usage = crm.read(f"/v1/reports/{path}")["usage"]
        assert (usage["completeness"], usage["completeness_n"]) == (pytest.approx(15 / 18, abs=1e-3), 3)
    crm.pass_time(days=1)
    make_reports(crm.api.services)
    told = [it.data["completeness"] for it in crm.told("report.ready")]
    assert told[-1] == pytest.approx(15 / 18, abs=1e-3), "and so says the robot's message"


def test_reports_are_told_of_once_when_they_are_due(crm: Story) -> None:
    a_week(crm)
    crm.go_to(datetime(2026, 3, 8, 23, 59, tzinfo=UTC))  # one minute before eight on Monday
    assert [make_reports(crm.api.services) for _ in range(2)] == [1, 0], "Saturday's, which an outage held back"
    crm.pass_time(minutes=1)
    assert [make_reports(crm.api.services) for _ in range(2)] == [2, 0]
    told = crm.told("report.ready")
    assert [(it.data["report"], it.data["of"]) for it in told] == [
        ("daily", "2026-03-07"), ("daily", "2026-03-08"), ("weekly", "2026-03-02"),
    ]  # fmt: skip
    for event in told:
        assert crm.read(event.data["link"])["events"] == event.data["events"]
    crm.pass_time(days=1)
    assert make_reports(crm.api.services) == 1


def test_nothing_is_told_of_a_time_before_the_first_event(crm: Story) -> None:
    crm.go_to(MONDAY)
    crm.tell("opportunity.created", "opportunity/o-1", owner_id="rep-1", stage="报价")
    assert make_reports(crm.api.services) == 0
    crm.pass_time(days=1)
    assert make_reports(crm.api.services) == 1


def test_days_and_hours_are_those_of_the_tenants_office(crm: Story) -> None:
    crm.go_to(datetime(2026, 3, 2, 4, 30, tzinfo=UTC))  # Monday half past noon in China, Sunday 20:30 in Los Angeles
    shipped = crm.read("/v1/content/office/standard")["text"]
    own = shipped.replace("Asia/Shanghai", "America/Los_Angeles").replace("holidays: china", "holidays: none")
    own = own.replace('daily: "08:00"', 'daily: "07:30"').replace("weekly_on: monday", "weekly_on: friday")
    put = crm.client.put("/v1/content/office/standard", json={"text": own, "author": "ops-1"})
    assert put.status_code == 200, put.text
    crm.tell("opportunity.created", "opportunity/o-1", owner_id="rep-1", stage="报价", amount=1)
    report = crm.read("/v1/reports/daily?day=2026-03-01")
    assert (report["zone"], report["events"]) == ("America/Los_Angeles", 1)
    assert crm.read("/v1/reports/daily?day=2026-03-02")["events"] == 0
    assert crm.read("/v1/reports/daily")["day"] == "2026-02-28"
    assert crm.read("/v1/reports/weekly")["week"] == "2026-02-16"
    assert crm.read("/v1/reports/weekly?week=2026-02-23")["events"] == 1, "Sunday there ends the week"

    crm.go_to(datetime(2026, 3, 2, 15, 29, tzinfo=UTC))
    assert make_reports(crm.api.services) == 0
    crm.pass_time(minutes=1)  # 07:30 on Monday in Los Angeles
    assert make_reports(crm.api.services) == 1
    crm.go_to(datetime(2026, 3, 6, 16, 0, tzinfo=UTC))  # 08:00 there on Friday
    assert make_reports(crm.api.services) == 2
    told = [(it.data["report"], it.data["of"]) for it in crm.told("report.ready")]
    assert told == [("daily", "2026-03-01"), ("daily", "2026-03-05"), ("weekly", "2026-02-23")]

    later = own.replace('daily: "07:30"', 'daily: "09:00"')
    assert crm.client.put("/v1/content/office/standard", json={"text": later, "author": "ops-1"}).status_code == 200
    crm.pass_time(hours=2)
    assert make_reports(crm.api.services) == 0, "a new hour is no second moment of the same day"


def test_what_is_told_names_deals_and_leads_to_page_and_pdf(crm: Story) -> None:
    a_week(crm)
    crm.go_to(datetime(2026, 3, 6, 0, 30, tzinfo=UTC))
    crm.tell("opportunity.created", "opportunity/slow-2", ago=timedelta(days=4), name="云杉储能二期", owner_id="rep-3",
             stage="报价", amount=880_000)  # fmt: skip
    crm.pass_time(hours=24)
    make_reports(crm.api.services)
    (told,) = (it.data for it in crm.told("report.ready") if it.data["of"] == "2026-03-06")
    assert told["links"]["page"] == "/console/reports/daily?day=2026-03-06"
    assert told["links"]["pdf"] == "/console/reports/daily.pdf?day=2026-03-06"
    assert [(it["deal"], it["days"], it["owner_id"]) for it in told["stalled_deals"]] == [
        ("云杉储能二期", 4, "rep-3"), ("slow", 4, "rep-2"),
    ]  # fmt: skip
    assert told["counts"] == [{"what": "需求确认→方案设计", "n": 1}, {"what": "回款", "n": 1}]
    assert [(it["what"], it["deal"]) for it in told["progress"]] == [("需求确认→方案设计", "quick"), ("回款", "o-1")]


def test_ten_virtual_opportunities_show_who_skips_and_who_writes_other(crm: Story) -> None:
    events = []
    for i in range(10):
        rep = f"rep-{i % 2}"
        at = crm.now - timedelta(hours=5)
        subject = f"opportunity/virtual-{i}"
        events.append(a_cloud_event("opportunity.created", subject, at, {"stage": "产品选型", "owner_id": rep}))
        # rep-1 jumps straight to the contract in three of its five, and evades the reason in two.
        if rep == "rep-1" and i < 7:
            jump = {"stage": "合同谈判", "loss_reason": "其他" if i < 4 else "价格"}
            events.append(a_cloud_event("opportunity.updated", subject, at + timedelta(hours=1), jump))
        else:
            events.append(a_cloud_event("opportunity.updated", subject, at + timedelta(hours=1), {"stage": "院内准入"}))
    before = len(crm.api.database.state.crm_events)
    answer = crm.client.post("/v1/processes/hospital_admission/pressure-test", json={"events": events})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["opportunities"] == 10
    (person,) = found["people"]
    assert person["person"] == "rep-1"
    assert [(skip["opportunity_id"], skip["stage"]) for skip in person["skips"]] == [
        (f"virtual-{i}", "contract") for i in (1, 3, 5)
    ]
    assert [(it["opportunity_id"], it["field"]) for it in person["others"]] == [
        ("virtual-1", "loss_reason"), ("virtual-3", "loss_reason"),
    ]  # fmt: skip
    assert {it["name"]: it["n"] for it in found["skipped_nodes"]}["trial_form"] == 3
    assert found["evaded_fields"] == [{"name": "loss_reason", "n": 2}]
    assert len(crm.api.database.state.crm_events) == before


def test_a_pressure_test_says_which_event_is_none(crm: Story) -> None:
    bad = crm.client.post("/v1/processes/hospital_admission/pressure-test", json={"events": [{"id": "x"}]})
    assert (bad.status_code, bad.json()["at"]) == (422, 0)
    assert crm.client.post("/v1/processes/nowhere/pressure-test", json={"events": [{}]}).status_code == 404
