"""Weekly plans beside what was done: who sees whose week, what it tells, and what it leaves open."""

import re
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from service.usecases.console.view_plan import view_plan, view_team_plans
from tests.contract.console.test_both_languages import read
from tests.contract.console.test_hostile_names import NAMES
from tests.support.builders import OTHER_TENANT, TENANT, a_visit, an_id
from tests.support.console import EAST, SOUTH, VISIT_OF, Browser, ConsoleApi
from tests.support.crm import a_cloud_event
from tests.support.fakes import NOON

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY, NOW = date(2026, 3, 2), NOON + 2 * DAY
OWN, TEAM = "/reps/rep_lin/plan", f"/teams/{EAST}/plans"
ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
TILE = re.compile(r'<div class="tile"><b>(.*?)</b><span>(.*?)</span>')


@pytest.fixture
def console(console: ConsoleApi) -> ConsoleApi:
    """On a Wednesday at noon: a week has something behind it and something ahead."""
    console.api.clock.at = NOW
    return console


def tell(console: ConsoleApi, event_type: str, subject: str, at: datetime = NOW - DAY, **data: Any) -> None:
    event = a_cloud_event(event_type, subject, at, data)
    assert console.api.client().post("/v1/events", json=event).status_code == 202


def plan(console: ConsoleApi, number: int, due: datetime, *, rep: str = "rep_lin", **data: Any) -> None:
    tell(console, "task.planned", f"task/t-{number}", owner_id=rep, due_at=due.isoformat(), **data)


def a_week(console: ConsoleApi) -> None:
    """Lin's: one done in time, one late, one missed, one ahead, one of next week; at acc_1 she has been on Tuesday."""
    tell(console, "account.created", "account/acc_1", name="骆驼医院")
    plan(console, 1, NOW - 2 * HOUR, action="deep_visit", account_id="acc_1", product="储能柜", title="带样机去")
    plan(console, 2, NOW - 20 * HOUR, action="deep_visit", account_id="acc_8", product="手柄")
    plan(console, 3, NOW - 3 * HOUR, action="first_contact", account_id="acc_9")
    plan(console, 4, NOW + DAY, action="site_survey")
    plan(console, 5, NOW + 7 * DAY, action="joint_action", account_id="acc_next")
    tell(console, "task.done", "task/t-1", NOW - 4 * HOUR)
    tell(console, "task.done", "task/t-2", NOW - HOUR)
    with console.api.services.uow() as tx:
        tx.visits.add(a_visit(10, account_id="acc_1", visited_at=NOW - DAY))


def rows(page: str, section: str) -> list[str]:
    body = page.split(f'aria-labelledby="{section}"')[1].split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    return [" ".join(read(unescape(row)).found) for row in ROW.findall(body)]


def tiles(page: str) -> dict[str, str]:
    return {name: value for value, name in TILE.findall(page)}


def in_english(browser: Browser, path: str) -> str:
    assert browser.post("/language", {"to": "en", "back": f"/console{path}"}).status_code == 303
    return str(browser.get(path).text)


@pytest.mark.parametrize(
    ("person", "weeks", "teams"),
    [
        ("rep_lin", {"rep_lin"}, set()),
        ("rep_wu", {"rep_wu"}, set()),
        ("mgr_he", {"rep_lin", "rep_zhou"}, {EAST}),
        ("mgr_tan", {"rep_wu"}, {SOUTH}),
        ("exe_gu", {"rep_lin", "rep_zhou", "rep_wu"}, {EAST, SOUTH}),
    ],
)
def test_a_week_is_its_reps_and_their_leaders(
    console: ConsoleApi, person: str, weeks: set[str], teams: set[str]
) -> None:
    browser = console.enter(person)
    found = {rep: browser.get(f"/reps/{rep}/plan").status_code for rep in VISIT_OF}
    assert found == {rep: 200 if rep in weeks else 404 for rep in VISIT_OF}
    found = {team: browser.get(f"/teams/{team}/plans").status_code for team in (EAST, SOUTH)}
    assert found == {team: 200 if team in teams else 404 for team in (EAST, SOUTH)}


def test_a_foreign_week_answers_like_one_that_never_was(console: ConsoleApi) -> None:
    a_week(console)
    stranger, manager = console.enter("mgr_foreign", OTHER_TENANT), console.enter("mgr_tan")
    for browser in (stranger, manager):
        pages = [browser.get(path).text.split("<main")[1].split("req_")[0]
                 for path in (OWN, "/reps/nobody/plan", "/teams/nowhere/plans")]  # fmt: skip
        assert len(set(pages)) == 1
    assert stranger.get(OWN).status_code == 404
    assert console.enter("exe_gu").get("/reps/nobody/plan").status_code == 404, "an id that nobody works under"
    same_name = stranger.get(TEAM)
    assert same_name.status_code == 200, "their own team of the same name"
    assert "林晓岚" not in same_name.text
    assert "这个团队没有销售" in same_name.text


