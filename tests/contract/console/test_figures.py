"""Every figure of the team's page and the rep's report opens into what it rests on, as far as its reader may see it."""

import re
from datetime import timedelta
from html import unescape

import pytest

from service.domain.coaching.behaviour import Behaviour
from service.domain.coaching.course_rows import CourseRow
from service.domain.coaching.observations import CoachedVisit
from service.domain.evidence import Evidence
from service.usecases.console.view_figure import SHOWN
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.coached import ASKED, PRICE_ANSWERED, PRICE_LEFT_OPEN, coached
from tests.support.console import EAST, Browser, ConsoleApi
from tests.support.fakes import NOON

MONTH = f"{NOON:%Y-%m}"
FIGURE = re.compile(r'(?:href=|"opens": |[\[,] ?)"(/console/(?:teams|reps)/[^"]+/figures/[^"]+)"')
QUOTED = re.compile(r'href="/console/visits/(vis_[0-9a-f]{32})\?turn=(\d+)#turn-\2"')
SECOND = re.compile(r" · \d+:\d\d</a>")
TALK = ("handling_rate", "reuse_rate", "talk_ratio", "question_rate", "longest_monologue_s", "patience_ms")
ZHOU_SAID = "周启明的客户说两万八一把太贵了。"


@pytest.fixture
def filled(console: ConsoleApi) -> ConsoleApi:
    """Lin with four visits this month and three the month before, Zhou with three; one course waits."""
    for number in range(4):
        at = NOON - timedelta(hours=3 + number)
        lines = (*PRICE_ANSWERED, *ASKED) if number else (*PRICE_LEFT_OPEN, *ASKED)
        coached(console.api.services, 100 + number, *lines, at=at, rep="rep_lin", account="acc_1")
    for number in range(3):
        coached(console.api.services, 110 + number, *PRICE_ANSWERED, *ASKED, at=NOON - timedelta(days=5 + number),
                rep="rep_lin", account="acc_1")  # fmt: skip
        coached(console.api.services, 120 + number, f"c|price||{ZHOU_SAID}", PRICE_LEFT_OPEN[1], *ASKED,
                at=NOON - timedelta(hours=9 + number), rep="rep_zhou", account="acc_2")  # fmt: skip
    return console


def figures_on(page: str) -> list[str]:
    return sorted({unescape(found).removeprefix("/console") for found in FIGURE.findall(page.replace("\\u0026", "&"))})


def big(page: str) -> str:
    found = re.search(r'<p class="big numbers">(?:<span class="muted">)?([^<]*)', page)
    assert found is not None
    return found[1].strip()


def test_every_figure_of_both_pages_opens_down_to_the_second(filled: ConsoleApi) -> None:
    manager = filled.enter("mgr_he")
    named = figures_on(manager.get(f"/teams/{EAST}?month={MONTH}").text)
    named += figures_on(manager.get(f"/reps/rep_lin?month={MONTH}").text)
    assert {path.split("/figures/")[1].split("?")[0] for path in named} >= {f"talk.{name}" for name in TALK} | {
        "visits", "pending", "at_risk", "skill.discovery", "skill.objection"}  # fmt: skip
    opened = 0
    for path in named:
        answer = manager.get(path)
        assert answer.status_code == 200, path
        for ground in answer.text.split('<ul class="quote-list grounds">')[-1].split("<li>")[1:]:
            heard = QUOTED.search(ground) and SECOND.search(ground)
            assert heard or "打开整场拜访" in ground, path
            opened += bool(heard)
    assert opened > 100


@pytest.mark.parametrize("name", TALK)
def test_the_figure_is_the_reports_and_its_grounds_are_all_of_it(filled: ConsoleApi, name: str) -> None:
    manager = filled.enter("mgr_he")
    report = manager.get(f"/reps/rep_lin?month={MONTH}").text
    row = report.split('aria-labelledby="talk"')[1].split(f"figures/talk.{name}?")
    shown = re.search(r">([^<]*)</a>", row[1])
    page = manager.get(f"/reps/rep_lin/figures/talk.{name}?month={MONTH}").text
    assert shown is not None
    assert big(page) in (shown[1], "观察不足" if shown[1] == "—" else shown[1])
    counted = re.search(r"共 (\d+) 条", page)
    assert counted is not None
    assert page.count('<div class="line">') == int(counted[1])


