"""Uploads in pieces: whatever is cut, doubled, shuffled or contested, the bytes are those that were sent."""

import base64
import hashlib
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.errors import NotAudio
from nlp.taxonomy import Taxonomy
from service.adapters.parts import DiskParts
from service.domain.content.bundle import Content
from service.domain.errors import (
    Conflict,
    Gone,
    Invalid,
    NotFound,
    ServiceError,
    StorageFull,
    TooLarge,
    TooManyRequests,
)
from service.domain.speech.recording import Recording
from service.domain.speech.upload import Upload
from service.usecases.services import Limits, Services
from service.usecases.visits.resume_upload import (
    Appending,
    ChecksumMismatch,
    completing,
    create_upload,
    expire_uploads,
    find_upload,
    remove_upload,
    writing,
)
from tests.support.api import a_wav
from tests.support.builders import TENANT, a_visit
from tests.support.fakes import FakeClock
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")
WAV = a_wav(0.02)


def begun(length: int = len(WAV), *, sha256: str = "", **limits: int) -> tuple[Services, Upload]:
    services = services_over(content=EMPTY, limits=Limits(**limits))
    visit = a_visit()
    with services.uow() as tx:
        tx.visits.add(visit)
    return services, create_upload(services, visit, length=length, display_name="拜访.wav", sha256=sha256)


def send(services: Services, upload: Upload, offset: int, *pieces: bytes, checksum: str = "") -> int:
    with writing(services, TENANT, upload.id) as held:
        appending = Appending(services, held, offset, checksum)
        appending.begin()
        for piece in pieces:
            appending.write(piece)
        return appending.finish()


def complete(services: Services, upload: Upload) -> Recording:
    with completing(services, TENANT, upload.id) as accept, services.uow() as tx:
        return accept(tx)


def stored_bytes(services: Services, recording: Recording) -> bytes:
    with services.blobs.open(recording.blob) as file:
        return file.read()


def test_what_was_sent_becomes_a_recording_and_the_part_is_removed() -> None:
    services, upload = begun()
    assert send(services, upload, 0, WAV[:50], WAV[50:]) == len(WAV)
    recording = complete(services, upload)
    assert stored_bytes(services, recording) == WAV
    assert recording.display_name == "拜访.wav"
    with pytest.raises(Gone):
        services.parts.size(upload.part)


@settings(deadline=None, max_examples=60)
@given(steps=st.lists(st.tuples(st.integers(0, len(WAV)), st.integers(0, 300)), max_size=25))
def test_any_order_of_pieces_leaves_a_prefix_of_the_file(steps: list[tuple[int, int]]) -> None:
    services, upload = begun()
    for offset, size in steps:
        with suppress(Conflict):
            send(services, upload, offset, WAV[offset : offset + size])
        size_now = services.parts.size(upload.part)
        assert b"".join(services.parts.chunks(upload.part)) == WAV[:size_now]
    send(services, upload, services.parts.size(upload.part), WAV[services.parts.size(upload.part) :])
    assert stored_bytes(services, complete(services, upload)) == WAV


def test_bytes_that_differ_from_those_that_stand_change_nothing() -> None:
    services, upload = begun()
    send(services, upload, 0, WAV[:100])
    with pytest.raises(Conflict) as refusal:
        send(services, upload, 50, b"other" * 30)
    assert refusal.value.code == "offset_mismatch"
    assert b"".join(services.parts.chunks(upload.part)) == WAV[:100]


def test_a_gap_is_refused_with_the_offset_to_go_on_from() -> None:
    services, upload = begun()
    send(services, upload, 0, WAV[:100])
    with pytest.raises(Conflict) as refusal:
        send(services, upload, 101, b"x")
    assert refusal.value.fields["offset"] == 100


def test_more_than_was_declared_is_refused_and_forgotten() -> None:
    services, upload = begun(length=10)
    with pytest.raises(TooLarge):
        send(services, upload, 0, b"12345", b"678901")
    assert services.parts.size(upload.part) == 0


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_with_the_wrong_checksum_leaves_nothing_and_with_the_right_one_stays(algorithm: str) -> None:
    services, upload = begun()
    send(services, upload, 0, WAV[:10])
    right = base64.b64encode(hashlib.new(algorithm, WAV[10:60]).digest()).decode()
    with pytest.raises(ChecksumMismatch):
        send(services, upload, 10, b"y" * 50, checksum=f"{algorithm} {right}")
    assert services.parts.size(upload.part) == 10
    assert send(services, upload, 10, WAV[10:60], checksum=f"{algorithm} {right}") == 60