def test_whoever_is_signed_out_is_led_to_the_door(console: ConsoleApi) -> None:
    for path in (OWN, TEAM):
        answer = console.browser().get(path)
        assert (answer.status_code, "/sign-in" in answer.headers["location"]) == (303, True)


def test_a_week_shows_each_task_as_it_stands_with_whom_for_and_the_visits_there(console: ConsoleApi) -> None:
    a_week(console)
    page = console.enter("rep_lin").get(OWN).text
    assert tiles(page) == {"计划": "4", "完成": "2", "到期完成": "2 / 3", "已拜访": "1"}
    late, missed, done, ahead = rows(page, "tasks")
    assert all(words in done for words in ("重点客户深度拜访", "带样机去", "骆驼医院", "储能柜", "按时完成", "03-04"))
    assert all(words in late for words in ("acc_8", "手柄", "晚完成"))
    assert all(words in missed for words in ("潜力客户初步接触", "acc_9", "到期未做"))
    assert all(words in ahead for words in ("site_survey", "未到期")), "an action no quota counts, in the CRM's word"
    assert "acc_next" not in page, "next week's"
    body = page.split('id="tasks"')[1]
    assert f'href="/console/visits/{an_id("vis", 10)}"' in body
    assert body.count('href="/console/accounts/acc_1"') == 2, "of the task, and of the visit"
    assert 'href="/console/accounts/acc_8"' not in page, "it has no page: nobody has been there"
    assert rows(page, "quotas") == [
        "重点客户深度拜访 3 2 2 1",
        "潜力客户初步接触 5 1 0 4",
        "跨部门协同 2 0 0 2",
    ]


def test_it_tells_the_figures_that_the_api_tells(console: ConsoleApi) -> None:
    a_week(console)
    told = console.api.client().get("/v1/reps/rep_lin/plan").json()
    page = console.enter("mgr_he").get(OWN).text
    by_hour = page.split("按小时看完成情况")[1].split("<tbody>")[1].split("</tbody>")[0]
    shown = [tuple(map(int, re.findall(r'number">(\d+)<', row))) for row in ROW.findall(by_hour)]
    assert shown == [(point["due"], point["done"]) for point in told["attainment"]]
    assert len(shown) >= 3
    assert [f"{it['at_least']} {it['planned']} {it['done']} {it['missing']}" for it in told["quotas"]] == [
        row.split(" ", 1)[1] for row in rows(page, "quotas")
    ]


def test_visits_are_those_made_in_the_week_in_the_plan_or_not(console: ConsoleApi) -> None:
    a_week(console)
    with console.api.services.uow() as tx:
        tx.visits.add(a_visit(11, account_id="acc_unplanned", visited_at=NOW - 2 * HOUR))
        tx.visits.add(a_visit(12, account_id="acc_later", visited_at=NOW + HOUR))
        tx.visits.add(a_visit(13, account_id="acc_before", visited_at=NOW - 3 * DAY))
    page = console.enter("rep_lin").get(OWN).text
    made = page.split('id="made"')[1]
    assert re.findall(r'class="chip">(.*?)<', made) == ["计划内客户", "计划外客户"]
    assert "acc_unplanned" in made
    assert "acc_later" not in made, "entered for later, not made"
    assert "acc_before" not in made, "last week's"
    assert tiles(page)["已拜访"] == "2"


def test_an_empty_week_says_so_and_still_what_is_asked_for(console: ConsoleApi) -> None:
    a_week(console)
    page = console.enter("rep_lin").get(f"{OWN}?week=2026-02-18").text
    assert "这一周没有计划" in page
    assert "这一周没有拜访记录" in page
    assert tiles(page) == {"计划": "0", "完成": "0", "到期完成": "—", "已拜访": "0"}
    assert rows(page, "quotas")[0] == "重点客户深度拜访 3 0 0 3"
    assert "按小时看完成情况" not in page


def test_weeks_lead_to_their_neighbours_as_far_ahead_as_can_be_planned(console: ConsoleApi) -> None:
    a_week(console)
    browser = console.enter("rep_lin")
    page = browser.get(OWN).text
    assert all(f"{OWN}?week={day}" in page for day in ("2026-02-23", "2026-03-09"))
    assert "2026-03-02 至 2026-03-08 · 本周" in page
    coming = browser.get(f"{OWN}?week=2026-03-11").text
    assert "acc_next" in coming, "planned ahead"
    assert f'href="/console{OWN}"' in coming, "and back to this week"
    last = browser.get(f"{OWN}?week=2026-04-06").text
    assert f"{OWN}?week=2026-03-30" in last
    assert "week=2026-04-13" not in last
    for nonsense in ("soon", "2026-02-30", "1999-12-31", "2100-01-01"):
        assert browser.get(f"{OWN}?week={nonsense}").status_code == 422


