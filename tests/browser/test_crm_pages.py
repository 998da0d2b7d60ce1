"""The CRM's pages over the demo's story: the reports from the navigation to paper, and boards that are not empty."""

from collections.abc import Callable

from tests.browser.conftest import PHONE, Someone
from tests.support.pdf import pages_of

Enter = Callable[..., Someone]


def test_a_manager_reads_the_reports_from_the_navigation_to_paper(enter: Enter) -> None:
    manager = enter("mgr-he")
    page = manager.go("/teams")
    page.get_by_role("link", name="日报周报").click()
    page.get_by_role("heading", name="日报", exact=True).wait_for()
    assert page.locator("#stalled").is_visible()
    manager.shoot("report-daily")
    page.get_by_role("link", name="周报", exact=True).click()
    page.get_by_role("heading", name="周报", exact=True).wait_for()
    week = page.locator(".numbers strong").first.inner_text()
    page.get_by_label("上一份").click()
    page.wait_for_url("**/reports/weekly?day=*")
    assert page.locator(".numbers strong").first.inner_text() < week
    manager.shoot("report-weekly")
    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible()
    assert not page.locator("[data-print]").is_visible()
    assert "华东一组" in page.locator(".print-only").first.inner_text()
    manager.shoot("report-weekly-print")
    page.emulate_media(media="screen")
    answer = page.request.get(page.get_by_role("link", name="PDF", exact=True).evaluate("link => link.href"))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert "华东一组" in "".join(pages_of(answer.body()))


def test_reports_fit_a_phone(enter: Enter) -> None:
    manager = enter("mgr-he", size=PHONE)
    page = manager.go("/reports/daily")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    manager.shoot("report-daily-phone")


def test_boards_alerts_and_metrics_show_the_story(enter: Enter) -> None:
    executive = enter("exe-gu")
    page = executive.go("/processes/hospital_admission")
    assert page.locator(".board .list > li").count() >= 10
    executive.shoot("demo-board")
    assert "预算节点" in executive.go("/alerts").content()
    executive.shoot("demo-alerts")
    assert executive.go("/metrics").locator("tbody strong").count() >= 8
    executive.shoot("demo-metrics")
