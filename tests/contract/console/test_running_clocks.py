"""The alert board tells how long an alert waits for its first action, and how long that took once it came."""

import re
from datetime import timedelta
from html import unescape

from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.builders import TENANT
from tests.support.console import Browser, ConsoleApi
from tests.support.crm import a_cloud_event

DEAL = {"name": "骆驼医院手柄采购", "stage": "proposal", "budget_status": "已报科室", "owner_id": "rep_lin",
        "account_id": "acc_1"}  # fmt: skip
SHOWN = re.compile(r"<span[^>]*data-first-action[^>]*>(.*?)</span>(?:</span>)?", re.DOTALL)


def alerted(console: ConsoleApi) -> str:
    """The id of an alert just raised, about a budget that nobody touched."""
    api = console.api
    api.client().post("/v1/events", json=a_cloud_event("opportunity.created", "opportunity/o1", api.clock.now(), DEAL))
    api.clock.forward(hours=73)
    evaluate_playbooks(api.services)
    (alert,) = api.client().get("/v1/alerts?rule=budget_node_stale").json()["items"]
    return str(alert["id"])


def shown(browser: Browser, alert_id: str, query: str = "") -> str:
    page = unescape(browser.get(f"/alerts{query}").text)
    item = page.split(f'id="alert-{alert_id}"')[1].split("</li>")[0]
    found = SHOWN.search(item)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_the_time_since_the_alert_runs_until_somebody_acts(console: ConsoleApi) -> None:
    alert_id = alerted(console)
    assert shown(console.enter("mgr_he"), alert_id) == "还没有人处理，已过 00:00:00"
    console.api.clock.forward(hours=25, minutes=5, seconds=9)
    manager = console.enter("mgr_he")
    assert shown(manager, alert_id) == "还没有人处理，已过 1 天 01:05:09"
    assert f'data-running="{25 * 3600 + 309}"' in manager.get("/alerts").text, "the page counts on from the server's"
    manager.post(f"/alerts/{alert_id}/acknowledge")
    assert "已过 1 天" in shown(manager, alert_id), "to have seen it is no action"
    console.api.clock.forward(minutes=10)
    manager.post(f"/alerts/{alert_id}/hand-over", {"to": "rep_zhou"})
    console.api.clock.forward(hours=5)
    manager = console.enter("mgr_he")
    assert shown(manager, alert_id) == "首次处理用时 1 天 01:15:09", "and stands still though the alert is open"
    assert "data-running" not in manager.get("/alerts").text


def test_the_time_to_the_first_action_is_told_in_english(console: ConsoleApi) -> None:
    alert_id = alerted(console)
    console.api.clock.forward(days=2)
    rep = console.enter("rep_lin")
    rep.post("/language", {"to": "en", "back": "/console/alerts"})
    assert shown(rep, alert_id) == "No action yet, running for 2 d 00:00:00"
    rep.post(f"/alerts/{alert_id}/act", {"note": "called"})
    console.api.clock.forward(minutes=20)
    assert shown(rep, alert_id, "?show=all") == "First action after 2 d 00:00:00"


def test_an_alert_that_closed_without_an_action_says_so(console: ConsoleApi) -> None:
    alert_id = alerted(console)
    for _ in range(12):
        console.api.clock.forward(days=1)
        evaluate_playbooks(console.api.services)
    with console.api.services.uow(write=False) as tx:
        alert = tx.playbooks.alerts.get(TENANT, alert_id)
    assert alert is not None
    assert (alert.state, alert.closed_at is not None) == ("expired", True)
    assert alert.closed_at is not None
    assert alert.closed_at - alert.raised_at < timedelta(days=13)
    assert shown(console.enter("mgr_he"), alert_id, "?show=all") == "没有人处理过"
