"""`GET /v1/recordings/{id}/audio?redacted=true`: refused where nothing tells, and written down when it is heard."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nlp.types import Span, Transcript, Turn
from service.domain.records import TranscriptRecord
from tests.support.api import OTHER_TENANT, TENANT, Api, a_wav

PHONE = "我的电话13800001234"


class Tones:
    """Sound that says where its tones stand."""

    def __init__(self, stretches: Sequence[Span]) -> None:
        self.bytes = repr(list(stretches)).encode()
        self.size_bytes = len(self.bytes)
        self.closed = 0

    def chunks(self) -> Iterator[bytes]:
        yield self.bytes

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def made(api: Api) -> list[Tones]:
    found: list[Tones] = []

    def redact(path: Path, stretches: Sequence[Span]) -> Tones:
        assert path.read_bytes()
        found.append(Tones(stretches))
        return found[-1]

    api.services = replace(api.services, redact=redact)
    return found


@pytest.fixture
def recording_id(api: Api, visit_id: str) -> str:
    sent = api.client().post(f"/v1/visits/{visit_id}/recording", files={"file": ("拜访.wav", a_wav(2.0))})
    return str(sent.json()["id"])


def heard(api: Api, visit_id: str, recording_id: str, *turns: Turn) -> None:
    with api.services.uow() as tx:
        tx.transcripts.put(TranscriptRecord(visit_id, TENANT, 0, "asr", Transcript(turns), api.clock.now(), {}))
        tx.recordings.move(TENANT, recording_id, "processing")
        tx.recordings.move(TENANT, recording_id, "done")


def test_the_tones_stand_where_the_transcript_names_somebody(
    api: Api, made: list[Tones], visit_id: str, recording_id: str
) -> None:
    heard(api, visit_id, recording_id, Turn(0, PHONE, start_ms=500, end_ms=1_500))
    client = api.client("visits:read")
    answer = client.get(f"/v1/recordings/{recording_id}/audio?redacted=true")
    assert (answer.status_code, answer.content) == (200, b"[(350, 1650)]")
    assert answer.headers["content-disposition"].endswith(".wav.redacted.wav")
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert [tones.closed for tones in made] == [1]
    rows = api.client().get("/v1/audit").json()["items"]
    assert (rows[0]["action"], rows[0]["object"]) == ("audio.read", f"recording:{recording_id}:redacted")
    assert client.get(f"/v1/recordings/{recording_id}/audio").content == b"[(350, 1650)]", "all that this key may hear"
    assert api.client().get(f"/v1/recordings/{recording_id}/audio?redacted=false").content == a_wav(2.0)


def test_before_anybody_heard_it_nothing_is_given_out(
    api: Api, made: list[Tones], visit_id: str, recording_id: str
) -> None:
    address = f"/v1/recordings/{recording_id}/audio?redacted=true"
    assert api.client().get(address).json()["code"] == "transcript_not_ready"
    heard(api, visit_id, recording_id, Turn(0, PHONE))
    refused = api.client().get(address)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_times")
    assert made == []


def test_an_older_recording_is_not_measured_by_the_newest_ones_words(
    api: Api, made: list[Tones], visit_id: str, recording_id: str
) -> None:
    api.client().post(f"/v1/visits/{visit_id}/recording", files={"file": ("b.wav", a_wav(3.0))})
    heard(api, visit_id, recording_id, Turn(0, PHONE, start_ms=0, end_ms=9))
    answer = api.client().get(f"/v1/recordings/{recording_id}/audio?redacted=true")
    assert (answer.json()["code"], made) == ("transcript_not_ready", [])


def test_anothers_recording_is_not_there(api: Api, made: list[Tones], recording_id: str) -> None:
    address = f"/v1/recordings/{recording_id}/audio?redacted=true"
    assert api.client(tenant=OTHER_TENANT).get(address).json()["code"] == "recording_not_found"
    assert api.client().get(address.replace("true", "maybe")).status_code == 422
