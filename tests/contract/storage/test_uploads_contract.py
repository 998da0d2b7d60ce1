"""What every implementation promises of resumable uploads: one writer at a time, an end for those left behind."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from service.domain.ports import UnitOfWorkFactory
from service.domain.speech.upload import Upload
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.fakes import NOON

HOUR = timedelta(hours=1)


def an_upload(number: int = 1, **changes: Any) -> Upload:
    upload = Upload(
        id=an_id("upl", number),
        tenant_id=TENANT,
        visit_id=an_id("vis"),
        length=3_000_000_000,
        part="part1",
        display_name="拜访.wav",
        sha256="",
        created_at=NOON,
        expires_at=NOON + 24 * HOUR,
    )
    return replace(upload, **changes)


def test_an_upload_comes_back_as_it_was_to_its_tenant_only(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.uploads.add(an_upload())
        assert tx.uploads.get(TENANT, an_id("upl")) == an_upload()
        assert tx.uploads.get(OTHER_TENANT, an_id("upl")) is None


def test_a_completed_upload_names_its_recording(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.uploads.add(an_upload())
        tx.uploads.update(an_upload(state="complete", recording_id="rec_1"))
        found = tx.uploads.get(TENANT, an_id("upl"))

    assert (found.state, found.recording_id) == ("complete", "rec_1")


def test_open_uploads_are_counted_until_they_expire(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.uploads.add(an_upload(1))
        tx.uploads.add(an_upload(2, state="complete"))
        tx.uploads.add(an_upload(3, tenant_id=OTHER_TENANT))
        assert tx.uploads.count_open(TENANT, NOON) == 1
        assert tx.uploads.count_open(TENANT, NOON + 24 * HOUR) == 0


def test_one_writer_holds_an_upload_until_it_lets_go_or_its_time_is_over(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.uploads.add(an_upload())
        held = [
            tx.uploads.hold(TENANT, an_id("upl"), "a", NOON, NOON + HOUR),
            tx.uploads.hold(TENANT, an_id("upl"), "b", NOON, NOON + HOUR),
            tx.uploads.hold(TENANT, an_id("upl"), "a", NOON, NOON + 2 * HOUR),
            tx.uploads.hold(TENANT, an_id("upl"), "b", NOON + 2 * HOUR, NOON + 3 * HOUR),
        ]
        tx.uploads.let_go(TENANT, an_id("upl"), "a")
        held.append(tx.uploads.hold(TENANT, an_id("upl"), "a", NOON + 2 * HOUR, NOON + 3 * HOUR))
        tx.uploads.let_go(TENANT, an_id("upl"), "b")
        held.append(tx.uploads.hold(TENANT, an_id("upl"), "a", NOON + 2 * HOUR, NOON + 3 * HOUR))

    assert held == [True, False, True, True, False, True]


def test_what_is_complete_or_anothers_is_not_held(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.uploads.add(an_upload(1, state="complete"))
        tx.uploads.add(an_upload(2))
        assert not tx.uploads.hold(TENANT, an_id("upl", 1), "a", NOON, NOON + HOUR)
        assert not tx.uploads.hold(OTHER_TENANT, an_id("upl", 2), "a", NOON, NOON + HOUR)


def test_expired_uploads_are_taken_once(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.uploads.add(an_upload(1))
        tx.uploads.add(an_upload(2, expires_at=NOON + 48 * HOUR))
        tx.uploads.add(an_upload(3, state="complete"))
        assert tx.uploads.take_expired(NOON) == []
        assert [upload.id for upload in tx.uploads.take_expired(NOON + 24 * HOUR)] == [an_id("upl", 1)]
        assert tx.uploads.take_expired(NOON + 24 * HOUR) == []
        assert tx.uploads.get(TENANT, an_id("upl", 1)).state == "removed"
