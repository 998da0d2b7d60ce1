"""Consents that have run out are treated as withdrawn: work stops, what was said goes, and a receipt says so.

Nobody asked for it, so that the receivers are told, as after any erasure. Invariant: what a legal hold keeps is kept
and worked on no more; a consent that was renewed in time is left alone; a second sweep ends nothing twice.
"""

from collections.abc import Sequence
from datetime import datetime

from service.domain.privacy.rules import HoldRow, ReceiptRow, is_held, stone_of
from service.domain.repositories import Erased
from service.usecases.privacy.erase_subject import Subject, erasure_event
from service.usecases.privacy.keep_audit import SYSTEM
from service.usecases.privacy.withdraw_consent import withdraw_consent
from service.usecases.services import Services

AT_ONCE = 200
REASON = "consent expired"


def end_consents(services: Services, tenant_id: str, holds: Sequence[HoldRow], now: datetime) -> int:
    """End every consent of the tenant that has run out; of how many visits what was said went."""
    went, after = 0, ""
    while True:
        with services.uow(write=False) as tx:
            ended = tx.privacy.aging.consents_ended(tenant_id, now, after=after, limit=AT_ONCE)
        went += sum(_end(services, tenant_id, visit_id, holds, now) for visit_id in ended)
        if len(ended) < AT_ONCE:
            return went
        after = ended[-1]


def _end(services: Services, tenant_id: str, visit_id: str, holds: Sequence[HoldRow], now: datetime) -> int:
    with services.uow() as tx:
        visit = tx.visits.get(tenant_id, visit_id)
        consent = visit.consent if visit is not None else None
        if visit is None or consent is None or consent.withdrawn_at is not None or consent.holds_at(now):
            return 0  # renewed, withdrawn or erased since it was looked for
        if is_held(holds, visit_id=visit_id, account_id=visit.account_id, rep_id=visit.rep_id) is not None:
            tx.runs.cancel(tenant_id, visit_id)
            return 0
        receipt_id = services.ids.new("ers")
        _, erased = withdraw_consent(
            tx, services, tenant_id=tenant_id, visit_id=visit_id, why=REASON, receipt_id=receipt_id
        )
        stone = stone_of(tenant_id, "visit", visit_id)
        receipt = ReceiptRow(receipt_id, tenant_id, now, "visit", stone, SYSTEM, REASON, _counts(erased), now)
        tx.privacy.receipts.put(receipt)
        tx.events.add(erasure_event(services, tenant_id, Subject("visit", visit_id), receipt))
    return 1


def _counts(erased: Erased) -> dict[str, int]:
    counts = {"visits": 1, "files": len(erased.blobs) + len(erased.parts), **erased.counts}
    return {name: count for name, count in counts.items() if count}
