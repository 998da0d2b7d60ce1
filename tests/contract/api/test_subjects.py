"""Subjects: what is kept, its copy, its erasure with a receipt, and nothing of another tenant's."""

import io
import json
import zipfile

import pytest

from service.domain.privacy.rules import HoldRow
from service.usecases.privacy.erase_subject import Subject, erase_subject, reapply_stones
from service.usecases.privacy.export_subject import MADE_BY_MODELS
from tests.support.api import OTHER_TENANT, TENANT, VISIT, Api, a_wav
from tests.support.builders import an_analysis_record
from tests.support.fakes import NOON

CANARY = "金丝雀八八二五"
TURNS = {"turns": [{"role": "customer", "text": f"{CANARY}说价格太高了，我叫王建国"}]}
WAV = a_wav()


def fill(api: Api, visit_id: str) -> None:
    client = api.client()
    client.post(f"/v1/visits/{visit_id}/recording", files={"file": (f"{CANARY}.wav", WAV)})
    client.put(f"/v1/visits/{visit_id}/transcript", json=TURNS, headers={"Idempotency-Key": "k"})


def test_what_is_kept_is_shown_by_kind(api: Api, visit_id: str) -> None:
    fill(api, visit_id)
    for ref in (f"visit:{visit_id}", "account:acc-1", "person:rep-1"):
        found = api.client("personal:read").get(f"/v1/subjects/{ref}")
        assert found.status_code == 200, found.text
        assert found.json()["recordings"] == 1
        assert sum(found.json()["rows"].values()) >= 3
        assert CANARY not in found.text


def test_the_copy_holds_rows_and_recordings(sql_api: Api) -> None:
    client = sql_api.client()
    visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
    fill(sql_api, visit_id)
    response = client.get("/v1/subjects/account:acc-1/export")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.testzip() is None
    told = json.loads(archive.read("subject.json"))
    assert told["subject"] == {"kind": "account", "id": "acc-1"}
    assert CANARY in json.dumps(told["rows"]["transcript"], ensure_ascii=False)
    assert [row["id"] for row in told["rows"]["visit"]] == [visit_id]
    assert told["made_by_models"]["rows"] == sorted(MADE_BY_MODELS & set(told["rows"]))
    assert "模型自动生成" in told["made_by_models"]["notice"], "a copy is labelled like the API (GB 45438)"
    (recording_id,) = told["audio"]
    assert archive.read(f"audio/{recording_id}") == WAV
    assert [row["action"] for row in client.get("/v1/audit").json()["items"]] == ["subject.exported"]


@pytest.mark.parametrize("ref", ["account:acc-1", "person:rep-1", "visit"])
def test_erasure_reaches_everything_and_leaves_a_receipt(api: Api, visit_id: str, ref: str) -> None:
    fill(api, visit_id)
    named = f"visit:{visit_id}" if ref == "visit" else ref
    client = api.client()
    response = client.delete(f"/v1/subjects/{named}", params={"reason": "客户来函"})
    assert response.status_code == 200, response.text
    receipt = response.json()
    assert receipt["counts"]["recordings"] == receipt["counts"]["transcripts"] == receipt["counts"]["files"] == 1
    assert receipt["finished_at"] is not None
    assert CANARY not in repr(api.database.state)
    assert api.blobs() == []
    assert client.get(f"/v1/visits/{visit_id}/transcript").status_code == 404
    again = client.put(f"/v1/visits/{visit_id}/transcript", json=TURNS)
    assert (again.status_code, again.json()["code"]) == (409, "consent_required")
    assert client.get(f"/v1/erasures/{receipt['id']}").json() == receipt
    assert client.get("/v1/erasures").json()["items"] == [receipt]
    told = [event for event in api.database.state.events.values() if event.type == "person.erased"]
    assert [event.data["subject"]["kind"] for event in told] == [named.split(":")[0]]


def test_erasing_again_answers_with_the_receipt_that_stands(api: Api, visit_id: str) -> None:
    fill(api, visit_id)
    client = api.client()
    first = client.delete("/v1/subjects/account:acc-1")
    second = client.delete("/v1/subjects/account:acc-1")
    assert second.json() == first.json()
    third = client.delete(f"/v1/subjects/visit:{visit_id}").json()
    assert third["id"] == first.json()["id"]


