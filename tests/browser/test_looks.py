"""Pages as people see them: nothing cut off, names instead of ids, Chinese where Chinese is read, keys that work."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, TENANT, Served, Someone

Enter = Callable[..., Someone]
LAPTOP = {"width": 1280, "height": 900}
EAST = "/teams/华东一组"
PAGES = (EAST, "/reps/rep-lin", "/appeals", "/models", "/alerts", "/processes/hospital_admission", "/metrics",
         "/reports/daily", "/reports/weekly", "/visits")  # fmt: skip
CUT_OFF = """() => [...document.querySelectorAll('main :is(th, td, p, li, h1, h2, h3, dd, .chip, button, .tile)')]
  .filter(e => e.offsetParent && !e.closest('.scroll, .js-plotly-plot, pre, .visually-hidden, dialog'))
  .filter(e => ((box) => box.width && (box.right > innerWidth + 1 || box.left < -1))(e.getBoundingClientRect()))
  .map(e => e.outerHTML.slice(0, 80))"""
FOREIGN = re.compile(r"[A-Za-z]{4,}")


def drawn(page: Page) -> None:
    page.wait_for_selector("#radar[data-drawn] .scatterlayer .point", state="attached")


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_nothing_is_cut_off_at_the_window(enter: Enter, size: dict[str, int]) -> None:
    manager = enter("mgr-he", size=size)
    for path in PAGES:
        page = manager.go(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.evaluate(CUT_OFF) == [], path
        manager.shoot(f"look-{path.strip('/').replace('/', '-')}-{size['width']}")


def test_every_page_can_be_reached_from_a_phone_without_a_swipe(enter: Enter) -> None:
    page = enter("mgr-he", size=PHONE).go("/models")
    hidden = page.locator("nav.nav a").evaluate_all(
        "links => links.filter(a => a.getBoundingClientRect().right > innerWidth).map(a => a.textContent)"
    )
    assert hidden == []
    assert page.locator("nav.nav a[aria-current]").inner_text() == "模型"


def test_on_a_phone_a_figure_stands_beside_its_name_and_the_skills_fit(enter: Enter) -> None:
    page = enter("mgr-he", size=PHONE).go("/reps/rep-lin")
    tall = page.locator("table.stack td[data-name]").evaluate_all(
        "cells => cells.filter(c => c.getBoundingClientRect().height > 45 && !c.querySelector('.chip')).length"
    )
    assert tall == 0, "a figure has slipped under its name"
    assert page.locator("table.tight").evaluate("t => t.scrollWidth <= t.parentElement.clientWidth + 1")


def test_the_names_of_the_team_stay_while_the_skills_are_swiped(enter: Enter) -> None:
    page = enter("mgr-he", size=PHONE).go(EAST)
    page.locator(".scroll:has(table.matrix)").evaluate("box => box.scrollLeft = 200")
    left = page.locator("table.matrix tbody th").first.evaluate("th => th.getBoundingClientRect().left")
    assert 0 <= left < PHONE["width"] / 4


def test_the_stages_of_a_process_stand_side_by_side(enter: Enter) -> None:
    executive = enter("exe-gu", size=LAPTOP)
    page = executive.go("/processes/hospital_admission")
    tops = page.locator(".stages > section").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len(tops) > 3
    assert max(tops) - min(tops) < 2, "a stage has wrapped beneath the others"
    assert re.fullmatch(r"健康分 \d+ · \w+", page.locator(".stages .chip").first.inner_text())


def test_boards_speak_of_names_and_not_of_ids(enter: Enter) -> None:
    manager = enter("exe-gu")
    for path in ("/alerts", "/metrics", "/metrics/compliant_actions", "/processes/hospital_admission"):
        said = manager.go(path).locator("main").inner_text()
        assert not re.search(r"demo-|opp-|acc-|（（", said), path
    assert "quote.checked" not in manager.go("/metrics/compliant_actions").locator("main").inner_text()


def test_the_first_alerts_of_a_rule_are_about_different_things(enter: Enter) -> None:
    page = enter("exe-gu").go("/alerts")
    section = page.locator("section", has=page.get_by_role("heading", name=re.compile("晨会前未更新下一步"))).first
    first = section.locator("> ul > li > .line > span:first-child").all_inner_texts()
    assert len(first) == 4
    assert len(set(first)) == 4


def test_metrics_name_their_unit_and_their_period_and_say_what_the_signs_mean(enter: Enter) -> None:
    page = enter("exe-gu").go("/metrics")
    said = page.locator("main").inner_text()
    assert "90 天" in said
    assert "4.2 小时" in said
    assert "达到目标" in said
    periods = page.locator("td[data-name=统计期]").all_inner_texts()
    assert periods
    assert all(re.fullmatch(r"此刻|近 \d+ (天|小时)", period) for period in periods)


def test_the_published_figures_are_told_in_the_readers_language(enter: Enter) -> None:
    table = enter("mgr-he").go("/models").locator("table").first.inner_text()
    assert "没读过的作者" in table
    assert not FOREIGN.search(table), FOREIGN.findall(table)


def test_a_report_on_paper_keeps_its_chart_and_its_table_apart(enter: Enter) -> None:
    manager = enter("mgr-he", size=LAPTOP)
    page = manager.go("/reps/rep-lin")
    drawn(page)
    page.set_viewport_size({"width": 688, "height": 970})  # an A4 sheet within its margins
    page.emulate_media(media="print")
    radar, values = (box_of(page, f"section[aria-labelledby={name}]") for name in ("radar-title", "values"))
    assert radar["y"] + radar["height"] <= values["y"], "the table begins under the chart"
    for _ in range(200):  # the chart is laid out anew for paper, in its own time
        legend, chart = box_of(page, "#radar .legend"), box_of(page, "#radar")
        if legend["y"] + legend["height"] <= chart["y"] + chart["height"] + 1:
            break
        page.wait_for_timeout(50)
    assert legend["y"] + legend["height"] <= chart["y"] + chart["height"] + 1, "the legend is on the sheet"
    table = box_of(page, "section[aria-labelledby=values] table")
    assert table["x"] + table["width"] <= 688
    assert page.locator("section[aria-labelledby=courses-title] summary:visible").count() == 0, "nothing to click"
    manager.shoot("rep-print")


def box_of(page: Page, selector: str) -> Any:
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return box


def test_names_in_the_list_of_visits_stand_on_one_line(enter: Enter) -> None:
    page = enter("mgr-he", size=LAPTOP).go("/visits")
    heights = page.locator("td[data-name=销售] a").evaluate_all("all => all.map(a => a.getClientRects().length)")
    assert set(heights) == {1}


def a_visit_with_objections(served: Served) -> str:
    """One whose labels no other test counts."""
    with served.installation.services.uow(write=False) as tx:
        for visit in tx.visits.history(
            TENANT, before=served.installation.services.clock.now(), limit=20, rep_id="rep-xu"
        ):
            if sum(finding.kind == "objection" for finding in visit.analysis.findings) >= 2:
                return visit.visit_id
    raise LookupError("no visit of the demo has two objections")


def test_a_label_is_corrected_with_the_keyboard_alone(enter: Enter, served: Served) -> None:
    manager = enter("mgr-he")
    page = manager.go(f"/visits/{a_visit_with_objections(served)}")
    page.keyboard.press("n")
    first = page.evaluate("document.activeElement.id")
    assert first.startswith("turn-")
    chip = page.locator(f"#{first} .chip.objection[data-toggle]").first
    for _ in range(12):
        page.keyboard.press("Tab")
        if chip.evaluate("chip => chip === document.activeElement"):
            break
    page.keyboard.press("Enter")
    panel = page.locator(f"[id='{chip.get_attribute('aria-controls')}']")
    assert panel.evaluate("panel => panel.contains(document.activeElement)"), "what was opened has the keyboard"
    page.keyboard.press("Escape")
    assert not panel.is_visible()
    assert chip.evaluate("chip => chip === document.activeElement")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(f"#{first} .chip.judged").first.wait_for()
    manager.until(f"document.activeElement.matches('#{first} .chip.judged')")
    assert "不对" in page.locator(f"#{first} .chip.judged").first.inner_text()
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") not in ("", first), "and the way goes on"
    page.keyboard.press("p")
    assert page.evaluate("document.activeElement.id") == first


def test_a_key_typed_into_a_field_moves_nothing(enter: Enter, served: Served) -> None:
    trainer = enter("trn-shen")
    page = trainer.go(f"/visits/{a_visit_with_objections(served)}?turn=0&mark=true#turn-0")
    page.locator("#turn-0 select").focus()
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.tagName") == "SELECT"
    assert page.locator(".turn.found").get_attribute("id") == "turn-0"
