"""The daily and the weekly report: who reads what of whom, and that the day on the page is the day in the numbers."""

from datetime import timedelta

import pytest

from tests.support.builders import OTHER_TENANT
from tests.support.console import ConsoleApi
from tests.support.crm import a_cloud_event
from tests.support.pdf import pages_of


def tell(console: ConsoleApi, kind: str, subject: str, **data: object) -> str:
    event = a_cloud_event(kind, subject, console.api.clock.now(), data)
    assert console.api.client().post("/v1/events", json=event).status_code == 202
    return str(event["id"])


def a_day(console: ConsoleApi) -> str:
    """Two teams win one each today, and one deal of each has been silent for five days; the day as a query."""
    for rep, account in (("rep_lin", "acc_1"), ("rep_wu", "acc_3")):
        deal = {"owner_id": rep, "account_id": account, "stage": "报价", "amount": 880_000}
        tell(console, "opportunity.created", f"opportunity/old-{rep}", name=f"{rep}的旧单", **deal)
    console.api.clock.forward(days=5)
    for rep, account in (("rep_lin", "acc_1"), ("rep_wu", "acc_3")):
        tell(console, "opportunity.created", f"opportunity/new-{rep}", name=f"{rep}的新单", owner_id=rep,
             account_id=account, stage="报价")  # fmt: skip
        # The event itself names nobody: whose it is follows from its opportunity.
        tell(console, "payment.received", f"payment/p-{rep}", opportunity_id=f"new-{rep}", amount=1_000)
        tell(console, "opportunity.won", f"opportunity/new-{rep}", status="won")
    return f"day={console.api.clock.now():%Y-%m-%d}"


@pytest.mark.parametrize("kind", ["daily", "weekly"])
@pytest.mark.parametrize(
    ("person", "seen"),
    [("mgr_he", {"rep_lin"}), ("mgr_tan", {"rep_wu"}), ("exe_gu", {"rep_lin", "rep_wu"})],
)
def test_a_report_tells_of_the_viewers_own_people(console: ConsoleApi, kind: str, person: str, seen: set[str]) -> None:
    day = a_day(console)
    page = console.enter(person).get(f"/reports/{kind}?{day}").text
    for rep in ("rep_lin", "rep_wu"):
        assert (f"{rep}的旧单" in page) is (rep in seen), "what stands still"
        if kind == "daily":
            assert (f"{rep}的新单" in page) is (rep in seen), "what went on"
    assert ("林晓岚" in page) is ("rep_lin" in seen)
    assert ("吴思远" in page) is ("rep_wu" in seen)


def test_the_numbers_count_only_what_may_be_seen(console: ConsoleApi) -> None:
    day = a_day(console)
    for person, events, steps in (("mgr_he", 3, 3), ("exe_gu", 6, 6)):
        page = console.enter(person).get(f"/reports/daily?{day}").text
        assert f"<b>{events}</b><span>记录条数" in page
        assert f"<b>{steps}</b><span>关键进展" in page
    assert "payment.received" not in page
    assert "回款" in page
    assert "880,000" in page


def test_every_line_names_its_record(console: ConsoleApi) -> None:
    day = a_day(console)
    stored = [event.id for event in console.api.database.state.crm_events.values()]
    page = console.enter("exe_gu").get(f"/reports/daily?{day}").text
    assert sum(f'title="{event_id}"' in page for event_id in stored) == len(stored)
    assert page.count('title="cev_') == 8, "six steps and two deals that stand still"


def test_reports_are_not_for_reps_nor_for_guests_nor_for_other_tenants(console: ConsoleApi) -> None:
    day = a_day(console)
    rep, guest = console.enter("rep_lin"), console.browser()
    foreign = console.enter("mgr_foreign", OTHER_TENANT)
    assert "/reports" not in rep.get("/visits").text
    for kind in ("daily", "weekly"):
        assert rep.get(f"/reports/{kind}?{day}").status_code == 403
        assert guest.get(f"/reports/{kind}").headers["location"].startswith("/console/sign-in")
        page = foreign.get(f"/reports/{kind}?{day}").text
        assert "rep_lin" not in page
        assert "没有停滞的商机" in page


def test_the_way_from_one_report_to_the_next(console: ConsoleApi) -> None:
    manager = console.enter("mgr_he")
    today = console.api.clock.now().date()
    assert manager.get("/reports").headers["location"] == "/console/reports/daily"
    yesterday = manager.get("/reports/daily").text
    assert f"<strong>{today - timedelta(days=1)}</strong>" in yesterday
    assert f"?day={today - timedelta(days=2)}" in yesterday
    assert "还没过完" not in yesterday
    now = manager.get(f"/reports/daily?day={today}").text
    assert "还没过完" in now
    assert f"?day={today + timedelta(days=1)}" not in now, "nobody reads of tomorrow"
    monday = today - timedelta(days=today.weekday())
    week = manager.get(f"/reports/weekly?day={today}").text
    assert f"<strong>{monday}</strong>" in week, "a week begins on its Monday, whatever day is asked for"


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "9999-12-31", "0001-01-01", ""])
@pytest.mark.parametrize("kind", ["daily", "weekly"])
def test_a_day_that_is_none_gets_an_answer_and_no_failure(console: ConsoleApi, kind: str, day: str) -> None:
    assert console.enter("mgr_he").get(f"/reports/{kind}?day={day}").status_code == 422


