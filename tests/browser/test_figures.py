"""Figures opened where they stand: a tile, a column, a point of the radar, down to the quote and the second."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import PHONE, Served, Someone
from tests.browser.gestures import click_in_chart, follow
from tests.browser.pages import EAST, OF_EAST

Enter = Callable[..., Someone]
POINTS = "#radar .scatterlayer .trace"
LONELIEST = """line => { const at = e => { const box = e.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2] };
  const all = (within, name) => [...within.querySelectorAll(name)];
  const lines = all(document, '#radar .scatterlayer .trace').map(e => all(e, '.point').map(at));
  const others = lines.filter((_, number) => number !== line).flat();
  const room = one => Math.min(1000, ...others.map(two => Math.hypot(one[0] - two[0], one[1] - two[1])));
  return lines[line].toSorted((one, two) => room(two) - room(one))[0] }"""
COLLEAGUES = OF_EAST[1:]
EAST_PAGE = f"/teams/{EAST}"


def opened(page: Page) -> Locator:
    drawer = page.locator("dialog#opened[open]")
    drawer.wait_for()
    return drawer


def lines_of(drawer: Locator) -> Locator:
    return drawer.locator(".grounds > li")


def click_point(page: Page, line: int) -> None:
    """The point of one of the radar's lines that lies farthest from all others."""
    page.wait_for_selector("#radar[data-drawn] .scatterlayer .point", state="attached")
    page.locator("#radar").scroll_into_view_if_needed()
    x, y = page.evaluate(LONELIEST, line)
    click_in_chart(page, x, y)


def test_a_tile_opens_into_quotes_and_the_quote_plays_at_its_second(enter: Enter, served: Served) -> None:
    manager = enter("mgr-he")
    page = manager.go(EAST_PAGE)
    tile = page.locator("a.tile", has_text="异议应答率")
    said = tile.locator("b").inner_text()
    tile.click()
    drawer = opened(page)
    assert drawer.locator(".big").inner_text().startswith(said), "the drawer tells the figure that was clicked"
    manager.shoot("figure-tile")
    recorded = served.visit_of("demo-recorded").id
    link = drawer.locator(f"a[href*='{recorded}?turn=']").first
    quote = link.locator("xpath=ancestor::blockquote").locator(".words").inner_text()
    follow(manager, link, quote)


@pytest.mark.parametrize("number", range(5))
def test_every_tile_opens_into_as_many_grounds_as_it_says(enter: Enter, number: int) -> None:
    page = enter("mgr-he").go(EAST_PAGE)
    tile = page.locator("a.tile").nth(number)
    figure, words = tile.locator("b").inner_text(), tile.locator("span").first.inner_text()
    tile.click()
    drawer = opened(page)
    count = re.search(r"共 (\d+) 条|（(\d+) 次", words) or re.search(
        r"共 (\d+) 条", drawer.locator(".sub").inner_text()
    )
    told = int(next(filter(None, count.groups()))) if count else int(figure)
    assert lines_of(drawer).count() == told


def test_the_teams_and_last_months_points_open_their_own_evidence(enter: Enter) -> None:
    manager = enter("mgr-he")
    page = manager.go("/reps/rep-lin")
    click_point(page, 0)
    drawer = opened(page)
    team = lines_of(drawer).all_inner_texts()
    assert any(name in line for line in team for name in COLLEAGUES)
    page.keyboard.press("Escape")
    drawer.wait_for(state="hidden")
    month = page.locator("[aria-label=上个月]").get_attribute("href") or ""
    page.locator("section[aria-labelledby=talk] td[data-name=上月] a").first.click()
    assert month.split("=")[1] in opened(page).locator(".sub").inner_text()


def test_the_teams_radar_opens_and_so_does_a_rep_laid_over_it(enter: Enter) -> None:
    manager = enter("mgr-he")
    page = manager.go(EAST_PAGE)
    click_point(page, 0)
    assert opened(page).locator(".sub").inner_text().startswith(EAST)
    page.keyboard.press("Escape")
    page.select_option("[data-radar-overlay]", "rep-xu")
    manager.until(f"document.querySelectorAll('{POINTS}').length === 2")
    page.locator("#radar .angularaxistick text", has_text="需求洞察").click()
    assert opened(page).locator("h2").inner_text() == "需求洞察"


def test_a_rep_reads_the_teams_figure_and_none_of_the_colleagues_words(enter: Enter) -> None:
    rep = enter("rep-lin")
    page = rep.go("/reps/rep-lin")
    page.locator("section[aria-labelledby=talk] td[data-name=团队] a").first.click()
    drawer = opened(page)
    assert "查看范围以外的同事" in drawer.inner_text()
    assert [name for name in COLLEAGUES if name in drawer.inner_text()] == []
    rep.shoot("figure-hidden")


def test_the_keyboard_opens_a_figure_reads_it_and_comes_back_to_where_it_was(enter: Enter) -> None:
    page = enter("mgr-he").go("/reps/rep-lin")
    link = page.locator("section[aria-labelledby=talk] a.figure").first
    link.focus()
    page.keyboard.press("Enter")
    drawer = opened(page)
    assert drawer.evaluate("drawer => drawer.contains(document.activeElement)")
    page.keyboard.press("Escape")
    drawer.wait_for(state="hidden")
    assert link.evaluate("link => link === document.activeElement")


def test_a_trend_opens_the_month_it_shows(enter: Enter) -> None:
    page = enter("mgr-he").go("/reps/rep-lin")
    page.locator("tbody [data-open^='skill-']").first.click()
    month = page.locator("dialog[id^=skill-][open] a.chip").first
    told = month.inner_text()
    month.click()
    drawer = opened(page)
    assert told.split(" · ")[0] in drawer.locator(".sub").inner_text()
    assert drawer.locator(".big").inner_text().startswith(told.split(" · ")[1])


def test_a_figure_is_a_page_of_its_own_on_a_phone_and_in_a_new_tab(enter: Enter) -> None:
    manager = enter("mgr-he", size=PHONE)
    page = manager.go("/reps/rep-lin")
    href = page.locator("section[aria-labelledby=talk] a.figure").nth(1).get_attribute("href") or ""
    page.goto(f"{manager.served.address}{href}")
    assert page.locator(".grounds > li").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    manager.shoot("figure-phone")
    page.get_by_role("link", name="回到报告").click()
    page.wait_for_url("**/reps/rep-lin?month=*")
