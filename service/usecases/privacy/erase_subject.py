"""Erase a person, an account, a visit or a whole tenant: rows, bytes, answers, what is owed, and freed pages.

Invariant: each visit goes in one transaction that cancels, fences and erases; a stone is written, in the database and
outside it, so that a restored backup is erased again; the receipt counts what went and holds no word of it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.delivery.deliveries import Event
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import (
    SUBJECT_KINDS,
    TENANT_REF,
    HoldRow,
    ReceiptRow,
    SubjectKind,
    TombstoneRow,
    is_held,
    purpose_stone_of,
    stone_of,
)
from service.domain.visit import PURPOSES, Purpose, Visit
from service.usecases.privacy.count_transfers import forget_transferred
from service.usecases.privacy.keep_audit import note
from service.usecases.privacy.keep_requests import answer_by_erasure
from service.usecases.privacy.withdraw_consent import remove_bytes, withdraw_consent
from service.usecases.services import Services

CODE = "subject_erased"
_REF = re.compile(r"(?P<kind>[a-z]+):(?P<ref>[A-Za-z0-9][A-Za-z0-9._:@-]{0,127})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what a request is about."""

    kind: SubjectKind
    ref: str


def parse_subject(text: str) -> Subject:
    """`person:rep-17`, `account:acc-4`, `visit:vis_…` or `tenant:all`.

    Raises:
        Invalid: another form (`subject_invalid`).
    """
    found = _REF.fullmatch(text)
    kind = next((kind for kind in SUBJECT_KINDS if found and kind == found["kind"]), None)
    if found is None or kind is None or (kind == "tenant" and found["ref"] != TENANT_REF):
        raise Invalid("name a subject as person:ID, account:ID or visit:ID", code="subject_invalid")
    return Subject(kind, found["ref"])


def erase_subject(services: Services, tenant_id: str, subject: Subject, *, actor: str, reason: str) -> ReceiptRow:
    """The receipt; a subject that was erased before, and about whom nothing came since, gets its receipt again.

    Raises:
        NotFound: nothing is kept about it, and nothing ever was erased (`subject_not_found`).
        Conflict: a legal hold keeps all of it (`legal_hold`).
    """
    stone = stone_of(tenant_id, subject.kind, subject.ref)
    with services.uow(write=False) as tx:
        visit_ids = tx.privacy.subjects.visit_ids(tenant_id, subject.kind, subject.ref)
        rows = next(tx.privacy.subjects.collect(tenant_id, subject.kind, subject.ref, visit_ids), None)
        earlier = tx.privacy.tombstones.get(tenant_id, stone)
        receipt = tx.privacy.receipts.get(tenant_id, earlier.receipt_id) if earlier else None
        held = _held(tx, tenant_id, visit_ids)
    if receipt is not None and (rows is None or subject.kind == "visit"):
        with services.uow() as tx:
            _answer(tx, services, receipt, subject, [])
        return receipt
    if rows is None:
        raise NotFound("nothing is kept about this subject", code="subject_not_found")
    free = [visit_id for visit_id in visit_ids if visit_id not in held]
    if held and not free:
        hold = next(iter(held.values()))
        raise Conflict(f"a legal hold stands until it is released: {hold.id}", code="legal_hold")
    begun = _begin(services, tenant_id, subject, actor=actor, reason=reason)
    counts = Counter({"held": len(held)} if held else {})
    for visit_id in free:
        counts += _erase_visit(services, tenant_id, visit_id, subject, begun)
    return _finish(services, subject, begun, counts, free, everything=not held)


def reapply_stones(services: Services, *, actor: str) -> int:
    """Erase again what a restored database brought back; how many subjects there were."""
    erased = 0
    stones = services.ledger.read()
    with services.uow(write=False) as tx:
        tenants = tx.privacy.tenants()
    for tenant_id in tenants:
        known = {stone.id for stone in stones if stone.tenant_id == tenant_id}
        for subject in _buried(services, tenant_id, known):
            erase_subject(services, tenant_id, subject, actor=actor, reason="restored from a backup")
            erased += 1
        since = {stone.id: stone.at for stone in stones if stone.tenant_id == tenant_id}  # the last of each counts
        erased += _withdraw_again(services, tenant_id, since, actor=actor)
    return erased


