"""Sales operations' pages: alerts with their clock, metrics, boards, and rules changed without a developer."""

from html import unescape
from typing import Any

import pytest

from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.builders import OTHER_TENANT
from tests.support.console import Browser, ConsoleApi
from tests.support.crm import a_cloud_event

OPPORTUNITY = {"name": "骆驼医院手柄采购", "stage": "proposal", "budget_status": "已报科室", "owner_id": "rep_lin",
               "account_id": "acc_1"}  # fmt: skip
RULE = "/playbooks/budget_node_stale"


def alert_of(console: ConsoleApi) -> Any:
    """The one alert about the opportunity whose budget nobody touched for 73 hours."""
    api = console.api
    event = a_cloud_event("opportunity.created", "opportunity/o1", api.clock.now(), OPPORTUNITY)
    assert api.client().post("/v1/events", json=event).status_code < 300
    evaluate_playbooks(api.services)
    api.clock.forward(hours=73)
    evaluate_playbooks(api.services)
    (alert,) = api.client().get("/v1/alerts?rule=budget_node_stale").json()["items"]
    return alert


def now(console: ConsoleApi, alert: Any) -> Any:
    return console.api.client().get(f"/v1/alerts/{alert['id']}").json()


def test_an_alert_is_seen_by_its_rep_and_their_leaders_and_nobody_else(console: ConsoleApi) -> None:
    alert = alert_of(console)
    seen = {person: alert["title"] in console.enter(person).get("/alerts").text
            for person in ("rep_lin", "mgr_he", "exe_gu", "rep_zhou", "rep_wu", "mgr_tan")}  # fmt: skip
    assert seen == {"rep_lin": True, "mgr_he": True, "exe_gu": True, "rep_zhou": False, "rep_wu": False,
                    "mgr_tan": False}  # fmt: skip
    stranger = console.enter("mgr_foreign", OTHER_TENANT)
    assert alert["title"] not in stranger.get("/alerts").text
    assert stranger.post(f"/alerts/{alert['id']}/act", {"note": "x"}).status_code == 404


def test_an_alert_is_acknowledged_handed_over_and_dealt_with(console: ConsoleApi) -> None:
    alert = alert_of(console)
    rep, manager = console.enter("rep_lin"), console.enter("mgr_he")
    assert "小时" in rep.get("/alerts").text, "its clock is shown"
    assert rep.post(f"/alerts/{alert['id']}/acknowledge").status_code == 303
    assert now(console, alert)["state"] == "acknowledged"
    assert manager.post(f"/alerts/{alert['id']}/hand-over", {"to": "rep_zhou"}).status_code == 303
    zhou = console.enter("rep_zhou")
    assert alert["title"] in zhou.get("/alerts").text
    assert zhou.post(f"/alerts/{alert['id']}/act", {"note": "约了邵院长"}).status_code == 303
    acted = now(console, alert)
    assert (acted["state"], [step["who"] for step in acted["log"][1:]]) == ("acted", ["rep_lin", "mgr_he", "rep_zhou"])
    assert zhou.post(f"/alerts/{alert['id']}/act", {"note": "again"}).status_code == 409
    assert alert["title"] not in zhou.get("/alerts").text
    assert "约了邵院长" in zhou.get("/alerts?show=all").text


@pytest.mark.parametrize(("person", "move", "fields", "status"), [
    ("rep_zhou", "act", {"note": "x"}, 404), ("mgr_tan", "acknowledge", {}, 404), ("mgr_he", "burn", {}, 404),
    ("mgr_he", "hand-over", {"to": "nobody"}, 422),
])  # fmt: skip
def test_what_is_not_meant_changes_nothing(
    console: ConsoleApi, person: str, move: str, fields: dict[str, str], status: int
) -> None:
    alert = alert_of(console)
    assert console.enter(person).post(f"/alerts/{alert['id']}/{move}", fields).status_code == status
    assert now(console, alert) == alert


