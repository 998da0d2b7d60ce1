"""A rule tried on the past says for whom, how often a week, and which alerts were false, in both languages."""

import re
from datetime import timedelta
from html import unescape

import pytest

from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.console import Browser, ConsoleApi
from tests.support.crm import a_cloud_event

RULE = "/playbooks/budget_node_stale"
WORDS = {
    "zh": ("会提醒谁", "平均每周", "最多的一周从", "可能的误报", "不在您查看范围内的人", "没有负责人"),
    "en": ("Who would be told", "a week on average", "The busiest week began", "false alarms", "outside your view",
           "nobody&#39;s"),
}  # fmt: skip
OWNERS = ("rep_lin", "rep_lin", "rep_zhou", "rep_wu", "")
DAY = timedelta(days=1)


def five_stale_budgets(console: ConsoleApi) -> None:
    """Twenty days ago five budgets were written and then left; that of the first was written again after 80 hours."""
    client, begun = console.api.client(), console.api.clock.now() - 20 * DAY
    for number, owner in enumerate(OWNERS):
        deal = {"name": f"骆驼采购{number}", "stage": "proposal", "budget_status": "已报科室", "owner_id": owner,
                "account_id": f"acc_{number}"}  # fmt: skip
        client.post("/v1/events", json=a_cloud_event("opportunity.created", f"opportunity/o{number}", begun, deal))
    again = a_cloud_event("opportunity.updated", "opportunity/o0", begun + timedelta(hours=80),
                          {"budget_status": "已报院长"})  # fmt: skip
    assert client.post("/v1/events", json=again).status_code < 300
    evaluate_playbooks(console.api.services)


def tried(browser: Browser) -> str:
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", browser.get(RULE).text, re.DOTALL)
    assert text is not None
    page: str = browser.post(RULE, {"action": "try", "text": unescape(text[1])}).text
    return page


def part(page: str, name: str) -> str:
    found = re.search(rf'<(ul|p)[^>]* id="{name}">(.*?)</\1>', page, re.DOTALL)
    assert found is not None, name
    return " ".join(re.sub(r"<[^>]+>", " ", found[2]).split())


def test_a_trial_names_owners_weeks_and_false_alarms(console: ConsoleApi) -> None:
    five_stale_budgets(console)
    page = tried(console.enter("exe_gu"))
    owners = part(page, "tried-owners")
    assert owners.startswith("林晓岚 3 次"), "two deals, one of them twice"
    assert {"周启明 1 次", "吴思远 1 次", "没有负责人 1 次"} <= set(re.findall(r"\S+ 1 次", owners))
    monday = re.search(r"从 (\d{4}-\d\d-\d\d) 开始，(\d+) 次", part(page, "tried-weeks"))
    assert monday is not None
    assert int(monday[2]) >= 5
    assert f"{6 * 7 / 90:.1f}" in page, "six firings in ninety days, by the week"
    false = part(page, "tried-false")
    assert ("骆驼采购0 · 林晓岚" in false, "骆驼采购2" in false) == (True, False)
    assert "骆驼采购2 · 周启明" in part(page, "tried-examples")


def test_who_is_outside_the_view_is_counted_and_not_named(console: ConsoleApi) -> None:
    five_stale_budgets(console)
    page = tried(console.enter("mgr_tan"))
    assert part(page, "tried-owners") == "吴思远 1 次 不在您查看范围内的人 5 次"
    assert "骆驼采购3 · 吴思远" in part(page, "tried-examples")
    for hidden in ("林晓岚", "周启明", "骆驼采购0", "骆驼采购2", "骆驼采购4"):
        assert hidden not in page
    assert "保留的例子都不在您的查看范围内" in page, "the one false alarm is another team's"


@pytest.mark.parametrize("language", WORDS)
def test_a_trial_speaks_the_readers_language(console: ConsoleApi, language: str) -> None:
    five_stale_budgets(console)
    executive, manager = console.enter("exe_gu"), console.enter("mgr_tan")
    pages = ""
    for browser in (executive, manager):
        assert browser.post("/language", {"to": language, "back": "/console/playbooks"}).status_code == 303
        pages += tried(browser)
    assert [words for words in WORDS[language] if words not in pages] == []
    other = WORDS["en" if language == "zh" else "zh"]
    assert [words for words in other if words in pages] == []


def test_a_rule_that_would_not_have_fired_names_nobody(console: ConsoleApi) -> None:
    page = tried(console.enter("exe_gu"))
    assert "会触发的次数" in page
    assert "会提醒谁" not in page
