"""Make versions of the impact assessment and the record of processing, approve them, say what changed since.

Invariant: making and approving are in the audit trail with the version's digest; no version is removed.
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from service.domain.errors import Conflict, NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy.assessments import (
    ASSESSMENT_KINDS,
    AssessmentKind,
    AssessmentRow,
    Change,
    Measures,
    compare,
    digest_of,
    document_of,
)
from service.domain.privacy.duties import Installed
from service.domain.records import Page
from service.usecases.privacy.keep_audit import note
from service.usecases.privacy.sweep_retention import retention_of
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class Standing:
    """The version of one kind that was approved last, if any, and what is done otherwise by now."""

    kind: AssessmentKind
    approved: AssessmentRow | None
    changes: tuple[Change, ...]


def document_now(tx: UnitOfWork, services: Services, tenant_id: str, installed: Installed) -> dict[str, Any]:
    """What is done with personal data of the tenant now, from its rows and the settings."""
    receivers = {
        f"{urlsplit(each.url).hostname or each.url} {each.kind}": f"webhook, {each.payload}"
        for each in sorted(tx.endpoints.page(tenant_id, Page(200)), key=lambda each: (each.payload, each.id))
        if each.disabled_at is None
    }
    receivers |= {installed.llm_host: "language model"} if installed.llm_host else {}
    receivers |= {installed.speech_host: "speech recognition"} if installed.speech_host else {}
    measures = Measures(
        region=installed.region,
        regions=installed.regions,
        receivers=receivers,
        kinds_masked=installed.kinds_masked,
        encrypts_at_rest=installed.encrypts_at_rest,
        masks_events=installed.masks_events,
        processors_required=installed.processors_required,
    )
    policy = retention_of(tx, tenant_id, services.clock.now())
    processors = sorted(tx.privacy.processors.find(tenant_id), key=lambda row: (row.kind, row.host))
    return document_of(measures, policy, processors)


def make_assessment(
    tx: UnitOfWork, services: Services, tenant_id: str, kind: AssessmentKind, *, text: str, actor: str
) -> AssessmentRow:
    """The next version of one kind: what is done now, and what its author has to say about it."""
    tx.privacy.audit.hold(tenant_id)  # two at once would both be the next
    versions = [row.version for row in tx.privacy.assessments.find(tenant_id, among={"kind": [kind]})]
    document = document_now(tx, services, tenant_id, services.installed())
    made = AssessmentRow(
        services.ids.new("asm"),
        tenant_id,
        services.clock.now(),
        kind,
        max(versions, default=0) + 1,
        digest_of(document, text),
        document,
        text,
        actor,
    )
    tx.privacy.assessments.put(made)
    _note(tx, services, made, actor, "assessment.made")
    return made


def approve_assessment(
    tx: UnitOfWork, services: Services, tenant_id: str, assessment_id: str, *, actor: str
) -> AssessmentRow:
    """The version, approved.

    Raises:
        NotFound: no such version. Conflict: approved before, a later one stands, or it was touched since it was made.
    """
    tx.privacy.audit.hold(tenant_id)
    made = find_assessment(tx, tenant_id, assessment_id)
    newest = max(row.version for row in tx.privacy.assessments.find(tenant_id, among={"kind": [made.kind]}))
    if made.approved_at is not None:
        raise Conflict("this version was approved before", code="assessment_approved")
    if made.version != newest:
        raise Conflict(f"version {newest} came later: approve that one, or make another", code="assessment_outdated")
    if not made.holds():
        raise Conflict("this version was changed since it was made: make another", code="assessment_broken")
    approved = replace(made, approved_at=services.clock.now(), approved_by=actor)
    tx.privacy.assessments.put(approved)
    _note(tx, services, approved, actor, "assessment.approved")
    return approved


def find_assessment(tx: UnitOfWork, tenant_id: str, assessment_id: str) -> AssessmentRow:
    """The version, or NotFound."""
    found = tx.privacy.assessments.get(tenant_id, assessment_id)
    if found is None:
        raise NotFound("there is no such assessment", code="assessment_not_found")
    return found


def standing_of(
    tx: UnitOfWork, services: Services, tenant_id: str, kind: AssessmentKind, installed: Installed
) -> Standing:
    """The version that was approved last, and what is done otherwise by now; no changes where there is none."""
    rows = tx.privacy.assessments.find(tenant_id, among={"kind": [kind]})
    approved = max((row for row in rows if row.approved_at is not None), key=lambda row: row.version, default=None)
    if approved is None:
        return Standing(kind, None, ())
    now = document_now(tx, services, tenant_id, installed)
    return Standing(kind, approved, tuple(compare(approved.document, now)))


def all_standing(tx: UnitOfWork, services: Services, tenant_id: str, installed: Installed) -> list[Standing]:
    """Of every kind."""
    return [standing_of(tx, services, tenant_id, kind, installed) for kind in ASSESSMENT_KINDS]


def _note(tx: UnitOfWork, services: Services, row: AssessmentRow, actor: str, action: str) -> None:
    note(tx, services, row.tenant_id, actor, action, f"assessment:{row.id}",
         detail={"kind": row.kind, "version": row.version, "digest": row.digest})  # fmt: skip
