"""What has had its time goes, shorter where the tenant says so; what is held stays, whatever the clock does."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.coaching.observations import ObservationRow
from service.domain.content.bundle import Content
from service.domain.privacy.rules import HoldRow, default_retention
from service.settings import ROOT
from service.usecases.privacy.sweep_retention import sweep_retention
from service.usecases.privacy.verify_privacy import verify_privacy
from service.usecases.services import Services
from tests.support.builders import (
    TENANT,
    a_recording,
    a_transcript,
    a_transcript_record,
    a_visit,
    an_analysis_record,
    an_id,
)
from tests.support.fakes import NOON, FakeClock, FolderBlobStore
from tests.support.privacy import some_installation
from tests.support.service import services_over

CANARY = "金丝雀三一七九"


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content(ROOT / "prompts")


@pytest.fixture
def services(content: Content, tmp_path: Path) -> Services:
    blobs = FolderBlobStore(tmp_path)
    made = services_over(content=content, folder=tmp_path, blobs=blobs)
    blob, sha256, size = blobs.write(TENANT, iter([b"RIFF"]), limit=10)
    with made.uow() as tx:
        tx.visits.add(a_visit())
        tx.recordings.add(a_recording(blob=blob, sha256=sha256, size_bytes=size, state="done"))
        tx.transcripts.put(a_transcript_record(transcript=a_transcript(CANARY), source="asr"))
        tx.analyses.put(an_analysis_record())
        tx.coaching.observations.put(
            ObservationRow("obs_1", TENANT, NOON, an_id("vis"), "rep_lin", "acc_hengtong", "discovery", "r", CANARY, 1,
                           1.0, "talk", 0, CANARY)
        )  # fmt: skip
    return made


def clock_of(services: Services) -> FakeClock:
    assert isinstance(services.clock, FakeClock)
    return services.clock


def left(services: Services) -> dict[str, bool]:
    with services.uow(write=False) as tx:
        (recording,) = tx.recordings.of_visit(TENANT, an_id("vis"))
        record = tx.analyses.latest(TENANT, an_id("vis"))
        return {
            "audio": recording.blob != "",
            "transcript": tx.transcripts.latest(TENANT, an_id("vis")) is not None,
            "quotes": record is not None and any(finding.quote for finding in record.analysis.findings),
            "features": record is not None and len(record.analysis.findings) == 1,
            "observation": bool(tx.coaching.observations.find(TENANT)),
        }


EVERYTHING = {"audio": True, "transcript": True, "quotes": True, "features": True, "observation": True}


@pytest.mark.parametrize(
    ("days", "gone"),
    [
        (29, set()),
        (31, {"audio"}),
        (179, {"audio"}),
        (181, {"audio", "transcript", "quotes"}),
        (366, {"audio", "transcript", "quotes", "features", "observation"}),
    ],
)
def test_each_kind_goes_at_its_time_and_not_before(services: Services, days: int, gone: set[str]) -> None:
    clock_of(services).forward(days=days)
    sweep_retention(services)
    assert left(services) == {**EVERYTHING, **dict.fromkeys(gone, False)}
    assert sweep_retention(services) == 0


def test_after_the_words_went_no_character_of_them_is_left(services: Services) -> None:
    clock_of(services).forward(days=181)
    sweep_retention(services)
    assert CANARY not in repr(services.uow.state)  # type: ignore[attr-defined]


def test_a_tenant_may_keep_it_shorter(services: Services) -> None:
    with services.uow() as tx:
        tx.privacy.retention.put(replace(default_retention(TENANT, NOON), audio_days=7, transcript_days=14))
    clock_of(services).forward(days=8)
    sweep_retention(services)
    assert left(services) == {**EVERYTHING, "audio": False}
    clock_of(services).forward(days=7)
    sweep_retention(services)
    assert not left(services)["transcript"]


def test_audio_goes_once_it_was_heard_where_the_tenant_wants_it(services: Services) -> None:
    sweep_retention(services)
    assert left(services)["audio"]
    with services.uow() as tx:
        tx.privacy.retention.put(replace(default_retention(TENANT, NOON), audio_delete_after_asr=True))
    sweep_retention(services)
    assert left(services) == {**EVERYTHING, "audio": False}


@pytest.mark.parametrize(
    ("kind", "ref"), [("visit", an_id("vis")), ("account", "acc_hengtong"), ("person", "rep_lin"), ("tenant", "all")]
)
def test_what_is_held_stays_until_it_is_released(services: Services, kind: str, ref: str) -> None:
    hold = HoldRow("hld_1", TENANT, NOON, kind, ref, "诉讼保全", "key:k")  # type: ignore[arg-type]
    with services.uow() as tx:
        tx.privacy.holds.put(hold)
    clock_of(services).forward(days=400)
    sweep_retention(services)
    assert left(services) == EVERYTHING
    with services.uow() as tx:
        tx.privacy.holds.put(replace(hold, released_at=clock_of(services).now()))
    sweep_retention(services)
    assert not any(left(services).values())


def test_row_89_a_clock_that_jumps_forgets_nothing_early_and_nothing_twice(services: Services) -> None:
    clock = clock_of(services)
    for jump in (timedelta(days=1), timedelta(days=-2), timedelta(days=1), timedelta(days=28)):
        clock.at += jump
        sweep_retention(services)
        assert left(services) == EVERYTHING
    clock.forward(days=3)
    assert sweep_retention(services) == 1
    clock.at -= timedelta(days=10)
    assert sweep_retention(services) == 0


def test_old_rows_of_the_trail_go_after_three_years_and_it_still_holds(services: Services) -> None:
    sweep_retention(services)
    clock_of(services).forward(days=3 * 365 + 1)
    sweep_retention(services)
    with services.uow(write=False) as tx:
        head = tx.privacy.audit.head(TENANT)
        assert head.first == 2
        assert [row.sequence for row in tx.privacy.audit.walk(TENANT)] == [2]


def test_verify_names_what_is_past_its_time_and_is_content_after_the_sweep(services: Services) -> None:
    def retention() -> tuple[str, str]:
        duties = {duty.name: duty for duty in verify_privacy(services, some_installation())}
        found = duties["Shortest retention (PIPL 6, 19)"]
        return found.state, found.found

    assert retention()[0] == "ok"  # nothing is a day old
    clock_of(services).forward(days=2)
    assert retention() == ("fail", f"not swept in the last day: {TENANT}")
    sweep_retention(services)
    assert retention()[0] == "ok"
    clock_of(services).forward(days=40)
    assert "1 audio rows are past their time" in retention()[1]
    sweep_retention(services)
    assert retention()[0] == "ok"
