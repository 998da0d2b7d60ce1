"""Visits, transcripts, analyses, briefings and triage through the API."""

import json

import pytest
import srt
import webvtt

from service.domain.stages import RunState
from service.usecases.visits.put_transcript import queue_analysis
from tests.support.api import CONSENT, TENANT, VISIT, Api
from tests.support.builders import a_run, an_analysis_record

TURNS = [
    {"text": "骆主任，<b>上次</b>说的报价您看了吗？", "role": "rep", "start_ms": 0, "end_ms": 2500},
    {"text": "价格太高了，我们今年没有预算。", "role": "customer", "start_ms": 2600, "end_ms": 6000},
]


def put(api: Api, visit_id: str, turns: object = TURNS) -> dict[str, object]:
    response = api.client().put(f"/v1/visits/{visit_id}/transcript", json={"turns": turns})
    assert response.status_code in {200, 202}
    return dict(response.json())


def test_visits_are_listed_newest_first_and_filtered(api: Api) -> None:
    client = api.client()
    made = [client.post("/v1/visits", json={**VISIT, "rep_id": f"rep-{i % 2}"}).json()["id"] for i in range(5)]
    assert [item["id"] for item in client.get("/v1/visits").json()["items"]] == made[::-1]
    assert [item["id"] for item in client.get("/v1/visits?rep_id=rep-1").json()["items"]] == [made[3], made[1]]
    page = client.get("/v1/visits?limit=2").json()
    following = client.get(f"/v1/visits?limit=2&after={page['next_cursor']}").json()
    assert [item["id"] for item in page["items"] + following["items"]] == made[:0:-1]


def test_a_transcript_is_stored_and_its_analysis_queued(api: Api, visit_id: str) -> None:
    assert put(api, visit_id)["version"] == 1
    run = next(iter(api.database.state.runs.values()))
    assert (run.stage, run.state) == ("analyse", "queued")
    assert api.doorbell.rings == [("fast", run.id)]


def test_the_same_transcript_again_changes_nothing_and_another_is_a_correction(api: Api, visit_id: str) -> None:
    put(api, visit_id)
    assert put(api, visit_id)["version"] == 1
    assert put(api, visit_id, TURNS[:1])["version"] == 2
    assert len(api.database.state.runs) == 2


def test_captions_are_readable_by_other_peoples_parsers(api: Api, visit_id: str) -> None:
    put(api, visit_id)
    client = api.client()
    cues = list(srt.parse(client.get(f"/v1/visits/{visit_id}/transcript?format=srt").text))
    assert cues[0].start.total_seconds() == 0
    vtt = webvtt.from_string(client.get(f"/v1/visits/{visit_id}/transcript?format=vtt").text)
    assert "价格太高了" in vtt[-1].text
    page = client.get(f"/v1/visits/{visit_id}/transcript?format=html")
    assert "<b>上次</b>" not in page.text
    assert "sandbox" in page.headers["content-security-policy"]


def test_captions_of_a_transcript_without_times_are_refused_with_the_way_out(api: Api, visit_id: str) -> None:
    put(api, visit_id, [{"text": "价格太高了"}])
    response = api.client().get(f"/v1/visits/{visit_id}/transcript?format=srt")
    assert (response.status_code, response.json()["code"]) == (409, "no_times")


@pytest.mark.parametrize(
    "turn",
    [{"text": ""}, {"text": "a", "start_ms": 5}, {"text": "a", "start_ms": 5, "end_ms": 4},
     {"text": "a", "role": "boss"}, {"text": "a", "start_ms": -1, "end_ms": 4},
     {"text": "a", "start_ms": 1.5, "end_ms": 4}],
    ids=["empty text", "no end", "end before start", "unknown role", "negative", "fraction"],
)  # fmt: skip
def test_a_turn_that_cannot_be_is_refused(api: Api, visit_id: str, turn: dict[str, object]) -> None:
    response = api.client().put(f"/v1/visits/{visit_id}/transcript", json={"turns": [turn]})
    assert response.status_code == 422
    assert response.json()["errors"][0]["at"].startswith("body.turns.0")


def test_an_analysis_that_is_not_there_yet_says_how_far_it_is(api: Api, visit_id: str) -> None:
    put(api, visit_id)
    response = api.client().get(f"/v1/visits/{visit_id}/analysis")
    assert (response.status_code, response.json()["code"]) == (409, "analysis_not_ready")
    assert response.json()["runs"] == [{"stage": "analyse", "state": "queued", "error_code": ""}]


def test_an_analysis_names_the_quote_behind_each_finding(api: Api, visit_id: str) -> None:
    with api.database() as tx:
        tx.analyses.put(an_analysis_record(visit_id=visit_id))
    found = api.client().get(f"/v1/visits/{visit_id}/analysis").json()
    finding = found["findings"][0]
    text = found["turns"][finding["turn"]]["text"]
    assert text[finding["span"][0] : finding["span"][1]] == finding["quote"]
    assert "模型" in found["notice"]