def test_the_pages_of_sales_operations_are_not_for_reps(console: ConsoleApi) -> None:
    rep, manager = console.enter("rep_lin"), console.enter("mgr_he")
    for path in (
        "/metrics",
        "/metrics/data_freshness",
        "/processes",
        "/processes/hospital_admission",
        "/playbooks",
        RULE,
    ):
        assert rep.get(path).status_code == 403, path
    for path in ("/metrics", "/processes", "/processes/hospital_admission", "/playbooks", RULE):
        assert manager.get(path).status_code == 200, path
    for path in ("/metrics/nothing", "/processes/nothing", "/playbooks/nothing"):
        assert manager.get(path).status_code == 404, path


def test_every_metric_opens_into_its_lineage(console: ConsoleApi) -> None:
    alert_of(console)
    manager = console.enter("mgr_he")
    for metric in console.api.services.content.metrics:
        answer = manager.get(f"/metrics/{metric.id}")
        assert answer.status_code == 200, metric.id
        assert metric.title in answer.text


def test_a_metric_of_the_firm_names_the_records_of_the_readers_scope_alone(console: ConsoleApi) -> None:
    client = console.api.client()
    for number, owner in enumerate(("rep_lin", "rep_wu", None)):
        data = {"name": f"云杉{number}厂", "industry": "制造业", **({"owner_id": owner} if owner else {})}
        event = a_cloud_event("account.created", f"account/far-away-{number}", console.api.clock.now(), data)
        assert client.post("/v1/events", json=event).status_code < 300
    page = console.enter("mgr_he").get("/metrics/customer_completeness").text
    assert [number for number in range(3) if f"云杉{number}厂" in page] == [0]
    assert "客户 …r-away-1" in page, "it counts, and is told by its kind"
    whole = console.enter("exe_gu").get("/metrics/customer_completeness").text
    assert [number for number in range(3) if f"云杉{number}厂" not in whole] == []


def test_a_board_shows_the_opportunities_of_the_scope_by_stage(console: ConsoleApi) -> None:
    client = console.api.client()
    for number, owner in enumerate(("rep_lin", "rep_wu")):
        data = {"name": f"采购{number}", "pipeline": "hospital", "stage": "院内准入", "owner_id": owner}
        event = a_cloud_event("opportunity.created", f"opportunity/h{number}", console.api.clock.now(), data)
        client.post("/v1/events", json=event)
    board = console.enter("mgr_he").get("/processes/hospital_admission").text
    assert "采购0" in board
    assert "采购1" not in board
    assert "科室主任签字的《产品试用申请》" in board, "what is missing is named"


def shown(browser: Browser) -> str:
    page: str = browser.get(RULE).text
    return page.split("<textarea")[1].split(">", 1)[1].split("</textarea>", maxsplit=1)[0]


def test_a_rule_is_checked_with_lines_tried_saved_switched_and_rolled_back(console: ConsoleApi) -> None:
    alert_of(console)
    manager = console.enter("mgr_he")
    services = console.api.services
    with services.uow(write=False) as tx:
        text = next(rule.text for rule in services.playbooks.book_for(tx, "ten_huadong").rules
                    if rule.id == "budget_node_stale")  # fmt: skip
    assert "写法正确" in manager.post(RULE, {"action": "check", "text": text}).text
    wrong = manager.post(RULE, {"action": "check", "text": text.replace("title:", "titel:", 1)}).text
    assert "playbook:" in wrong
    assert "titel" in wrong
    assert "会触发的次数" in manager.post(RULE, {"action": "try", "text": text}).text
    refused = manager.post(RULE, {"action": "save", "text": "id: broken"})
    assert refused.status_code == 422
    changed = text.replace("title: ", "title: 新版", 1)
    assert manager.post(RULE, {"action": "save", "text": changed, "note": "换个说法"}).status_code == 303
    assert "换个说法" in manager.get(RULE).text
    assert manager.post(RULE, {"action": "deprecated"}).status_code == 303
    assert "status: deprecated" in shown(manager)
    assert manager.post(RULE, {"action": "version-0"}).status_code == 303
    assert "新版" not in shown(manager)
    assert manager.post(RULE, {"action": "version-99"}).status_code == 404
    assert manager.post(RULE, {"action": "nonsense"}).status_code == 422


