"""Hints over HTTP: listed for an account, answered once, learned from."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import OTHER_TENANT, Api
from tests.support.builders import an_id
from tests.support.coached import PRICE_LEFT_OPEN, coached
from tests.support.fakes import NOON


@pytest.fixture
def hint(api: Api) -> dict[str, Any]:
    coached(api.services, 1, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=1))
    items = api.client().get("/v1/hints?account_id=acc-1").json()["items"]
    assert 1 <= len(items) <= 3
    found: dict[str, Any] = items[0]
    return found


def test_a_hint_shows_its_words_and_why_it_stands_there(hint: dict[str, Any]) -> None:
    assert (hint["status"], hint["rep_id"], hint["visit_id"]) == ("proposed", "rep-1", an_id("vis"))
    assert hint["hint"]["because"][0]["quote"] == "两万八一把太贵了。"
    assert hint["hint"]["because"][0]["start_ms"] == 0
    assert hint["hint"]["choice"].startswith("排序：基础")


def test_an_answer_moves_the_hint_and_the_same_request_again_has_no_second_effect(
    api: Api, hint: dict[str, Any]
) -> None:
    client, path = api.client(), f"/v1/hints/{hint['id']}/feedback"
    sent = {"json": {"verdict": "accepted"}, "headers": {"Idempotency-Key": "k1"}}
    first, again = (client.post(path, **sent) for _ in range(2))
    assert (first.status_code, first.json()["status"]) == (200, "accepted")
    assert again.content == first.content
    assert len([key for key in api.database.state.coaching if key[0] == "feedback"]) == 1
    assert client.get("/v1/hints?account_id=acc-1").json()["items"][0]["status"] == "accepted"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"verdict": "dismissed"}, 422, "reason_missing"),
        ({"verdict": "accepted", "outcome": "advanced"}, 422, "outcome_unexpected"),
        ({"verdict": "maybe"}, 422, "invalid"),
        ({"verdict": "accepted", "extra": 1}, 422, "unknown_field"),
        ({}, 422, "invalid"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    api: Api, hint: dict[str, Any], body: dict[str, Any], status: int, code: str
) -> None:
    answer = api.client().post(f"/v1/hints/{hint['id']}/feedback", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_expired_hint_is_gone(api: Api, hint: dict[str, Any]) -> None:
    api.clock.forward(days=91)
    answer = api.client().post(f"/v1/hints/{hint['id']}/feedback", json={"verdict": "accepted"})
    assert (answer.status_code, answer.json()["code"]) == (410, "hint_expired")


def test_another_tenant_sees_and_answers_nothing(api: Api, hint: dict[str, Any]) -> None:
    stranger = api.client(tenant=OTHER_TENANT)
    assert stranger.get("/v1/hints?account_id=acc-1").json() == {"items": []}
    answer = stranger.post(f"/v1/hints/{hint['id']}/feedback", json={"verdict": "accepted"})
    assert (answer.status_code, answer.json()["code"]) == (404, "hint_not_found")


def test_answering_needs_the_scope_to_write(api: Api, hint: dict[str, Any]) -> None:
    answer = api.client("coaching:read").post(f"/v1/hints/{hint['id']}/feedback", json={"verdict": "accepted"})
    assert answer.status_code == 403


def test_a_briefings_hint_can_be_answered(api: Api, hint: dict[str, Any]) -> None:
    assert hint
    client = api.client()
    api.clock.forward(days=1)
    briefing = client.post("/v1/briefings", json={"rep_id": "rep-1", "account_id": "acc-1"}).json()
    given = briefing["hints"][0]
    answer = client.post(f"/v1/hints/{given['id']}/feedback", json={"verdict": "done", "outcome": "advanced"})
    assert (answer.status_code, answer.json()["hint"]["outcome"]) == (200, "advanced")


def briefed(api: Api) -> list[dict[str, Any]]:
    answer = api.client().post("/v1/briefings", json={"rep_id": "rep-1", "account_id": "acc-1"})
    hints: list[dict[str, Any]] = answer.json()["hints"]
    return hints


@pytest.mark.parametrize(
    "body",
    [{"verdict": "dismissed", "reason": "wrong"}, {"verdict": "done", "outcome": "advanced"}],
    ids=["waved away", "done"],
)
def test_issue_5_what_was_settled_is_not_told_again_in_the_next_briefing(
    api: Api, hint: dict[str, Any], body: dict[str, str]
) -> None:
    assert hint
    given = briefed(api)
    for one in given:
        assert api.client().post(f"/v1/hints/{one['id']}/feedback", json=body).status_code == 200
    api.clock.forward(days=1)
    assert given
    assert not {one["card"] for one in given} & {one["card"] for one in briefed(api)}


def test_a_hint_told_again_says_what_became_of_it_and_when_it_ends(api: Api, hint: dict[str, Any]) -> None:
    assert hint
    first = briefed(api)[0]
    api.client().post(f"/v1/hints/{first['id']}/feedback", json={"verdict": "accepted"})
    api.clock.forward(days=1)
    again = next(one for one in briefed(api) if one["id"] == first["id"])
    assert (again["status"], again["expires_at"]) == ("accepted", first["expires_at"])


def test_a_hint_that_expired_unanswered_is_given_anew_and_takes_an_answer(api: Api, hint: dict[str, Any]) -> None:
    assert hint
    first = briefed(api)[0]
    api.clock.forward(days=91)
    again = next((one for one in briefed(api) if one["id"] == first["id"]), None)
    assert again is not None
    assert again["expires_at"] > first["expires_at"]
    answer = api.client().post(f"/v1/hints/{first['id']}/feedback", json={"verdict": "accepted"})
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