def test_who_is_unknown_or_another_tenants_is_not_found(api: Api, visit_id: str) -> None:
    fill(api, visit_id)
    stranger = api.client(tenant=OTHER_TENANT)
    for method in ("GET", "DELETE"):
        for ref in ("account:acc-1", "person:rep-1", f"visit:{visit_id}", "account:nobody"):
            response = stranger.request(method, f"/v1/subjects/{ref}")
            assert (response.status_code, response.json()["code"]) == (404, "subject_not_found")
    assert CANARY in repr(api.database.state)


@pytest.mark.parametrize("ref", ["acc-1", "team:north", "tenant:other", "account:", "account:../x", "visit:a b"])
def test_a_ref_of_another_form_is_named(api: Api, ref: str) -> None:
    response = api.client().delete(f"/v1/subjects/{ref}")
    assert response.status_code in {404, 422}
    if response.status_code == 422:
        assert response.json()["code"] == "subject_invalid"


def test_a_whole_tenant_is_not_erased_with_a_key(api: Api) -> None:
    response = api.client().delete("/v1/subjects/tenant:all")
    assert (response.status_code, response.json()["code"]) == (403, "tenant_by_command")


def test_row_87_a_legal_hold_keeps_what_it_names(api: Api, visit_id: str) -> None:
    fill(api, visit_id)
    client = api.client()
    second = client.post("/v1/visits", json={**VISIT, "rep_id": "rep-2"}).json()["id"]
    with api.services.uow() as tx:
        tx.privacy.holds.add(HoldRow("hld_1", TENANT, NOON, "visit", visit_id, "诉讼保全", "key:k"))
    held = client.delete(f"/v1/subjects/visit:{visit_id}")
    assert (held.status_code, held.json()["code"]) == (409, "legal_hold")
    rest = client.delete("/v1/subjects/account:acc-1").json()
    assert rest["counts"] == {"held": 1, "visits": 1}
    assert CANARY in repr(api.database.state)
    assert client.get(f"/v1/visits/{second}").json()["account_id"].startswith("erased-")


def test_an_erased_visit_that_a_backup_brings_back_is_erased_again(api: Api, visit_id: str) -> None:
    fill(api, visit_id)
    backup = api.database.state.copy()
    stones: list[object] = []

    class Ledger:
        def write(self, stone: object) -> None:
            stones.append(stone)

        def read(self) -> list[object]:
            return list(stones)

    services = api.services.__class__(**{name: getattr(api.services, name) for name in api.services.__slots__}
                                      | {"ledger": Ledger()})  # fmt: skip
    erase_subject(services, TENANT, Subject("account", "acc-1"), actor="key:k", reason="")
    api.database.state = backup
    assert CANARY in repr(api.database.state)
    assert reapply_stones(services, actor="command") >= 1
    assert CANARY not in repr(api.database.state)
    assert reapply_stones(services, actor="command") == 0


def test_a_whole_tenant_leaves_only_proofs(api: Api, visit_id: str) -> None:
    fill(api, visit_id)
    receipt = erase_subject(api.services, TENANT, Subject("tenant", "all"), actor="command", reason="合同终止")
    assert receipt.counts["visits"] >= 1
    assert CANARY not in repr(api.database.state)
    assert api.database.state.visits == {}
    assert api.blobs() == []


def test_scopes(api: Api, visit_id: str) -> None:
    reader = api.client("visits:read")
    asked = [("GET", "/v1/subjects/account:a"), ("GET", "/v1/subjects/account:a/export"), ("GET", "/v1/audit")]
    asked += [("DELETE", "/v1/subjects/account:a"), ("GET", "/v1/erasures"), ("GET", "/v1/audit/proof")]
    for method, path in asked:
        assert reader.request(method, path).json()["code"] == "scope_missing"


def test_the_copy_says_what_a_model_made_with_its_versions(sql_api: Api) -> None:
    client = sql_api.client()
    visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
    with sql_api.services.uow() as tx:
        tx.analyses.put(an_analysis_record(visit_id=visit_id, tenant_id=TENANT, created_at=NOON))
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/v1/subjects/visit:{visit_id}/export").content))
    told = json.loads(archive.read("subject.json"))
    assert told["made_by_models"]["rows"] == ["analysis"]
    (row,) = told["rows"]["analysis"]
    assert row["document"]["versions"] == {"nlp": "1"}
    assert row["created_at"] == NOON.isoformat().replace("+00:00", "Z")
