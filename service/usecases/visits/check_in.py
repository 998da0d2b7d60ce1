"""The quick checklist of a visit: shown, answered in one call, or made unnecessary by a proof the customer signed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from service.domain.coaching.briefing import VISITS_SHOWN
from service.domain.coaching.check_in import CheckIn, Proof, proof_observation, tick_observations
from service.domain.coaching.checklists import choose_ticks
from service.domain.coaching.observations import observation_row
from service.domain.errors import Conflict, Invalid, NotFound, Unsupported
from service.domain.ports import UnitOfWork
from service.domain.visit import Visit
from service.usecases.coaching.coach_visit import read_history
from service.usecases.services import Services

PROOF_BYTES = 20_971_520
_KINDS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png"}


def show_checklist(services: Services, *, tenant_id: str, visit_id: str) -> CheckIn:
    """The visit's three items; chosen when they are first shown, and the same from then on."""
    with services.uow(write=False) as tx:
        visit = _visit(tx, tenant_id, visit_id)
        known = tx.coaching.check_ins.get(tenant_id, visit_id)
    if known is not None:
        return known
    with services.uow() as tx:
        return _chosen(tx, services, visit)


def answer_checklist(
    tx: UnitOfWork,
    services: Services,
    *,
    tenant_id: str,
    visit_id: str,
    answers: Mapping[str, bool],
    took_ms: int | None,
) -> CheckIn:
    """The checklist with its answers, which are observations of the rep's skills from now on.

    Raises:
        NotFound: no such visit. Conflict: answered before (`checklist_answered`), or a proof stands for it
            (`checklist_exempt`). Invalid: an answer to an item that was not asked (`item_unknown`).
    """
    visit = _visit(tx, tenant_id, visit_id)
    check = _chosen(tx, services, visit)
    if check.state == "exempt":
        raise Conflict("a signed proof stands for this checklist", code="checklist_exempt")
    if check.state == "answered":
        raise Conflict("this checklist was answered before", code="checklist_answered")
    asked = {item.item for item in check.items}
    if set(answers) != asked:
        raise Invalid(f"answer each of: {', '.join(sorted(asked))}", code="item_unknown")
    now = services.clock.now()
    answered = replace(check, answers=dict(answers), answered_at=now, took_ms=took_ms)
    tx.coaching.check_ins.put(answered)
    for seen in tick_observations(answered, at=now):
        tx.coaching.observations.put(observation_row(visit, seen, source="tick"))
    return answered


def store_proof(services: Services, *, tenant_id: str, visit_id: str, chunks: Iterator[bytes]) -> tuple[str, str, int]:
    """The proof's bytes on disk: (key, SHA-256, size); only a PDF, JPEG or PNG is kept.

    Raises:
        NotFound: no such visit. Unsupported: bytes of another kind (`proof_kind`). Invalid: none (`proof_empty`).
    """
    with services.uow(write=False) as tx:
        _visit(tx, tenant_id, visit_id)
    first = next(chunks, b"")
    if not first:
        raise Invalid("the file is empty: photograph the page again", code="proof_empty")
    if not any(first.startswith(head) for head in _KINDS):
        raise Unsupported("a proof is a PDF, a JPEG or a PNG", code="proof_kind")

    def whole() -> Iterator[bytes]:
        yield first
        yield from chunks

    return services.blobs.write(tenant_id, whole(), limit=PROOF_BYTES)


def accept_proof(
    tx: UnitOfWork, services: Services, *, tenant_id: str, visit_id: str, stored: tuple[str, str, int], name: str
) -> tuple[Proof, CheckIn]:
    """The proof and the checklist it stands for: the visit counts as high quality (C3)."""
    visit = _visit(tx, tenant_id, visit_id)
    now = services.clock.now()
    blob, sha256, size = stored
    proof = Proof(services.ids.new("prf"), tenant_id, now, visit_id, blob, sha256, size, name)
    tx.coaching.proofs.add(proof)
    check = replace(_chosen(tx, services, visit), proof_id=proof.id)
    tx.coaching.check_ins.put(check)
    seen = proof_observation(visit_id, at=now)
    tx.coaching.observations.put(observation_row(visit, seen, source="proof"))
    return proof, check


def _chosen(tx: UnitOfWork, services: Services, visit: Visit) -> CheckIn:
    known = tx.coaching.check_ins.get(visit.tenant_id, visit.id)
    if known is not None:
        return known
    history = read_history(tx, visit.tenant_id, before=visit.visited_at, account_id=visit.account_id, rep_id=None,
                           limit=VISITS_SHOWN, bare=True)  # fmt: skip
    now = services.clock.now()
    items = choose_ticks(services.content.checklist_items, history=history, now=now, stage=visit.stage)
    check = CheckIn(visit.id, visit.tenant_id, now, visit.rep_id, visit.account_id, tuple(items), {})
    tx.coaching.check_ins.add(check)
    return tx.coaching.check_ins.get(visit.tenant_id, visit.id) or check


def _visit(tx: UnitOfWork, tenant_id: str, visit_id: str) -> Visit:
    visit = tx.visits.get(tenant_id, visit_id)
    if visit is None:
        raise NotFound("there is no such visit", code="visit_not_found")
    return visit
