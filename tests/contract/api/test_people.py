"""`/v1/people` as a CRM uses it."""

from typing import Any

import pytest

from tests.support.api import OTHER_TENANT, Api

LIN = {"id": "rep-1", "name": "林晓岚", "role": "rep", "team": "华东一组"}


def test_people_are_taken_over_changed_and_read(api: Api) -> None:
    client = api.client()
    first = client.put("/v1/people", json={"people": [LIN, {**LIN, "id": "rep-2", "role": "manager"}]})
    assert first.status_code == 200, first.text
    assert [it["role"] for it in first.json()["items"]] == ["rep", "manager"]
    api.clock.forward(hours=1)
    assert client.put("/v1/people", json={"people": [{**LIN, "active": False}]}).json()["items"][0]["active"] is False
    found = client.get("/v1/people/rep-1").json()
    assert (found["name"], found["active"], found["updated_at"]) == ("林晓岚", False, "2026-03-02T05:00:00.000Z")
    assert client.get("/v1/people/rep-2").json()["active"] is True


def test_pages_and_teams(api: Api) -> None:
    client = api.client()
    people = [{**LIN, "id": f"rep-{i}", "team": "east" if i % 2 else "south"} for i in range(5)]
    client.put("/v1/people", json={"people": people})
    first = client.get("/v1/people?limit=3").json()
    rest = client.get(f"/v1/people?limit=3&after={first['next_cursor']}").json()
    assert [it["id"] for it in first["items"] + rest["items"]] == ["rep-4", "rep-3", "rep-2", "rep-1", "rep-0"]
    assert rest["next_cursor"] is None
    assert [it["id"] for it in client.get("/v1/people?team=south").json()["items"]] == ["rep-4", "rep-2", "rep-0"]
    stranger = api.client(tenant=OTHER_TENANT)
    assert stranger.get("/v1/people").json() == {"items": [], "next_cursor": None}
    assert stranger.get(f"/v1/people?after={first['next_cursor']}").json()["code"] == "cursor_invalid"


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ([LIN, LIN], "person_twice"),
        ([{**LIN, "role": "manager", "team": ""}], "team_missing"),
        ([{**LIN, "role": "boss"}], "invalid"),
        ([{**LIN, "name": " "}], "invalid"),
        ([], "invalid"),
        ([{**LIN, "salary": 1}], "unknown_field"),
    ],
    ids=["twice", "no team", "no such role", "no name", "nobody", "unknown field"],
)
def test_what_cannot_be_meant_is_refused_whole(api: Api, people: list[Any], code: str) -> None:
    client = api.client()
    refused = client.put("/v1/people", json={"people": people})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert client.get("/v1/people").json()["items"] == []


def test_scopes_guard_reading_and_writing(api: Api) -> None:
    assert api.client("people:read").put("/v1/people", json={"people": [LIN]}).status_code == 403
    assert api.client("people:write").get("/v1/people").status_code == 403
    assert api.client("people:read").get("/v1/people/nobody").json()["code"] == "person_not_found"


def test_a_console_link_is_made_for_who_is_there_by_a_key_of_its_scope(api: Api) -> None:
    client = api.client()
    client.put("/v1/people", json={"people": [LIN, {**LIN, "id": "rep-2", "active": False}]})
    made = client.post("/v1/people/rep-1/console-link")
    assert made.status_code == 201
    assert made.json()["url"].startswith("/console/enter/lnk_")
    assert made.json()["expires_at"] == "2026-03-02T04:10:00.000Z"
    assert client.post("/v1/people/rep-1/console-link").json()["url"] != made.json()["url"]
    left = client.post("/v1/people/rep-2/console-link").json()
    assert left["code"] == "person_not_found"
    assert "PUT /v1/people" in left["detail"]
    assert api.client("people:read", "people:write").post("/v1/people/rep-1/console-link").status_code == 403
