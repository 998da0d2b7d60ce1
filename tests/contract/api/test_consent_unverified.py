"""A visit whose recording notice must be heard and was not: kept, told to nobody, until a person decides."""

from dataclasses import replace
from typing import Any

import pytest

from nlp.types import Analysis, Transcript, VisitContext
from service.domain.ports import Supervisor
from service.domain.records import Page
from service.usecases.coaching.coach_visit import read_history
from service.usecases.visits.analyse_visit import AnalyseStage
from service.usecases.visits.assist_visit import AssistStage
from tests.support.api import CONSENT, OTHER_TENANT, TENANT, VISIT, Api
from tests.support.builders import a_run, an_analysis
from tests.support.coached import coach_again

CLAIMED = {**CONSENT, "notice_at_ms": 20_000}
PRICE = {"role": "customer", "text": "价格太高了", "start_ms": 0, "end_ms": 4_000}
NOTICE = {"role": "rep", "text": "这次通话会录音，您看可以吗", "start_ms": 20_000, "end_ms": 24_000}
YES = {"role": "customer", "text": "可以", "start_ms": 25_000, "end_ms": 26_000}
NO = {"role": "customer", "text": "别录了", "start_ms": 25_000, "end_ms": 26_000}
DECISION = {"by": "mgr-he", "reason": "录音前已当面告知"}


class Repeating:
    """A language core that finds what the builders find, in the turns it was given."""

    def analyze(self, transcript: Transcript, *, context: VisitContext) -> Analysis:
        return replace(an_analysis(context.visit_id), turns=transcript.turns)