def test_the_teams_figure_holds_the_colleagues_words_for_who_leads_and_only_their_number_for_a_rep(
    filled: ConsoleApi,
) -> None:
    path = f"/reps/rep_lin/figures/talk.handling_rate?month={MONTH}&of=team"
    led = filled.enter("mgr_he").get(path).text
    assert led.count(ZHOU_SAID) == 3
    assert "查看范围以外" not in led
    own = filled.enter("rep_lin").get(path).text
    assert ZHOU_SAID not in own
    assert "周启明" not in own
    assert "3 条来自您查看范围以外的同事" in own
    assert big(own) == big(led), "the figure itself is the same"
    assert "两万八一把太贵了" in own, "their own part is there"


def test_last_month_opens_into_last_months_visits(filled: ConsoleApi) -> None:
    manager = filled.enter("mgr_he")
    last = f"{NOON - timedelta(days=5):%Y-%m}"
    assert f"/reps/rep_lin/figures/talk.handling_rate?month={last}" in figures_on(
        manager.get(f"/reps/rep_lin?month={MONTH}").text
    )
    page = manager.get(f"/reps/rep_lin/figures/talk.handling_rate?month={last}").text
    assert {visit for visit, _ in QUOTED.findall(page)} == {an_id("vis", 110 + number) for number in range(3)}


def test_a_tile_counts_everything_that_waits_and_opens_into_all_of_it(filled: ConsoleApi) -> None:
    because = (Evidence(an_id("vis", 100), 0, "两万八一把太贵了。", NOON, "customer", 0),)
    manager = filled.enter("mgr_he")
    before = int(big(manager.get(f"/teams/{EAST}/figures/pending").text))
    with filled.api.services.uow() as tx:
        for number in range(3):
            tx.coaching.courses.add(
                CourseRow(an_id("crs", 500 + number), TENANT, NOON, an_id("vis", 100), "rep_lin", "price_unfold",
                          "objection", "rule", f"第{number}次没接住", because, "proposed", NOON + timedelta(days=14))
            )  # fmt: skip
    tile = manager.get(f"/teams/{EAST}?month={MONTH}").text.split("figures/pending")[1].split("</a>")[0]
    assert f"<b>{before + 3}</b>" in tile, "not only the two that the card of a rep has room for"
    page = manager.get(f"/teams/{EAST}/figures/pending").text
    assert [number for number in range(3) if f"第{number}次没接住" not in page] == []


@pytest.mark.parametrize("person", ["mgr_tan", "rep_wu", "mgr_foreign"])
def test_who_does_not_see_the_rep_or_the_team_sees_no_figure_of_theirs(filled: ConsoleApi, person: str) -> None:
    tenant = OTHER_TENANT if person == "mgr_foreign" else TENANT
    browser = filled.enter(person, tenant)
    for path in ("/reps/rep_lin/figures/skill.discovery", f"/reps/rep_lin/figures/visits?month={MONTH}"):
        assert browser.get(path).status_code == 404, path
    team = browser.get(f"/teams/{EAST}/figures/talk.handling_rate?month={MONTH}")
    assert ZHOU_SAID not in team.text
    assert team.status_code == (200 if person == "mgr_foreign" else 404), "the namesake is a team of their own"
    assert not QUOTED.search(team.text)


@pytest.mark.parametrize(("name", "status"), [
    ("skill.nonsense", 404), ("talk.value", 404), ("talk.__class__", 404), ("track.budget_confirm", 404),
    ("nonsense", 404), ("skill.", 404), ("visits?of=top", 404), ("pending?of=nonsense", 422),
    ("skill.discovery?month=2026-13", 422),
])  # fmt: skip
def test_a_figure_that_cannot_be_is_told_so(filled: ConsoleApi, name: str, status: int) -> None:
    assert manager_of(filled).get(f"/teams/{EAST}/figures/{name}").status_code == status


def manager_of(console: ConsoleApi) -> Browser:
    return console.enter("mgr_he")


def test_of_very_many_the_newest_are_listed_and_the_page_says_so(filled: ConsoleApi) -> None:
    talk = Behaviour(monologue=Evidence(an_id("vis", 100), 0, "我们公司", NOON, "rep", 0))
    with filled.api.services.uow() as tx:
        for number in range(SHOWN):
            at = NOON - timedelta(minutes=number)
            tx.coaching.visits.add(CoachedVisit(an_id("vis", 1_000 + number), TENANT, at, "rep_lin", "acc_1", talk))
    page = manager_of(filled).get(f"/teams/{EAST}/figures/visits?month={MONTH}").text
    assert page.count('<div class="line">') == SHOWN
    assert f"只列出最近的 {SHOWN} 条，共 {SHOWN + 7} 条" in page
