"""Rows 63 and 64: hearing a recording with a key or by a link; seeking; what a link does not open."""

import pytest
from starlette.testclient import TestClient

from service.usecases.operations.manage_keys import revoke_key
from tests.support.api import OTHER_TENANT, TENANT, VISIT, Api, a_wav

WAV = a_wav(2.0)


@pytest.fixture
def recording_id(api: Api, visit_id: str) -> str:
    sent = api.client().post(f"/v1/visits/{visit_id}/recording", files={"file": ("拜访.wav", WAV)})
    return str(sent.json()["id"])


def link_for(client: TestClient, recording_id: str, **body: int) -> str:
    response = client.post(f"/v1/recordings/{recording_id}/audio-link", json=body)
    assert response.status_code == 200, response.text
    return str(response.json()["url"])


def test_a_visits_recording_is_heard_and_sought_in(api: Api, visit_id: str, recording_id: str) -> None:
    address = f"/v1/visits/{visit_id}/recording/audio"
    client = api.client("personal:read")
    whole = client.get(address)
    assert (whole.status_code, whole.content) == (200, WAV)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-disposition"] == "attachment; filename*=UTF-8''%E6%8B%9C%E8%AE%BF.wav"
    part = client.get(address, headers={"Range": "bytes=100-199", "If-Range": whole.headers["etag"]})
    assert (part.status_code, part.content) == (206, WAV[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(WAV)}"
    stale = client.get(address, headers={"Range": "bytes=100-199", "If-Range": '"another"'})
    assert (stale.status_code, len(stale.content)) == (200, len(WAV))


def test_the_newest_recording_is_the_one_heard(api: Api, visit_id: str, recording_id: str) -> None:
    newer = a_wav(3.0)
    client = api.client()
    client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("b.wav", newer)})
    assert client.get(f"/v1/visits/{visit_id}/recording/audio").content == newer


def test_a_visit_without_bytes_has_nothing_to_hear(api: Api, visit_id: str) -> None:
    client = api.client()
    client.post(f"/v1/visits/{visit_id}/recording", json={"url": "https://files.example/a.wav"})
    nothing = client.get(f"/v1/visits/{visit_id}/recording/audio")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "recording_not_found")
    unknown = client.get("/v1/visits/vis_0/recording/audio")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "visit_not_found")


def test_row_64_a_link_plays_one_recording_without_a_key(api: Api, recording_id: str) -> None:
    url = link_for(api.client(), recording_id)
    nobody = api.anonymous()
    assert nobody.get(url).content == WAV
    assert nobody.get(url, headers={"Range": "bytes=0-3"}).content == b"RIFF"


def refused(response: object) -> tuple[int, str]:
    return response.status_code, response.json()["code"]  # type: ignore[attr-defined]


def test_row_64_a_link_that_ended_or_was_altered_opens_nothing(api: Api, recording_id: str) -> None:
    url = link_for(api.client(), recording_id, lasts_s=60)
    nobody = api.anonymous()
    for wrong in (url[:-3] + "abc", url.replace("link=W", "link=X"), "/v1/audio?link=x", "/v1/audio?link=."):
        assert refused(nobody.get(wrong)) == (403, "link_invalid")
    api.clock.forward(seconds=61)
    assert refused(nobody.get(url)) == (403, "link_invalid")


def test_row_64_no_link_is_made_for_another_tenants_recording_or_for_longer(api: Api, recording_id: str) -> None:
    stranger = api.client(tenant=OTHER_TENANT).post(f"/v1/recordings/{recording_id}/audio-link", json={})
    assert refused(stranger) == (404, "recording_not_found")
    longer = api.client().post(f"/v1/recordings/{recording_id}/audio-link", json={"lasts_s": 601})
    assert refused(longer) == (422, "invalid")


def test_row_63_a_link_ends_with_the_key_that_asked_for_it(api: Api, recording_id: str) -> None:
    client = api.client("personal:read")
    url = link_for(client, recording_id)
    key_id = client.headers["Authorization"].split("_")[1]
    with api.services.uow() as tx:
        revoke_key(tx, api.services, tenant_id=TENANT, key_id=key_id)
    assert refused(api.anonymous().get(url)) == (403, "link_invalid")


def test_a_link_to_what_was_erased_since_finds_nothing(api: Api, visit_id: str, recording_id: str) -> None:
    client = api.client()
    url = link_for(client, recording_id)
    client.delete(f"/v1/visits/{visit_id}/consent")
    assert api.anonymous().get(url).status_code == 404


def test_a_voice_as_it_is_needs_the_scope_for_persons(api: Api, visit_id: str, recording_id: str) -> None:
    """What a transcript hides from a key, no recording tells it."""
    client = api.client("visits:read")
    for asked in (
        client.get(f"/v1/visits/{visit_id}/recording/audio"),
        client.get(f"/v1/recordings/{recording_id}/audio?redacted=false"),
        client.post(f"/v1/recordings/{recording_id}/audio-link", json={}),
    ):
        assert refused(asked) == (403, "scope_missing")
    masked = client.get(f"/v1/recordings/{recording_id}/audio")
    assert refused(masked) == (409, "transcript_not_ready"), "it asks for the masked one, which nobody has heard yet"


def test_hearing_needs_the_scope(api: Api, visit_id: str, recording_id: str) -> None:
    client = api.client("coaching:read")
    for address in (f"/v1/visits/{visit_id}/recording/audio", f"/v1/recordings/{recording_id}/audio"):
        assert refused(client.get(address)) == (403, "scope_missing")
    assert client.post("/v1/visits", json=VISIT).status_code == 403
