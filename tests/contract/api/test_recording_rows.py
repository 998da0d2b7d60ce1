"""Rows 1 to 15 of the bad-input table: recordings as multipart, as an address, and in pieces."""

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.adapters.blob import DiskBlobStore
from service.adapters.parts import DiskParts
from service.domain.content.bundle import Content
from service.usecases.visits.accept_recording import clean_display_name
from tests.support.api import OTHER_TENANT, VISIT, Api, a_wav, make_api
from tests.support.cost import cpu_ms

WAV = a_wav()
ONCE = {"Idempotency-Key": "once-1"}


def send(client: TestClient, visit_id: str, body: bytes, name: str = "拜访.wav", **headers: str) -> tuple[int, str]:
    files = {"file": (name, body, "audio/wav")}
    response = client.post(f"/v1/visits/{visit_id}/recording", files=files, headers=headers)
    return response.status_code, response.json().get("code", "")


def test_a_recording_is_stored_queued_and_announced(api: Api, visit_id: str) -> None:
    client = api.client()
    response = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("拜访.wav", WAV)})
    assert response.status_code == 202
    stored = response.json()
    assert stored["sha256"] == hashlib.sha256(WAV).hexdigest()
    assert [path.read_bytes() for path in api.blobs()] == [WAV]
    run = next(iter(api.database.state.runs.values()))
    assert (run.stage, run.recording_id, run.state) == ("decode", stored["id"], "queued")
    assert api.doorbell.rings == [("asr", run.id)]
    assert client.get(f"/v1/recordings/{stored['id']}").json() == stored


ROWS_ONE_SHOT = {
    "1 empty file": (b"", 422, "audio_empty"),
    "12 HTML named wav": (b"<html>hello</html>", 422, "not_audio"),
    "12 ZIP named wav": (b"PK\x03\x04" + b"0" * 60, 422, "not_audio"),
}


@pytest.mark.parametrize(("body", "status", "code"), ROWS_ONE_SHOT.values(), ids=ROWS_ONE_SHOT)
def test_what_is_no_audio_is_refused_and_not_kept(api: Api, visit_id: str, body: bytes, status: int, code: str) -> None:
    assert send(api.client(), visit_id, body) == (status, code)
    assert api.blobs() == []
    assert api.database.state.recordings == {}


def test_row_2_a_recording_over_the_limit_is_refused_and_deleted(tmp_path: Path, content: Content) -> None:
    api = make_api(tmp_path, content, recording_bytes=1_000)
    visit_id = api.client().post("/v1/visits", json=VISIT).json()["id"]
    assert send(api.client(), visit_id, WAV)[0] == 413
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    declared = api.client().post(f"/v1/visits/{visit_id}/recording", content=b"x" * 70_000, headers=headers)
    assert declared.status_code == 413
    assert api.blobs() == []


def test_row_18_below_the_watermark_no_way_of_sending_is_open(api: Api, visit_id: str, tmp_path: Path) -> None:
    never = 2**62
    blobs = DiskBlobStore(tmp_path / "full", min_free_bytes=never)
    parts = DiskParts(tmp_path / "full" / "parts", min_free_bytes=never)
    api.services = replace(api.services, blobs=blobs, parts=parts)
    assert send(api.client(), visit_id, WAV) == (507, "storage_full")
    begun = api.client().post(f"/v1/visits/{visit_id}/uploads", headers={"Upload-Length": "10"})
    assert (begun.status_code, begun.json()["code"]) == (507, "storage_full")
    assert [path for path in (tmp_path / "full").rglob("*") if path.is_file()] == []
    assert api.database.state.recordings == {}


def test_row_10_the_same_bytes_again_are_the_same_recording(api: Api, visit_id: str) -> None:
    client = api.client()
    first = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.wav", WAV)})
    again = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("b.wav", WAV)})
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    assert len(api.blobs()) == 1


def test_row_10_another_tenants_same_bytes_are_independent(api: Api, visit_id: str) -> None:
    stranger = api.client(tenant=OTHER_TENANT)
    theirs = stranger.post("/v1/visits", json=VISIT).json()["id"]
    assert send(api.client(), visit_id, WAV)[0] == 202
    assert send(stranger, theirs, WAV)[0] == 202
    assert len({recording.id for recording in api.database.state.recordings.values()}) == 2


NAMES = {
    "../../etc/passwd": "passwd",
    "C:\\x\\客户.wav": "客户.wav",
    "a\u202egnp.wav": "agnp.wav",
    "": "recording",
    "...": "recording",
    "录" * 5_000: "录" * 85,
    "e\u0301.wav": "é.wav",
}


@pytest.mark.parametrize(("sent", "shown"), NAMES.items(), ids=lambda name: name[:12].encode("unicode_escape").decode())
def test_row_11_a_name_is_only_ever_shown_clean(sent: str, shown: str) -> None:
    assert clean_display_name(sent) == shown


