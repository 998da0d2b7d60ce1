"""Who may be lost within a month, and where deals die, over the application; reasons lead to visits and events."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from nlp.churn.account import AccountRiskModel
from service.domain.content.bundle import Content
from service.settings import ROOT
from tests.support.api import OTHER_TENANT, TENANT, Api, make_api
from tests.support.builders import a_visit, an_analysis, an_analysis_record, an_id
from tests.support.crm import an_event
from tests.support.fakes import NOON

DAY = timedelta(days=1)


@pytest.fixture
def api(tmp_path: Path, content: Content) -> Api:
    made = make_api(tmp_path, content)
    made.services = replace(made.services, accounts=AccountRiskModel.load(ROOT / "models" / "accounts"))
    with made.services.uow() as tx:
        for number, days in ((1, 40), (2, 33), (3, 26)):
            tx.visits.add(a_visit(number, account_id="acc-1", visited_at=NOON - days * DAY))
            tx.analyses.put(
                an_analysis_record(visit_id=an_id("vis", number), analysis=an_analysis(an_id("vis", number)))
            )
        for number, when in enumerate((9, 6, 3)):
            moved = NOON + (10 + number) * DAY
            event = an_event("visit", "m-1", at=NOON - when * DAY, account_id="acc-1", scheduled_at=moved.isoformat())
            tx.crm_events.add(TENANT, event)
            entity = tx.entities.hold(TENANT, "visit", "m-1")
            tx.entities.put(TENANT, replace(entity, fields={**entity.fields, **_fields(event)}))
    return made


def _fields(event: object) -> dict[str, object]:
    from service.domain.crm.entities import Entity, apply
    from service.domain.crm.events import CrmEvent

    assert isinstance(event, CrmEvent)
    return dict(apply(Entity(event.kind, event.entity_id), event).fields)


def test_the_risk_names_its_reasons_and_where_they_were_seen(api: Api) -> None:
    answer = api.client().get("/v1/accounts/acc-1/risk")
    assert answer.status_code == 200
    risk = answer.json()
    assert 0.0 < risk["probability"] < 1.0
    assert (risk["horizon_days"], risk["model"][:9]) == (30, "accounts-")
    assert "模拟" in risk["notice"]
    reasons = {reason["name"]: reason for reason in risk["because"]}
    assert reasons["rescheduled"]["event_id"].startswith("cev_")
    assert reasons["silence"]["visit_id"] == an_id("vis", 3)
    assert all(reason["text"] for reason in reasons.values())


def test_an_unknown_account_and_another_tenants_are_not_found(api: Api) -> None:
    assert api.client().get("/v1/accounts/acc-9/risk").json()["code"] == "account_not_found"
    assert api.client(tenant=OTHER_TENANT).get("/v1/accounts/acc-1/risk").status_code == 404


def test_without_a_model_the_way_out_is_named(api: Api) -> None:
    api.services = replace(api.services, accounts=None)
    answer = api.client().get("/v1/accounts/acc-1/risk")
    assert (answer.status_code, answer.json()["code"]) == (503, "model_missing")
    assert "models/accounts" in answer.json()["detail"]


def test_where_deals_die_is_counted_by_the_day(api: Api) -> None:
    with api.services.uow() as tx:
        for number in range(6):
            name = f"opp-{number}"
            start = NOON - 30 * DAY
            tx.crm_events.add(TENANT, an_event("opportunity", name, at=start, stage="签约前"))
            if number < 3:
                tx.crm_events.add(TENANT, an_event("opportunity", name, at=start + 2.5 * DAY, status="丢单"))
    (stage,) = api.client().get("/v1/stages/survival").json()["items"]
    assert (stage["stage"], stage["deals"], stage["lost"], stage["deadliest_day"]) == ("签约前", 6, 3, 3)
    (day,) = stage["days"]
    assert (day["at_risk"], day["alive"], day["opportunities"]) == (6, 0.5, ["opp-0", "opp-1", "opp-2"])
    assert api.client(tenant=OTHER_TENANT).get("/v1/stages/survival").json() == {"items": []}
