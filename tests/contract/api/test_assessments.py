"""`/v1/privacy/assessments`: versions from what is done now, approved once, compared with what is done later."""

from dataclasses import replace

import pytest

from service.domain.privacy.rules import DEFAULT_DAYS
from service.usecases.privacy.erase_subject import Subject, erase_subject
from service.usecases.privacy.verify_privacy import verify_privacy
from tests.support.api import OTHER_TENANT, TENANT, Api

ADDRESS = "/v1/privacy/assessments"


def duty(api: Api) -> tuple[str, str]:
    duties = verify_privacy(api.services, api.services.installed())
    return next((each.state, each.found) for each in duties if each.name.startswith("Impact assessment"))


def actions(api: Api) -> list[str]:
    return [row["action"] for row in api.client().get("/v1/audit").json()["items"]]


def test_a_version_says_what_is_done_now_and_is_numbered(api: Api) -> None:
    client = api.client()
    first = client.post(ADDRESS, json={"kind": "impact", "text": "结论：可以开展"}, headers={"Idempotency-Key": "a"})
    again = client.post(ADDRESS, json={"kind": "impact", "text": "结论：可以开展"}, headers={"Idempotency-Key": "a"})
    assert (first.status_code, again.json()) == (201, first.json())
    made = first.json()
    assert made["document"]["retention"]["audio_days"] == DEFAULT_DAYS["audio"]
    assert (made["version"], made["intact"], made["text"], made["approved_at"]) == (1, True, "结论：可以开展", None)
    assert client.post(ADDRESS, json={"kind": "impact"}).json()["version"] == 2
    assert client.post(ADDRESS, json={"kind": "record"}).json()["version"] == 1
    assert client.get(f"{ADDRESS}/{made['id']}").json() == made
    assert [row["version"] for row in client.get(ADDRESS, params={"kind": "impact"}).json()["items"]] == [2, 1]
    assert api.client(tenant=OTHER_TENANT).get(ADDRESS).json()["items"] == []
    assert actions(api).count("assessment.made") == 3


def test_only_the_newest_version_is_approved_and_once(api: Api) -> None:
    client = api.client()
    old, new = (client.post(ADDRESS, json={"kind": "impact"}).json()["id"] for _ in range(2))
    assert client.post(f"{ADDRESS}/{old}/approve").json()["code"] == "assessment_outdated"
    approved = client.post(f"{ADDRESS}/{new}/approve").json()
    assert approved["approved_by"].startswith("key:")
    again = client.post(f"{ADDRESS}/{new}/approve")
    assert (again.status_code, again.json()["code"]) == (409, "assessment_approved")
    assert "assessment.approved" in actions(api)


def test_what_changes_after_the_approval_is_named(api: Api) -> None:
    client = api.client()
    version = client.post(ADDRESS, json={"kind": "impact"}).json()
    impact, record = client.get(f"{ADDRESS}/changes").json()["items"]
    assert (impact["approved"], record["approved"], impact["changes"]) == (None, None, [])
    client.post(f"{ADDRESS}/{version['id']}/approve")
    client.put("/v1/privacy/retention", json={"audio_days": 7})
    client.post("/v1/webhook-endpoints", json={"url": "https://crm.example/hook", "payload": "full"})
    impact = client.get(f"{ADDRESS}/changes").json()["items"][0]
    assert impact["approved"]["version"] == 1
    assert impact["changes"] == [
        {"section": "receivers", "item": "crm.example standard", "before": None, "after": "webhook, full"},
        {"section": "retention", "item": "audio_days", "before": 30, "after": 7},
    ]


def test_the_duty_is_open_until_both_are_approved_and_again_when_something_changes(sql_api: Api) -> None:
    client = sql_api.client()
    assert duty(sql_api)[0] == "not_required"
    client.post("/v1/visits", json={"rep_id": "r", "account_id": "a", "visited_at": "2026-03-02T10:00:00+08:00"})
    assert duty(sql_api) == ("attention", f"no version was approved: {TENANT}: impact, record")
    for kind in ("impact", "record"):
        version = client.post(ADDRESS, json={"kind": kind}).json()
        client.post(f"{ADDRESS}/{version['id']}/approve")
    assert duty(sql_api) == ("ok", f"approved, and what is done is still what they say: {TENANT}: impact 1, record 1")
    client.put("/v1/privacy/retention", json={"audio_days": 7})
    state, found = duty(sql_api)
    assert (state, "retention: audio_days was 30, is 7" in found) == ("attention", True)


def test_a_version_that_was_touched_fails_the_duty_and_cannot_be_approved(sql_api: Api, visit_of_sql: str) -> None:
    assert visit_of_sql
    client = sql_api.client()
    made = client.post(ADDRESS, json={"kind": "impact", "text": "结论：暂缓"}).json()
    with sql_api.services.uow() as tx:
        row = tx.privacy.assessments.get(TENANT, made["id"])
        assert row is not None
        tx.privacy.assessments.put(replace(row, text="结论：可以开展"))
    assert client.get(f"{ADDRESS}/{made['id']}").json()["intact"] is False
    assert client.post(f"{ADDRESS}/{made['id']}/approve").json()["code"] == "assessment_broken"
    assert duty(sql_api)[0] == "fail"


@pytest.fixture
def visit_of_sql(sql_api: Api) -> str:
    body = {"rep_id": "r", "account_id": "a", "visited_at": "2026-03-02T10:00:00+08:00"}
    return str(sql_api.client().post("/v1/visits", json=body).json()["id"])


def test_versions_outlive_the_tenants_data(sql_api: Api, visit_of_sql: str) -> None:
    assert visit_of_sql
    made = sql_api.client().post(ADDRESS, json={"kind": "impact"}).json()
    erase_subject(sql_api.services, TENANT, Subject("tenant", "all"), actor="command", reason="")
    with sql_api.services.uow(write=False) as tx:
        assert [row.digest for row in tx.privacy.assessments.find(TENANT)] == [made["digest"]]


def test_making_and_approving_need_the_scope(api: Api) -> None:
    reader = api.client("audit:read")
    assert reader.get(f"{ADDRESS}/changes").status_code == 200
    assert reader.post(ADDRESS, json={"kind": "impact"}).json()["code"] == "scope_missing"
    assert reader.post(f"{ADDRESS}/asm_1/approve").json()["code"] == "scope_missing"