def test_a_manager_sees_who_planned_who_did_not_and_planned_against_done(console: ConsoleApi) -> None:
    a_week(console)
    page = console.enter("mgr_he").get(TEAM).text
    assert tiles(page) == {"排了计划的人": "1 / 2", "计划": "4", "完成": "2", "到期完成": "2 / 3", "已拜访": "1"}
    unplanned = page.split('id="unplanned"')[1].split("</section>")[0]
    assert "周启明" in unplanned
    assert "林晓岚" not in unplanned
    zhou, lin = rows(page, "plans")
    assert zhou.startswith("周启明 没有计划 0 0 —")
    assert lin == "林晓岚 还差 7 件 4 2 2 / 3 2 / 2 / 3 0 / 1 / 5 0 / 0 / 2 1"
    assert f'href="/console{OWN}?week={MONDAY}"' in page, "a name opens the same week"
    assert f'href="/console{OWN}?week={MONDAY}#made"' in page, "and the visits behind the number"
    assert "吴思远" not in page


def test_who_planned_all_that_is_asked_for_is_told_so(console: ConsoleApi) -> None:
    asked = [("deep_visit", 3), ("first_contact", 5), ("joint_action", 2)]
    actions = [action for action, times in asked for _ in range(times)]
    for number, action in enumerate(actions):
        plan(console, number, NOW + DAY, action=action)
        plan(console, 20 + number, NOW + DAY, action=action, rep="rep_zhou")
    page = console.enter("mgr_he").get(TEAM).text
    assert [row.split()[1] for row in rows(page, "plans")] == ["达到要求", "达到要求"]
    assert "人人都排了计划" in page


def test_a_manager_and_a_rep_read_the_same_numbers(console: ConsoleApi) -> None:
    a_week(console)
    services = console.api.services
    with services.uow(write=False) as tx:
        lin, manager = (tx.people.get(TENANT, person) for person in ("rep_lin", "mgr_he"))
    assert lin is not None
    assert manager is not None
    own = view_plan(services, lin, rep_id="rep_lin", day=None).standing
    of_team = view_team_plans(services, manager, team=EAST, day=None).lines
    assert own in of_team


def test_somebody_who_left_is_not_waited_for(console: ConsoleApi) -> None:
    console.put("rep_zhou", active=False)
    page = console.enter("mgr_he").get(TEAM).text
    assert "周启明" not in page
    assert tiles(page)["排了计划的人"] == "0 / 1"


def test_the_pages_are_found_from_the_rep_and_the_team(console: ConsoleApi) -> None:
    rep, manager = console.enter("rep_lin"), console.enter("mgr_he")
    assert f'href="/console{OWN}"' in rep.get("/reps/rep_lin").text
    assert f'href="/console/teams/{EAST}' not in unescape(rep.get(OWN).text), "a rep is not led to the team's"
    assert re.search(r'href="/console/teams/[^"/]+/plans"', manager.get(f"/teams/{EAST}").text)
    assert re.search(rf'href="/console/teams/[^"/]+/plans\?week={MONDAY}"', manager.get(OWN).text)


def test_no_card_in_use_is_told_as_what_to_do(console: ConsoleApi) -> None:
    text = console.api.client().get("/v1/content/plans/weekly_plan").json()["text"]
    changed = text.replace("status: active", "status: deprecated")
    stored = console.api.client().put("/v1/content/plans/weekly_plan", json={"text": changed, "author": "ops-1"})
    assert stored.status_code == 200, stored.text
    for path in (OWN, TEAM):
        answer = console.enter("mgr_he").get(path)
        assert answer.status_code == 409
        assert "没有启用" in answer.text


def test_quotas_speak_english_until_the_firm_names_its_own(console: ConsoleApi) -> None:
    a_week(console)
    browser = console.enter("mgr_he")
    page = in_english(browser, OWN)
    assert "Deep visits to key accounts" in page
    assert "重点客户深度拜访" not in page
    text = console.api.client().get("/v1/content/plans/weekly_plan").json()["text"]
    changed = text.replace("重点客户深度拜访", "大客户拜访")
    stored = console.api.client().put("/v1/content/plans/weekly_plan", json={"text": changed, "author": "ops-1"})
    assert stored.status_code == 200, stored.text
    for path in (OWN, TEAM):
        page = in_english(browser, path)
        assert "大客户拜访" in page
        assert "Deep visits to key accounts" not in page
        assert "First contacts with prospects" in page


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:12])
def test_names_from_the_crm_are_words(console: ConsoleApi, name: str) -> None:
    tell(console, "account.created", "account/acc_1", name=name)
    plan(console, 1, NOW - HOUR, action=name, account_id="acc_1", product=name, title=name)
    console.put("rep_lin", name=name[:200])
    for path in (OWN, TEAM):
        page = console.enter("mgr_he").get(path).text
        assert not any(live in page for live in ("<script>alert", "<img src=x", "<svg onload", "<at ", "<@all"))
        assert 'href="javascript:' not in page.lower()
        assert 'href="https://evil' not in page
        assert name.partition("\n")[0][:60] in unescape(page)
        assert len(page) < 100_000
