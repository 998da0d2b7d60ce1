"""A saved rule is changed on a form in a real browser: with the mouse, by key, on a phone, in both languages."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, TENANT, Served, Someone

Enter = Callable[..., Someone]
RULE = "/playbooks/budget_node_stale"
LAPTOP = {"width": 1280, "height": 900}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
       "resultTypes": ["violations"]}  # fmt: skip
SHIFTS = """() => new Promise(done => {
  let moved = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) moved += one.value; })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(moved), 300);
})"""


def text_of(served: Served, rule_id: str) -> str:
    services = served.installation.services
    with services.uow(write=False) as tx:
        return next(rule.text for rule in services.rules_for(tx, TENANT).rules if rule.id == rule_id)


def in_english(page: Page) -> None:
    page.locator("header button[lang=en]").click()
    page.locator("html[lang=en]").wait_for()


def test_a_saved_rule_is_changed_staged_switched_on_and_rolled_back(enter: Enter, served: Served) -> None:
    manager, before = enter("mgr-he"), text_of(served, "budget_node_stale")
    page = manager.go(RULE)
    page.get_by_role("link", name="用表单修改").click()
    page.locator("[name='condition-0.amount']").fill("48")
    page.locator("[name='clock.respond_within.amount']").fill("12")
    page.get_by_role("group", name="通知谁").first.get_by_label("总监").check()
    page.get_by_role("button", name="检查", exact=True).click()
    page.locator("#changes").wait_for()
    assert "超过48小时" in page.locator("#says").inner_text()
    assert "respond_within: 12h" in page.locator("#changes").inner_text()
    if page.locator("#cases").count():
        page.locator("[name=follow]").check()
    manager.shoot("rule-form-changed")
    page.locator("#note").fill("两天就提醒")
    page.get_by_role("button", name="保存为实验").click()
    page.wait_for_url(f"**{RULE}")
    assert "实验" in page.locator(".chip").first.inner_text()
    after = text_of(served, "budget_node_stale")
    assert "budget.age > hours(48)" in after
    assert "to: [owner, manager, sales_ops, director]" in after
    page.get_by_role("button", name="启用", exact=True).click()
    page.locator(".chip.low").first.wait_for()
    assert "两天就提醒" in page.locator("main").inner_text()
    page.locator("[name=action][value=version-0]").click()
    page.get_by_text("v3 · mgr-he").wait_for()
    assert text_of(served, "budget_node_stale") == before, "back to the letter"


def test_a_fault_is_reached_from_the_list_by_key_and_mended(enter: Enter) -> None:
    manager = enter("mgr-he")
    page = manager.go("/playbooks/contact_fatigue/form")
    page.locator("[name='actions.0.hint.text']").fill("请看{{nobody.knows}}")
    page.get_by_role("button", name="检查", exact=True).press("Enter")
    way = page.get_by_role("alert").get_by_role("link")
    way.wait_for()
    assert re.search(r"playbook:\d+:", way.inner_text()), "the line of the text is named, too"
    manager.shoot("rule-form-fault")
    way.press("Enter")
    manager.until("document.activeElement.name === 'actions.0.hint.text'")
    field = page.locator("[name='actions.0.hint.text']")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.input_value() == "请看{{nobody.knows}}", "what was typed is kept"
    field.fill("请看{{subject}}")
    page.get_by_role("button", name="检查", exact=True).press("Enter")
    page.locator("#changes").wait_for()
    assert page.locator("[aria-invalid]").count() == 0


def test_a_line_shows_the_fields_that_its_question_needs(enter: Enter) -> None:
    page = enter("mgr-he").go("/playbooks/new")
    line = page.locator(".cond").first
    look, seen = page.locator("#look_1"), "fields => fields.filter(f => f.checkVisibility()).map(f => f.name)"
    for question, needed in (("", []), ("stale", ["name_1", "amount_1", "unit_1"]), ("equals", ["name_1", "value_1"]),
                             ("count", ["name_1", "amount_1", "unit_1", "times_1"]),
                             ("filled", ["name_1"])):  # fmt: skip
        look.select_option(value=question)
        assert line.locator("input, select:not(#look_1)").evaluate_all(seen) == needed, question


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_editing_pages_fit_their_window_and_do_not_jump(enter: Enter, size: dict[str, int]) -> None:
    manager = enter("mgr-he", size=size)
    for language in ("zh", "en"):
        for path in ("/playbooks", RULE, f"{RULE}/form", "/playbooks/new", "/playbooks/lead_dispatch/form", "/metrics"):
            page = manager.go(path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert page.evaluate(SHIFTS) < 0.02, path
            small = page.locator("main :is(button, a.button, select, input:not([type=checkbox], [type=hidden]))")
            low = small.evaluate_all("all => all.filter(e => e.checkVisibility() && e.offsetHeight < 28).length")
            assert low == 0, f"{path}: too small to be hit"
            manager.shoot(f"edit-{path.strip('/').replace('/', '-')}-{language}-{size['width']}")
        if language == "zh":
            in_english(manager.page)


def test_the_form_of_a_new_rule_is_english_where_english_is_read(enter: Enter) -> None:
    manager = enter("mgr-he")
    in_english(manager.go("/playbooks/new"))
    page = manager.page
    page.get_by_label("Name", exact=True).fill("Budget stands still")
    page.locator("#look_1").select_option(label="a field was not written for")
    page.locator("[name=name_1]").fill("budget_status")
    page.locator("[name=amount_1]").fill("72")
    page.get_by_label("sales operations", exact=True).check()
    page.locator("#said").fill("Look at {{subject}} today.")
    page.get_by_role("button", name="Write the rule").click()
    page.locator("#says").wait_for()
    assert "time since the last “budget_status” is more than 72 hours" in page.locator("#says").inner_text()
    form = page.locator("main").evaluate("main => { main.querySelector('#text').remove(); return main.innerText; }")
    assert CHINESE.findall(form) == []
    manager.shoot("rule-new-english")


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_axe_finds_nothing_on_a_form_with_faults_or_without(enter: Enter, size: dict[str, int]) -> None:
    manager = enter("mgr-he", size=size)
    for path in ("/playbooks/new", "/playbooks/lead_dispatch/form", "/playbooks/contact_fatigue/form"):
        assert Axe().run(manager.go(path), options=AXE).response["violations"] == [], path
    page = manager.page
    page.locator("[name='actions.0.hint.text']").fill("{{nobody.knows}}")
    page.get_by_role("button", name="检查", exact=True).click()
    page.get_by_role("alert").wait_for()
    assert Axe().run(page, options=AXE).response["violations"] == []


def test_every_field_of_the_form_is_reached_by_tabbing(enter: Enter) -> None:
    page = enter("mgr-he").go(f"{RULE}/form")
    wanted = page.locator("form.card :is(input, select, textarea, button):not([type=hidden])").evaluate_all(
        "all => all.filter(e => e.checkVisibility()).map(e => e.id || e.value)"
    )
    page.locator("#title").focus()
    reached = []
    for _ in range(len(wanted) + 10):
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.value"))
        if reached[-1] == "save":
            break
        page.keyboard.press("Tab")
    assert [name for name in wanted if name not in reached] == []
