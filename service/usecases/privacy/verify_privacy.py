"""Gather what the duties of privacy are judged by: rows of every tenant, read from the running installation."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from service.domain.delivery.deliveries import Endpoint
from service.domain.errors import ServiceError
from service.domain.months import before, month_of
from service.domain.ports import UnitOfWork
from service.domain.privacy.audit import READS
from service.domain.privacy.duties import Duty, Installed, TenantFacts, judge
from service.domain.privacy.rules import DEFAULT_DAYS, TENANT_REF, RetentionRow, stone_of
from service.domain.privacy.transfers import year_of
from service.domain.records import Page
from service.usecases.coaching.review_scores import waiting_for_review
from service.usecases.privacy.assess_processing import all_standing
from service.usecases.privacy.count_transfers import transfers_of
from service.usecases.privacy.decide_rules import rules_of
from service.usecases.privacy.erase_subject import Subject
from service.usecases.privacy.export_subject import read_subject
from service.usecases.privacy.keep_audit import verify_trail
from service.usecases.privacy.keep_requests import due_next
from service.usecases.privacy.list_receivers import enabled_endpoints, hosts_of, hosts_told, unregistered_hosts
from service.usecases.privacy.sweep_retention import ACTION, retention_of
from service.usecases.services import Services

GRACE = timedelta(hours=26)
HOUR = timedelta(hours=1)
NEWEST = 20
AT_MOST = 10_000
STALE = timedelta(hours=24)


def verify_privacy(services: Services, installed: Installed) -> list[Duty]:
    """Every duty with what was found, over all tenants."""
    with services.uow(write=False) as tx:
        tenants = tx.privacy.tenants()
    facts = []
    for tenant_id in tenants:
        with services.uow(write=False) as tx:
            facts.append(_facts(tx, services, tenant_id, installed))
    return judge(installed, facts)


def _facts(tx: UnitOfWork, services: Services, tenant_id: str, installed: Installed) -> TenantFacts:
    now = services.clock.now()
    policy = retention_of(tx, tenant_id, now)
    consent = tx.privacy.aging.consent_counts(tenant_id, now)
    late = now - GRACE + timedelta(hours=24)
    aging = tx.privacy.aging
    swept = tx.privacy.audit.find(tenant_id, actions=[ACTION], limit=1)
    first = aging.first_visit(tenant_id)
    rows, breaks = verify_trail(tx, tenant_id)
    receipts = tx.privacy.receipts.find(tenant_id, until=now - STALE)
    endpoints, told = enabled_endpoints(tx, tenant_id), hosts_told(tx, tenant_id, installed)
    known = {row.host: row for row in tx.privacy.processors.find(tenant_id)}
    covered = {installed.region, *installed.regions}
    standing = all_standing(tx, services, tenant_id, installed)
    asked = due_next(tx, tenant_id)
    sealed = [services.blobs.is_sealed(blob) for blob in aging.blobs(tenant_id)[:AT_MOST]]
    return TenantFacts(
        tenant_id=tenant_id,
        processed_without_consent=consent["without"],
        kept_beyond_consent=consent["beyond"],
        consents_without_notice=consent["unnamed"],
        notices_without_hash=consent["unproven"],
        consents_without_purposes=consent["purposeless"],
        trainable=consent["trainable"],
        untrained=consent["untrained"],
        unverified=consent["unverified"],
        overdue={
            "audio": len(aging.audio_before(tenant_id, late - policy.keeps("audio"), AT_MOST)),
            "transcript": len(aging.texts_before(tenant_id, late - policy.keeps("transcript"), AT_MOST)),
        },
        longer_than_default=_longer(policy),
        swept_hours_ago=(now - swept[0].at) / HOUR if swept else None,
        first_visit_hours_ago=None if first is None else (now - first) / HOUR,
        unfinished_erasures=sum(row.finished_at is None for row in receipts),
        stones_without_effect=_come_back(tx, services, tenant_id),
        exportable=_exportable(tx, services, tenant_id),
        unassessed=tuple(each.kind for each in standing if each.approved is None) if first else (),
        assessed_otherwise=tuple(change.told() for each in standing for change in each.changes),
        assessed=tuple(f"{each.kind} {each.approved.version}" for each in standing if each.approved),
        assessments_touched=sum(not row.holds() for row in tx.privacy.assessments.find(tenant_id)),
        requests_overdue=sum(each.is_overdue(now) for each in asked),
        requests_due_soon=sum(each.warn_at <= now < each.due_at for each in asked),
        findings_without_reason=_bare_findings(tx, tenant_id),
        **_scores(tx, services, tenant_id, endpoints),
        endpoints=tuple(hosts_of(endpoints)),
        unregistered=tuple(unregistered_hosts(tx, tenant_id, installed)),
        abroad=tuple(host for host in told if host in known and known[host].region not in covered),
        transfers=transfers_of(tx, tenant_id, year_of(now)),
        plain_blobs=sealed.count(False),
        sealed_blobs=sealed.count(True),
        plain_texts=aging.plain_texts(tenant_id),
        trail_rows=rows,
        trail_breaks=len(breaks),
        people=len(tx.people.page(tenant_id, Page(1))),
        reads_written=len(tx.privacy.audit.find(tenant_id, actions=READS, limit=AT_MOST)),
    )


def _scores(tx: UnitOfWork, services: Services, tenant_id: str, endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Who decides about people by scores of reps, and which of those no person reviewed."""
    now, for_hr = services.clock.now(), sum(each.purpose == "hr" for each in endpoints)
    waiting = waiting_for_review(tx, services, tenant_id, before(month_of(now))) if for_hr else []
    return {
        "coaching_only": rules_of(tx, tenant_id, now).coaching_only,
        "hr_endpoints": for_hr,
        "scores_unreviewed": len(waiting),
        "scores_reviewed_by_self": sum(
            row.reviewed_by == row.rep_id for row in tx.coaching.score_reviews.find(tenant_id)
        ),
    }


def _longer(policy: RetentionRow) -> tuple[str, ...]:
    return tuple(kind for kind, days in DEFAULT_DAYS.items() if policy.keeps(kind) > timedelta(days=days))


def _come_back(tx: UnitOfWork, services: Services, tenant_id: str) -> int:
    """Visits that were erased by the ledger, and hold words all the same."""
    stones = {stone.id for stone in services.ledger.read() if stone.tenant_id == tenant_id and stone.kind == "visit"}
    if not stones:
        return 0
    ids = tx.privacy.subjects.visit_ids(tenant_id, "tenant", TENANT_REF)
    buried = [visit_id for visit_id in ids if stone_of(tenant_id, "visit", visit_id) in stones]
    return sum(tx.transcripts.latest(tenant_id, visit_id) is not None for visit_id in buried)


def _exportable(tx: UnitOfWork, services: Services, tenant_id: str) -> bool:
    newest = tx.visits.page(tenant_id, Page(1))
    try:
        return not newest or bool(read_subject(tx, services, tenant_id, Subject("visit", newest[0].id)).rows)
    except ServiceError:
        return False


def _bare_findings(tx: UnitOfWork, tenant_id: str) -> int:
    bare = 0
    for visit in tx.visits.page(tenant_id, Page(NEWEST)):
        record = tx.analyses.latest(tenant_id, visit.id)
        silent = record is None or not any(turn.text for turn in record.analysis.turns)
        if record is not None and not silent:
            bare += sum(not finding.quote or not finding.explanation.detector for finding in record.analysis.findings)
    return bare
