"""`GET /v1/stores/{id}/questions`: what the CRM and recorded talks say a store is asked, the most frequent first."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nlp.types import Turn
from service.domain.records import AnalysisRecord
from service.usecases.crm.judge_events import judge_events, note_visit
from tests.support.api import OTHER_TENANT, TENANT, Api
from tests.support.builders import a_visit, an_analysis
from tests.support.crm import a_cloud_event
from tests.support.fakes import NOON

DAY = timedelta(days=1)
PATH = "/v1/stores/s-1/questions"


def ask(api: Api, question: str, at: datetime, *, tenant: str = TENANT) -> None:
    event = a_cloud_event("store.question_asked", "store/s-1", at, {"question": question})
    assert api.client(tenant=tenant).post("/v1/events", json=event).status_code == 202
    judge_events(api.services)


def heard(api: Api, *customer: str) -> str:
    """A consultation in the store, analysed; the visit's id."""
    visit = replace(a_visit(7), account_id="s-1", visited_at=NOON)
    turns = tuple(Turn(i=i, text=text, role="customer") for i, text in enumerate(customer))
    record = AnalysisRecord(visit.id, TENANT, 1, 1, replace(an_analysis(visit.id), turns=turns, findings=()), NOON)
    with api.services.uow() as tx:
        tx.visits.add(visit)
        note_visit(tx, api.services, visit, record)
    return visit.id


def questions(api: Api, **query: Any) -> list[dict[str, Any]]:
    answer = api.client().get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["store_id"] == "s-1"
    found: list[dict[str, Any]] = answer.json()["questions"]
    return found


def test_events_and_talks_count_together_with_turn_and_quote(api: Api) -> None:
    ask(api, "旧沙发能以旧换新吗", NOON - 2 * DAY)
    ask(api, "停车收费吗", NOON - DAY)
    ask(api, "沙发能不能以旧换新", NOON - DAY)
    visit = heard(api, "你好。", "请问旧沙发可以以旧换新吗？")
    first, second = questions(api)
    assert (first["question"], first["count"], first["days"], first["running_days"]) == ("旧沙发能以旧换新吗", 3, 3, 3)
    newest = first["asked"][0]
    assert (newest["visit_id"], newest["turn"], newest["quote"]) == (visit, 1, "请问旧沙发可以以旧换新吗？")
    assert [each["visit_id"] for each in first["asked"][1:]] == [None, None]
    assert (second["question"], second["count"]) == ("停车收费吗", 1)


def test_only_the_last_days_are_counted(api: Api) -> None:
    ask(api, "停车收费吗", NOON - 8 * DAY)
    ask(api, "几点关门", NOON - DAY)
    assert [each["question"] for each in questions(api, days=7)] == ["几点关门"]
    assert {each["question"] for each in questions(api)} == {"停车收费吗", "几点关门"}


def test_a_store_that_nobody_told_of_is_not_found_and_another_tenants_is_none(api: Api) -> None:
    assert api.client().get(PATH).json()["code"] == "store_not_found"
    ask(api, "停车收费吗", NOON - DAY, tenant=OTHER_TENANT)
    assert api.client().get(PATH).status_code == 404
    assert api.client().get(PATH, params={"days": 0}).status_code == 422
