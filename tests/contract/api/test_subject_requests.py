"""`/v1/privacy/requests`: written down once, listed by what is due next, closed by what answers it."""

import pytest

from tests.support.api import OTHER_TENANT, Api

ADDRESS = "/v1/privacy/requests"
BODY = {"kind": "copy", "subject": "person:rep-1", "channel": "letter", "received_at": "2026-03-02T09:00:00+08:00"}


def actions(api: Api) -> list[str]:
    return [row["action"] for row in api.client().get("/v1/audit").json()["items"]]


def test_a_request_is_written_down_once_with_its_last_day(api: Api) -> None:
    client = api.client()
    first = client.post(ADDRESS, json=BODY, headers={"Idempotency-Key": "r"})
    again = client.post(ADDRESS, json=BODY, headers={"Idempotency-Key": "r"})
    assert (first.status_code, again.json()) == (201, first.json())
    made = first.json()
    assert (made["due_at"], made["state"], made["overdue"]) == ("2026-03-23T16:00:00.000Z", "open", False)
    assert client.get(f"{ADDRESS}/{made['id']}").json() == made
    assert client.get(ADDRESS).json()["items"] == [made]
    assert api.client(tenant=OTHER_TENANT).get(ADDRESS).json()["items"] == []
    assert "request.recorded" in actions(api)


def test_what_is_due_next_is_listed_first_and_overdue_ones_are_counted(api: Api) -> None:
    client = api.client()
    client.put("/v1/privacy/request-terms", json={"time": "calendar_days"})
    later = client.post(ADDRESS, json=BODY).json()
    client.put("/v1/privacy/request-terms", json={"time": "working_days"})
    sooner = client.post(ADDRESS, json={**BODY, "kind": "erasure"}).json()
    assert client.get("/v1/privacy/request-terms").json() == {"time": "working_days"}
    due = client.get(f"{ADDRESS}/due").json()
    assert ([each["id"] for each in due["items"]], due["open"], due["overdue"]) == ([sooner["id"], later["id"]], 2, 0)
    api.clock.forward(days=25)
    due = client.get(f"{ADDRESS}/due").json()
    assert ([each["overdue"] for each in due["items"]], due["overdue"]) == ([True, False], 1)


def test_the_export_of_a_copy_closes_what_asked_for_it(api: Api, visit_id: str) -> None:
    client = api.client()
    made = client.post(ADDRESS, json={**BODY, "subject": f"visit:{visit_id}"}).json()
    assert client.get(f"/v1/subjects/visit:{visit_id}/export").status_code == 200
    closed = client.get(f"{ADDRESS}/{made['id']}").json()
    assert (closed["state"], closed["reason"], closed["closed_by"][:4]) == ("answered", "copy", "key:")


def test_an_erasure_closes_its_request_with_the_receipt_and_without_the_name(sql_api: Api) -> None:
    client = sql_api.client()
    made = client.post(ADDRESS, json={**BODY, "kind": "erasure", "subject": "person:nobody-here"}).json()
    receipt = client.delete("/v1/subjects/person:nobody-here").json()  # all that is kept is the request itself
    closed = client.get(f"{ADDRESS}/{made['id']}").json()
    assert (closed["state"], closed["receipt_id"]) == ("answered", receipt["id"])
    assert closed["subject_id"] != "nobody-here"
    assert len(closed["subject_id"]) == 64


def test_a_copy_of_everything_holds_the_requests_as_well(sql_api: Api) -> None:
    client = sql_api.client()
    client.post(ADDRESS, json=BODY)
    assert client.get("/v1/subjects/person:rep-1").json()["rows"] == {"subject_request": 1}


@pytest.mark.parametrize(("verb", "state"), [("answer", "answered"), ("refuse", "refused")])
def test_a_request_is_closed_once_with_a_reason(api: Api, verb: str, state: str) -> None:
    client = api.client()
    made = client.post(ADDRESS, json={**BODY, "kind": "correction"}).json()
    closed = client.post(f"{ADDRESS}/{made['id']}/{verb}", json={"reason": "已按来函处理"})
    assert (closed.json()["state"], closed.json()["reason"]) == (state, "已按来函处理")
    again = client.post(f"{ADDRESS}/{made['id']}/{verb}", json={"reason": "已按来函处理"})
    assert (again.status_code, again.json()["code"]) == (409, "request_closed")
    assert client.post(f"{ADDRESS}/{made['id']}/{verb}", json={"reason": ""}).status_code == 422
    assert client.get(ADDRESS, params={"state": state}).json()["items"] == [closed.json()]
    assert client.get(ADDRESS, params={"state": "open"}).json()["items"] == []
    assert f"request.{state}" in actions(api)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"subject": "tenant:all"}, "subject_invalid"),
        ({"subject": "rep-1"}, "subject_invalid"),
        ({"received_at": "2026-04-02T09:00:00+08:00"}, "received_in_future"),
    ],
)
def test_what_cannot_be_meant_is_refused(api: Api, change: dict[str, str], code: str) -> None:
    refused = api.client().post(ADDRESS, json={**BODY, **change})
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_writing_down_needs_the_scope(api: Api) -> None:
    reader = api.client("audit:read")
    assert reader.get(f"{ADDRESS}/due").status_code == 200
    assert reader.post(ADDRESS, json=BODY).json()["code"] == "scope_missing"
    assert reader.put("/v1/privacy/request-terms", json={"time": "calendar_days"}).json()["code"] == "scope_missing"