def test_row_11_a_path_as_a_name_leads_nowhere(api: Api, visit_id: str) -> None:
    client = api.client()
    files = {"file": ("../../../escape.wav", WAV)}
    stored = client.post(f"/v1/visits/{visit_id}/recording", files=files).json()
    assert stored["display_name"] == "escape.wav"
    assert [path.parent.parent for path in api.blobs()] == [api.blob_folder]
    download = client.get(f"/v1/recordings/{stored['id']}/audio")
    assert download.headers["content-type"] == "application/octet-stream"
    assert download.headers["content-disposition"].startswith("attachment")
    assert download.headers["x-content-type-options"] == "nosniff"
    assert download.content == WAV


BOUNDARY = "multipart/form-data; boundary=xyz"
END = b"--xyz--\r\n"


def part(disposition: bytes, boundary: bytes = b"--xyz") -> bytes:
    return boundary + b"\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\nx\r\n"


FILE = b'name="file"; filename="a"'
MULTIPART = {
    "no boundary": ("multipart/form-data", b"--xyz\r\n"),
    "wrong boundary": (BOUNDARY, part(FILE, b"--abc") + b"--abc--\r\n"),
    "truncated": (BOUNDARY, part(FILE)),
    "5,000 headers": (BOUNDARY, b"--xyz\r\n" + b"X-A: b\r\n" * 5_000 + b"\r\n\r\nx\r\n" + END),
    "empty": (BOUNDARY, b""),
    "no such part": (BOUNDARY, part(b'name="other"; filename="a"') + END),
    "text for a file": (BOUNDARY, part(b'name="file"') + END),
    "two files": (BOUNDARY, part(FILE) * 2 + END),
}


# The framework's parser leaves the half-read file of a truncated body to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize(("content_type", "body"), MULTIPART.values(), ids=MULTIPART)
def test_row_13_a_broken_multipart_body_is_refused(api: Api, visit_id: str, content_type: str, body: bytes) -> None:
    headers = {"Content-Type": content_type}
    response = api.client().post(f"/v1/visits/{visit_id}/recording", content=body, headers=headers)
    assert response.status_code in {400, 422}
    assert response.json()["code"] in {"multipart_invalid", "one_file_expected", "malformed", "audio_empty"}
    assert api.database.state.recordings == {}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize(("content_type", "body"), MULTIPART.values(), ids=MULTIPART)
def test_row_13_a_broken_multipart_body_costs_next_to_nothing(
    api: Api, visit_id: str, content_type: str, body: bytes
) -> None:
    client, address, headers = api.client(), f"/v1/visits/{visit_id}/recording", {"Content-Type": content_type}
    assert cpu_ms(lambda: client.post(address, content=body, headers=headers)) <= 50


def test_row_14_a_form_with_a_million_fields_is_refused_unread(api: Api) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = api.client().post("/v1/visits", content=b"a=1&" * 200_000, headers=headers)
    assert response.status_code == 415


def test_row_15_a_gzip_bomb_is_refused_unread(api: Api, visit_id: str) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": BOUNDARY}
    response = api.client().post(f"/v1/visits/{visit_id}/recording", content=b"\x1f\x8b" + b"\0" * 99, headers=headers)
    assert (response.status_code, response.json()["code"]) == (415, "content_encoding")


def test_an_address_is_checked_and_fetched_later(api: Api, visit_id: str) -> None:
    client = api.client()
    body = {"url": "https://files.crm.example/a.m4a"}
    response = client.post(f"/v1/visits/{visit_id}/recording", json=body)
    assert response.status_code == 202
    run = next(iter(api.database.state.runs.values()))
    assert (run.stage, run.input) == ("fetch", body)
    forbidden = client.post(f"/v1/visits/{visit_id}/recording", json={"url": "http://127.0.0.1/a"})
    assert (forbidden.status_code, forbidden.json()["code"]) == (422, "url_forbidden")


def start(api: Api, visit_id: str, length: int, metadata: str = "") -> tuple[TestClient, str]:
    client = api.client()
    headers = {"Upload-Length": str(length), "Upload-Metadata": metadata}
    response = client.post(f"/v1/visits/{visit_id}/uploads", headers=headers)
    assert response.status_code == 201
    return client, response.headers["Location"]


def patch(client: TestClient, address: str, offset: int, piece: bytes, **headers: str) -> tuple[int, str]:
    sent = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset), **headers}
    response = client.patch(address, content=piece, headers=sent)
    return response.status_code, response.json()["code"] if response.content else ""


def offset(client: TestClient, address: str) -> int:
    return int(client.head(address).headers["Upload-Offset"])


def test_row_3_pieces_arrive_and_the_offset_tells_where_to_go_on(api: Api, visit_id: str) -> None:
    client, address = start(api, visit_id, len(WAV))
    for begin in range(0, len(WAV), 10_000):
        assert offset(client, address) == begin
        assert patch(client, address, begin, WAV[begin : begin + 10_000]) == (204, "")
    response = client.post(f"{address}/complete", headers=ONCE)
    assert response.status_code == 202
    assert response.json()["sha256"] == hashlib.sha256(WAV).hexdigest()


