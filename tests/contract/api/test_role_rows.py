"""`/v1/visits/{id}/roles`: who spoke, put right by one call."""

from dataclasses import replace
from typing import Any

import pytest

from nlp.types import Correction, Transcript, Turn, Word
from service.domain.records import TranscriptRecord
from tests.support.api import OTHER_TENANT, TENANT, VISIT, Api
from tests.support.builders import an_analysis, an_analysis_record
from tests.support.fakes import NOON

HEARD = Transcript(
    (
        Turn(0, "您好", start_ms=0, end_ms=900, raw_text="您好", channel=0, words=(Word("您好", 0, 900, 0.4),)),
        Turn(1, "维保太贵了", start_ms=1_000, end_ms=2_000, raw_text="围保太贵了", channel=1,
             corrections=(Correction((0, 2), "维保", "deal"),), confidence=0.7),
        Turn(2, "旁边有人", start_ms=2_100, end_ms=2_900, raw_text="旁边有人"),
    ),
    "zh",
    3_000,
)  # fmt: skip


@pytest.fixture
def heard(api: Api, visit_id: str) -> str:
    """A visit whose transcript came from the engine, with the roles that the model predicted."""
    predicted = [("rep", 0.6), ("customer", 0.7), ("other", 0.5)]
    turns = tuple(replace(t, role=r, role_score=s) for t, (r, s) in zip(HEARD.turns, predicted, strict=True))  # type: ignore[arg-type]
    engine = {"engine": "sherpa-onnx 2", "dropped": []}
    with api.services.uow() as tx:
        tx.transcripts.put(TranscriptRecord(visit_id, TENANT, 0, "asr", HEARD, NOON, engine))
        analysis = replace(an_analysis(visit_id), turns=turns)
        tx.analyses.put(an_analysis_record(visit_id=visit_id, transcript_version=1, analysis=analysis))
    return visit_id


def _roles(document: dict[str, Any]) -> list[tuple[str, float]]:
    return [(turn["role"], turn["role_score"]) for turn in document["turns"]]


def test_one_call_swaps_the_two_sides_and_runs_everything_after_again(api: Api, heard: str) -> None:
    client = api.client("visits:write", "visits:read")
    swapped = client.post(f"/v1/visits/{heard}/roles", json={"swap": True})
    assert swapped.status_code == 202, swapped.text
    assert _roles(swapped.json()) == [("customer", 1.0), ("rep", 1.0), ("other", 1.0)]
    assert (swapped.json()["version"], swapped.json()["source"]) == (2, "correction")
    runs = client.get(f"/v1/visits/{heard}").json()["runs"]
    assert [(run["stage"], run["state"]) for run in runs] == [("analyse", "queued")]


def test_what_was_heard_stays_with_the_new_version(api: Api, heard: str) -> None:
    client = api.client()
    turn = client.post(f"/v1/visits/{heard}/roles", json={"swap": True}).json()["turns"][1]
    assert (turn["text"], turn["raw_text"], turn["confidence"]) == ("维保太贵了", "围保太贵了", 0.7)
    assert turn["corrections"] == [{"span": [0, 2], "term": "维保", "pack": "deal"}]
    with api.services.uow(write=False) as tx:
        record = tx.transcripts.latest(TENANT, heard)
    assert record is not None
    assert record.engine["engine"] == "sherpa-onnx 2"
    assert record.transcript.turns[0].words == HEARD.turns[0].words


def test_single_turns_can_be_named(api: Api, heard: str) -> None:
    turns = [{"i": 2, "role": "customer"}]
    only = api.client().post(f"/v1/visits/{heard}/roles", json={"turns": turns}).json()
    assert _roles(only) == [("rep", 0.6), ("customer", 0.7), ("customer", 1.0)]


def test_swapping_twice_is_as_before_and_the_same_request_twice_is_one(api: Api, heard: str) -> None:
    client = api.client()
    key = {"Idempotency-Key": "swap-1"}
    first = client.post(f"/v1/visits/{heard}/roles", json={"swap": True}, headers=key)
    again = client.post(f"/v1/visits/{heard}/roles", json={"swap": True}, headers=key)
    assert first.content == again.content
    back = client.post(f"/v1/visits/{heard}/roles", json={"swap": True}).json()
    assert [role for role, _ in _roles(back)] == ["rep", "customer", "other"]
    assert back["version"] == 3


def test_while_nobody_knows_who_spoke_it_is_too_early(api: Api, visit_id: str) -> None:
    client = api.client()
    missing = client.post(f"/v1/visits/{visit_id}/roles", json={"swap": True})
    assert (missing.status_code, missing.json()["code"]) == (404, "transcript_not_found")
    with api.services.uow() as tx:
        tx.transcripts.put(TranscriptRecord(visit_id, TENANT, 0, "asr", HEARD, NOON, {}))
    early = client.post(f"/v1/visits/{visit_id}/roles", json={"swap": True})
    assert (early.status_code, early.json()["code"]) == (409, "analysis_not_ready")


def test_roles_that_were_sent_in_can_be_swapped_before_the_analysis(api: Api, visit_id: str) -> None:
    client = api.client()
    said = {"turns": [{"text": "太贵了", "role": "rep"}, {"text": "给您申请", "role": "customer"}]}
    client.put(f"/v1/visits/{visit_id}/transcript", json=said)
    swapped = client.post(f"/v1/visits/{visit_id}/roles", json={"swap": True})
    assert [role for role, _ in _roles(swapped.json())] == ["customer", "rep"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({}, "invalid", id="nothing"),
        pytest.param({"swap": False}, "invalid", id="no swap"),
        pytest.param({"swap": "yes"}, "invalid", id="a word"),
        pytest.param({"turns": [{"i": 3, "role": "rep"}]}, "turn_unknown", id="no such turn"),
        pytest.param({"turns": [{"i": 0, "role": "boss"}]}, "invalid", id="no such role"),
        pytest.param({"turns": [{"i": 0, "role": "rep"}, {"i": 0, "role": "rep"}]}, "invalid", id="a turn twice"),
        pytest.param({"swap": True, "why": "x"}, "unknown_field", id="unknown field"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(api: Api, heard: str, body: dict[str, Any], code: str) -> None:
    refused = api.client().post(f"/v1/visits/{heard}/roles", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    with api.services.uow(write=False) as tx:
        record = tx.transcripts.latest(TENANT, heard)
    assert record is not None
    assert record.version == 1


def test_strangers_and_withdrawn_consent_are_refused(api: Api, heard: str) -> None:
    stranger = api.client(tenant=OTHER_TENANT)
    assert stranger.post(f"/v1/visits/{heard}/roles", json={"swap": True}).json()["code"] == "visit_not_found"
    client = api.client()
    bare = client.post("/v1/visits", json={**VISIT, "consent": None}).json()["id"]
    refused = client.post(f"/v1/visits/{bare}/roles", json={"swap": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_required")