def test_a_cut_connection_keeps_what_came_unless_a_checksum_was_promised() -> None:
    services, upload = begun()
    promised = "sha256 " + base64.b64encode(hashlib.sha256(WAV).digest()).decode()
    for checksum, kept in ((promised, 0), ("", 30)):
        with writing(services, TENANT, upload.id) as held:
            appending = Appending(services, held, 0, checksum)
            appending.begin()
            appending.write(WAV[:30])
            appending.abandon()
        assert services.parts.size(upload.part) == kept


def test_one_writer_at_a_time_until_its_hold_lapses() -> None:
    services, upload = begun()
    clock = services.clock
    assert isinstance(clock, FakeClock)
    with writing(services, TENANT, upload.id):
        for act in (lambda: send(services, upload, 0, b"x"), lambda: remove_upload(services, TENANT, upload.id),
                    lambda: complete(services, upload)):  # fmt: skip
            with pytest.raises(Conflict) as refusal:
                act()
            assert (refusal.value.code, refusal.value.fields["status"]) == ("upload_locked", 423)
        clock.forward(seconds=61)
        send(services, upload, 0, WAV[:5])
    assert send(services, upload, 5, WAV[5:9]) == 9


def test_a_slow_writer_keeps_its_hold_and_a_robbed_one_stops() -> None:
    services, upload = begun()
    clock = services.clock
    assert isinstance(clock, FakeClock)
    with writing(services, TENANT, upload.id) as held:
        appending = Appending(services, held, 0, "")
        appending.begin()
        for i in range(5):
            appending.write(WAV[i : i + 1])
            clock.forward(seconds=40)
        clock.forward(seconds=61)
        with writing(services, TENANT, upload.id), pytest.raises(Conflict):
            appending.write(WAV[5:6])
    assert services.parts.size(upload.part) == 5


def test_completing_twice_gives_the_same_recording_and_one_blob() -> None:
    services, upload = begun()
    send(services, upload, 0, WAV)
    assert complete(services, upload) == complete(services, upload)
    with services.uow(write=False) as tx:
        assert len(tx.recordings.of_visit(TENANT, upload.visit_id)) == 1


INCOMPLETE = {
    "bytes missing": (WAV[:-1], "", Conflict, "incomplete"),
    "another hash": (WAV, "0" * 64, Invalid, "hash_mismatch"),
    "no audio": (b"x" * len(WAV), "", NotAudio, "not_audio"),
}