def test_names_from_the_crm_are_text_and_no_markup(console: ConsoleApi) -> None:
    tell(console, "opportunity.created", "opportunity/x", name="<script>alert(1)</script>", owner_id="rep_lin",
         account_id="a?b")  # fmt: skip
    page = console.enter("mgr_he").get(f"/reports/daily?day={console.api.clock.now():%Y-%m-%d}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "/accounts/a" not in page, "nobody has visited it, so it has no page to lead to"


@pytest.mark.parametrize("kind", ["daily", "weekly"])
@pytest.mark.parametrize(
    ("person", "seen"),
    [("mgr_he", {"rep_lin"}), ("exe_gu", {"rep_lin", "rep_wu"})],
)
def test_the_pdf_holds_what_the_page_holds(console: ConsoleApi, kind: str, person: str, seen: set[str]) -> None:
    day = a_day(console)
    browser = console.enter(person)
    assert f'href="/console/reports/{kind}.pdf?day=' in browser.get(f"/reports/{kind}?{day}").text
    answer = browser.get(f"/reports/{kind}.pdf?{day}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"].startswith(f'inline; filename="{kind}-20')
    text = "".join(pages_of(answer.content))
    assert ("日报" if kind == "daily" else "周报") in text
    assert "Asia/Shanghai" in text
    for rep, name in (("rep_lin", "林晓岚"), ("rep_wu", "吴思远")):
        assert (f"{rep}的旧单" in text) is (rep in seen), "what stands still"
        assert (name in text) is (rep in seen)
        if kind == "daily":
            assert (f"{rep}的新单" in text) is (rep in seen), "what went on"
    assert "880,000" in text
    assert "赢单" in text


def test_the_pdf_is_not_for_reps_nor_for_guests_nor_of_a_day_that_is_none(console: ConsoleApi) -> None:
    rep, guest, manager = console.enter("rep_lin"), console.browser(), console.enter("mgr_he")
    for kind in ("daily", "weekly"):
        assert rep.get(f"/reports/{kind}.pdf").status_code == 403
        assert guest.get(f"/reports/{kind}.pdf").headers["location"].startswith("/console/sign-in")
        assert manager.get(f"/reports/{kind}.pdf?day=2026-02-30").status_code == 422
        assert "没有停滞的商机" in "".join(pages_of(manager.get(f"/reports/{kind}.pdf").content))


def test_long_reports_go_on_over_pages_and_odd_names_are_words(console: ConsoleApi) -> None:
    odd = ("<b>粗体</b> & <font size=99>", "字" * 4_000, "\u202e反着\u0007写 ]]>", "</para><para>")
    for number in range(60):
        tell(console, "opportunity.created", f"opportunity/x-{number}", name=odd[number % 4], owner_id="rep_lin",
             stage="报价")  # fmt: skip
    pages = pages_of(console.enter("mgr_he").get(f"/reports/daily.pdf?day={console.api.clock.now():%Y-%m-%d}").content)
    assert len(pages) > 2
    text = "".join(pages)
    assert text.count("新商机") == 60
    assert "<b>粗体</b>&<fontsize=99>" in text
    assert "</para><para>" in text
    assert all("进展" in page for page in pages[:2]), "the table's head stands on each page"


def test_the_day_on_the_page_is_the_offices_day(console: ConsoleApi) -> None:
    client = console.api.client()
    shipped = client.get("/v1/content/office/standard").json()["text"]
    own = shipped.replace("Asia/Shanghai", "Pacific/Kiritimati").replace("holidays: china", "holidays: none")
    assert client.put("/v1/content/office/standard", json={"text": own, "author": "ops"}).status_code == 200
    now = console.api.clock.now()
    tell(console, "opportunity.created", "opportunity/x", name="远岛一号", owner_id="rep_lin", stage="报价")
    here = (now + timedelta(hours=14)).replace(tzinfo=None)
    page = console.enter("mgr_he").get(f"/reports/daily?day={here:%Y-%m-%d}").text
    assert "远岛一号" in page
    assert f"{here:%m-%d %H:%M}" in page
    assert "Pacific/Kiritimati" in page
    yesterday = console.enter("mgr_he").get("/reports/daily").text
    assert f"<strong>{here.date() - timedelta(days=1)}</strong>" in yesterday


def test_the_weekly_report_says_which_days_it_covers(console: ConsoleApi) -> None:
    assert "2026-03-02 至 2026-03-08" in console.enter("exe_gu").get("/reports/weekly?day=2026-03-05").text


def test_who_leads_is_not_silent_for_leaving_no_events(console: ConsoleApi) -> None:
    day = a_day(console)
    page = console.enter("exe_gu").get(f"/reports/daily?{day}").text
    silent = page.partition('id="silent"')[2].partition("</section>")[0]
    assert "周启明" in silent
    for name in ("林晓岚", "何曼", "谭国栋", "顾岩"):
        assert name not in silent
