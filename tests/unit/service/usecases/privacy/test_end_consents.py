"""A consent that runs out ends like one that is withdrawn: at its time, once, with a receipt, but not under a hold."""

from datetime import timedelta
from pathlib import Path

import pytest

from service.adapters.erasures import FileLedger
from service.domain.privacy.audit import find_breaks
from service.domain.privacy.rules import HoldRow, stone_of
from service.domain.records import Page
from service.domain.visit import Consent
from service.usecases.privacy import end_consents
from service.usecases.privacy.sweep_retention import sweep_retention
from service.usecases.privacy.verify_privacy import verify_privacy
from service.usecases.privacy.withdraw_consent import withdraw_consent
from service.usecases.services import Services
from tests.support.builders import (
    OTHER_TENANT,
    TENANT,
    a_recording,
    a_run,
    a_transcript_record,
    a_visit,
    an_analysis_record,
    an_endpoint,
    an_id,
)
from tests.support.fakes import NOON, FakeClock, FolderBlobStore
from tests.support.privacy import some_installation
from tests.support.service import services_over
from tests.support.shelf import shipped_content

VISIT = an_id("vis")
DAY = timedelta(days=1)
ENDS = NOON + 10 * DAY


def for_ten_days(**changes: object) -> Consent:
    given = {"basis": "consent", "method": "signed", "given_at": NOON - DAY, "notice_version": "v1", "expires_at": ENDS}
    return Consent(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def services(tmp_path: Path) -> Services:
    blobs = FolderBlobStore(tmp_path)
    made = services_over(content=shipped_content(), folder=tmp_path, blobs=blobs,
                         ledger=FileLedger(tmp_path / "erasures.jsonl"))  # fmt: skip
    blob, sha256, size = blobs.write(TENANT, iter([b"RIFF"]), limit=10)
    with made.uow() as tx:
        tx.visits.add(a_visit(consent=for_ten_days()))
        tx.recordings.add(a_recording(blob=blob, sha256=sha256, size_bytes=size, state="processing"))
        tx.runs.enqueue(a_run())
        tx.transcripts.put(a_transcript_record())
        tx.analyses.put(an_analysis_record())
        tx.endpoints.add(an_endpoint(event_types=("person.erased",)))
    return made


def clock_of(services: Services) -> FakeClock:
    assert isinstance(services.clock, FakeClock)
    return services.clock


def kept(services: Services, visit_id: str = VISIT) -> bool:
    with services.uow(write=False) as tx:
        return tx.transcripts.latest(TENANT, visit_id) is not None


@pytest.mark.parametrize(
    ("after", "gone"), [(10 * DAY - timedelta(seconds=1), False), (10 * DAY, True), (11 * DAY, True)],
    ids=["a second before", "at its time", "a day later"],
)  # fmt: skip
def test_it_ends_at_its_time_and_not_before(services: Services, after: timedelta, gone: bool) -> None:
    clock_of(services).forward(seconds=after.total_seconds())
    sweep_retention(services)
    assert kept(services) is not gone


def test_work_stops_bytes_go_and_the_visit_takes_nothing_more(services: Services, tmp_path: Path) -> None:
    clock_of(services).forward(days=10)
    assert sweep_retention(services) == 1
    with services.uow(write=False) as tx:
        assert [run.state for run in tx.runs.of_visit(TENANT, VISIT)] == ["cancelled"]
        (recording,) = tx.recordings.of_visit(TENANT, VISIT)
        assert (recording.blob, recording.display_name, recording.detail_code) == ("", "", "consent_withdrawn")
        assert tx.analyses.latest(TENANT, VISIT) is None
        visit = tx.visits.get(TENANT, VISIT)
        assert visit is not None
        assert visit.consent is not None
        assert (visit.consent.withdrawn_at, visit.consent.purposes()) == (ENDS, ())
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == b"RIFF"]