def test_a_trainer_reads_rules_and_changes_none(console: ConsoleApi) -> None:
    console.put("mgr_he", role="trainer")
    trainer = console.enter("mgr_he")
    assert trainer.get(RULE).status_code == 200
    assert trainer.post(RULE, {"action": "deprecated"}).status_code == 403


NEW = {"title": "预算停滞且没有下单", "subject": "opportunity", "look_1": "stale", "name_1": "budget_status",
       "amount_1": "72", "unit_1": "hours", "look_2": "absent", "name_2": "order.created，payment.received",
       "amount_2": "30", "unit_2": "days", "to_owner": "1", "to_manager": "1", "to_sales_ops": "1",
       "said": "商机“{{subject}}”的预算72小时没动，30天没有下单。", "severity": "high",
       "cooldown_days": "7"}  # fmt: skip


def written(answer: Any) -> str:
    page: str = answer.text
    return unescape(page.split('name="text"')[1].split(">", 1)[1].split("</textarea>", maxsplit=1)[0])


def test_a_rule_is_written_from_a_form_tried_kept_as_an_experiment_and_switched_on(console: ConsoleApi) -> None:
    manager, services = console.enter("mgr_he"), console.api.services
    assert manager.get("/playbooks/new").status_code == 200
    answer = manager.post("/playbooks/new", {**NEW, "action": "write"})
    assert (answer.status_code, "写法正确" in answer.text) == (200, True)
    assert "通知负责人、主管、销售运营" in answer.text, "said in Chinese, three people named"
    text = written(answer)
    assert "会触发的次数" in manager.post("/playbooks/new", {**NEW, "action": "try", "text": text}).text
    kept = manager.post("/playbooks/new", {**NEW, "action": "save", "text": text})
    assert (kept.status_code, kept.headers["location"]) == (303, "/console/playbooks/own_rule_1")
    event = a_cloud_event("opportunity.created", "opportunity/o1", console.api.clock.now(), OPPORTUNITY)
    console.api.client().post("/v1/events", json=event)
    assert manager.post("/playbooks/own_rule_1", {"action": "stable"}).status_code == 303
    for hours in (0, 31 * 24):
        console.api.clock.forward(hours=hours)
        evaluate_playbooks(services)
    (alert,) = console.api.client().get("/v1/alerts?rule=own_rule_1").json()["items"]
    assert [each["role"] for each in alert["recipients"]] == ["owner", "manager", "sales_ops"]
    assert alert["text"] == "商机“骆驼医院手柄采购”的预算72小时没动，30天没有下单。"


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"action": "write", "to_owner": "", "to_manager": "", "to_sales_ops": ""}, 422, ""),
        ({"action": "write", "said": "{{nobody.knows}}"}, 422, "playbook:"),
        ({"action": "write", "name_1": "预算"}, 422, "playbook:"),
        ({"action": "write", "said": "{% for x in y %}"}, 422, "brace or template mark"),
        ({"action": "save", "text": "id: &a x\nb: *a"}, 422, "playbook:1"),
        ({"action": "burn"}, 422, ""),
    ],
)
def test_what_a_form_cannot_mean_is_refused_with_its_line(
    console: ConsoleApi, fields: dict[str, str], status: int, says: str
) -> None:
    manager = console.enter("mgr_he")
    sent = {key: value for key, value in {**NEW, **fields}.items() if value}
    answer = manager.post("/playbooks/new", sent)
    assert (answer.status_code, says in answer.text) == (status, True)
    assert console.enter("rep_lin").post("/playbooks/new", sent).status_code == 403
