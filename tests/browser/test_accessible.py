"""Pages for everybody: axe-core finds nothing, nothing jumps, Tab goes as the eye does, no meaning in colour alone.

Every page is tried at a desk in Chinese and on a phone in English, so that each is seen both ways at half the time.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESKTOP, PHONE, Served, Someone, sign_in
from tests.browser.pages import PAGES, Addresses, addresses

WAYS = {"desk-zh": DESKTOP, "phone-en": PHONE}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
         "resultTypes": ["violations"]}  # fmt: skip
JUMPS = """window.jumps = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => {
  if (!entry.hadRecentInput) window.jumps += entry.value })).observe({type: 'layout-shift', buffered: true})"""
SMALLEST_JUMP_SEEN = 0.05
SIGNS = """() => Object.fromEntries(['.chip.high', '.chip.medium', '.chip.low', '.up', '.down', '.same', '.value.good',
  '.value.bad', '.chip.objection', '.chip.signal'].map(name => [name, document.querySelector(name)])
  .filter(([, e]) => e).map(([name, e]) => [name, getComputedStyle(e, '::before').content]))"""
FOCUSED = """() => { const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
  return {place: [...document.querySelectorAll('*')].indexOf(e), what: e.outerHTML.slice(0, 60),
          ring: parseFloat(style.outlineWidth), seen: box.width > 0 && box.height > 0} }"""


@pytest.fixture(scope="module")
def own(served: Served) -> Addresses:
    return addresses(served, "rep-zhou")


@pytest.fixture(scope="module")
def windows(browser: Browser, served: Served) -> Iterator[dict[str, Someone]]:
    people = {way: sign_in(browser, served, "mgr-he", size=size) for way, size in WAYS.items()}
    for person in people.values():
        person.page.add_init_script(JUMPS)
    people["phone-en"].page.get_by_role("button", name="English").click()
    people["phone-en"].page.get_by_role("button", name="中文").wait_for()
    yield people
    for person in people.values():
        person.leave()


def settled(page: Page) -> Page:
    """The page with its chart, where it has one."""
    if page.locator("#radar").count():
        page.wait_for_selector("#radar[data-drawn] .scatterlayer .point", state="attached")
    return page


def violations(page: Page) -> list[Any]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("way", WAYS)
def test_a_page_passes_axe_fits_the_window_and_does_not_jump(
    windows: dict[str, Someone], own: Addresses, way: str, name: str
) -> None:
    page = settled(windows[way].go(own.of(name)))
    assert page.locator("html").get_attribute("lang") == ("zh-CN" if way == "desk-zh" else "en")
    assert page.evaluate("window.jumps") < SMALLEST_JUMP_SEEN
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    windows[way].shoot(f"{way}-{name}")


@pytest.mark.parametrize("opener", ["tbody a.figure[data-drawer]", "tbody [data-open^='skill-']"])
@pytest.mark.parametrize("way", WAYS)
def test_an_opened_drawer_passes_axe_too(windows: dict[str, Someone], own: Addresses, way: str, opener: str) -> None:
    page = settled(windows[way].go(own.of("rep")))
    page.locator(opener).first.click()
    page.locator("dialog[open]").wait_for()
    assert violations(page) == []
    windows[way].shoot(f"{way}-drawer-{'figure' if 'figure' in opener else 'skill'}")


@pytest.mark.parametrize("name", ["team", "rep", "alerts", "metrics"])
def test_tab_goes_down_the_page_and_can_be_seen_at_every_stop(
    windows: dict[str, Someone], own: Addresses, name: str
) -> None:
    page = settled(windows["desk-zh"].go(own.of(name)))
    assert page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count() == 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip", "the first stop leads past the navigation"
    page.keyboard.press("Enter")
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    assert [stop["what"] for stop in stops if not stop["seen"] or stop["ring"] < 2] == []
    places = [stop["place"] for stop in stops]
    assert places == sorted(set(places)), "as the page is written, no stop twice"
    assert page.locator("main *").evaluate_all("all => all.filter(e => getComputedStyle(e).order !== '0').length") == 0


@pytest.mark.parametrize("name", ["team", "rep", "visit", "models"])
def test_what_a_colour_says_a_sign_says_too(windows: dict[str, Someone], own: Addresses, name: str) -> None:
    someone = windows["desk-zh"]
    page = settled(someone.go(own.of(name)))
    signs = page.evaluate(SIGNS)
    assert signs, "nothing on this page is told in colour"
    assert [name for name, sign in signs.items() if sign in ("none", "normal", '""')] == []
    families = [
        [signs[one] for one in family if one in signs]
        for family in (
            (".chip.high", ".chip.medium", ".chip.low"),
            (".up", ".down", ".same"),
            (".value.good", ".value.bad"),
        )
    ]
    assert all(len(set(family)) == len(family) for family in families), "two meanings with one sign"
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    someone.shoot(f"no-colour-{name}")
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
