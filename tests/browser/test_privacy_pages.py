"""The privacy section in a real browser: each page at a desk in Chinese, on a phone in English, and each decision."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from service.domain.privacy.rules import RULES_ID
from tests.browser.conftest import DESKTOP, PHONE, Served, Someone, sign_in
from tests.browser.privacy_firm import FIRM, FIRST, HELD, NORTH, WEST, make_firm
from tests.browser.test_accessible import violations
from tests.browser.test_looks import CUT_OFF
from tests.support.builders import an_id

Enter = Callable[..., Someone]
WAYS = {"desk-zh": DESKTOP, "phone-en": PHONE}
PAGES = {
    "overview": "/privacy",
    "requests": "/privacy/requests",
    "request": f"/privacy/requests/{an_id('req', 1)}",
    "retention": "/privacy/retention",
    "processors": "/privacy/processors",
    "processor": f"/privacy/processors/{an_id('prc', FIRST)}",
    "transfers": "/privacy/transfers",
    "assessments": "/privacy/assessments",
    "notices": "/privacy/notices",
    "reviews": "/privacy/reviews",
    "fairness": "/privacy/fairness",
}


@pytest.fixture(scope="module", autouse=True)
def firm(served: Served) -> Served:
    make_firm(served)
    return served


@pytest.fixture(scope="module")
def windows(browser: Browser, firm: Served) -> Iterator[dict[str, Someone]]:
    people = {way: sign_in(browser, firm, "exe-fang", FIRM, size) for way, size in WAYS.items()}
    people["phone-en"].page.get_by_role("button", name="English").click()
    people["phone-en"].page.get_by_role("button", name="中文").wait_for()
    yield people
    for person in people.values():
        person.leave()


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT_OFF) == []
    assert violations(page) == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("way", WAYS)
def test_a_page_fits_the_window_and_passes_axe(windows: dict[str, Someone], way: str, name: str) -> None:
    page = windows[way].go(PAGES[name])
    assert page.locator("nav a[aria-current='page']").first.is_visible()
    fits(page)
    windows[way].shoot(f"privacy-{name}-{way}")


@pytest.mark.parametrize("way", WAYS)
def test_what_is_folded_away_fits_too(windows: dict[str, Someone], way: str) -> None:
    for name in ("requests", "retention", "notices", "fairness"):
        page = windows[way].go(PAGES[name])
        for summary in page.locator("main summary").all():
            summary.click()
        fits(page)
        windows[way].shoot(f"privacy-{name}-opened-{way}")


def test_the_navigation_fits_a_laptop_in_english(windows: dict[str, Someone]) -> None:
    page = windows["phone-en"].go("/privacy")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.evaluate("(nav => nav.scrollWidth - nav.clientWidth)(document.querySelector('nav.nav'))") == 0
    windows["phone-en"].shoot("privacy-overview-laptop-en")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]


def test_the_bands_of_the_chart_are_where_the_numbers_say(windows: dict[str, Someone]) -> None:
    page = windows["desk-zh"].go(PAGES["fairness"])
    rows = page.locator("section", has=page.locator("#kind-objection")).locator(".forest-row")
    assert [rows.nth(at).locator("span").first.inner_text() for at in range(2)] == [NORTH, WEST]
    drawn = page.evaluate("""() => [...document.querySelectorAll('.forest-row')].map(row => {
      const box = name => row.querySelector(name).getBoundingClientRect(), all = box('.interval');
      const part = x => 100 * (x - all.left) / all.width, own = box('rect.own');
      const said = row.lastElementChild.innerText.match(/(\\d+)%? (\\d+)%?–(\\d+)/).slice(1).map(Number);
      const value = box('.own-value').left + box('.own-value').width / 2;
      return {said, drawn: [part(value), part(own.left), part(own.right)]}
    })""")
    assert len(drawn) >= 10
    wrong = [row for row in drawn if max(abs(a - b) for a, b in zip(row["said"], row["drawn"], strict=True)) > 1.2]
    assert wrong == []
    assert page.locator(".chip", has_text="有差异").count() > 0


def test_another_grouping_is_chosen_in_the_list(windows: dict[str, Someone]) -> None:
    page = windows["desk-zh"].go(PAGES["fairness"])
    page.locator("#by").select_option("channel")
    page.wait_for_url("**/privacy/fairness?by=channel*")
    assert page.locator(".tile b").all_inner_texts() == ["onsite", "phone", "video"]


def test_a_request_is_written_down_and_refused_on_a_phone(enter: Enter) -> None:
    someone = enter("exe-fang", tenant_id=FIRM, size=PHONE)
    page = someone.go("/privacy")
    page.get_by_role("link", name="待答复的请求").click()
    page.get_by_text("登记一条请求").click()
    page.locator("#kind").select_option("objection")
    page.fill("#subject_id", "rep-03")
    page.get_by_role("button", name="登记").click()
    page.get_by_role("heading", name="反对处理 · 李小明").wait_for()
    page.fill("#reason", "合同要求保留通话记录，已书面说明")
    page.get_by_role("button", name="拒绝").click()
    page.locator("#decision", has_text="已拒绝").wait_for()
    assert "已书面说明" in page.locator("#decision").inner_text()
    someone.shoot("privacy-request-refused-phone")


def test_a_copy_is_downloaded(enter: Enter) -> None:
    someone = enter("exe-fang", tenant_id=FIRM)
    page = someone.go(f"/privacy/requests/{an_id('req', 2)}")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载副本").click()
    assert waiting.value.suggested_filename == "subject.zip"
    page.reload()
    assert "已提供副本" in page.locator("#decision").inner_text()


def test_an_erasure_ends_with_its_receipt(enter: Enter, served: Served) -> None:
    someone = enter("exe-fang", tenant_id=FIRM)
    page = someone.go(PAGES["request"])
    page.fill("#confirmed", "acc-3")
    page.get_by_role("button", name="全部删除").click()
    page.locator("#receipt").wait_for()
    assert page.locator("#receipt tbody tr").count() > 2
    fits(page)
    someone.shoot("privacy-receipt-desk")
    with served.installation.services.uow(write=False) as tx:
        (receipt,) = tx.privacy.receipts.find(FIRM)
    assert receipt.id in page.locator("#receipt").inner_text()


def test_the_new_version_is_read_and_signed(enter: Enter) -> None:
    someone = enter("exe-fang", tenant_id=FIRM)
    page = someone.go("/privacy/assessments")
    page.get_by_role("link", name="第 2 版").click()
    page.get_by_role("heading", name="个人信息保护影响评估 · 第 2 版").wait_for()
    assert "远航客户云" in page.locator("main").inner_text()
    fits(page)
    someone.shoot("privacy-assessment-desk")
    page.get_by_role("button", name="以 方知远 的名义签署").click()
    page.locator("#sign").wait_for(state="detached")
    someone.go("/privacy/assessments")
    assert "实际做法与签署的第 2 版一致" in page.locator("main").inner_text()


def test_a_manager_releases_one_held_visit_and_withdraws_none_by_accident(enter: Enter, served: Served) -> None:
    manager = enter("mgr-ning", tenant_id=FIRM)
    page = manager.go("/privacy/notices")
    first, second = (page.locator(f"#held-{visit_id}") for visit_id in HELD)
    second.get_by_text("撤回同意").first.click()
    second.get_by_placeholder("依据，例如：客户来电").fill("客户不同意")
    second.get_by_role("button", name="撤回同意并删除").click()
    assert page.url.endswith("/privacy/notices"), "the box was not ticked, and the browser says so"
    assert second.is_visible()
    first.get_by_placeholder("依据，例如：录音前").fill("录音前已当面告知")
    first.get_by_role("button", name="核实并放行").click()
    page.get_by_role("heading", name="待核实的拜访：1").wait_for()
    manager.shoot("privacy-notices-manager")
    with served.installation.services.uow(write=False) as tx:
        assert [entry.why for entry in tx.privacy.audit.find(FIRM, actions=["consent.confirmed"])] == [
            "录音前已当面告知"
        ]
        assert tx.privacy.audit.find(FIRM, actions=["consent.withdrawn"]) == []


def test_the_rules_are_changed_where_they_stand(enter: Enter, served: Served) -> None:
    someone = enter("exe-fang", tenant_id=FIRM)
    page = someone.go("/privacy/notices")
    page.get_by_label("口头同意的拜访").check()
    page.get_by_role("button", name="保存规则").click()
    page.wait_for_url("**/privacy/notices#rules")
    with served.installation.services.uow(write=False) as tx:
        rules = tx.privacy.rules.get(FIRM, RULES_ID)
    assert rules is not None
    assert rules.notice == "verbal"


def test_a_manager_reviews_a_reps_month_and_the_next_waits(enter: Enter) -> None:
    manager = enter("mgr-ning", tenant_id=FIRM)
    page = manager.go("/privacy/reviews")
    card = page.locator("#review-rep-00")
    card.get_by_placeholder("说明").fill("逐条听过")
    card.get_by_label("我看过这些分值和依据").check()
    card.get_by_role("button", name="确认复核").click()
    page.locator("#review-rep-00", has_text="已复核").wait_for()
    assert page.get_by_role("heading", name=f"{NORTH} · 6 位待复核").is_visible()
    assert page.get_by_role("link", name="个人请求").count() == 0, "that page is for executives"
    manager.shoot("privacy-reviews-manager")