def test_a_receipt_the_trail_a_stone_and_the_receivers_tell_of_it(services: Services) -> None:
    clock_of(services).forward(days=10)
    sweep_retention(services)
    with services.uow(write=False) as tx:
        (receipt,) = tx.privacy.receipts.find(TENANT)
        assert (receipt.kind, receipt.asked_by, receipt.reason) == ("visit", "system", "consent expired")
        assert receipt.finished_at == ENDS
        counted = ("visits", "recordings", "transcripts", "analyses", "files")
        assert [receipt.counts[name] for name in counted] == [1, 1, 1, 1, 1]
        stone = tx.privacy.tombstones.get(TENANT, stone_of(TENANT, "visit", VISIT))
        assert stone is not None
        assert stone.receipt_id == receipt.id
        (written,) = tx.privacy.audit.find(TENANT, actions=["consent.withdrawn"])
        assert (written.actor, written.why, written.visit_id) == ("system", "consent expired", VISIT)
        assert find_breaks(list(tx.privacy.audit.walk(TENANT)), tx.privacy.audit.head(TENANT)) == []
        told = [event for event in tx.events.after(TENANT, None, 9) if event.type == "person.erased"]
        assert [event.data["subject"] for event in told] == [{"kind": "visit", "id": VISIT}]
        assert [owed.state for owed in tx.deliveries.page(TENANT, Page(9))] == ["pending"]
    assert [stone.id for stone in services.ledger.read()] == [stone_of(TENANT, "visit", VISIT)]


def test_a_second_sweep_and_a_clock_that_jumps_back_end_nothing_twice(services: Services) -> None:
    clock_of(services).forward(days=10)
    assert sweep_retention(services) == 1
    clock_of(services).forward(days=-5)
    assert sweep_retention(services) == 0
    clock_of(services).forward(days=9)
    assert sweep_retention(services) == 0
    with services.uow(write=False) as tx:
        assert len(tx.privacy.receipts.find(TENANT)) == 1


def test_what_was_withdrawn_or_renewed_in_time_is_left_alone(services: Services) -> None:
    renewed, withdrawn = an_id("vis", 2), an_id("vis", 3)
    with services.uow() as tx:
        tx.visits.add(a_visit(2, consent=for_ten_days(expires_at=ENDS + DAY)))
        tx.transcripts.put(a_transcript_record(visit_id=renewed))
        tx.visits.add(a_visit(3, consent=for_ten_days()))
        withdraw_consent(tx, services, tenant_id=TENANT, visit_id=withdrawn)
    clock_of(services).forward(days=10)
    assert sweep_retention(services) == 1
    assert kept(services, renewed)
    with services.uow(write=False) as tx:
        assert [row.visit_id for row in tx.privacy.audit.find(TENANT, actions=["consent.withdrawn"])] == [
            VISIT,
            withdrawn,
        ]


def hold(services: Services, *, released: bool = False) -> None:
    with services.uow() as tx:
        tx.privacy.holds.put(
            HoldRow("hld_1", TENANT, NOON, "visit", VISIT, "仲裁", "key:1", NOON if released else None)
        )


def test_under_a_hold_it_is_kept_and_worked_on_no_more_until_the_hold_is_released(services: Services) -> None:
    hold(services)
    clock_of(services).forward(days=10)
    assert sweep_retention(services) == 0
    assert kept(services)
    with services.uow(write=False) as tx:
        assert [run.state for run in tx.runs.of_visit(TENANT, VISIT)] == ["cancelled"]
    hold(services, released=True)
    assert sweep_retention(services) == 1
    assert not kept(services)


def test_another_tenants_consents_are_ended_for_themselves(services: Services) -> None:
    theirs = an_id("vis", 9)
    with services.uow() as tx:
        tx.visits.add(a_visit(9, tenant_id=OTHER_TENANT, consent=for_ten_days(expires_at=ENDS - DAY)))
        tx.transcripts.put(a_transcript_record(visit_id=theirs, tenant_id=OTHER_TENANT))
    clock_of(services).forward(days=9)
    assert sweep_retention(services) == 1
    assert kept(services)
    with services.uow(write=False) as tx:
        assert tx.transcripts.latest(OTHER_TENANT, theirs) is None
        assert [tx.privacy.receipts.find(tenant) == [] for tenant in (TENANT, OTHER_TENANT)] == [True, False]


def test_more_than_are_read_at_once_end_in_one_sweep(services: Services) -> None:
    count = 2 * end_consents.AT_ONCE + 1
    with services.uow() as tx:
        for number in range(2, count + 1):
            tx.visits.add(a_visit(number, consent=for_ten_days()))
    clock_of(services).forward(days=10)
    assert sweep_retention(services) == count


def test_the_proof_of_the_duties_fails_before_the_sweep_and_holds_after_it(services: Services) -> None:
    def consent_duty() -> str:
        return verify_privacy(services, some_installation())[0].state

    assert consent_duty() != "fail"
    clock_of(services).forward(days=10)
    assert consent_duty() == "fail"
    sweep_retention(services)
    assert consent_duty() != "fail"