def test_a_briefing_without_history_is_empty_but_has_three_ticks(api: Api) -> None:
    response = api.client().post("/v1/briefings", json={"rep_id": "rep-1", "account_id": "acc-new"})
    assert response.status_code == 200
    briefing = response.json()
    assert (briefing["visits"], briefing["hints"]) == ([], [])
    assert len(briefing["checklist"]) == 3


def test_triage_answers_at_once(api: Api) -> None:
    body = {"from": "rep", "text": "返点我私下给您", "context": "年框在谈", "id": "m-1"}
    verdict = api.client("triage").post("/v1/messages/triage", json=body).json()
    assert (verdict["id"], verdict["manager_should_step_in"], verdict["reason"]) == ("m-1", True, "compliance")
    assert verdict["latency_ms"] >= 0


def test_a_visit_shows_its_stages(api: Api, visit_id: str) -> None:
    put(api, visit_id)
    found = api.client().get(f"/v1/visits/{visit_id}").json()
    assert [(run["stage"], run["state"]) for run in found["runs"]] == [("analyse", "queued")]


def test_new_models_or_content_give_the_same_transcript_a_new_analysis(api: Api, visit_id: str) -> None:
    put(api, visit_id)
    with api.database() as tx:
        visit, record = tx.visits.get(TENANT, visit_id), tx.transcripts.latest(TENANT, visit_id)
        assert visit is not None
        assert record is not None
        same = queue_analysis(tx, api.services, visit, record)
    assert json.dumps(sorted(api.database.state.runs)) == json.dumps([same.id])


def test_probes_answer_without_a_key(api: Api) -> None:
    client = api.anonymous()
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["checks"]["database"] == "ok"
    assert client.get("/metrics").status_code == 200


def test_the_longest_transcript_with_roles_and_times_fits(api: Api, visit_id: str) -> None:
    turns = [{"role": "rep", "text": "好", "start_ms": i, "end_ms": i + 1} for i in range(5_000)]
    body = {"turns": turns, "language": "zh"}
    assert api.client().put(f"/v1/visits/{visit_id}/transcript", json=body).status_code == 202
    body["turns"] = [*turns, turns[0]]
    assert api.client().put(f"/v1/visits/{visit_id}/transcript", json=body).status_code == 422


@pytest.mark.parametrize(("state", "status"), [("queued", 409), ("running", 409), ("quarantined", 200)])
def test_an_analysis_is_not_shown_before_its_coaching_unless_there_will_be_none(
    api: Api, visit_id: str, state: RunState, status: int
) -> None:
    client = api.client()
    with api.services.uow() as tx:
        tx.analyses.put(an_analysis_record(visit_id=visit_id))
        tx.runs.enqueue(a_run(stage="coach", visit_id=visit_id, recording_id=None, state=state))
    response = client.get(f"/v1/visits/{visit_id}/analysis")
    assert response.status_code == status
    if status == 409:
        assert response.json()["code"] == "analysis_not_ready"
        assert response.json()["runs"] == [{"stage": "coach", "state": state, "error_code": ""}]
    with api.services.uow() as tx:
        tx.analyses.add_coaching(TENANT, visit_id, 1, {"hints": [], "courses": [], "skills": []})
    assert client.get(f"/v1/visits/{visit_id}/analysis").status_code == 200


CANNOT_BE = {
    "a competitor without a name": {"competitors": ["恒屿", " "]},
    "an invisible competitor": {"competitors": ["\u200b"]},
    "consent that ends before it is given": {"consent": {**CONSENT, "expires_at": "2026-02-28T10:00:00+08:00"}},
    "consent that ends as it is given": {"consent": {**CONSENT, "expires_at": CONSENT["given_at"]}},
    "consent to voices as a word": {"consent": {**CONSENT, "voices": "yes"}},
    "consent without a reason": {"consent": {**CONSENT, "basis": "\u200b "}},
    "no such time zone": {"timezone": "Asia/Atlantis"},
}


@pytest.mark.parametrize("changes", CANNOT_BE.values(), ids=CANNOT_BE)
def test_a_visit_that_cannot_be_is_refused(api: Api, changes: dict[str, object]) -> None:
    response = api.client().post("/v1/visits", json={**VISIT, **changes})
    assert response.status_code == 422
    assert api.database.state.visits == {}


@pytest.mark.parametrize("voices", [True, False])
def test_consent_says_whether_voices_may_be_measured(api: Api, voices: bool) -> None:
    client = api.client()
    made = client.post("/v1/visits", json={**VISIT, "consent": {**CONSENT, "voices": voices}}).json()
    assert client.get(f"/v1/visits/{made['id']}").json()["consent"]["voices"] is voices
    assert client.post("/v1/visits", json={**VISIT, "consent": CONSENT}).json()["consent"]["voices"] is False
