"""Rules, alerts and decisions over HTTP, as sales operations and a CRM would use them."""

from typing import Any

from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.api import Api
from tests.support.crm import a_cloud_event
from tests.support.owned_playbooks import OWN_RULE

OPPORTUNITY = {"name": "骆驼医院手柄采购", "stage": "proposal", "budget_status": "已报科室", "owner_id": "rep-7",
               "account_id": "acc-1"}  # fmt: skip


def an_alert(api: Api) -> dict[str, Any]:
    client = api.client()
    client.post("/v1/events", json=a_cloud_event("opportunity.created", "opportunity/o1", api.clock.now(), OPPORTUNITY))
    evaluate_playbooks(api.services)
    api.clock.forward(hours=73)
    evaluate_playbooks(api.services)
    (alert,) = client.get("/v1/alerts?rule=budget_node_stale").json()["items"]
    return dict(alert)


def test_an_alert_is_found_by_what_it_is_about_and_answered_step_by_step(api: Api) -> None:
    alert, client = an_alert(api), api.client()
    path = f"/v1/alerts/{alert['id']}"
    for query in ("state=raised", "owner_id=rep-7", "subject_kind=opportunity&subject_id=o1"):
        assert [each["id"] for each in client.get(f"/v1/alerts?{query}").json()["items"]] == [alert["id"]], query
    assert client.get("/v1/alerts?state=acted").json()["items"] == []
    assert client.get("/v1/alerts?subject_kind=opportunity").json()["code"] == "subject_incomplete"

    assert client.post(f"{path}/acknowledge", json={"who": "rep-7"}).json()["state"] == "acknowledged"
    api.clock.forward(hours=2)
    assert client.post(f"{path}/hand-over", json={"to": "rep-8", "who": "mgr-1"}).json()["handed_to"] == "rep-8"
    acted = client.post(f"{path}/act", json={"who": "rep-8", "note": "已约邵院长"}).json()

    assert (acted["state"], acted["time_to_first_action_s"]) == ("acted", 2 * 3_600)
    assert [step["what"] for step in acted["log"]] == ["raised", "acknowledged", "handed_over", "acted"]
    assert client.get(path).json() == acted
    again = client.post(f"{path}/act", json={})
    assert (again.status_code, again.json()["code"]) == (409, "alert_closed")


def test_figures_give_no_median_under_three_answers(api: Api) -> None:
    alert, client = an_alert(api), api.client()
    client.post(f"/v1/alerts/{alert['id']}/act", json={})
    figures = client.get("/v1/alert-figures?days=7").json()
    assert (figures["first_actions"], figures["in_time"], figures["median_hours_to_first_action"]) == (1, 1, None)
    assert figures["by_state"]["acted"] == 1


def test_what_was_moved_to_a_pool_can_be_asked_for_and_taken_out(api: Api) -> None:
    an_alert(api)
    client = api.client()
    api.clock.forward(hours=25)
    evaluate_playbooks(api.services)
    (pool,) = client.get("/v1/decisions?standing=true&kind=move_to_pool&subject_kind=opportunity&subject_id=o1").json()[
        "items"
    ]
    assert pool["data"] == {"pool": "待激活池"}
    path = f"/v1/decisions/{pool['id']}"
    assert client.get(path).json() == pool
    ended = client.post(f"{path}/end", json={"who": "mgr-1", "reason": "客户本月下单"}).json()
    assert (ended["ended_by"], ended["reason"]) == ("mgr-1", "客户本月下单")
    assert client.post(f"{path}/end", json={}).json()["code"] == "decision_ended"
    assert client.get("/v1/decisions?standing=true&kind=move_to_pool").json()["items"] == []


def test_a_rule_is_checked_added_tried_switched_on_and_rolled_back(api: Api) -> None:
    client = api.client()
    checked = client.post("/v1/playbooks/check", json={"text": OWN_RULE}).json()
    assert checked["valid"] is True
    assert "超过72小时" in checked["explanation"]
    added = client.post("/v1/playbooks", json={"text": OWN_RULE, "author": "ops-1", "note": "先看看"})
    assert (added.status_code, added.json()["version"]) == (201, 1)
    assert client.post("/v1/playbooks", json={"text": OWN_RULE}).json()["code"] == "playbook_exists"

    an_alert(api)
    tried = client.post("/v1/playbooks/backtest", json={"rules": ["own_rule"], "text": None}).json()
    assert tried["rules"][0]["firings"] == 1
    assert tried["rules"][0]["owners"] == {"rep-7": 1}
    assert tried["rules"][0]["examples"][0]["evidence"]

    assert client.post("/v1/playbooks/own_rule/status", json={"status": "experimental"}).json()["version"] == 2
    assert client.get("/v1/playbooks/own_rule").json()["status"] == "experimental"
    changed = OWN_RULE.replace("hours(72)", "hours(48)")
    assert client.put("/v1/playbooks/own_rule", json={"text": changed}).json()["version"] == 3
    assert client.post("/v1/playbooks/own_rule/rollback", json={"version": 1}).json()["version"] == 4
    assert "hours(72)" in client.get("/v1/playbooks/own_rule").json()["text"]
    versions = client.get("/v1/playbooks/own_rule/versions").json()["items"]
    assert [version["version"] for version in versions] == [4, 3, 2, 1]
    assert versions[-1]["author"] == "ops-1"
    listed = {rule["id"]: rule for rule in client.get("/v1/playbooks").json()["items"]}
    assert listed["own_rule"]["changed"] is True
    assert listed["budget_node_stale"]["changed"] is False


def test_a_wrong_rule_is_refused_with_the_line_of_each_fault(api: Api) -> None:
    client = api.client()
    wrong = OWN_RULE.replace("severity: medium", "severity: huge\ncolour: red")
    answer = client.post("/v1/playbooks", json={"text": wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "playbook_invalid")
    assert any("key `severity`" in fault for fault in answer.json()["faults"])
    assert all(fault.startswith("playbook:") for fault in answer.json()["faults"])
    checked = client.post("/v1/playbooks/check", json={"text": wrong}).json()
    assert (checked["valid"], checked["faults"]) == (False, answer.json()["faults"])
    assert client.post("/v1/playbooks/backtest", json={"text": wrong}).json()["code"] == "playbook_invalid"
    assert client.post("/v1/playbooks/backtest", json={}).json()["code"] == "nothing_to_test"
    assert client.post("/v1/playbooks/backtest", json={"rules": ["nobody"]}).status_code == 404


def test_a_rule_whose_own_story_fails_is_not_stored(api: Api) -> None:
    client = api.client()
    answer = client.post("/v1/playbooks", json={"text": OWN_RULE.replace("hours(72)", "hours(900)")})
    assert answer.json()["code"] == "playbook_invalid"
    assert "examples.fires[1]: fires 0 times" in answer.json()["detail"]
    assert client.get("/v1/playbooks/own_rule").status_code == 404


def test_cursors_of_alerts_and_decisions_are_ones_we_gave_out(api: Api) -> None:
    alert, client = an_alert(api), api.client()
    page = client.get("/v1/alerts?limit=1").json()
    assert page["next_cursor"] == page["items"][-1]["id"]
    assert client.get(f"/v1/alerts?after={alert['id']}").status_code == 200
    for path in ("/v1/alerts", "/v1/decisions"):
        assert client.get(f"{path}?after=alr_{0:032x}").json()["code"] == "cursor_invalid"
