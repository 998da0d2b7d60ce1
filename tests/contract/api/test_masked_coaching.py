"""Coaching quotes people everywhere: a key without `personal:read` gets every quote with names and numbers as ＊."""

from datetime import timedelta
from typing import Any

import pytest

from service.domain.access import SCOPES
from tests.support.api import Api
from tests.support.coached import coached
from tests.support.fakes import NOON

PHONE = "13800138000"
TALK = (f"c|price|budget_info|我电话{PHONE}，两万八一把太贵了。", "r||discovery_question|现在一天停几次？", "r|||嗯。")


@pytest.fixture
def paths(api: Api) -> list[str]:
    for number in (1, 2, 3):
        visit_id = coached(api.services, number, *TALK, at=NOON - timedelta(days=4 - number))
    return [
        "/v1/reps/rep-1/skills?month=2026-03",
        "/v1/reps/rep-1/courses",
        "/v1/hints?account_id=acc-1",
        "/v1/accounts/acc-1/timeline?topic=budget_info",
        f"/v1/visits/{visit_id}/checklist",
    ]


def read(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.text)


def test_words_are_whole_for_a_key_that_may_see_them(api: Api, paths: list[str]) -> None:
    assert all(PHONE in read(api.client(), path) for path in paths if "checklist" not in path)


def test_words_are_masked_for_any_other_key(api: Api, paths: list[str]) -> None:
    client = api.client(*sorted(set(SCOPES) - {"personal:read", "admin"}))
    for path in paths:
        body = read(client, path)
        assert PHONE not in body, path
        assert "两万八一把太贵了" in body or "checklist" in path


def test_answers_and_briefings_are_masked_too(api: Api, paths: list[str]) -> None:
    assert paths
    client = api.client(*sorted(set(SCOPES) - {"personal:read", "admin"}))
    hint = client.get("/v1/hints?account_id=acc-1").json()["items"][0]
    answered = client.post(f"/v1/hints/{hint['id']}/feedback", json={"verdict": "accepted"})
    briefing = client.post("/v1/briefings", json={"rep_id": "rep-1", "account_id": "acc-1"})
    for answer in (answered, briefing):
        assert answer.status_code == 200
        assert PHONE not in answer.text