class Asked:
    """A language model that counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def assist(self, tenant_id: str, analysis: Analysis) -> Analysis:
        del tenant_id
        self.times += 1
        return analysis


def a_talk(api: Api, *turns: dict[str, Any], consent: dict[str, Any] = CLAIMED) -> str:
    client = api.client()
    visit_id = str(client.post("/v1/visits", json={**VISIT, "consent": consent}).json()["id"])
    assert client.put(f"/v1/visits/{visit_id}/transcript", json={"turns": list(turns)}).status_code == 202
    analyse(api, visit_id)
    return visit_id


def analyse(api: Api, visit_id: str) -> None:
    """What the runner does with a queued analysis, to its end."""
    run = replace(a_run(stage="analyse"), visit_id=visit_id)
    result = AnalyseStage(api.services, Repeating())(run, Supervisor())  # type: ignore[arg-type]
    with api.services.uow() as tx:
        result.effects(tx)
    coach_again(api.services, visit_id)


def check_of(api: Api, visit_id: str) -> Any:
    return api.client().get(f"/v1/visits/{visit_id}").json()["consent"]["notice_check"]


def events_of(api: Api) -> list[str]:
    with api.services.uow(write=False) as tx:
        return [event.type for event in tx.events.after(TENANT, None, 50)]


def test_a_notice_that_was_heard_lets_everything_go_on(api: Api) -> None:
    visit_id = a_talk(api, PRICE, NOTICE, YES)
    check = check_of(api, visit_id)
    assert (check["state"], check["held"], check["turn"], check["at_ms"]) == ("heard", False, 1, 20_000)
    assert events_of(api) == ["visit.analyzed"]
    assert api.client().get(f"/v1/visits/{visit_id}/analysis").status_code == 200


@pytest.mark.parametrize(("turns", "state"), [((PRICE,), "missing"), ((PRICE, NOTICE, NO), "refused")])
def test_without_one_what_was_found_is_kept_and_told_to_nobody(api: Api, turns: Any, state: str) -> None:
    visit_id = a_talk(api, *turns)
    client = api.client()
    assert (check_of(api, visit_id)["state"], check_of(api, visit_id)["held"]) == (state, True)
    assert events_of(api) == ["visit.consent_unverified"]
    refused = client.get(f"/v1/visits/{visit_id}/analysis")
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_unverified")
    assert client.get(f"/v1/visits/{visit_id}/debrief").status_code in {404, 409}
    with api.services.uow(write=False) as tx:
        record = tx.analyses.latest(TENANT, visit_id)
        assert record is not None
        assert record.analysis.findings
        assert tx.coaching.hints.find(TENANT, among={"visit_id": [visit_id]}) == []
        assert tx.playbooks.links.of_visits(TENANT, ("visit", visit_id)) == []
        later = api.clock.now()
        assert read_history(tx, TENANT, before=later, account_id="acc-1", rep_id="rep-1") == []
        assert tx.visits.history(TENANT, before=later, limit=9) == []
    assert [one["id"] for one in client.get("/v1/visits?unverified=true").json()["items"]] == [visit_id]


def test_the_event_of_it_repeats_no_word(api: Api) -> None:
    visit_id = a_talk(api, PRICE)
    with api.services.uow(write=False) as tx:
        (event,) = tx.events.after(TENANT, None, 5)
    assert event.data == {"external_id": None, "notice": "missing", "links": {"visit": f"/v1/visits/{visit_id}"}}


def test_its_words_are_for_those_who_decide(api: Api) -> None:
    visit_id = a_talk(api, PRICE)
    address = f"/v1/visits/{visit_id}/transcript"
    reader = api.client("visits:read")
    assert reader.get(address).json()["code"] == "consent_unverified"
    assert api.client("visits:read", "consents:review").get(address).status_code == 200


def test_a_language_model_is_not_asked_about_it(api: Api) -> None:
    held, free = a_talk(api, PRICE), a_talk(api, PRICE, NOTICE)
    model = Asked()
    stage = AssistStage(api.services, model)  # type: ignore[arg-type]
    for visit_id in (held, free):
        stage(replace(a_run(stage="assist"), visit_id=visit_id), Supervisor())
    assert model.times == 1


def test_a_person_releases_it_and_it_is_told(api: Api) -> None:
    visit_id = a_talk(api, PRICE)
    client = api.client()
    address = f"/v1/visits/{visit_id}/consent/confirmation"
    assert api.client("visits:write").post(address, json=DECISION).status_code == 403
    released = client.post(address, json=DECISION)
    check = released.json()["notice_check"]
    assert (check["state"], check["held"], check["decided_by"]) == ("confirmed", False, "mgr-he")
    with api.services.uow(write=False) as tx:
        queued = [run for run in tx.runs.of_visit(TENANT, visit_id) if run.stage == "analyse"]
    assert len(queued) == 2, "it is analysed once more, so that rules, coaching and receivers hear of it"
    analyse(api, visit_id)
    assert events_of(api) == ["visit.consent_unverified", "visit.consent_confirmed", "visit.analyzed"]
    assert client.get(f"/v1/visits/{visit_id}/analysis").status_code == 200
    assert client.post(address, json=DECISION).json() == released.json()
    rows = client.get("/v1/audit").json()["items"]
    decided = next(row for row in rows if row["action"] == "consent.confirmed")
    assert (decided["why"], decided["visit_id"]) == (DECISION["reason"], visit_id)
    assert any(row["action"] == "consent.unverified" for row in rows)


def test_it_stays_confirmed_when_the_talk_is_analysed_again(api: Api) -> None:
    visit_id = a_talk(api, PRICE)
    api.client().post(f"/v1/visits/{visit_id}/consent/confirmation", json=DECISION)
    analyse(api, visit_id)
    analyse(api, visit_id)
    assert check_of(api, visit_id)["state"] == "confirmed"


def test_withdrawing_instead_erases_it(api: Api) -> None:
    visit_id = a_talk(api, PRICE)
    client = api.client()
    assert client.delete(f"/v1/visits/{visit_id}/consent").json()["withdrawn"] is True
    with api.services.uow(write=False) as tx:
        assert tx.transcripts.latest(TENANT, visit_id) is None
    answer = client.post(f"/v1/visits/{visit_id}/consent/confirmation", json=DECISION)
    assert (answer.status_code, answer.json()["code"]) == (409, "consent_required")


def test_what_is_not_held_is_not_confirmed(api: Api) -> None:
    visit_id = a_talk(api, PRICE, NOTICE)
    client = api.client()
    answer = client.post(f"/v1/visits/{visit_id}/consent/confirmation", json=DECISION)
    assert (answer.status_code, answer.json()["code"]) == (409, "notice_not_missing")
    stranger = api.client(tenant=OTHER_TENANT)
    assert stranger.post(f"/v1/visits/{visit_id}/consent/confirmation", json=DECISION).status_code == 404


SIGNED = {**CONSENT, "method": "signed"}


@pytest.mark.parametrize(
    ("rule", "consent", "held"),
    [
        (None, CONSENT, False),
        (None, CLAIMED, True),
        ("never", CLAIMED, False),
        ("verbal", CONSENT, True),
        ("verbal", SIGNED, False),
        ("all", SIGNED, True),
    ],
    ids=["by default not: nothing claims to be heard", "by default what claims to be", "never", "verbal", "signed",
         "all"],
)  # fmt: skip
def test_whose_notice_must_be_heard_is_the_tenants_rule(api: Api, rule: str | None, consent: Any, held: bool) -> None:
    client = api.client()
    if rule is not None:
        assert client.put("/v1/privacy/rules", json={"notice": rule}).json()["notice"] == rule
    assert check_of(api, a_talk(api, PRICE, consent=consent))["held"] is held
    assert client.get("/v1/privacy/rules").json()["notice"] == (rule or "claimed")
    assert api.client(tenant=OTHER_TENANT).get("/v1/privacy/rules").json()["notice"] == "claimed"


def test_a_later_place_that_was_claimed_is_listened_to_as_well(api: Api) -> None:
    late = {**NOTICE, "start_ms": 200_000, "end_ms": 204_000}
    assert check_of(api, a_talk(api, PRICE, late, consent={**CONSENT, "notice_at_ms": 195_000}))["state"] == "heard"
    assert check_of(api, a_talk(api, PRICE, late, consent=CLAIMED))["state"] == "missing"


def test_held_visits_are_counted_for_the_proof_of_the_duties(api: Api) -> None:
    a_talk(api, PRICE)
    with api.services.uow(write=False) as tx:
        assert tx.privacy.aging.consent_counts(TENANT, api.clock.now())["unverified"] == 1
        assert len(tx.visits.page(TENANT, Page(9), unverified=True)) == 1
