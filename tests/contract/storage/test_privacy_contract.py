"""The audit trail and the rows of privacy, alike in memory, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, delete, update

from service.domain.ports import UnitOfWorkFactory
from service.domain.privacy.assessments import AssessmentRow
from service.domain.privacy.audit import AuditEntry, AuditHead, find_breaks
from service.domain.privacy.rules import HoldRow, ProcessorRow, ReceiptRow, TombstoneRow, default_retention, stone_of
from service.domain.privacy.subject_requests import RequestTermsRow, SubjectRequestRow
from service.domain.privacy.transfers import HostCount, TransferredPerson, TransferTally
from service.storage.tables_privacy import audit, audit_head
from service.storage.unit_of_work import make_unit_of_work
from tests.support.builders import OTHER_TENANT, TENANT, a_visit, an_id
from tests.support.fakes import NOON, FakeIds
from tests.support.seal import SEAL


def an_entry(number: int = 1, **changes: Any) -> AuditEntry:
    entry = AuditEntry("key:k1", "audio.read", f"recording:{number}", "playback", "vis_1", {"bytes": number})
    return replace(entry, **changes)


def write(uow: UnitOfWorkFactory, count: int = 5, tenant: str = TENANT) -> None:
    for number in range(count):
        with uow() as tx:
            tx.privacy.audit.append(tenant, an_entry(number), NOON + timedelta(minutes=number))


def test_what_was_written_is_read_back_and_proves_itself(uow: UnitOfWorkFactory) -> None:
    write(uow)
    write(uow, 2, OTHER_TENANT)
    with uow(write=False) as tx:
        rows = list(tx.privacy.audit.walk(TENANT))
        head = tx.privacy.audit.head(TENANT)
        assert [row.sequence for row in rows] == [1, 2, 3, 4, 5]
        assert (rows[0].actor, rows[0].detail, rows[0].visit_id, rows[0].at) == ("key:k1", {"bytes": 0}, "vis_1", NOON)
        assert find_breaks(rows, head) == []
        assert (head.sequence, head.hash) == (5, rows[-1].hash)
        assert tx.privacy.audit.head("nobody") == AuditHead()
        assert list(tx.privacy.audit.walk("nobody")) == []


def test_rows_are_found_by_time_action_and_visit_the_newest_first(uow: UnitOfWorkFactory) -> None:
    write(uow)
    with uow() as tx:
        tx.privacy.audit.append(TENANT, an_entry(action="key.created", visit_id=None), NOON + timedelta(hours=1))
    with uow(write=False) as tx:
        trail = tx.privacy.audit
        since = trail.find(TENANT, since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=4))
        assert [row.sequence for row in since] == [4, 3, 2]
        assert [row.sequence for row in trail.find(TENANT, actions=["key.created"])] == [6]
        assert [row.sequence for row in trail.find(TENANT, visit_id="vis_1", limit=2)] == [5, 4]
        assert [row.sequence for row in trail.find(TENANT, before=3)] == [2, 1]
        assert trail.find(OTHER_TENANT) == []
        first = trail.find(TENANT, before=2)[0]
        assert trail.by_id(TENANT, first.id) == first
        assert trail.by_id(OTHER_TENANT, first.id) is None


def test_whether_the_same_was_written_lately(uow: UnitOfWorkFactory) -> None:
    write(uow, 1)
    with uow(write=False) as tx:
        same = {"actor": "key:k1", "action": "audio.read", "object": "recording:0"}
        assert tx.privacy.audit.seen(TENANT, **same, since=NOON)
        assert not tx.privacy.audit.seen(TENANT, **same, since=NOON + timedelta(seconds=1))
        assert not tx.privacy.audit.seen(TENANT, **{**same, "actor": "key:k2"}, since=NOON)
        assert not tx.privacy.audit.seen(OTHER_TENANT, **same, since=NOON)


def test_a_pruned_trail_still_proves_what_is_left(uow: UnitOfWorkFactory) -> None:
    write(uow)
    with uow() as tx:
        assert tx.privacy.audit.prune(TENANT, NOON + timedelta(minutes=3)) == 3
    with uow() as tx:
        assert tx.privacy.audit.prune(TENANT, NOON + timedelta(minutes=3)) == 0
        tx.privacy.audit.append(TENANT, an_entry(9), NOON + timedelta(hours=2))
        rows, head = list(tx.privacy.audit.walk(TENANT)), tx.privacy.audit.head(TENANT)
        assert [row.sequence for row in rows] == [4, 5, 6]
        assert find_breaks(rows, head) == []
    with uow() as tx:
        assert tx.privacy.audit.prune(TENANT, NOON + timedelta(days=1)) == 3
        tx.privacy.audit.append(TENANT, an_entry(10), NOON + timedelta(days=2))
        assert find_breaks(tx.privacy.audit.walk(TENANT), tx.privacy.audit.head(TENANT)) == []


def test_an_entry_of_a_transaction_that_fails_leaves_no_gap(uow: UnitOfWorkFactory) -> None:
    write(uow, 1)
    try:
        with uow() as tx:
            tx.privacy.audit.append(TENANT, an_entry(7), NOON)
            raise LookupError
    except LookupError:
        pass
    write(uow, 1)
    with uow(write=False) as tx:
        rows = list(tx.privacy.audit.walk(TENANT))
        assert [row.sequence for row in rows] == [1, 2]
        assert find_breaks(rows, tx.privacy.audit.head(TENANT)) == []


def test_rows_of_privacy_come_back_equal(uow: UnitOfWorkFactory) -> None:
    kept = [
        ("retention", replace(default_retention(TENANT, NOON), audio_days=7, audio_delete_after_asr=True)),
        ("holds", HoldRow("hld_1", TENANT, NOON, "account", "acc-1", "诉讼", "key:k1")),
        ("processors", ProcessorRow("prc_1", TENANT, NOON, "llm", "llm.example", "远航", "CN", "summary",
                                    ("transcript",), "HT-1")),
        ("tombstones", TombstoneRow(stone_of(TENANT, "visit", "vis_1"), TENANT, NOON, "visit", "ers_1")),
        ("receipts", ReceiptRow("ers_1", TENANT, NOON, "visit", "s", "key:k1", "asked", {"recordings": 2})),
        ("requests", SubjectRequestRow("req_1", TENANT, NOON, "copy", "person", "rep-1", "email", NOON, "working_days",
                                       NOON, NOON, "key:k1", "answered", NOON, "key:k1", "已寄出", "ers_1", NOON)),
        ("transferred", TransferredPerson("e" * 64, TENANT, NOON, "2026", "d" * 64, "crm.example", "SG", True)),
        ("assessments", AssessmentRow("asm_1", TENANT, NOON, "impact", 1, "d" * 64, {"retention": {"audio_days": 30}},
                                      "结论：可以开展", "key:k1", NOON, "key:k2")),
        ("transfer_tallies", TransferTally("e" * 64, TENANT, NOON, "2026", "crm.example", "SG", 3, 1)),
        ("request_terms", RequestTermsRow("terms", TENANT, NOON, "calendar_days")),
    ]  # fmt: skip
    with uow() as tx:
        for name, row in kept:
            assert getattr(tx.privacy, name).add(row)
    with uow(write=False) as tx:
        for name, row in kept:
            assert getattr(tx.privacy, name).get(TENANT, row.id) == row
            assert getattr(tx.privacy, name).get(OTHER_TENANT, row.id) is None


def test_every_tenant_with_a_visit_or_a_row_is_known(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        assert tx.privacy.tenants() == []
        tx.visits.add(a_visit())
        tx.privacy.audit.append(OTHER_TENANT, an_entry(), NOON)
        tx.privacy.retention.put(default_retention("ten_c", NOON))
    with uow(write=False) as tx:
        assert tx.privacy.tenants() == sorted([TENANT, OTHER_TENANT, "ten_c"])


def test_a_tenants_first_visit_is_found_among_those_of_others(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        assert tx.privacy.aging.first_visit(TENANT) is None
        for number, tenant, hours in ((1, TENANT, 5), (2, TENANT, 3), (3, OTHER_TENANT, 1)):
            at = NOON + timedelta(hours=hours)
            tx.visits.add(a_visit(id=an_id("vis", number), tenant_id=tenant, external_id=None, created_at=at))
    with uow(write=False) as tx:
        assert tx.privacy.aging.first_visit(TENANT) == NOON + timedelta(hours=3)


def breaks_after(engine: Engine, statement: Any) -> list[tuple[int, str]]:
    """What is named after somebody with the database's password ran `statement`."""
    uow = make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])
    write(uow)
    with engine.begin() as connection:
        connection.execute(statement.execution_options(system="sweep"))
    with uow(write=False) as tx:
        found = find_breaks(tx.privacy.audit.walk(TENANT), tx.privacy.audit.head(TENANT))
    return [(each.sequence, each.what.split(":")[0]) for each in found]


