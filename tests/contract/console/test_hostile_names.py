"""Names and texts that try to be something else, from a CRM or a rule's author: on pages, on paper and in cards they
stay the words they are (rows 73 to 75)."""

from html import unescape
from typing import Any

import pytest

from service.adapters.channels.all import robot_channels
from service.adapters.urls import UrlRules
from service.domain.delivery.cards import card_of
from service.usecases.crm.make_reports import make_reports
from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.builders import TENANT
from tests.support.console import ConsoleApi
from tests.support.crm import a_cloud_event
from tests.support.pdf import pages_of
from tests.support.playbooks import rule_text
from tests.support.robots import text_of

NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><svg onload=alert(1)>",
    "{{7*7}}{{subject}}{{owner}}",
    "{% for a in range(999999999) %}x{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{0.__class__.__mro__} %(name)s {name}",
    "[点我领奖](https://evil.example/x) https://evil.example",
    "@all <@all> <at id=all></at> <at user_id='all'>所有人</at>",
    "**粗** `码` # 题\n- 项\n> 引",
    "javascript:alert(1)//",
    "=HYPERLINK(1)+cmd|' /C calc'!A0",
    "价" * 3_000,
)
LIVE = ("<script>alert", "<img src=x", "<svg onload", "<at ", "<@all", "](http", "](https")
PAGES = ("/alerts", "/alerts?show=all", "/processes/hospital_admission", "/reports/daily?day={day}",
         "/reports/weekly?day={day}", "/playbooks/budget_node_stale")  # fmt: skip


def a_named_deal(console: ConsoleApi, name: str) -> str:
    """A deal of this name (and stage, and owner) which is stale after 73 hours; the day on which reports tell of it."""
    api = console.api
    data = {"name": name, "stage": name[:200], "budget_status": name[:200], "owner_id": "rep_lin", "amount": 880_000,
            "account_id": "acc_1", "product": name[:200], "region": name[:200]}  # fmt: skip
    event = a_cloud_event("opportunity.created", "opportunity/o1", api.clock.now(), data)
    assert api.client().post("/v1/events", json=event).status_code < 300
    evaluate_playbooks(api.services)
    api.clock.forward(hours=97)
    evaluate_playbooks(api.services)
    return f"{api.clock.now():%Y-%m-%d}"


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:12])
def test_a_name_from_the_crm_stays_a_name_on_every_page_and_on_paper(console: ConsoleApi, name: str) -> None:
    day = a_named_deal(console, name)
    browser = console.enter("exe_gu")
    shown = 0
    for path in PAGES:
        answer = browser.get(path.format(day=day))
        assert answer.status_code == 200, path
        assert not any(live in answer.text for live in ("<script>alert", "<img src=x", "<svg onload", "<at ", "<@all"))
        assert 'href="javascript:' not in answer.text.lower()
        assert 'href="https://evil' not in answer.text
        assert len(answer.text) < 400_000
        shown += name.partition("\n")[0][:60] in unescape(answer.text)
    assert shown >= 2, "it is shown as it is, to alerts and reports at least"
    paper = "".join(pages_of(browser.get(f"/reports/daily.pdf?day={day}").content))
    assert name.partition("\n")[0][:20].replace(" ", "") in paper


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:12])
def test_a_name_from_the_crm_is_no_markup_no_link_and_no_mention_in_any_group(console: ConsoleApi, name: str) -> None:
    a_named_deal(console, name)
    make_reports(console.api.services)
    with console.api.services.uow(write=False) as tx:
        told = [event for event in tx.events.after(TENANT, None, 500) if event.type in ("alert.raised", "report.ready")]
    assert {event.type for event in told} == {"alert.raised", "report.ready"}
    channels = robot_channels(UrlRules())
    for event in told:
        card = card_of(event, dict(event.data), public_url="https://fieldcue.example/", names={"rep_lin": name})
        for kind, channel in channels.items():
            for body in channel.render(card):
                text = text_of(dict(body))
                assert_harmless(text, body, kind)


def assert_harmless(text: str, body: Any, kind: str) -> None:
    own = text.replace("](https://fieldcue.example/", "")
    assert not any(live in own for live in LIVE), kind
    assert "evil.example" not in own, "no group makes a link of it"
    assert "@all" not in own
    assert "@all" not in str(body.get("at", "")), kind


@pytest.mark.parametrize(
    "title", [name for name in NAMES if "\n" not in name and len(name) <= 60], ids=lambda t: t[:12]
)
def test_a_rules_title_and_text_are_words_on_its_pages(console: ConsoleApi, title: str) -> None:
    quoted = "'" + title.replace("'", "''") + "'"
    text = rule_text("stage: {field: stage}", "stage.present", status="experimental")
    text = text.replace("title: 试一试", f"title: {quoted}").replace("description: 试一试", f"description: {quoted}")
    text = text.replace("type: a.b}", "type: a.b, data: {stage: x}}", 1).replace("owner: 测试", f"owner: {quoted}")
    stored = console.api.client().post("/v1/playbooks", json={"text": text, "author": "ops-1"})
    assert stored.status_code == 201, stored.text
    browser = console.enter("exe_gu")
    for path in ("/playbooks", "/playbooks/trial_rule"):
        page = browser.get(path).text
        assert not any(live in page for live in ("<script>alert", "<img src=x", "<svg onload", "<at ", "<@all"))
        assert title in unescape(page)


@pytest.mark.parametrize(
    ("broken", "says"),
    [("owner: &a x", "anchor"), ("owner: " + "9" * 5_000, "30 digits"), ("owner: a\u202eb", "U+202E"),
     ("owner: " + "[" * 500, "30 levels"), ("owner: !!python/name:os.system", "a tag"),
     ("\n".join(f"k{i}: 1" for i in range(5_000)), "unknown key")],
)  # fmt: skip
def test_every_door_refuses_hostile_content_with_its_line_and_a_short_answer(
    console: ConsoleApi, broken: str, says: str
) -> None:
    client = console.api.client()
    text = rule_text("stage: {field: stage}", "stage.present").replace("owner: 测试", broken)
    checked = client.post("/v1/playbooks/check", json={"text": text}).json()
    assert checked["valid"] is False
    refused = client.post("/v1/playbooks", json={"text": text, "author": "ops-1"})
    tested = client.post("/v1/playbooks/backtest", json={"text": text})
    office = client.get("/v1/content/office/standard").json()["text"].replace("owner: 销售运营", broken)
    owned = client.put("/v1/content/office/standard", json={"text": office, "author": "ops-1"})
    for answer in (refused, tested, owned):
        assert answer.status_code == 422, answer.text[:200]
        assert any(says in fault for fault in answer.json()["faults"])
        assert len(answer.content) < 64_000
    page = console.enter("exe_gu")
    page.get("/playbooks/budget_node_stale")
    shown = page.post("/playbooks/budget_node_stale", {"action": "check", "text": text, "note": ""})
    assert shown.status_code in (200, 422)
    assert says in unescape(shown.text)
