"""Every read that tells a figure or a judgement of named reps waits for a person's review where it is for `hr`.

A new GET is in `GATED`, with a way to ask it, or in `NOT_GATED`, with its reason.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.api.app import create_app
from service.domain.coaching.reviews import Appeal
from service.domain.delivery.deliveries import Event
from service.domain.errors import Conflict
from service.domain.playbooks.alerts import Alert, Decision
from service.usecases.coaching.review_scores import require_reviewed
from tests.support.api import TENANT, Api
from tests.support.builders import an_id
from tests.support.coached import PRICE_LEFT_OPEN, coached
from tests.support.crm_story import Story

FEBRUARY = datetime(2026, 2, 3, 4, tzinfo=UTC)
MARCH = datetime(2026, 3, 4, 4, tzinfo=UTC)
PEOPLE = [
    {"id": "rep-1", "name": "林一", "role": "rep", "team": "华东一组"},
    {"id": "trn-1", "name": "何三", "role": "trainer", "team": "华东一组"},
]
ALERT, DECISION = an_id("alr"), an_id("dec")
GATED = {
    "/v1/visits/{visit_id}/analysis": f"/v1/visits/{an_id('vis')}/analysis",
    "/v1/reps/{rep_id}/skills": "/v1/reps/rep-1/skills?month=2026-02",
    "/v1/reps/{rep_id}/courses": "/v1/reps/rep-1/courses",
    "/v1/reps/{rep_id}/plan": "/v1/reps/rep-1/plan?week=2026-02-04",
    "/v1/reps/{rep_id}/credibility": "/v1/reps/rep-1/credibility?month=2026-02",
    "/v1/reps/{rep_id}/lead-coefficients": "/v1/reps/rep-1/lead-coefficients",
    "/v1/opportunities/{opportunity_id}/attribution": "/v1/opportunities/opp-5/attribution",
    "/v1/reports/daily": "/v1/reports/daily?day=2026-02-03",
    "/v1/reports/weekly": "/v1/reports/weekly?week=2026-02-03",
    "/v1/appeals": "/v1/appeals",
    "/v1/alerts": "/v1/alerts",
    "/v1/alerts/{alert_id}": f"/v1/alerts/{ALERT}",
    "/v1/decisions": "/v1/decisions",
    "/v1/decisions/{decision_id}": f"/v1/decisions/{DECISION}",
}
OTHERWISE = {
    "/v1/teams/{team}/skills": "its rule is stricter: nobody before everybody (test_score_reviews.py)",
    "/v1/events": "it leaves out what was not reviewed, as a webhook does (below)",
}
_STATE, _OWN = "how far work is", "what the tenant set up or wrote itself"
_DEAL = "about a customer or a deal, not a rep"
_SAID = "what was said or done, without a judgement of whoever said it"
NOT_GATED = {
    "/v1/visits": _STATE, "/v1/visits/{visit_id}": _STATE, "/v1/recordings/{recording_id}": _STATE,
    "/v1/runs": _STATE, "/v1/runs/{run_id}": _STATE, "/v1/limits": _STATE, "/v1/speech": _STATE,
    "/v1/deliveries": _STATE, "/v1/deliveries/{delivery_id}": _STATE,
    "/v1/webhook-endpoints/{endpoint_id}/attempts": _STATE,
    "/healthz": _STATE, "/readyz": _STATE, "/metrics": _STATE, "/v1/models": _STATE, "/v1/models/{model_id}": _STATE,
    "/v1/models/{task}/versions": _STATE, "/v1/models/{task}/comparison": _STATE, "/v1/model-drift": _STATE,
    "/v1/recordings/{recording_id}/audio": _SAID, "/v1/visits/{visit_id}/recording/audio": _SAID, "/v1/audio": _SAID,
    "/v1/visits/{visit_id}/transcript": _SAID, "/v1/accounts/{account_id}/timeline": _SAID, "/v1/hints": _SAID,
    "/v1/visits/{visit_id}/checklist": _SAID, "/v1/visits/{visit_id}/debrief": _SAID, "/v1/labels": _SAID,
    "/v1/stores/{store_id}/questions": _SAID, "/v1/entities/{kind}/{entity_id}": "the CRM's own facts",
    "/v1/subjects/{subject_ref}": "a person's right to see what is kept of them",
    "/v1/subjects/{subject_ref}/export": "a person's right to a copy of it",
    "/v1/accounts/{account_id}/risk": _DEAL, "/v1/stages/survival": _DEAL, "/v1/loss-patterns": _DEAL,
    "/v1/processes/{process_id}/board": _DEAL, "/v1/opportunities/{opportunity_id}/process": _DEAL,
    "/v1/opportunities/{opportunity_id}/health": _DEAL, "/v1/requests/{request_id}/deal-check": _DEAL,
    "/v1/metrics": "of the whole tenant, by region or product", "/v1/metrics/{metric_id}": "as the list",
    "/v1/alert-figures": "counts by state, of nobody", "/v1/bias-report": "of groups; small ones are pooled",
    "/v1/reps/{rep_id}/skills/review": "this is where they are reviewed",
    "/v1/webhook-endpoints/{endpoint_id}/pseudonyms/{pseudonym}": "whom a token stands for, and nothing of them",
    **dict.fromkeys(
        ("/v1/people", "/v1/people/{person_id}", "/v1/courses", "/v1/courses/{course_id}", "/v1/crm-sources",
         "/v1/crm-sources/{source_id}", "/v1/playbooks", "/v1/playbooks/{playbook_id}", "/v1/processes",
         "/v1/playbooks/{playbook_id}/versions", "/v1/content", "/v1/content/{content_kind}/{content_id}",
         "/v1/content/{content_kind}/{content_id}/versions", "/v1/webhook-endpoints",
         "/v1/webhook-endpoints/{endpoint_id}"), _OWN),
}  # fmt: skip
DUTIES = ("/v1/privacy/", "/v1/audit", "/v1/erasures")
"""Decisions, receipts and the trail: what was done with data, none of it a figure of a rep."""


@pytest.fixture
def office(api: Api) -> Api:
    api.client().put("/v1/people", json={"people": PEOPLE})
    for number in range(4):
        api.clock.at = FEBRUARY + timedelta(days=number)
        coached(api.services, 1 + number, *PRICE_LEFT_OPEN, at=api.clock.at, rep="rep-1", account="acc-1")
    api.clock.at = FEBRUARY
    crm = Story(api)
    crm.tell("opportunity.created", "opportunity/opp-5", owner_id="rep-1", amount=400_000)
    crm.tell("contribution.recorded", "task/contract-1", opportunity_id="opp-5", action="contract", actor_id="rep-1",
             signed_contract="合同.pdf")  # fmt: skip
    crm.tell("opportunity.won", "opportunity/opp-5")
    with api.services.uow() as tx:
        tx.coaching.appeals.put(
            Appeal(
                an_id("apl"), TENANT, FEBRUARY, an_id("vis"), "rep-1", "finding", an_id("fnd"), "objection", "太贵", ""
            )
        )
        alert = Alert(ALERT, TENANT, "r", "1", "person", "rep-1", "c", "high", "拜访太少", "", FEBRUARY, FEBRUARY)
        assert tx.playbooks.alerts.add(alert)
        tx.playbooks.decisions.add(
            Decision(DECISION, TENANT, ALERT, "r", "publish_score", "person", "rep-1", {"name": "拜访"}, FEBRUARY)
        )
    api.clock.at = MARCH
    return api


def review(api: Api) -> None:
    path = "/v1/reps/rep-1/skills/review"
    digest = api.client().get(f"{path}?month=2026-02").json()["digest"]
    api.client().post(path, json={"month": "2026-02", "digest": digest, "by": "trn-1"}).raise_for_status()


def for_hr(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}purpose=hr"


def test_every_read_is_gated_or_says_why_it_tells_nothing_of_a_rep(api: Api) -> None:
    paths = create_app(api.services).openapi()["paths"]
    reads = {path: ops["get"] for path, ops in paths.items() if "get" in ops}
    gated = {path for path, read in reads.items() if any(it["name"] == "purpose" for it in read.get("parameters", ()))}
    assert gated == {*GATED, *OTHERWISE}
    assert {path for path in reads if path not in gated and not path.startswith(DUTIES)} == set(NOT_GATED)
    for path in gated - {"/v1/events"}:
        assert {"403", "409"} <= set(reads[path]["responses"]), path
        (told,) = [it["description"] for it in reads[path]["parameters"] if it["name"] == "purpose"]
        assert "review_required" in told


@pytest.mark.parametrize("path", GATED.values(), ids=GATED.keys())
def test_a_read_for_hr_waits_for_the_review_and_is_forbidden_under_coaching_only(office: Api, path: str) -> None:
    client = office.client()
    plain = client.get(path)
    assert plain.status_code == 200, plain.text
    refused = client.get(for_hr(path))
    assert (refused.status_code, refused.json()["code"]) == (409, "review_required")
    assert client.get(for_hr(path).replace("=hr", "=pay")).status_code == 422
    review(office)
    assert client.get(for_hr(path)).json() == client.get(path).json()
    with office.services.uow(write=False) as tx:
        entries = tx.privacy.audit.find(TENANT, actions=["scores.read_for_hr"])
    assert {entry.object for entry in entries} == {"person:rep-1"}
    client.put("/v1/privacy/rules", json={"coaching_only": True})
    forbidden = client.get(for_hr(path))
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "purpose_forbidden")
    assert client.get(path).status_code == 200


def test_a_month_that_runs_and_one_that_nobody_can_review_stay_closed(office: Api) -> None:
    client = office.client()
    client.put("/v1/people", json={"people": [{**PEOPLE[0], "id": "rep-2", "name": "林二"}]})
    review(office)
    for path in (
        "/v1/reps/rep-1/credibility",
        "/v1/reps/rep-1/plan",
        "/v1/reps/rep-2/courses",
        GATED["/v1/reports/weekly"],
    ):
        assert client.get(for_hr(path)).json()["code"] == "review_required", path


def test_one_who_was_not_reviewed_closes_what_tells_of_many_and_who_is_no_rep_does_not(office: Api) -> None:
    review(office)
    asked: list[Any] = [("rep-1", "2026-02"), ("trn-1", "2026-02"), ("", "2026-02")]
    require_reviewed(office.services, TENANT, asked, actor="key:hr")
    with pytest.raises(Conflict, match="1 of 2"):
        require_reviewed(office.services, TENANT, [*asked, ("rep-2", "2026-02")], actor="key:hr")


def test_events_for_hr_are_those_of_a_webhook_for_hr(office: Api) -> None:
    scored = {"account_id": "acc-1", "analysis": {"skills": {"objection": 40.0}, "summary": "谈了价格"}}
    with office.services.uow() as tx:
        for number, kind in enumerate(("credibility.low", "visit.analyzed"), start=900):
            told = Event(an_id("evt", number), TENANT, kind, FEBRUARY, an_id("vis"), number, scored)
            tx.events.add(told)
    client = office.client()

    def events(path: str) -> dict[str, Any]:
        return {event["id"]: event for event in client.get(path).json()["items"]}

    low, analyzed = an_id("evt", 900), an_id("evt", 901)
    plain = events("/v1/events?limit=200")
    assert {low, analyzed} <= set(plain)
    waiting = events("/v1/events?limit=200&purpose=hr")
    assert low not in waiting, "its type alone judges a person"
    assert waiting[analyzed]["data"]["review"] == "required"
    assert waiting[analyzed]["data"]["analysis"] == {"summary": "谈了价格"}
    review(office)
    assert events("/v1/events?limit=200&purpose=hr")[analyzed] == plain[analyzed]
