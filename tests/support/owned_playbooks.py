"""What one tenant can own of playbooks, for the tests that knock at every door with another tenant's ids."""

from typing import Any

from starlette.testclient import TestClient

from service.domain.playbooks.alerts import Alert, Decision
from service.usecases.services import Services
from tests.support.builders import TENANT
from tests.support.fakes import NOON
from tests.support.playbooks import rule_text
from tests.support.shelf import shipped_content

OWN_RULE = rule_text("budget: {field: budget_status}\nname: {field: name}", "budget.age > hours(72)", id_="own_rule")
OWN_RULE = OWN_RULE.replace("now: 2026-03-02 09:00", "now: 2026-03-06 09:00", 1).replace(
    "type: a.b", "type: opportunity.created", 1
)
OWN_PLAN = shipped_content().texts["plans", "weekly_plan"].replace("id: weekly_plan", "id: own_plan")
_WHO = {"json": {"who": "rep-9"}}
PLAYBOOK_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/v1/alerts/{alert_id}/acknowledge"): _WHO,
    ("post", "/v1/alerts/{alert_id}/act"): _WHO,
    ("post", "/v1/alerts/{alert_id}/hand-over"): {"json": {"to": "rep-8", "who": "rep-9"}},
    ("post", "/v1/decisions/{decision_id}/end"): {"json": {"who": "rep-9", "reason": "ok"}},
    ("put", "/v1/playbooks/{playbook_id}"): {"json": {"text": OWN_RULE}},
    ("post", "/v1/playbooks/{playbook_id}/status"): {"json": {"status": "experimental"}},
    ("post", "/v1/playbooks/{playbook_id}/rollback"): {"json": {"version": 1}},
    ("put", "/v1/content/{content_kind}/{content_id}"): {"json": {"text": OWN_PLAN}},
    ("post", "/v1/content/{content_kind}/{content_id}/rollback"): {"json": {"version": 1}},
}


def an_alert(number: int = 1, **changes: Any) -> Alert:
    values: dict[str, Any] = {
        "id": f"alr_{number:032x}",
        "tenant_id": TENANT,
        "rule_id": "own_rule",
        "rule_version": "v1",
        "subject_kind": "opportunity",
        "subject_id": "o1",
        "cause": f"{number:064x}",
        "severity": "high",
        "title": "预算节点停滞",
        "text": "请看o1",
        "at": NOON,
        "raised_at": NOON,
        "owner_id": "rep-7",
    }
    return Alert(**{**values, **changes})


def a_decision(number: int = 1, **changes: Any) -> Decision:
    values: dict[str, Any] = {
        "id": f"dec_{number:032x}",
        "tenant_id": TENANT,
        "alert_id": f"alr_{1:032x}",
        "rule_id": "own_rule",
        "kind": "move_to_pool",
        "subject_kind": "opportunity",
        "subject_id": "o1",
        "data": {"pool": "待激活池"},
        "made_at": NOON,
    }
    return Decision(**{**values, **changes})


def own_playbooks(services: Services, client: TestClient) -> dict[str, str]:
    """Ids of an alert, a decision and a rule of the tenant's own."""
    answer = client.post("/v1/playbooks", json={"text": OWN_RULE})
    assert answer.status_code == 201, answer.json()
    own = client.post("/v1/content", json={"kind": "plans", "text": OWN_PLAN})
    assert own.status_code == 201, own.json()
    with services.uow() as tx:
        tx.playbooks.alerts.add(an_alert())
        tx.playbooks.decisions.add(a_decision())
    return {"alert_id": an_alert().id, "decision_id": a_decision().id, "playbook_id": "own_rule",
            "content_kind": "plans", "content_id": "own_plan"}  # fmt: skip
