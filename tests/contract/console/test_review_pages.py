"""Where people look after what is computed of people: a manager's word on values, groups beside each other."""

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from service.domain.people import Person
from service.domain.privacy.bias import GROUPINGS
from tests.support.builders import TENANT, a_visit, an_analysis, an_analysis_record, an_id
from tests.support.coached import PRICE_LEFT_OPEN, coached
from tests.support.console import EAST, ConsoleApi
from tests.support.duties import trail
from tests.support.fakes import NOON


@pytest.fixture
def march(console: ConsoleApi) -> ConsoleApi:
    """It is March, and of February values are known of two reps of one team."""
    february = NOON.replace(month=2, day=3)
    for rep, first in (("rep_lin", 11), ("rep_zhou", 21)):
        for number in range(4):
            console.api.clock.at = february + timedelta(days=number)
            coached(console.api.services, first + number, *PRICE_LEFT_OPEN, at=console.api.clock.at, rep=rep,
                    account=f"acc_{rep}")  # fmt: skip
    console.api.clock.at = NOON + timedelta(days=2)
    return console


def form_of(page: str, rep_id: str) -> dict[str, str]:
    card = page.split(f'id="review-{rep_id}"')[1].split("</form>", maxsplit=1)[0]
    return {name: unescape(card.split(f'name="{name}" value="')[1].split('"')[0]) for name in ("month", "digest")}


def test_a_managers_word_on_the_values_of_last_month_is_asked_rep_by_rep(march: ConsoleApi) -> None:
    manager = march.enter("mgr_he")
    page = manager.get("/privacy/reviews").text
    assert f"{EAST} · 2 位待复核" in page
    sent = form_of(page, "rep_lin")
    assert sent["month"] == "2026-02"
    assert manager.post("/privacy/reviews/rep_lin", sent).status_code == 422, "nobody ticked that they looked"
    wrong = {**sent, "digest": "0" * 64, "looked": "1"}
    assert "分值在您打开页面之后变了" in manager.post("/privacy/reviews/rep_lin", wrong).text
    done = manager.post("/privacy/reviews/rep_lin", {**sent, "looked": "1", "note": "逐条听过"})
    assert done.status_code == 303
    page = manager.get(done.headers["location"].removeprefix("/console")).text
    assert [each in page for each in (f"{EAST} · 1 位待复核", "何曼 于 2026-03-0", "逐条听过")] == [True] * 3
    assert [entry.actor for entry in trail(march, "scores.reviewed")] == ["person:mgr_he"]
    assert manager.get(f"/privacy/reviews?team={EAST}&month=2026-03").text.count("<form") == 2, "only the page's own"


@pytest.mark.parametrize(("person", "status"), [("mgr_tan", 404), ("rep_zhou", 404), ("rep_lin", 403)])
def test_nobody_else_reviews_them(march: ConsoleApi, person: str, status: int) -> None:
    sent = {**form_of(march.enter("mgr_he").get("/privacy/reviews").text, "rep_lin"), "looked": "1"}
    assert march.enter(person).post("/privacy/reviews/rep_lin", sent).status_code == status
    assert trail(march, "scores.reviewed") == []


def test_another_team_a_month_that_is_none_and_a_key_are_told_so(march: ConsoleApi) -> None:
    manager = march.enter("mgr_he")
    assert manager.get("/privacy/reviews?team=华南二组").status_code == 404
    assert manager.get("/privacy/reviews?month=2026-13").status_code == 422
    browser = march.browser()
    browser.get("/sign-in")
    browser.post("/sign-in", {"api_key": march.api.key("console")})
    page = browser.get(f"/privacy/reviews?team={EAST}").text
    assert "您是用密钥进入的" in page
    assert 'name="digest"' not in page


def fill(console: ConsoleApi) -> None:
    """Twenty visits a team; in one of the two every customer found it too dear, and a third team is too small."""
    with console.api.services.uow() as tx:
        for number in range(100, 145):
            team = "东区" if number < 120 else ("南区" if number < 140 else "小队")
            told = an_analysis(an_id("vis", number))
            told = told if number < 120 else replace(told, findings=())
            tx.visits.add(a_visit(number, rep_id=f"{team}{number % 5}"))
            tx.analyses.put(an_analysis_record(visit_id=an_id("vis", number), analysis=told))
            tx.people.put(Person(f"{team}{number % 5}", TENANT, "某人", "rep", NOON, team=team))


def test_groups_stand_beside_each_other_with_intervals_and_a_sentence_how_to_read_them(console: ConsoleApi) -> None:
    fill(console)
    page = console.enter("exe_gu").get("/privacy/fairness").text
    assert "两条带子完全错开，才标“有差异”" in page
    assert "差异不等于偏见" in page
    price = page.split('id="kind-objection"')[1].split("<details")[0]
    assert "价格" in price
    assert page.count('class="interval"') == page.count('role="img"')
    assert '100% <span class="muted">84%–100%</span>' in page
    assert "有差异" in price
    assert 'x="84.0"' in unescape(price) or 'x="83.9"' in price, "the band begins where the interval does"
    assert [entry.actor for entry in trail(console, "bias_report.read")] == ["person:exe_gu"]


def test_a_small_group_is_shown_nowhere(console: ConsoleApi) -> None:
    fill(console)
    page = console.enter("exe_gu").get("/privacy/fairness").text
    assert "小队" not in page
    assert "其他（合并的小组）" not in page, "even with the other small ones it is too small"
    assert "没有计入" in page
    assert "某人" not in page


@pytest.mark.parametrize("by", GROUPINGS)
def test_without_enough_there_is_nothing_to_compare(console: ConsoleApi, by: str) -> None:
    page = console.enter("exe_gu").get(f"/privacy/fairness?by={by}&days=30").text
    assert "数据还不够：一组至少要有 10 次拜访和 5 位销售" in page
    assert "系统不从声音里识别任何人的方言" in page


@pytest.mark.parametrize("query", ["by=age", "days=0", "days=4000"])
def test_no_other_groups_and_no_other_time_are_asked_for(console: ConsoleApi, query: str) -> None:
    assert console.enter("exe_gu").get(f"/privacy/fairness?{query}").status_code == 422
    assert trail(console) == []
