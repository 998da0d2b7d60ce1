"""Somebody in sales operations writes a rule without reading code: 72 hours, 30 days, three people told."""

from collections.abc import Callable

from tests.browser.conftest import TENANT, Served, Someone

Enter = Callable[..., Someone]


def test_a_rule_from_an_empty_form_to_switched_on(enter: Enter, served: Served) -> None:
    manager = enter("mgr-he")
    page = manager.go("/playbooks")
    page.get_by_role("link", name="新建规则").click()
    page.get_by_label("规则名称").fill("预算停滞且没有下单")
    page.locator("[name=look_1]").select_option(label="字段多久没有更新")
    page.locator("[name=name_1]").fill("budget_status")
    page.locator("[name=amount_1]").fill("72")
    page.locator("[name=look_2]").select_option(label="多久没有发生")
    page.locator("[name=name_2]").fill("order.created")
    page.locator("[name=amount_2]").fill("30")
    page.locator("[name=unit_2]").select_option(label="天")
    for role in ("负责人", "主管", "销售运营"):
        page.get_by_label(role, exact=True).check()
    page.locator("#said").fill("商机“{{subject}}”的预算72小时没有更新，30天没有下单，请今天确认。")
    page.get_by_role("button", name="写出规则").click()
    says = page.locator("#says")
    says.wait_for()
    for words in ("超过72小时", "连续30天没有", "负责人、主管、销售运营"):
        assert words in says.inner_text()
    page.get_by_role("button", name="在过去的数据上试").click()
    page.get_by_text("会触发的次数").wait_for()
    manager.shoot("rule-new")
    page.get_by_role("button", name="保存为实验").click()
    page.wait_for_url("**/playbooks/own_rule_*")
    assert "实验" in page.locator(".chip").first.inner_text()
    page.get_by_role("button", name="启用", exact=True).click()
    page.locator(".chip.low").first.wait_for()
    manager.shoot("rule-switched-on")
    rule_id = page.url.rsplit("/", 1)[1]
    services = served.installation.services
    with services.uow(write=False) as tx:
        rule = next(rule for rule in services.rules_for(tx, TENANT).rules if rule.id == rule_id)
    assert rule.book.status == "stable"
    assert rule.book.actions[0].message is not None
    assert rule.book.actions[0].message.to == ("owner", "manager", "sales_ops")
