"""Forgets what coaching kept of one visit's words, wherever they were quoted.

Invariant: afterwards no row of the tenant's coaching quotes the visit; what people decided (a completed course, a given
answer) stays as a fact without its words.
"""

from dataclasses import replace

from service.domain.coaching.course_rows import OPEN
from service.domain.coaching.ports import CoachingStore

ERASED_REASON = "依据的录音已按要求删除"


def erase_coaching(store: CoachingStore, tenant_id: str, visit_id: str) -> tuple[list[str], int]:
    """Keys of bytes that are now nobody's, and how many rows went or were emptied."""
    known = store.visits.get(tenant_id, visit_id)
    blobs = [proof.blob for proof in store.proofs.find(tenant_id, among={"visit_id": [visit_id]})]
    # A briefing may have quoted a visit before it was coached: then every row of the tenant is looked through.
    of_account = {"account_id": [known.account_id]} if known else {}
    touched = _hints(store, tenant_id, visit_id, among=of_account)
    touched += _courses(store, tenant_id, visit_id, among={"rep_id": [known.rep_id]} if known else {})
    touched += _check_ins(store, tenant_id, visit_id, among=of_account)
    for by_visit in (store.observations, store.proofs, store.labels, store.appeals, store.places):
        touched += by_visit.remove(tenant_id, among={"visit_id": [visit_id]})
    for by_id in (store.visits, store.check_ins, store.debriefs):
        touched += by_id.remove(tenant_id, among={"id": [visit_id]})
    return blobs, touched


def _hints(store: CoachingStore, tenant_id: str, visit_id: str, *, among: dict[str, list[str]]) -> int:
    """Hints made from the visit or quoting it; a hint without its words would be a claim without proof."""
    gone = [
        row.id
        for row in store.hints.find(tenant_id, among=among)
        if row.visit_id == visit_id or any(proof.visit_id == visit_id for proof in row.document.because)
    ]
    for answer in store.feedback.find(tenant_id, among={"hint_id": gone}) if gone else ():
        store.feedback.put(replace(answer, note=""))
    return store.hints.remove(tenant_id, among={"id": gone}) if gone else 0


def _courses(store: CoachingStore, tenant_id: str, visit_id: str, *, among: dict[str, list[str]]) -> int:
    touched = 0
    for row in store.courses.find(tenant_id, among=among):
        kept = tuple(proof for proof in row.because if proof.visit_id != visit_id)
        if len(kept) == len(row.because) and row.visit_id != visit_id:
            continue
        touched += 1
        if not kept and row.source == "rule" and row.state in OPEN:
            store.courses.remove(tenant_id, among={"id": [row.id]})
        else:
            reason = ERASED_REASON if row.source == "rule" else row.reason
            store.courses.put(replace(row, because=kept, reason=reason, visit_id=None))
    return touched


def _check_ins(store: CoachingStore, tenant_id: str, visit_id: str, *, among: dict[str, list[str]]) -> int:
    """Items of other visits that were chosen because of what was said in this one."""
    touched = 0
    for row in store.check_ins.find(tenant_id, among=among):
        if row.id == visit_id:
            continue
        items = tuple(
            replace(item, because=tuple(proof for proof in item.because if proof.visit_id != visit_id))
            for item in row.items
        )
        if items != row.items:
            touched += 1
            store.check_ins.put(replace(row, items=items))
    return touched