@pytest.mark.parametrize(("sent", "sha256", "kind", "code"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_what_cannot_be_completed_is_kept_and_leaves_no_blob(
    sent: bytes, sha256: str, kind: type[Exception], code: str
) -> None:
    services, upload = begun(sha256=sha256)
    send(services, upload, 0, sent)
    with pytest.raises(kind) as refusal:
        complete(services, upload)
    assert refusal.value.code == code  # type: ignore[attr-defined]
    assert services.parts.size(upload.part) == len(sent)
    assert [path for path in services.blobs._folder.rglob("*") if path.parent.name == TENANT] == []  # type: ignore[attr-defined]


def test_bytes_of_a_completion_that_was_never_used_are_removed() -> None:
    services, upload = begun()
    send(services, upload, 0, WAV)
    with completing(services, TENANT, upload.id):
        pass  # an answer was replayed: the action did not run
    assert [path for path in services.blobs._folder.rglob("*") if path.parent.name == TENANT] == []  # type: ignore[attr-defined]
    assert stored_bytes(services, complete(services, upload)) == WAV


def test_removed_means_gone_for_every_verb_and_a_late_writer_brings_nothing_back() -> None:
    services, upload = begun()
    with writing(services, TENANT, upload.id) as held:
        appending = Appending(services, held, 0, "")
        appending.begin()
        appending.write(WAV[:10])
        services.parts.remove(upload.part)  # as the sweep of expired uploads does
        with pytest.raises(Gone):
            appending.write(WAV[10:20])
    remove_upload(services, TENANT, upload.id)
    for act in (lambda: send(services, upload, 0, b"x"), lambda: complete(services, upload),
                lambda: remove_upload(services, TENANT, upload.id)):  # fmt: skip
        with pytest.raises(Gone):
            act()
    assert list(services.parts.directory.iterdir()) == []  # type: ignore[attr-defined]


def test_an_unfinished_upload_expires_and_its_bytes_with_it() -> None:
    services, upload = begun(upload_ttl_h=24)
    clock = services.clock
    assert isinstance(clock, FakeClock)
    send(services, upload, 0, WAV[:10])
    clock.forward(hours=23, minutes=59)
    assert expire_uploads(services) == 0
    clock.forward(minutes=1)
    assert expire_uploads(services) == 1
    assert expire_uploads(services) == 0
    with pytest.raises(Gone):
        send(services, upload, 10, b"x")


def test_a_finished_upload_does_not_expire() -> None:
    services, upload = begun()
    clock = services.clock
    assert isinstance(clock, FakeClock)
    send(services, upload, 0, WAV)
    recording = complete(services, upload)
    clock.forward(hours=100)
    assert expire_uploads(services) == 0
    assert complete(services, upload) == recording


def test_a_refused_upload_leaves_no_file() -> None:
    services, _ = begun(open_uploads=1)
    visit = a_visit()
    with pytest.raises(TooManyRequests):
        create_upload(services, visit, length=1, display_name="", sha256="")
    with pytest.raises(TooLarge):
        create_upload(services, visit, length=services.limits.recording_bytes + 1, display_name="", sha256="")
    assert len(list(services.parts.directory.iterdir())) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("tenant", "upload"), [("ten_huanan", ""), (TENANT, "upl_" + "9" * 32)], ids=["foreign", "new"]
)
def test_a_foreign_upload_is_as_unknown_as_one_that_never_was(tenant: str, upload: str) -> None:
    services, standing = begun()
    with services.uow() as tx, pytest.raises(NotFound) as refusal:
        find_upload(tx, services, tenant, upload or standing.id)
    error: ServiceError = refusal.value
    assert error.detail == "there is no such upload"


def test_consent_that_ended_meanwhile_stops_the_recording_but_not_the_repeat_of_a_finished_one() -> None:
    services = services_over(content=EMPTY)
    clock = services.clock
    assert isinstance(clock, FakeClock)
    visit = a_visit()
    assert visit.consent is not None
    ends = clock.now() + timedelta(hours=1)
    visit = a_visit(consent=type(visit.consent)("contract", "verbal", visit.consent.given_at, expires_at=ends))
    with services.uow() as tx:
        tx.visits.add(visit)
    first, second = (
        create_upload(services, visit, length=len(WAV), display_name=name, sha256="") for name in ("a", "b")
    )
    for upload in (first, second):
        send(services, upload, 0, WAV)
    recording = complete(services, first)
    clock.forward(hours=2)
    assert complete(services, first) == recording
    with pytest.raises(Conflict) as refusal:
        complete(services, second)
    assert refusal.value.code == "consent_required"


def test_below_the_watermark_no_piece_is_taken_and_what_came_stays_for_later(tmp_path: Path) -> None:
    free = [10]
    parts = DiskParts(tmp_path / "parts", min_free_bytes=5, free=lambda _: free[0])
    services = services_over(content=EMPTY, parts=parts)
    with services.uow() as tx:
        tx.visits.add(a_visit())
    upload = create_upload(services, a_visit(), length=len(WAV), display_name="", sha256="")
    send(services, upload, 0, WAV[:10])
    free[0] = 4
    with pytest.raises(StorageFull):
        send(services, upload, 10, WAV[10:])
    with pytest.raises(StorageFull):
        create_upload(services, a_visit(), length=len(WAV), display_name="", sha256="")
    assert len(list(parts.directory.iterdir())) == 1
    free[0] = 10
    send(services, upload, 10, WAV[10:])
    assert stored_bytes(services, complete(services, upload)) == WAV
