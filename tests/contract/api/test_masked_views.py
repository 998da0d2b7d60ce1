"""Who sees unmasked words, what others see instead, and that every reading is in the trail."""

import pytest

from service.usecases.delivery.masked_events import mask_event
from tests.support.api import TENANT, Api, a_wav
from tests.support.builders import an_analysis_record, an_event

TURNS = {
    "turns": [{"role": "customer", "text": "我叫王建国，电话13800001234，价格太高了", "start_ms": 0, "end_ms": 900}]
}
SHOWN = "我叫＊＊＊，电话＊＊＊＊＊＊＊＊＊＊＊，价格太高了"


@pytest.fixture
def talked(api: Api, visit_id: str) -> str:
    api.client().put(f"/v1/visits/{visit_id}/transcript", json=TURNS)
    return visit_id


def text_of(api: Api, visit_id: str, *scopes: str, query: str = "") -> str:
    response = api.client(*scopes).get(f"/v1/visits/{visit_id}/transcript{query}")
    assert response.status_code == 200, response.text
    return str(response.json()["turns"][0]["text"])


def test_a_key_without_the_scope_reads_masked_words(api: Api, talked: str) -> None:
    assert text_of(api, talked, "visits:read") == SHOWN
    assert text_of(api, talked, "visits:read", query="?masked=true") == SHOWN


def test_a_key_with_the_scope_reads_what_was_said_or_asks_for_the_mask(api: Api, talked: str) -> None:
    assert "王建国" in text_of(api, talked, "visits:read", "personal:read")
    assert "王建国" in text_of(api, talked, "admin", query="?masked=false")
    assert text_of(api, talked, "admin", query="?masked=true") == SHOWN


def test_what_is_personal_is_marked_with_its_kind_in_every_view(api: Api, visit_id: str) -> None:
    said = "我叫王建国，我有高血压，孩子才八岁"
    api.client().put(f"/v1/visits/{visit_id}/transcript", json={"turns": [{"role": "customer", "text": said}]})
    for scopes in (["visits:read"], ["visits:read", "personal:read"]):
        (turn,) = api.client(*scopes).get(f"/v1/visits/{visit_id}/transcript").json()["turns"]
        marked = [(said[slice(*each["span"])], each["kind"], each["sensitive"]) for each in turn["personal"]]
        assert marked == [("王建国", "name", False), ("高血压", "health", True), ("八岁", "minor", True)]
        assert ("高血压" in turn["text"]) is ("personal:read" in scopes)


def test_unmasked_words_are_refused_without_the_scope(api: Api, talked: str) -> None:
    for path in ("transcript", "analysis"):
        response = api.client("visits:read").get(f"/v1/visits/{talked}/{path}?masked=false")
        assert (response.status_code, response.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize("kind", ["srt", "vtt", "html"])
def test_captions_and_pages_are_masked_too(api: Api, talked: str, kind: str) -> None:
    text = api.client("visits:read").get(f"/v1/visits/{talked}/transcript?format={kind}").text
    assert "王建国" not in text
    assert "13800001234" not in text
    assert "价格太高了" in text


def test_an_analysis_is_masked_through_and_through(api: Api, talked: str) -> None:
    with api.services.uow() as tx:
        record = an_analysis_record(visit_id=talked, tenant_id=TENANT, coaching={"hints": [{"text": "给王建国回电"}]})
        tx.analyses.put(record)
    masked = api.client("visits:read").get(f"/v1/visits/{talked}/analysis")
    assert masked.status_code == 200
    assert "王建国" not in masked.text
    assert masked.json()["findings"][0]["quote"] == "价格太高了"
    assert "王建国" in api.client().get(f"/v1/visits/{talked}/analysis").text


def test_every_reading_is_written_down_once_a_minute(api: Api, talked: str) -> None:
    client = api.client()
    client.post(f"/v1/visits/{talked}/recording", files={"file": ("a.wav", a_wav())})
    for _ in range(3):
        client.get(f"/v1/visits/{talked}/transcript")
        client.get(f"/v1/visits/{talked}/recording/audio", headers={"Range": "bytes=0-9"})
    client.get(f"/v1/visits/{talked}/transcript?masked=true")
    api.clock.forward(minutes=2)
    client.get(f"/v1/visits/{talked}/transcript")
    rows = client.get(f"/v1/audit?visit_id={talked}").json()["items"]
    key = client.headers["Authorization"].split("_")[1]
    assert {row["actor"] for row in rows} == {f"key:{key}"}
    seen = [(row["action"], row["object"].rsplit(":", 1)[1][:8]) for row in reversed(rows)]
    assert [action for action, _ in seen] == ["transcript.read", "audio.read", "transcript.read", "transcript.read"]
    assert [view for action, view in seen if action == "transcript.read"] == ["unmasked", "masked", "unmasked"]


def test_the_scope_of_a_breach_and_the_proof(api: Api, talked: str) -> None:
    client = api.client()
    client.get(f"/v1/visits/{talked}/transcript")
    window = {"since": "2026-03-02T00:00:00+08:00", "until": "2026-03-03T00:00:00+08:00"}
    (line,) = client.get("/v1/audit/access", params=window).json()["items"]
    assert (line["action"], line["visit_id"], line["times"]) == ("transcript.read", talked, 1)
    before = {"since": "2026-03-01T00:00:00+08:00", "until": "2026-03-01T01:00:00+08:00"}
    assert client.get("/v1/audit/access", params=before).json() == {"items": []}
    assert client.get("/v1/audit/proof").json()["holds"] is True
    for wrong in ({"since": "gestern", "until": window["until"]}, {"since": window["until"], "until": window["since"]}):
        assert client.get("/v1/audit/access", params=wrong).json()["code"] == "instant_invalid"


def test_the_trail_is_paged_and_takes_no_strange_cursor(api: Api, talked: str) -> None:
    client = api.client()
    for _ in range(3):
        client.get(f"/v1/visits/{talked}/transcript")
        api.clock.forward(minutes=2)
    first = client.get("/v1/audit?limit=2").json()
    second = client.get(f"/v1/audit?limit=2&after={first['next_cursor']}").json()
    assert [row["sequence"] for row in [*first["items"], *second["items"]]] == [3, 2, 1]
    strange = client.get("/v1/audit?after=aud_" + "0" * 32)
    assert (strange.status_code, strange.json()["code"]) == (400, "cursor_invalid")


def test_what_an_event_carries_is_masked_but_for_whom_it_names() -> None:
    event = an_event(data={"analysis": {"turns": [{"text": "我叫王建国"}]}, "links": {"visit": "/v1/visits/v"}})
    assert mask_event(event).data["analysis"]["turns"][0]["text"] == "我叫＊＊＊"
    assert mask_event(event).data["links"] == event.data["links"]
    erased = an_event(type="person.erased", data={"subject": {"id": "王建国"}})
    assert mask_event(erased) == erased
