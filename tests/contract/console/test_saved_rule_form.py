"""A saved rule changed on a form: what is shown goes back unchanged, faults stand beside fields, versions count."""

import re
from html import unescape
from typing import Any

import pytest

from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.console import Browser, ConsoleApi
from tests.support.crm import a_cloud_event

RULE = "/playbooks/budget_node_stale"
FORM = f"{RULE}/form"


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the rule's form, without a button."""
    form = page.split(f'action="/console{FORM}"')[1].split("</form>", maxsplit=1)[0]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        said = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        if said.get("type") != "checkbox" or " checked" in tag:
            found[unescape(said["name"])] = unescape(said.get("value", ""))
    for name, inner in re.findall(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[unescape(name)] = unescape(inner)
    for name, inner in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        options = re.findall(r'<option value="([^"]*)"([^>]*)>', inner)
        chosen = [value for value, more in options if "selected" in more]
        found[unescape(name)] = unescape((chosen or [options[0][0]])[0])
    return found


def send(browser: Browser, action: str, **changed: str) -> Any:
    page = browser.get(FORM).text
    fields = {**fields_of(page), **{name.replace("__", "."): value for name, value in changed.items()}}
    return browser.post(FORM, {name: value for name, value in {**fields, "action": action}.items() if value})


def text_of(console: ConsoleApi, rule_id: str = "budget_node_stale") -> str:
    with console.api.services.uow(write=False) as tx:
        rules = console.api.services.rules_for(tx, "ten_huadong").rules
    return next(rule.text for rule in rules if rule.id == rule_id)


def test_every_shipped_rule_opens_as_a_form_that_goes_back_unchanged(console: ConsoleApi) -> None:
    manager = console.enter("mgr_he")
    for rule in console.api.services.playbooks.shipped.rules:
        global_form = f"/playbooks/{rule.id}/form"
        page = manager.get(global_form).text
        form = page.replace(f'action="/console{global_form}"', f'action="/console{FORM}"')
        answer = manager.post(global_form, {**fields_of(form), "action": "check"})
        assert (answer.status_code, "没有改动" in answer.text) == (200, True), rule.id


def test_a_number_is_changed_tried_staged_switched_on_and_rolled_back(console: ConsoleApi) -> None:
    manager, before = console.enter("mgr_he"), text_of(console)
    answer = send(manager, "check", **{"condition-0.amount": "71"})
    assert "超过71小时" in answer.text, "said in sentences before it is kept"
    assert "hours(71)" in answer.text.split('id="changes"')[1].split("</pre>")[0]
    assert "会触发的次数" in send(manager, "try", **{"condition-0.amount": "71"}).text
    assert text_of(console) == before, "looking keeps nothing"
    kept = send(manager, "save-experiment", **{"condition-0.amount": "71", "note": "早一小时"})
    assert (kept.status_code, kept.headers["location"]) == (303, f"/console{RULE}")
    after = text_of(console)
    assert after == before.replace("hours(72)", "hours(71)").replace("status: stable", "status: experimental")
    assert "早一小时" in manager.get(RULE).text
    assert manager.post(RULE, {"action": "stable"}).status_code == 303
    assert text_of(console) == before.replace("hours(72)", "hours(71)")
    assert manager.post(RULE, {"action": "version-0"}).status_code == 303
    assert text_of(console) == before


def test_a_rule_changed_on_its_form_fires_by_the_change(console: ConsoleApi) -> None:
    manager = console.enter("mgr_he")
    changed = {"condition-0.amount": "48", "actions.0.notify.text": "“{{subject}}”的预算两天没动。", "follow": "1"}
    assert send(manager, "save", **changed).status_code == 303
    data = {"name": "骆驼医院手柄采购", "stage": "proposal", "budget_status": "已报科室", "owner_id": "rep_lin"}
    event = a_cloud_event("opportunity.created", "opportunity/o1", console.api.clock.now(), data)
    assert console.api.client().post("/v1/events", json=event).status_code < 300
    evaluate_playbooks(console.api.services)
    console.api.clock.forward(hours=49)
    evaluate_playbooks(console.api.services)
    (alert,) = console.api.client().get("/v1/alerts?rule=budget_node_stale").json()["items"]
    assert alert["text"] == "“骆驼医院手柄采购”的预算两天没动。"


def test_cases_that_end_otherwise_have_to_be_meant(console: ConsoleApi) -> None:
    manager, before = console.enter("mgr_he"), text_of(console)
    refused = send(manager, "save", **{"condition-0.amount": "9000"})
    assert (refused.status_code, "现在不触发" in refused.text) == (422, True)
    assert 'value="9000"' in refused.text, "what was typed is kept"
    assert text_of(console) == before
    assert send(manager, "save", **{"condition-0.amount": "9000", "follow": "1"}).status_code == 303
    assert "hours(9000)" in text_of(console)


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"condition-0.amount": "72.5"}, "condition-0.amount", "1 到 9999 的整数"),
        ({"condition-0.name": "预算"}, "condition-0.name", "playbook:"),
        ({"condition-0.name": "x}, foo: {a"}, "condition-0.name", "playbook:"),
        ({"actions.0.notify.text": "{{nobody.knows}}"}, "actions.0.notify.text", "playbook:"),
        ({"actions.0.notify.text": "{% for x in y %}"}, "actions.0.notify.text", "brace or template mark"),
        ({"title": "长" * 60 + "长"}, "", ""),
        ({"severity": "enormous"}, "severity", "请填这一项"),
        ({"new-1.look": "count", "new-1.name": "call.logged", "new-1.amount": "3", "new-1.times": "0"}, "new-1.times",
         "整数"),
    ],
)  # fmt: skip
def test_a_fault_stands_beside_its_field_and_keeps_nothing(
    console: ConsoleApi, changed: dict[str, str], field: str, said: str
) -> None:
    manager, before = console.enter("mgr_he"), text_of(console)
    answer = send(manager, "save", **changed)
    assert answer.status_code == 422
    assert text_of(console) == before
    if field:
        assert f'id="wrong-{field}"' in answer.text
        assert f'href="#{field}"' in answer.text, "a way leads to it"
        beside = answer.text.split(f'id="wrong-{field}"')[1].split("</span>")[0]
        assert said in unescape(beside)


