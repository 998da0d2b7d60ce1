"""Times, holds and the register of processors as an executive decides them in a real browser, in a firm of its own."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from service.domain.people import Person
from service.usecases.privacy.sweep_retention import retention_of
from tests.browser.conftest import PHONE, Served, Someone
from tests.browser.test_accessible import violations

Enter = Callable[..., Someone]
FIRM, WHO = "keepers", "exe-yu"


@pytest.fixture(autouse=True)
def firm(served: Served) -> None:
    services = served.installation.services
    with services.uow() as tx:
        tx.people.put(Person(WHO, FIRM, "余静之", "executive", services.clock.now(), row_id="per_" + "7" * 32))


def wrong(page: Page) -> list[str]:
    """Ids of the fields that the page calls wrong; what it says of them passes axe, too."""
    assert violations(page) == []
    return [str(field.get_attribute("id")) for field in page.locator("[aria-invalid]").all()]


def test_a_shorter_time_is_kept_once_it_is_ticked(enter: Enter, served: Served) -> None:
    someone = enter(WHO, tenant_id=FIRM, size=PHONE)
    page = someone.go("/privacy")
    page.locator("dl").get_by_role("link", name="保存与保全").click()
    page.get_by_label("文字稿").fill("90")
    page.get_by_role("button", name="保存修改").click()
    page.locator("#faults").wait_for()
    assert wrong(page) == ["sure"]
    someone.shoot("privacy-retention-unticked-phone")
    assert page.get_by_label("文字稿").input_value() == "90"
    page.get_by_label("我知道这样改会删除数据").check()
    page.get_by_role("button", name="保存修改").click()
    page.get_by_text("最近一次修改").wait_for()
    with served.installation.services.uow(write=False) as tx:
        assert retention_of(tx, FIRM, served.installation.services.clock.now()).transcript_days == 90


def test_a_hold_is_put_and_released(enter: Enter) -> None:
    someone = enter(WHO, tenant_id=FIRM)
    page = someone.go("/privacy/retention")
    page.locator("#kind").select_option("account")
    page.fill("#ref", "acc-2041")
    page.fill("#reason", "合同纠纷")
    page.get_by_role("button", name="设置保全").click()
    page.get_by_role("heading", name="生效的法律保全：1").wait_for()
    assert "没有找到拜访" in page.locator("#holds").inner_text(), "this firm has none"
    page.get_by_text("解除这项保全").click()
    page.get_by_role("button", name="解除保全", exact=True).click()
    assert page.get_by_role("heading", name="生效的法律保全：1").is_visible(), "the browser wants the tick first"
    page.get_by_label("我知道之后可能会删除").check()
    page.get_by_role("button", name="解除保全", exact=True).click()
    page.get_by_role("heading", name="生效的法律保全：0").wait_for()
    page.get_by_text("已经解除的：1").click()
    assert "合同纠纷" in page.locator("#holds").inner_text()
    assert violations(page) == []


def test_a_processor_is_registered_changed_and_removed(enter: Enter) -> None:
    someone = enter(WHO, tenant_id=FIRM)
    page = someone.go("/privacy/processors")
    for name, typed in (("host", "https://crm.example"), ("name", "远航客户云"), ("purpose", "客户管理"),
                        ("contract_ref", "DPA-1"), ("fields", "摘要\n标签")):  # fmt: skip
        page.fill(f"#{name}", typed)
    page.get_by_role("button", name="登记", exact=True).click()
    page.locator("#faults").wait_for()
    assert wrong(page) == ["host"]
    someone.shoot("privacy-processors-host-desk")
    page.fill("#host", "crm.example")
    page.get_by_role("button", name="登记", exact=True).click()
    page.get_by_role("link", name="远航客户云").click()
    page.get_by_role("heading", name="远航客户云").wait_for()
    page.fill("#purpose", "客户回访")
    page.get_by_role("button", name="保存", exact=True).click()
    page.locator("td", has_text="客户回访").wait_for()
    page.get_by_role("link", name="远航客户云").click()
    page.get_by_label("我知道移除的后果").check()
    page.get_by_role("button", name="移除登记").click()
    page.get_by_text("还没有登记任何接收方").wait_for()