def _withdraw_again(services: Services, tenant_id: str, since: Mapping[str, datetime], *, actor: str) -> int:
    """Purposes that were withdrawn after the backup of a visit that otherwise stands; how many visits."""
    with services.uow(write=False) as tx:
        ids = tx.privacy.subjects.visit_ids(tenant_id, "tenant", TENANT_REF)
        stale = {visit_id: gone for visit_id in ids if (gone := _stale(tx.visits.get(tenant_id, visit_id), since))}
    for visit_id, purposes in stale.items():
        with services.uow() as tx:
            withdraw_consent(tx, services, tenant_id=tenant_id, visit_id=visit_id, actor=actor, purposes=purposes)
    return len(stale)


def _stale(visit: Visit | None, since: Mapping[str, datetime]) -> list[Purpose]:
    if visit is None or visit.consent is None:
        return []
    covered = visit.consent.purposes()
    ended = {each: since.get(purpose_stone_of(visit.tenant_id, visit.id, each)) for each in covered}
    return [
        each.purpose
        for each in visit.consent.named()
        if (last := ended.get(each.purpose)) is not None and each.given_at <= last
    ]


def _buried(services: Services, tenant_id: str, known: set[str]) -> list[Subject]:
    """Subjects that are in the database although a stone stands for them."""
    with services.uow(write=False) as tx:
        ids = tx.privacy.subjects.visit_ids(tenant_id, "tenant", TENANT_REF)
        visits = [visit for visit in (tx.visits.get(tenant_id, visit_id) for visit_id in ids) if visit is not None]
        done = {visit.id for visit in visits if visit.consent is not None and visit.consent.withdrawn_at is not None}
        people = [row["id"] for name, row in tx.privacy.subjects.collect(tenant_id, "tenant", TENANT_REF, [])
                  if name == "person"]  # fmt: skip
    wanted = [Subject("tenant", TENANT_REF)]
    wanted += [Subject("account", name) for name in sorted({visit.account_id for visit in visits})]
    wanted += [Subject("person", name) for name in sorted({visit.rep_id for visit in visits} | set(people))]
    wanted += [Subject("visit", visit.id) for visit in visits if visit.id not in done]
    return [subject for subject in wanted if stone_of(tenant_id, subject.kind, subject.ref) in known]


def _held(tx: UnitOfWork, tenant_id: str, visit_ids: list[str]) -> dict[str, HoldRow]:
    holds = [hold for hold in tx.privacy.holds.find(tenant_id) if hold.released_at is None]
    found: dict[str, HoldRow] = {}
    for visit_id in visit_ids if holds else ():
        visit = tx.visits.get(tenant_id, visit_id)
        hold = is_held(holds, visit_id=visit_id, account_id=visit.account_id, rep_id=visit.rep_id) if visit else None
        if hold is not None:
            found[visit_id] = hold
    return found


def _begin(services: Services, tenant_id: str, subject: Subject, *, actor: str, reason: str) -> ReceiptRow:
    """The receipt is written first: an erasure that is broken off shows as unfinished."""
    now = services.clock.now()
    stone = stone_of(tenant_id, subject.kind, subject.ref)
    receipt = ReceiptRow(services.ids.new("ers"), tenant_id, now, subject.kind, stone, actor, reason, {})
    with services.uow() as tx:
        tx.privacy.receipts.put(receipt)
        note(tx, services, tenant_id, actor, "subject.erasing", f"{subject.kind}:{stone[:16]}", why=reason,
             detail={"receipt": receipt.id})  # fmt: skip
    services.ledger.write(TombstoneRow(stone, tenant_id, now, subject.kind, receipt.id))
    return receipt