def test_row_4_a_wrong_offset_or_too_many_bytes_are_refused(api: Api, visit_id: str) -> None:
    client, address = start(api, visit_id, 10)
    assert patch(client, address, 5, b"x") == (409, "offset_mismatch")
    assert patch(client, address, 0, b"x" * 11) == (413, "beyond_length")
    assert offset(client, address) == 0


def test_row_5_a_wrong_checksum_leaves_nothing_behind(api: Api, visit_id: str) -> None:
    client, address = start(api, visit_id, len(WAV))
    wrong = "sha256 " + base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    right = "sha256 " + base64.b64encode(hashlib.sha256(WAV[:100]).digest()).decode()
    unknown = "crc32 AAAAAA=="
    assert patch(client, address, 0, WAV[:100], **{"Upload-Checksum": wrong}) == (460, "checksum_mismatch")
    assert offset(client, address) == 0
    assert patch(client, address, 0, WAV[:100], **{"Upload-Checksum": unknown}) == (400, "checksum_unknown")
    assert patch(client, address, 0, WAV[:100], **{"Upload-Checksum": right}) == (204, "")
    assert offset(client, address) == 100


def test_row_6_the_same_piece_twice_is_harmless(api: Api, visit_id: str) -> None:
    client, address = start(api, visit_id, len(WAV))
    assert patch(client, address, 0, WAV[:100]) == (204, "")
    assert patch(client, address, 0, WAV[:100]) == (204, "")
    assert patch(client, address, 50, WAV[50:150]) == (204, "")
    assert offset(client, address) == 150
    assert patch(client, address, 0, b"other") == (409, "offset_mismatch")


def test_row_6_a_second_writer_is_locked_out(api: Api, visit_id: str) -> None:
    client, address = start(api, visit_id, len(WAV))
    now = api.clock.now()
    with api.database() as tx:
        assert tx.uploads.hold("ten_huadong", address.rsplit("/", 1)[1], "other", now, now + timedelta(seconds=60))
    assert patch(client, address, 0, WAV[:10]) == (423, "upload_locked")
    api.clock.forward(seconds=61)
    assert patch(client, address, 0, WAV[:10]) == (204, "")


def test_row_7_completing_needs_all_bytes_and_may_be_repeated(api: Api, visit_id: str) -> None:
    client, address = start(api, visit_id, len(WAV))
    patch(client, address, 0, WAV[:-1])
    missing = client.post(f"{address}/complete", headers=ONCE)
    assert (missing.status_code, missing.json()["code"]) == (409, "incomplete")
    patch(client, address, len(WAV) - 1, WAV[-1:])
    first = client.post(f"{address}/complete", headers=ONCE)
    again = client.post(f"{address}/complete", headers={"Idempotency-Key": "another"})
    assert first.status_code == again.status_code == 202
    assert first.content == again.content
    assert len(api.database.state.recordings) == 1


def test_completing_without_an_idempotency_key_is_refused(api: Api, visit_id: str) -> None:
    client, address = start(api, visit_id, 1)
    response = client.post(f"{address}/complete")
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_required")


def test_row_8_an_expired_or_removed_upload_is_gone(api: Api, visit_id: str) -> None:
    client, address = start(api, visit_id, 10)
    _, removed = start(api, visit_id, 10)
    assert client.delete(removed).status_code == 204
    assert patch(client, removed, 0, b"x") == (410, "upload_gone")
    api.clock.forward(hours=25)
    assert patch(client, address, 0, b"x") == (410, "upload_gone")


def test_row_9_bytes_that_differ_from_the_promised_hash_are_kept_for_a_retry(api: Api, visit_id: str) -> None:
    metadata = "sha256 " + base64.b64encode(hashlib.sha256(b"other").hexdigest().encode()).decode()
    client, address = start(api, visit_id, len(WAV), metadata)
    patch(client, address, 0, WAV)
    response = client.post(f"{address}/complete", headers=ONCE)
    assert (response.status_code, response.json()["code"]) == (422, "hash_mismatch")
    assert offset(client, address) == len(WAV)


def test_too_many_unfinished_uploads_are_refused(api: Api, visit_id: str) -> None:
    for _ in range(10):
        start(api, visit_id, 10)
    response = api.client().post(f"/v1/visits/{visit_id}/uploads", headers={"Upload-Length": "10"})
    assert (response.status_code, response.json()["code"]) == (429, "too_many_uploads")
    assert response.headers["Retry-After"]


def test_another_tenants_upload_is_unknown(api: Api, visit_id: str) -> None:
    _, address = start(api, visit_id, 10)
    assert patch(api.client(tenant=OTHER_TENANT), address, 0, b"x") == (404, "upload_not_found")
