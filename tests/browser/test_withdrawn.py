"""What rests on a contested finding says so, and what rests on a struck one alone is withdrawn where people read it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from service.domain.coaching.hint_rows import HintRow
from service.domain.months import month_of
from service.domain.visit import Visit
from tests.browser.conftest import TENANT, Served, Someone

Enter = Callable[..., Someone]
TAKEN = "demo-recorded"  # other tests count the labels of this visit


@dataclass
class Story:
    """A hint that rests on one objection of one visit alone, and that objection."""

    visit: Visit
    hint: HintRow
    finding_id: str
    turn: int


@pytest.fixture(scope="module")
def story(served: Served) -> Story:
    with served.installation.services.uow(write=False) as tx:
        for hint in tx.coaching.hints.find(TENANT, among={"status": ["proposed"]}):
            visit = tx.visits.get(TENANT, hint.visit_id or "")
            record = tx.analyses.latest(TENANT, hint.visit_id or "")
            said = hint.document.because
            if visit is None or record is None or visit.external_id == TAKEN or len(said) != 1:
                continue
            in_turn = [one for one in record.analysis.findings if one.turn == said[0].turn]
            kinds = [one for one in in_turn if one.kind in ("objection", "signal", "keyword")]
            if said[0].visit_id == visit.id and [one.kind for one in kinds] == ["objection"]:
                return Story(visit, hint, kinds[0].id, said[0].turn)
    raise LookupError("the demo holds no hint that rests on one objection alone")


def month(story: Story) -> str:
    return month_of(story.visit.visited_at)


def talk_row(page: Page) -> str:
    return page.locator("section[aria-labelledby=talk] tr", has_text="异议应答率").inner_text()


def test_a_struck_finding_takes_its_hint_along_for_all_to_see(enter: Enter, story: Story) -> None:
    rep = enter(story.visit.rep_id)
    page = rep.go(f"/visits/{story.visit.id}")
    page.locator(f"[data-toggle][aria-controls='finding-{story.finding_id}']").click()
    panel = page.locator(f"[id='finding-{story.finding_id}']")
    panel.get_by_text("我有异议").click()
    panel.locator("textarea").fill("客户是在说笑")
    panel.get_by_role("button", name="提交申诉").click()
    page.locator(f"#turn-{story.turn} .chip", has_text="申诉中").wait_for()
    report = rep.go(f"/reps/{story.visit.rep_id}?month={month(story)}")
    assert "申诉中" in talk_row(report), "the figure rests on an objection under appeal"
    report.wait_for_selector("#radar[data-drawn] .angularaxistick text", state="attached")
    assert "申诉中" in report.locator("#radar").inner_text(), "and so does an axis of the radar"
    rep.shoot("contested-report")
    manager = enter(leader_of(rep))
    board = manager.go("/appeals?state=open")
    card = board.locator("article", has_text="客户是在说笑")
    card.locator("textarea").fill("听了录音，确实是玩笑")
    card.get_by_role("button", name="申诉成立").click()
    board.wait_for_url("**/appeals")
    page = manager.go(f"/visits/{story.visit.id}")
    hints = page.locator("section[aria-labelledby=hints] li.gone")
    assert hints.count() >= 1
    told = hints.first.inner_text()
    assert "已撤回" in told
    assert "申诉裁定不成立" in told
    assert story.hint.document.text in page.locator("section[aria-labelledby=hints]").inner_text(), "nothing is hidden"
    assert hints.first.locator(".told").evaluate("e => getComputedStyle(e).textDecorationLine") == "line-through"
    manager.shoot("hint-withdrawn")
    assert "申诉中" not in talk_row(manager.go(f"/reps/{story.visit.rep_id}?month={month(story)}"))


def leader_of(rep: Someone) -> str:
    """Who leads the team of the rep at this window."""
    team = rep.page.locator("p.lead").first.inner_text()
    return {"华东一组": "mgr-he", "华南二组": "mgr-tan"}[team.split(" · ")[0]]
