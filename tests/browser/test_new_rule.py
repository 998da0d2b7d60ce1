"""Somebody in sales operations writes a rule without reading code: 72 hours, 30 days, three people told."""

import re
import time
from collections.abc import Callable

from tests.browser.conftest import TENANT, Served, Someone

Enter = Callable[..., Someone]
FIVE_MINUTES_S = 300
RULE = "/playbooks/blocker_reported"
TITLE = "title: "


def test_a_rule_from_an_empty_form_to_switched_on(enter: Enter, served: Served) -> None:
    manager = enter("mgr-he")
    begun = time.monotonic()
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
    assert time.monotonic() - begun < FIVE_MINUTES_S, "the pages leave a person time to type"
    manager.shoot("rule-switched-on")
    rule_id = page.url.rsplit("/", 1)[1]
    services = served.installation.services
    with services.uow(write=False) as tx:
        rule = next(rule for rule in services.rules_for(tx, TENANT).rules if rule.id == rule_id)
    assert rule.book.status == "stable"
    assert rule.book.actions[0].message is not None
    assert rule.book.actions[0].message.to == ("owner", "manager", "sales_ops")


def test_a_faulty_line_an_edit_and_the_way_back(enter: Enter) -> None:
    manager = enter("mgr-he")
    page = manager.go(RULE)
    heading, whole = page.locator("h1").inner_text(), page.locator("#text").input_value()
    lines = whole.split("\n")
    faulty = next(number for number, line in enumerate(lines) if line.startswith("severity: "))
    page.locator("#text").fill("\n".join([*lines[:faulty], "severity: enormous", *lines[faulty + 1 :]]))
    page.get_by_role("button", name="检查", exact=True).click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert f"playbook:{faulty + 1}:" in alert.inner_text()
    assert "severity: enormous" in page.locator("#text").input_value(), "what was typed is kept"
    manager.shoot("rule-faulty-line")
    page.get_by_role("button", name="保存为新版本").click()
    page.get_by_role("alert").wait_for()
    assert page.locator("[name=action][value^=version-]").count() == 0, "a faulty text is no version"

    page.locator("#text").fill(whole.replace(TITLE, f"{TITLE}新版", 1))
    page.locator("#note").fill("换个说法")
    page.get_by_role("button", name="保存为新版本").click()
    page.get_by_text("换个说法").wait_for()
    assert page.locator("h1").inner_text() == f"新版{heading}"
    assert "v1 · mgr-he" in page.locator("main").inner_text()
    page.locator("[name=action][value=version-0]").click()
    page.get_by_text("v2 · mgr-he").wait_for()
    assert page.locator("h1").inner_text() == heading
    assert page.locator("#text").input_value() == whole
    page.locator("[name=action][value=version-1]").click()
    page.get_by_text("v3 · mgr-he").wait_for()
    assert page.locator("h1").inner_text() == f"新版{heading}", "and forward again"


def test_the_time_to_the_first_action_runs_on_the_page(enter: Enter) -> None:
    executive = enter("exe-gu")
    page = executive.go("/alerts")
    timer = page.locator("[data-running]").first
    first = timer.text_content()
    assert first
    executive.until(f"document.querySelector('[data-running]').textContent !== {first!r}")
    assert re.fullmatch(r"(\d+ 天 )?\d\d:\d\d:\d\d", timer.text_content() or "")
    page.reload()
    seen = page.locator("[data-running]").first.get_attribute("data-running")
    assert int(seen or "0") > 0
    executive.shoot("alerts-running")
