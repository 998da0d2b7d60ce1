"""What a hand does more than once: a point of a chart, and a quote down to its second."""

from playwright.sync_api import Locator, Page

from tests.browser.conftest import Someone


def click_in_chart(page: Page, x: float, y: float) -> None:
    """There, then down: a chart knows which point is meant only once the pointer has moved over it."""
    page.mouse.move(x - 1, y - 1)
    page.mouse.move(x, y)
    page.locator("#radar .hoverlayer .hovertext").first.wait_for(state="attached")
    page.mouse.click(x, y)


def follow(someone: Someone, link: Locator, quote: str) -> None:
    """Follow a quote's link: its turn is marked and says it, and the audio stands at its second."""
    link.click()
    turn = someone.page.locator(".turn.found")
    turn.wait_for()
    assert quote in turn.locator(".said").inner_text().replace("【", "").replace("】", "")
    wanted = int(turn.get_attribute("data-start") or "-1") / 1_000
    someone.until(f"Math.abs(document.querySelector('audio').currentTime - {wanted}) < 0.05")