def _erase_visit(
    services: Services, tenant_id: str, visit_id: str, subject: Subject, receipt: ReceiptRow
) -> "Counter[str]":
    now = services.clock.now()
    stone = TombstoneRow(stone_of(tenant_id, "visit", visit_id), tenant_id, now, "visit", receipt.id)
    with services.uow() as tx:
        visit = tx.visits.get(tenant_id, visit_id)
        if visit is None:
            return Counter()
        tx.runs.cancel(tenant_id, visit_id)
        erased = tx.erasure.erase_words(tenant_id, visit_id, code=CODE)
        more = tx.privacy.subjects.blank_visit(tenant_id, visit_id, hide=_hidden(receipt), kind=subject.kind)
        blanked = tx.visits.get(tenant_id, visit_id)
        if blanked is not None:
            tx.visits.update(_refusing(blanked, now))
        tx.privacy.tombstones.put(stone)
        tx.after_commit(lambda: remove_bytes(services, erased))
    services.ledger.write(stone)
    bytes_gone = len(erased.blobs) + len(erased.parts)
    return Counter({"visits": 1, "files": bytes_gone}) + Counter(erased.counts) + Counter(more)


def _refusing(visit: Visit, now: datetime) -> Visit:
    """The visit with its consent ended, so that nothing is taken for it again; who wrote it down is not told."""
    if visit.consent is None:
        return visit
    return replace(visit, consent=replace(visit.consent.without(PURPOSES, now), recorded_by=""))


def _finish(
    services: Services,
    subject: Subject,
    begun: ReceiptRow,
    counts: "Counter[str]",
    visit_ids: Sequence[str],
    *,
    everything: bool,
) -> ReceiptRow:
    now, tenant_id = services.clock.now(), begun.tenant_id
    with services.uow() as tx:
        if everything and subject.kind != "visit":
            counts += Counter(tx.privacy.subjects.remove_rest(tenant_id, subject.kind, subject.ref))
        if everything and subject.kind in ("person", "account"):
            counts += Counter(digests=forget_transferred(tx, services, tenant_id, (subject.kind, subject.ref)))
        if everything and subject.kind != "tenant":  # whose requests are gone by now
            _answer(tx, services, begun, subject, visit_ids)
        receipt = replace(begun, counts=dict(counts), finished_at=now)
        tx.privacy.receipts.put(receipt)
        if everything:
            tx.privacy.tombstones.put(TombstoneRow(begun.stone, tenant_id, now, subject.kind, begun.id))
        note(tx, services, tenant_id, begun.asked_by, "subject.erased", f"{subject.kind}:{begun.stone[:16]}",
             why=begun.reason, detail={"receipt": receipt.id, "counts": dict(counts)})  # fmt: skip
        if subject.kind != "tenant":  # its endpoints are gone, too
            tx.events.add(erasure_event(services, tenant_id, subject, receipt))
    if subject.kind == "tenant":
        services.shred(tenant_id)  # copies of its recordings, wherever they are, open no more
    services.compact()
    return receipt


def _answer(
    tx: UnitOfWork, services: Services, receipt: ReceiptRow, subject: Subject, visit_ids: Sequence[str]
) -> None:
    """What people asked about the subject, and about its visits, is answered by the receipt."""
    given = {"actor": receipt.asked_by, "receipt_id": receipt.id}
    answer_by_erasure(tx, services, receipt.tenant_id, subject.kind, [subject.ref], **given)
    answer_by_erasure(tx, services, receipt.tenant_id, "visit", visit_ids, **given)


def erasure_event(services: Services, tenant_id: str, subject: Subject, receipt: ReceiptRow) -> Event:
    """So that whoever was sent something forgets it as well."""
    visit_id = subject.ref if subject.kind == "visit" else None
    data = {"subject": {"kind": subject.kind, "id": subject.ref}, "receipt_id": receipt.id,
            "links": {"receipt": f"/v1/erasures/{receipt.id}"}}  # fmt: skip
    return Event(services.ids.new("evt"), tenant_id, "person.erased", services.clock.now(), visit_id, 0, data)


def _hidden(receipt: ReceiptRow) -> str:
    return f"erased-{receipt.stone[:16]}"
