"""From the radar to the words to the second in the audio; on paper; by keyboard; on a phone."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import PHONE, Served, Someone
from tests.browser.gestures import click_in_chart, follow

Enter = Callable[..., Someone]
EAST = "/teams/华东一组"
IN_SIGHT = (
    "(box => box.top >= 0 && box.bottom <= innerHeight)(document.querySelector('.turn.found').getBoundingClientRect())"
)


def drawn(page: Page) -> None:
    page.wait_for_selector("#radar[data-drawn] .scatterlayer .point", state="attached")


def test_a_manager_goes_from_the_radar_to_the_quote_to_the_second_in_the_audio(enter: Enter, served: Served) -> None:
    manager = enter("mgr-he")
    page = manager.go("/reps/rep-lin")
    drawn(page)
    manager.shoot("rep-desktop")
    point = page.locator("#radar .scatterlayer .trace").last.locator(".point").first.bounding_box()
    assert point is not None
    x, y = point["x"] + point["width"] / 2, point["y"] + point["height"] / 2
    click_in_chart(page, x, y)
    drawer = page.locator("dialog[open]")
    drawer.wait_for()
    manager.shoot("rep-evidence")
    recorded = served.visit_of("demo-recorded").id
    link = drawer.locator(f".quote-list a[href*='{recorded}?turn=']").first
    quote = link.locator("xpath=ancestor::li").locator("blockquote").inner_text()
    follow(manager, link, quote)
    manager.until(IN_SIGHT)  # it scrolls there smoothly
    manager.shoot("visit-desktop")


def test_the_name_of_an_axis_opens_it_too(enter: Enter) -> None:
    page = enter("rep-lin").go("/reps/rep-lin")
    drawn(page)
    page.locator("#radar .angularaxistick text", has_text="需求洞察").click()
    page.locator("dialog#skill-discovery[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="hidden")


def test_a_click_on_a_turn_plays_it_and_the_words_follow_the_sound(enter: Enter, served: Served) -> None:
    rep = enter("rep-lin")
    page = rep.go(f"/visits/{served.visit_of('demo-recorded').id}")
    page.locator("#turn-4 [data-seek]").click()
    rep.until("!document.querySelector('audio').paused")
    page.wait_for_selector("#turn-4.now")


def test_the_keyboard_goes_from_objection_to_objection_and_back(enter: Enter, served: Served) -> None:
    page = enter("rep-lin").go(f"/visits/{served.visit_of('demo-recorded').id}")
    objections = page.locator(".turn[data-objection]").evaluate_all("turns => turns.map(turn => turn.id)")
    assert len(objections) >= 3
    seen = []
    for key in ("n", "n", "p", "p"):
        page.keyboard.press(key)
        seen.append(page.locator(".turn.found").get_attribute("id"))
    assert seen == [objections[0], objections[1], objections[0], objections[-1]]


def test_a_chip_opens_into_its_reasons(enter: Enter, served: Served) -> None:
    manager = enter("mgr-he")
    page = manager.go(f"/visits/{served.visit_of('demo-recorded').id}")
    chip = page.locator(".chip.objection[data-toggle]").first
    chip.click()
    panel = page.locator(f"#{chip.get_attribute('aria-controls')}")
    assert panel.is_visible()
    assert panel.locator("blockquote").inner_text()
    chip.press("Enter")
    assert panel.is_hidden()


def test_a_report_goes_on_paper_with_its_evidence(enter: Enter) -> None:
    manager = enter("mgr-he")
    page = manager.go("/reps/rep-lin")
    drawn(page)
    page.emulate_media(media="print")
    assert page.locator("header.top").is_hidden()
    assert page.locator(".print-only blockquote").first.is_visible()
    manager.shoot("rep-print")
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_the_report_is_a_pdf_too(enter: Enter) -> None:
    page = enter("rep-lin").go("/reps/rep-lin")
    answer = page.request.get(f"{page.url.split('/console')[0]}/console/reps/rep-lin/report.pdf")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.body().startswith(b"%PDF")
    assert len(answer.body()) > 5_000


def test_a_rep_is_laid_over_the_team(enter: Enter) -> None:
    manager = enter("mgr-he")
    page = manager.go(EAST)
    drawn(page)
    before = page.locator("#radar .scatterlayer .trace").count()
    page.select_option("[data-radar-overlay]", "rep-xu")
    manager.until(f"document.querySelectorAll('#radar .scatterlayer .trace').length === {before + 1}")
    manager.shoot("team-desktop")


def test_no_page_overflows_a_phone_or_jumps_while_it_loads(enter: Enter, served: Served) -> None:
    visit = served.visit_of("demo-recorded")
    pages = {"team": EAST, "rep": "/reps/rep-lin", "visits": "/visits", "models": "/models", "appeals": "/appeals",
             "visit": f"/visits/{visit.id}", "account": f"/accounts/{visit.account_id}"}  # fmt: skip
    manager = enter("mgr-he", size=PHONE)
    manager.page.add_init_script(
        "window.jumps = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => {"
        " if (!entry.hadRecentInput) window.jumps += entry.value })).observe({type: 'layout-shift', buffered: true})"
    )
    for name, path in pages.items():
        page = manager.go(path)
        if page.locator("#radar").count():
            drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert page.evaluate("window.jumps") < 0.05, name
        manager.shoot(f"{name}-phone")


def test_the_pages_speak_english_when_asked(enter: Enter) -> None:
    manager = enter("mgr-he")
    page = manager.go("/visits")
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Visits").wait_for()
    manager.shoot("visits-english")
