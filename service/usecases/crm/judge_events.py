"""Take in what happened: link each event with the subjects it speaks of, and have those looked at.

Invariant: an event is linked, its subjects are marked and it counts as judged in one transaction; judging it again
changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from nlp.types import Finding
from service.domain.playbooks.asked import QUESTIONS, asked_in, questions_in
from service.domain.playbooks.rules import RuleBook
from service.domain.playbooks.subjects import changes_links, link_events
from service.domain.playbooks.timeline import ANALYZED, Fact, Ref
from service.domain.ports import UnitOfWork
from service.domain.records import AnalysisRecord
from service.domain.visit import Visit
from service.usecases.services import Services

BATCH = 80  # short transactions: SQLite has one writer


def judge_events(services: Services, *, tenant_id: str = "") -> int:
    """Take in the events that no playbook has looked at yet, of one tenant or of all; how many there were."""
    count = 0
    while True:
        with services.uow() as tx:
            waiting = tx.crm_events.unjudged(BATCH, tenant_id=tenant_id)
            by_tenant: dict[str, list[Fact]] = defaultdict(list)
            for tenant, event in waiting:
                by_tenant[tenant].append(Fact.of(event))
            for tenant, facts in sorted(by_tenant.items()):
                take_in(tx, services.rules_for(tx, tenant), tenant, facts)
                tx.crm_events.judged(tenant, [fact.id for fact in facts], services.clock.now())
        count += len(waiting)
        if len(waiting) < BATCH:
            return count


def take_in(tx: UnitOfWork, book: RuleBook, tenant_id: str, new: Iterable[Fact]) -> None:
    """Link new facts, and others of the same entities where their links change with them; have their subjects seen.

    What customers asked in a visit is told to its store from here, whether the store or the talk was known first.
    """
    by_entity: dict[Ref, dict[str, Fact]] = defaultdict(dict)
    for fact in new:
        by_entity[fact.kind, fact.entity_id][fact.id] = fact
    put: list[tuple[Fact, frozenset[Ref]]] = []
    for entity, fresh in sorted(by_entity.items()):
        others = [fact for fact in _known(tx, tenant_id, entity) if fact.id not in fresh]
        linked = link_events([*others, *fresh.values()])
        again = others if any(changes_links(fact, others) for fact in fresh.values()) else []
        put.extend((fact, linked[fact.id]) for fact in [*again, *fresh.values()])
    put += asked_in(put)
    tx.playbooks.links.put_all(tenant_id, put)
    earliest: dict[Ref, datetime] = {}  # a subject is marked once: the earliest moment is what its marks come to
    for fact, refs in put:
        for ref in refs:
            if book.woken(fact, ref) or _counts_time(book, ref):
                earliest[ref] = min(fact.at, earliest.get(ref, fact.at))
    tx.playbooks.watches.mark_all(tenant_id, earliest)


def _known(tx: UnitOfWork, tenant_id: str, entity: Ref) -> list[Fact]:
    """All facts of an entity; only what is called a visit is known from recordings too."""
    sent = tx.crm_events.of_entity(tenant_id, entity[0], entity[1])  # type: ignore[arg-type]
    heard = tx.playbooks.links.of_visits(tenant_id, entity) if entity[0] == "visit" else []
    return [*(Fact.of(event) for event in sent), *heard]


def _counts_time(book: RuleBook, ref: Ref) -> bool:
    """Whether a rule about this kind of subject can fire though nothing more happens."""
    return any(rule.waits for rule in book.by_subject.get(ref[0], ()))


def note_visit(tx: UnitOfWork, services: Services, visit: Visit, record: AnalysisRecord) -> None:
    """Take in an analysed visit; analysed again, it replaces what was known of it.

    It is a store's where the CRM's events of the visit say so (`store_id`), or where its account is known as a store.
    """
    entity_id = visit.external_id or visit.id
    data = {**_visit_data(visit, record), **_asked(services, visit, record)}
    if tx.entities.get(visit.tenant_id, "store", visit.account_id) is not None:
        data["store_id"] = visit.account_id
    tx.playbooks.links.erase_visit(visit.tenant_id, visit.id)  # it may have asked more when it was last analysed
    fact = Fact(f"vis_{visit.id}"[:80], visit.visited_at, ANALYZED, "visit", entity_id, data, visit.id)
    take_in(tx, services.rules_for(tx, visit.tenant_id), visit.tenant_id, [fact])


def _asked(services: Services, visit: Visit, record: AnalysisRecord) -> Mapping[str, Any]:
    """The customer's questions, as far as the customer agreed to have what was said written down and read."""
    if not visit.covers("transcription", services.clock.now()):
        return {}
    found = questions_in(record.analysis.turns, services.masker.mask)
    return {QUESTIONS: found} if found else {}


def _code_of(finding: Finding) -> str:
    """Its code; of a keyword the pack's category, as everywhere in content."""
    return str(finding.attributes.get("category", finding.code)) if finding.kind == "keyword" else finding.code


def _visit_data(visit: Visit, record: AnalysisRecord) -> Mapping[str, Any]:
    findings = [
        {
            "kind": finding.kind,
            "code": _code_of(finding),
            "score": round(finding.score, 3),
            "turn": finding.turn,
            "role": finding.role,
            "quote": finding.quote,
        }
        for finding in record.analysis.findings
        if finding.kind in ("objection", "signal", "keyword")
    ]
    data: dict[str, Any] = {"account_id": visit.account_id, "owner_id": visit.rep_id, "findings": findings}
    if visit.opportunity_id:
        data["opportunity_id"] = visit.opportunity_id
    if visit.industry:
        data["industry"] = visit.industry
    return {**data, "churn_risk": record.analysis.churn_risk.level}