def test_two_people_at_one_form_do_not_undo_each_other(console: ConsoleApi) -> None:
    first, second = console.enter("mgr_he"), console.enter("exe_gu")
    opened = fields_of(second.get(FORM).text)
    assert send(first, "save", severity="medium").status_code == 303
    late = second.post(FORM, {**opened, "title": "另一个标题", "action": "save"})
    assert (late.status_code, "被别人改过了" in late.text) == (409, True)
    assert "另一个标题" not in text_of(console)


def test_the_form_is_for_those_who_may_change_rules(console: ConsoleApi) -> None:
    fields = fields_of(console.enter("mgr_he").get(FORM).text)
    console.put("mgr_tan", role="trainer")
    for person in ("rep_lin", "mgr_tan"):
        browser = console.enter(person)
        assert browser.get(FORM).status_code == 403
        assert browser.post(FORM, {**fields, "form_token": "", "action": "save"}).status_code == 403
    manager = console.enter("mgr_he")
    assert manager.get("/playbooks/nothing/form").status_code == 404
    assert send(manager, "burn").status_code == 422


def test_a_comment_that_goes_with_a_line_is_named_first(console: ConsoleApi) -> None:
    manager = console.enter("mgr_he")
    text = text_of(console).replace(
        "  name: {field: name}", "  name: {field: name}\n  old: {field: amount}  # 去年的口径"
    )
    text = text.replace("purchase.n == 0", "purchase.n == 0 && !old.present")
    assert manager.post(RULE, {"action": "save", "text": text}).status_code == 303
    answer = send(manager, "check", **{"condition-2.look": ""})
    assert "# 去年的口径" in answer.text.split("它们会一起去掉")[1].split("</section>")[0]
