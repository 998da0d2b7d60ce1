"""Consent and quota before bytes; bytes before the promise; the promise with its first run."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.errors import NotAudio
from nlp.taxonomy import Taxonomy
from service.domain.content.bundle import Content
from service.domain.errors import Conflict, NotFound, TooLarge, TooManyRequests
from service.domain.visit import Consent
from service.usecases.services import Limits, Services
from service.usecases.visits.accept_recording import (
    StoredBytes,
    accept_recording,
    accept_recording_url,
    admit_recording,
    clean_display_name,
    store_bytes,
)
from tests.support.api import a_wav
from tests.support.builders import OTHER_TENANT, TENANT, a_run, a_visit, an_id
from tests.support.fakes import NOON, FakeDoorbell
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")
WAV = a_wav(0.02)
GIVEN = Consent("contract", "verbal", NOON - timedelta(days=1))


def over(consent: Consent | None = GIVEN, **limits: int) -> Services:
    services = services_over(content=EMPTY, limits=Limits(**limits))
    with services.uow() as tx:
        tx.visits.add(a_visit(consent=consent))
    return services


CONSENTS = {
    "none": (None, False),
    "given": (GIVEN, True),
    "withdrawn": (replace(GIVEN, withdrawn_at=NOON - timedelta(minutes=1)), False),
    "ended a moment ago": (replace(GIVEN, expires_at=NOON), False),
    "ends in a moment": (replace(GIVEN, expires_at=NOON + timedelta(seconds=1)), True),
}


@pytest.mark.parametrize(("consent", "admitted"), CONSENTS.values(), ids=CONSENTS)
def test_only_a_visit_whose_consent_holds_now_is_let_in(consent: Consent | None, admitted: bool) -> None:
    services = over(consent)
    if admitted:
        assert admit_recording(services, TENANT, an_id("vis")).id == an_id("vis")
    else:
        with pytest.raises(Conflict) as refusal:
            admit_recording(services, TENANT, an_id("vis"))
        assert refusal.value.code == "consent_required"


@pytest.mark.parametrize(("tenant", "visit"), [(OTHER_TENANT, 1), (TENANT, 2)], ids=["foreign", "unknown"])
def test_a_foreign_visit_is_an_unknown_one(tenant: str, visit: int) -> None:
    with pytest.raises(NotFound) as refusal:
        admit_recording(over(), tenant, an_id("vis", visit))
    assert refusal.value.code == "visit_not_found"


def test_a_full_queue_says_when_to_come_back() -> None:
    services = over(queued_visits=2)
    for number in (1, 2):
        admit_recording(services, TENANT, an_id("vis"))
        with services.uow() as tx:
            tx.runs.enqueue(a_run(number, "transcribe"))
    with pytest.raises(TooManyRequests) as refusal:
        admit_recording(services, TENANT, an_id("vis"))
    assert (refusal.value.code, refusal.value.fields["retry_after_s"]) == ("queue_full", 120)


def halves(data: bytes) -> Iterator[bytes]:
    yield data[: len(data) // 2]
    yield data[len(data) // 2 :]


@pytest.mark.parametrize(
    ("data", "limit", "error"), [(b"PK\x03\x04" * 50, 10_000, NotAudio), (WAV, 100, TooLarge)], ids=["zip", "too long"]
)
def test_bytes_that_are_refused_are_not_kept(data: bytes, limit: int, error: type[Exception]) -> None:
    services = over(recording_bytes=limit)
    with pytest.raises(error):
        store_bytes(services, a_visit(), halves(data))
    assert [path for path in services.blobs._folder.rglob("*") if path.is_file()] == []  # type: ignore[attr-defined]


def test_the_recording_and_its_first_run_are_one_transaction_and_the_bell_rings_after() -> None:
    services = over()
    stored = store_bytes(services, a_visit(), halves(WAV))
    bell = services.doorbell
    assert isinstance(bell, FakeDoorbell)
    with services.uow() as tx:
        recording, is_new = accept_recording(tx, services, a_visit(), stored, display_name="a.wav")
        (run,) = tx.runs.of_visit(TENANT, an_id("vis"))
        assert bell.rings == []
    assert is_new
    assert bell.rings == [("asr", run.id)]
    assert (run.stage, run.recording_id, run.input_hash) == ("decode", recording.id, stored.sha256)


def test_a_transaction_that_fails_rings_no_bell_and_names_no_recording() -> None:
    services = over()
    stored = store_bytes(services, a_visit(), halves(WAV))

    def interrupted() -> None:
        with services.uow() as tx:
            accept_recording(tx, services, a_visit(), stored, display_name="a.wav")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()
    bell = services.doorbell
    assert isinstance(bell, FakeDoorbell)
    assert bell.rings == []
    with services.uow(write=False) as tx:
        assert tx.recordings.of_visit(TENANT, an_id("vis")) == []


def test_the_same_bytes_again_are_the_same_recording_and_their_copy_goes() -> None:
    services = over()
    first, second = (store_bytes(services, a_visit(), halves(WAV)) for _ in range(2))
    with services.uow() as tx:
        recording, _ = accept_recording(tx, services, a_visit(), first, display_name="a.wav")
    with services.uow() as tx:
        assert accept_recording(tx, services, a_visit(), second, display_name="b.wav") == (recording, False)
        services.blobs.open(second.blob).close()
    with services.blobs.open(first.blob) as file:
        assert file.read() == WAV
    with pytest.raises(NotFound):
        services.blobs.open(second.blob)


def test_the_same_bytes_for_another_visit_are_another_recording() -> None:
    services = over()
    other = a_visit(2)
    stored = StoredBytes("ten/a", "f" * 64, 10)
    with services.uow() as tx:
        tx.visits.add(other)
        first, _ = accept_recording(tx, services, a_visit(), stored, display_name="")
        second, is_new = accept_recording(tx, services, other, stored, display_name="")
    assert is_new
    assert first.id != second.id


def test_an_address_becomes_a_recording_without_bytes_and_a_run_that_fetches() -> None:
    services = over()
    with services.uow() as tx:
        recording = accept_recording_url(tx, services, a_visit(), "https://files.example/a", display_name="")
        (run,) = tx.runs.of_visit(TENANT, an_id("vis"))
    assert (recording.blob, recording.size_bytes, recording.display_name) == ("", 0, "recording")
    assert (run.stage, run.queue, run.input) == ("fetch", "io", {"url": "https://files.example/a"})


@given(st.text(max_size=600))
def test_a_shown_name_is_short_has_no_path_and_nothing_invisible(name: str) -> None:
    shown = clean_display_name(name)
    assert 1 <= len(shown.encode("utf-8")) <= 255
    assert "/" not in shown
    assert "\\" not in shown
    assert shown.strip(" .")
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"} for character in shown)
    assert clean_display_name(shown) == shown