def test_an_edited_row_is_named(sqlite_engine: Engine) -> None:
    edit = update(audit).where(audit.c.sequence == 3).values(actor="key:somebody")
    assert breaks_after(sqlite_engine, edit) == [(3, "edited")]


def test_a_deleted_row_is_named(sqlite_engine: Engine) -> None:
    assert breaks_after(sqlite_engine, delete(audit).where(audit.c.sequence == 3)) == [(3, "deleted")]


def test_the_last_row_deleted_is_named(sqlite_engine: Engine) -> None:
    assert breaks_after(sqlite_engine, delete(audit).where(audit.c.sequence == 5)) == [(5, "deleted at the end")]


def test_a_head_set_back_is_named(sqlite_engine: Engine) -> None:
    found = breaks_after(sqlite_engine, update(audit_head).values(hash="0" * 64))
    assert found == [(5, "the end of the trail does not match what was last written")]


def a_transferred(subject: str, host: str, region: str = "SG", **changes: Any) -> TransferredPerson:
    row = TransferredPerson(f"2026-{host}-{subject}", TENANT, NOON, "2026", subject, host, region, False)
    return replace(row, **changes)


def test_a_year_counts_each_person_once_and_each_receiver_by_itself(uow: UnitOfWorkFactory) -> None:
    rows = [a_transferred("p1", "a.example"), a_transferred("p1", "b.example", sensitive=True),
            a_transferred("p2", "a.example"), a_transferred("p3", "nowhere.example", "", sensitive=True),
            a_transferred("p1", "a.example", id="2025", year="2025"),
            a_transferred("p9", "a.example", tenant_id=OTHER_TENANT)]  # fmt: skip
    with uow() as tx:
        assert all(tx.privacy.transferred.add(row) for row in rows)
        assert not tx.privacy.transferred.add(rows[0])
    with uow(write=False) as tx:
        transferred = tx.privacy.transferred
        assert transferred.distinct(TENANT, "2026") == (2, 1)
        assert transferred.distinct(TENANT, "2024") == (0, 0)
        assert transferred.by_host(TENANT, "2026") == [
            HostCount("a.example", "SG", 2, 0),
            HostCount("b.example", "SG", 1, 1),
            HostCount("nowhere.example", "", 1, 1),
        ]
        assert transferred.years(TENANT) == ["2025", "2026"]


def test_a_receiver_is_placed_once(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for row in (a_transferred("p1", "a.example", ""), a_transferred("p2", "a.example", "SG")):
            tx.privacy.transferred.add(row)
    with uow() as tx:
        tx.privacy.transferred.place(TENANT, "a.example", "US")
        tx.privacy.transferred.place(OTHER_TENANT, "a.example", "DE")
    with uow(write=False) as tx:
        assert {row.subject: row.region for row in tx.privacy.transferred.find(TENANT)} == {"p1": "US", "p2": "SG"}
        assert tx.privacy.transferred.distinct(TENANT, "2026") == (2, 0)
