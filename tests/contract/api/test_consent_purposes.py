"""Consent purpose by purpose: named with the visit, added later, withdrawn one by one, and what each one stops."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.visit import PURPOSES
from service.usecases.coaching.review_findings import export_tasks
from service.usecases.privacy.erase_subject import reapply_stones
from service.usecases.privacy.withdraw_consent import withdraw_consent
from tests.support.api import CONSENT, OTHER_TENANT, TENANT, VISIT, Api, a_wav
from tests.support.coached import coach_again, coached
from tests.support.fakes import NOON

HASH = "5f" * 32
NAMED = {**CONSENT, "purposes": list(PURPOSES), "notice_version": "2026-03", "notice_sha256": HASH}
MORE = {"purposes": ["training"], "given_at": "2026-03-02T12:00:00+08:00", "notice_version": "t1"}
TURNS = {"turns": [{"role": "customer", "text": "价格太高了"}]}


def a_visit(api: Api, **consent: Any) -> str:
    made = api.client().post("/v1/visits", json={**VISIT, "consent": {**CONSENT, **consent}})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def consent_of(api: Api, visit_id: str) -> Any:
    return api.client().get(f"/v1/visits/{visit_id}").json()["consent"]


def covered(consent: Any) -> list[str]:
    return [each["purpose"] for each in consent["purposes"] if each["withdrawn_at"] is None]


def test_what_was_agreed_to_is_kept_with_its_notice(api: Api) -> None:
    stored = consent_of(api, a_visit(api, **NAMED, notice_at_ms=12_000, recorded_by="rep-1"))
    assert covered(stored) == list(PURPOSES)
    assert stored["voices"] is True
    assert (stored["notice_sha256"], stored["notice_at_ms"], stored["recorded_by"]) == (HASH, 12_000, "rep-1")
    assert stored["purposes"][0] == {
        "purpose": "recording", "given_at": "2026-03-01T02:00:00.000Z", "notice_version": "2026-03",
        "notice_sha256": HASH, "withdrawn_at": None,
    }  # fmt: skip


def test_a_consent_that_names_no_purposes_stays_valid_and_covers_no_training(api: Api) -> None:
    assert covered(consent_of(api, a_visit(api))) == ["recording", "transcription", "coaching"]
    assert covered(consent_of(api, a_visit(api, voices=True)))[-1] == "voices"


WRONG = {
    "none": {"purposes": []},
    "unknown": {"purposes": ["transcription", "marketing"]},
    "twice": {"purposes": ["transcription", "transcription"]},
    "recording alone": {"purposes": ["recording"]},
    "voices without recording": {"purposes": ["transcription", "voices"]},
    "a word instead of a list": {"purposes": "transcription"},
    "voices said twice, and differently": {"purposes": ["transcription"], "voices": True},
    "a hash of another kind": {"notice_sha256": "abc"},
    "a hash in capitals": {"notice_sha256": "5F" * 32},
    "an offset without a voice": {"method": "signed", "notice_at_ms": 1},
    "an offset before the beginning": {"notice_at_ms": -1},
    "a recorder with blanks": {"recorded_by": "rep 1"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_consent_that_cannot_be_meant_is_refused_with_the_visit(api: Api, wrong: dict[str, Any]) -> None:
    answer = api.client().post("/v1/visits", json={**VISIT, "consent": {**CONSENT, **wrong}})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert api.database.state.visits == {}


@pytest.mark.parametrize(
    ("purposes", "refused"),
    [(["transcription"], "recording"), (["transcription", "recording"], None)],
    ids=["text alone", "audio too"],
)
def test_audio_is_taken_only_where_recording_was_agreed_to(api: Api, purposes: list[str], refused: str | None) -> None:
    visit_id = a_visit(api, purposes=purposes)
    sent = api.client().post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.wav", a_wav())})
    opened = api.client().post(f"/v1/visits/{visit_id}/uploads", headers={"Upload-Length": "9"})
    said = api.client().put(f"/v1/visits/{visit_id}/transcript", json=TURNS)
    assert said.status_code == 202
    if refused is None:
        assert (sent.status_code, opened.status_code) == (202, 201)
        return
    assert [(r.status_code, r.json()["code"]) for r in (sent, opened)] == [(409, "consent_required")] * 2
    assert refused in sent.json()["detail"]
    assert api.blobs() == []


def test_withdrawing_recording_erases_the_audio_and_keeps_the_transcript(api: Api) -> None:
    visit_id = a_visit(api, **NAMED)
    client = api.client()
    recording = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.wav", a_wav())}).json()["id"]
    client.put(f"/v1/visits/{visit_id}/transcript", json=TURNS)
    answer = client.delete(f"/v1/visits/{visit_id}/consent?purpose=recording")
    assert answer.status_code == 200
    assert answer.json()["erased"] == {"recordings": 1, "answers": 0}
    assert covered(answer.json()["consent"]) == ["transcription", "coaching", "training"]
    assert api.blobs() == []
    assert client.get(f"/v1/recordings/{recording}").json()["state"] == "cancelled"
    assert client.get(f"/v1/visits/{visit_id}/transcript").status_code == 200
    states = {run.stage: run.state for run in api.database.state.runs.values()}
    assert states == {"decode": "cancelled", "analyse": "queued"}
    again = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("b.wav", a_wav(2))})
    assert (again.status_code, again.json()["code"]) == (409, "consent_required")


def test_withdrawing_coaching_erases_the_advice_and_later_talks_do_not_quote_it(api: Api) -> None:
    visit_id = coached(api.services, 1, at=NOON - timedelta(days=1))
    client = api.client()
    assert client.get(f"/v1/visits/{visit_id}/analysis").json()["hints"] != []
    erased = client.delete(f"/v1/visits/{visit_id}/consent?purpose=coaching").json()["erased"]
    assert erased["coaching"] > 0
    shown = client.get(f"/v1/visits/{visit_id}/analysis").json()
    assert (shown["hints"], shown["courses"], shown["skills"]) == ([], [], [])
    assert {"coaching": "consent_missing"}.items() <= {one["what"]: one["reason"] for one in shown["skipped"]}.items()
    assert shown["findings"] != []
    coach_again(api.services, visit_id)  # a run that was on its way
    assert client.get(f"/v1/visits/{visit_id}/analysis").json()["hints"] == []
    later = coached(api.services, 2, at=NOON - timedelta(hours=1))
    assert visit_id not in client.get(f"/v1/visits/{later}/analysis").text


def test_withdrawing_training_keeps_everything_and_takes_the_visit_out_of_the_export(api: Api) -> None:
    visit_id = coached(api.services, 1, at=NOON - timedelta(days=1))
    client = api.client()
    client.patch(f"/v1/visits/{visit_id}/consent", json={**MORE, "given_at": NOON.isoformat()})
    finding = client.get(f"/v1/visits/{visit_id}/analysis").json()["findings"][0]["id"]
    client.post(f"/v1/findings/{finding}/review", json={"verdict": "right", "by": "trainer-1"})

    def exported() -> tuple[int, int, bool]:
        with api.services.uow(write=False) as tx:
            found = export_tasks(tx, tenant_id=TENANT, now=api.clock.now())
        (shown,) = client.get("/v1/labels").json()["items"]
        return len(found.tasks), found.left_out, shown["annotations"][0]["meta"]["may_train"]

    assert exported() == (1, 0, True)
    api.clock.forward(hours=1)
    answer = client.delete(f"/v1/visits/{visit_id}/consent?purpose=training").json()
    assert (answer["erased"], covered(answer["consent"])) == ({}, ["recording", "transcription", "coaching"])
    assert exported() == (0, 1, False)
    assert client.get(f"/v1/visits/{visit_id}/analysis").json()["hints"] != []


def test_withdrawing_the_base_withdraws_all(api: Api) -> None:
    visit_id = a_visit(api, **NAMED)
    api.client().put(f"/v1/visits/{visit_id}/transcript", json=TURNS)
    answer = api.client().delete(f"/v1/visits/{visit_id}/consent?purpose=transcription").json()
    assert answer["erased"]["transcripts"] == 1
    assert answer["consent"]["withdrawn_at"] is not None
    assert covered(answer["consent"]) == []


def test_more_is_agreed_to_with_its_own_notice_and_repeats_change_nothing(api: Api) -> None:
    visit_id = a_visit(api)
    first = api.client().patch(f"/v1/visits/{visit_id}/consent", json=MORE)
    assert first.status_code == 200
    added = next(each for each in first.json()["purposes"] if each["purpose"] == "training")
    assert (added["given_at"], added["notice_version"]) == ("2026-03-02T04:00:00.000Z", "t1")
    again = api.client().patch(f"/v1/visits/{visit_id}/consent", json={**MORE, "notice_version": "t2"})
    assert again.json() == first.json() == consent_of(api, visit_id)
    rows = [row for row in api.database.state.audit.values() if row.action == "consent.agreed"]
    assert [row.detail["purposes"] for row in rows] == [["training"]]


def test_coaching_agreed_to_later_is_made_up_for(api: Api) -> None:
    visit_id = coached(api.services, 1, at=NOON - timedelta(days=1))
    api.client().delete(f"/v1/visits/{visit_id}/consent?purpose=coaching")
    api.clock.forward(hours=1)
    more = {"purposes": ["coaching"], "given_at": api.clock.now().isoformat()}
    assert api.client().patch(f"/v1/visits/{visit_id}/consent", json=more).status_code == 200
    (run,) = [run for run in api.database.state.runs.values() if run.stage == "coach"]
    assert run.state == "queued"
    coach_again(api.services, visit_id)
    assert api.client().get(f"/v1/visits/{visit_id}/analysis").json()["hints"] != []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"given_at": "2026-03-01T10:00:00+08:00"}, 409, "consent_withdrawn"),
        ({"purposes": ["voices"], "given_at": "2027-01-01T00:00:00Z"}, 422, "purpose_needs"),
        ({"purposes": []}, 422, "invalid"),
        ({"purposes": ["marketing"]}, 422, "invalid"),
        ({"given_at": "yesterday"}, 422, "invalid"),
        ({"withdraw": ["training"]}, 422, "unknown_field"),
    ],
    ids=["given before it was withdrawn", "voices without recording", "nothing", "unknown", "no instant", "a field"],
)
def test_what_cannot_be_agreed_to_is_refused(api: Api, change: dict[str, Any], status: int, code: str) -> None:
    visit_id = a_visit(api, purposes=["transcription", "training"])
    api.client().delete(f"/v1/visits/{visit_id}/consent?purpose=training")
    before = consent_of(api, visit_id)
    answer = api.client().patch(f"/v1/visits/{visit_id}/consent", json={**MORE, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert consent_of(api, visit_id) == before


def test_nothing_is_added_to_a_consent_that_does_not_stand(api: Api) -> None:
    withdrawn = a_visit(api)
    api.client().delete(f"/v1/visits/{withdrawn}/consent")
    bare = api.client().post("/v1/visits", json={**VISIT, "consent": None}).json()["id"]
    for visit_id in (withdrawn, bare):
        answer = api.client().patch(f"/v1/visits/{visit_id}/consent", json=MORE)
        assert (answer.status_code, answer.json()["code"]) == (409, "consent_required")
    assert api.client().patch("/v1/visits/vis_none/consent", json=MORE).json()["code"] == "visit_not_found"


def test_another_tenants_consent_is_neither_added_to_nor_withdrawn(api: Api) -> None:
    visit_id = a_visit(api, **NAMED)
    stranger = api.client(tenant=OTHER_TENANT)
    assert stranger.patch(f"/v1/visits/{visit_id}/consent", json=MORE).status_code == 404
    assert stranger.delete(f"/v1/visits/{visit_id}/consent?purpose=training").status_code == 404
    assert covered(consent_of(api, visit_id)) == list(PURPOSES)


@pytest.mark.parametrize("query", ["purpose=marketing", "purpose=", "purpose=training&purpose=voices", "purposes=x"])
def test_a_purpose_that_nobody_knows_withdraws_nothing(api: Api, query: str) -> None:
    visit_id = a_visit(api, **NAMED)
    answer = api.client().delete(f"/v1/visits/{visit_id}/consent?{query}")
    assert answer.status_code in (400, 422)
    assert covered(consent_of(api, visit_id)) == list(PURPOSES)


def test_a_copy_for_the_subject_says_what_was_agreed_to_and_what_was_withdrawn(sql_api: Api) -> None:
    client = sql_api.client()
    visit_id = a_visit(sql_api, **NAMED)
    client.delete(f"/v1/visits/{visit_id}/consent?purpose=training")
    archive = zipfile.ZipFile(io.BytesIO(client.get("/v1/subjects/account:acc-1/export").content))
    (row,) = json.loads(archive.read("subject.json"))["rows"]["visit"]
    ended = {each["purpose"]: each["withdrawn_at"] is not None for each in row["consent"]["agreed"]}
    assert ended == {each: each == "training" for each in PURPOSES}
    assert row["consent"]["notice_sha256"] == HASH
    assert row["purposes"] == "|recording|transcription|coaching|voices|"


class Ledger:
    """The ledger in memory: what a restore does not bring back."""

    def __init__(self) -> None:
        self.stones: list[Any] = []

    def write(self, stone: Any) -> None:
        self.stones.append(stone)

    def read(self) -> list[Any]:
        return list(self.stones)


def test_a_restored_backup_does_not_bring_a_withdrawn_purpose_back(api: Api) -> None:
    services = replace(api.services, ledger=Ledger())
    first, second = a_visit(api, **NAMED), a_visit(api, **NAMED)
    backup = api.database.state.copy()
    for visit_id in (first, second):
        with services.uow() as tx:
            withdraw_consent(tx, services, tenant_id=TENANT, visit_id=visit_id, purposes=["training"])
    api.database.state = backup
    api.clock.forward(hours=1)
    with services.uow() as tx:  # the second customer has agreed again since, and the backup knows
        visit = tx.visits.get(TENANT, second)
        assert visit is not None
        assert visit.consent is not None
        since = tuple(replace(each, given_at=api.clock.now()) for each in visit.consent.agreed)
        tx.visits.update(replace(visit, consent=replace(visit.consent, agreed=since)))
    assert covered(consent_of(api, first)) == list(PURPOSES)
    assert reapply_stones(services, actor="command") == 1
    assert covered(consent_of(api, first)) == ["recording", "transcription", "coaching", "voices"]
    assert covered(consent_of(api, second)) == list(PURPOSES)
    assert reapply_stones(services, actor="command") == 0


def test_an_erased_persons_name_does_not_stay_as_the_recorder_of_consents(api: Api) -> None:
    visit_id = a_visit(api, **NAMED, recorded_by="rep-1")
    api.client().delete("/v1/subjects/person:rep-1")
    assert (consent_of(api, visit_id)["recorded_by"], covered(consent_of(api, visit_id))) == ("", [])
