"""The checklist, the signed proof and the debrief over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from service.domain.visit import Visit
from tests.support.api import CONSENT, OTHER_TENANT, VISIT, Api
from tests.support.coached import PRICE_LEFT_OPEN, coached
from tests.support.fakes import NOON

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


@pytest.fixture
def path(api: Api) -> str:
    coached(api.services, 1, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=3))
    visit = {**VISIT, "visited_at": "2026-03-03T10:00:00+08:00", "consent": CONSENT}
    return f"/v1/visits/{api.client().post('/v1/visits', json=visit).json()['id']}"


def test_three_items_are_chosen_for_this_visit_and_stay(api: Api, path: str) -> None:
    client = api.client()
    first = client.get(f"{path}/checklist").json()
    assert (first["state"], len(first["items"])) == ("open", 3)
    assert any(item["because"] and item["because"][0]["quote"] == "两万八一把太贵了。" for item in first["items"])
    api.clock.forward(days=1)
    assert client.get(f"{path}/checklist").json() == first


def test_answers_in_one_call_become_observations(api: Api, path: str) -> None:
    client = api.client()
    items = client.get(f"{path}/checklist").json()["items"]
    answers = {item["item"]: number == 0 for number, item in enumerate(items)}
    done = client.post(f"{path}/checklist", json={"answers": answers, "took_ms": 5_400}).json()
    assert (done["state"], done["answers"], done["took_ms"]) == ("answered", answers, 5_400)
    with api.services.uow(write=False) as tx:
        ticks = tx.coaching.observations.find("ten_huadong", among={"source": ["tick"]})
    assert {(row.skill, row.value > 50) for row in ticks} == {
        (item["skill"], number == 0) for number, item in enumerate(items)
    }
    again = client.post(f"{path}/checklist", json={"answers": answers})
    assert (again.status_code, again.json()["code"]) == (409, "checklist_answered")


@pytest.mark.parametrize("answers", [{"no_such_item": True}, {}, {"quantified_pain": "yes"}])
def test_answers_to_what_was_not_asked_are_refused(api: Api, path: str, answers: dict[str, Any]) -> None:
    assert api.client().post(f"{path}/checklist", json={"answers": answers}).status_code == 422
    assert api.client().get(f"{path}/checklist").json()["state"] == "open"


def test_a_signed_proof_skips_the_checklist_and_marks_the_visit(api: Api, path: str) -> None:
    client = api.client()
    proof = client.post(f"{path}/proof", files={"file": ("痛点确认单.pdf", PDF)})
    assert proof.status_code == 201
    body = proof.json()
    assert (body["size_bytes"], body["display_name"]) == (len(PDF), "痛点确认单.pdf")
    assert (body["checklist"]["state"], body["checklist"]["high_quality"]) == ("exempt", True)
    assert [blob.read_bytes() for blob in api.blobs()] == [PDF]
    refused = client.post(f"{path}/checklist", json={"answers": {"quantified_pain": True}})
    assert (refused.status_code, refused.json()["code"]) == (409, "checklist_exempt")
    with api.services.uow(write=False) as tx:
        (seen,) = tx.coaching.observations.find("ten_huadong", among={"source": ["proof"]})
    assert (seen.skill, seen.note) == ("discovery", "客户签字确认了痛点")


def test_the_same_proof_again_with_its_key_is_kept_once(api: Api, path: str) -> None:
    sent = {"files": {"file": ("a.pdf", PDF)}, "headers": {"Idempotency-Key": "k"}}
    first, again = (api.client().post(f"{path}/proof", **sent) for _ in range(2))
    assert first.content == again.content
    assert len(api.blobs()) == 1


@pytest.mark.parametrize(
    ("page", "status", "code"),
    [(b"", 422, "proof_empty"), (b"PK\x03\x04 a zip", 415, "proof_kind"), (b"<html>", 415, "proof_kind")],
)
def test_what_is_no_page_is_refused_and_not_kept(api: Api, path: str, page: bytes, status: int, code: str) -> None:
    answer = api.client().post(f"{path}/proof", files={"file": ("a.pdf", page)})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert api.blobs() == []


def test_withdrawn_consent_takes_the_proof_and_the_ticks_away(api: Api, path: str) -> None:
    client = api.client()
    client.post(f"{path}/proof", files={"file": ("a.pdf", PDF)})
    assert client.delete(f"{path}/consent").status_code == 200
    assert api.blobs() == []
    with api.services.uow(write=False) as tx:
        assert tx.coaching.proofs.find("ten_huadong") == []
        assert tx.coaching.observations.find("ten_huadong", among={"source": ["proof"]}) == []


def a_filled_visit(api: Api) -> str:
    visit_id = coached(api.services, 7, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=1), account="acc-7")
    with api.services.uow(write=False) as tx:
        assert isinstance(tx.visits.get("ten_huadong", visit_id), Visit)
    return visit_id


def test_a_form_is_confirmed_as_it_stands_with_one_call(api: Api) -> None:
    path = f"/v1/visits/{a_filled_visit(api)}/debrief"
    client = api.client()
    filled = client.get(path).json()
    assert (filled["confirmed"], filled["confirmed_by"]) == (None, "")
    done = client.post(path, json={"by": "rep-1"}).json()
    assert done["confirmed"] == filled["filled"]
    assert done["changes"] == []
    assert client.get(path).json() == done
    assert client.get("/v1/labels?source=debrief").json()["items"] == []


def test_what_the_rep_changed_is_kept_for_training(api: Api) -> None:
    visit_id = a_filled_visit(api)
    path, client = f"/v1/visits/{visit_id}/debrief", api.client()
    form = {"breakthrough": "price", "objections": ["budget"], "next_step": "周五发分期方案", "due": "2026-03-06"}
    done = client.post(path, json={"by": "rep-1", "form": form}).json()
    assert {change["field"] for change in done["changes"]} == {"breakthrough", "objections", "next_step", "due"}
    assert done["filled"] != done["confirmed"] == form
    tasks = client.get("/v1/labels?source=debrief").json()["items"]
    assert {task["annotations"][0]["result"][0]["from_name"] for task in tasks} == {
        f"debrief.{field}" for field in form
    }
    client.post(path, json={"by": "rep-1"})
    assert client.get("/v1/labels?source=debrief").json()["items"] == []  # taken back


def test_a_form_with_a_label_nobody_knows_is_refused(api: Api) -> None:
    path = f"/v1/visits/{a_filled_visit(api)}/debrief"
    answer = api.client().post(path, json={"by": "rep-1", "form": {"objections": ["weather"]}})
    assert (answer.status_code, answer.json()["code"]) == (422, "label_unknown")


def test_a_visit_without_an_analysis_has_no_form_yet(api: Api, path: str) -> None:
    answer = api.client().get(f"{path}/debrief")
    assert (answer.status_code, answer.json()["code"]) == (409, "analysis_not_ready")


def test_another_tenant_sees_nothing(api: Api, path: str) -> None:
    stranger = api.client(tenant=OTHER_TENANT)
    assert stranger.get(f"{path}/checklist").json()["code"] == "visit_not_found"
    assert stranger.get(f"{path}/debrief").json()["code"] == "visit_not_found"
    assert stranger.post(f"{path}/proof", files={"file": ("a.pdf", PDF)}).json()["code"] == "visit_not_found"
    assert api.blobs() == []
