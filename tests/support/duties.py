"""What the pages of privacy are about: requests, versions of an assessment, held visits, people whose data left."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from service.domain.ports import UnitOfWork
from service.domain.privacy.assessments import AssessmentRow
from service.domain.privacy.audit import AuditRow
from service.domain.privacy.subject_requests import SubjectRequestRow, due_times
from service.domain.privacy.transfers import TransferredPerson
from service.domain.visit import NoticeCheck, NoticeState
from service.usecases.privacy.assess_processing import make_assessment
from service.usecases.services import Services
from tests.support.builders import TENANT, an_id
from tests.support.console import ConsoleApi
from tests.support.fakes import NOON

ZONE = "Asia/Shanghai"


def a_request(request_id: str = "", *, received: datetime = NOON, **changes: Any) -> SubjectRequestRow:
    """One that came at a moment, with the last day that follows from it."""
    warn_at, due_at = due_times(received, "working_days", zone=ZONE)
    row = SubjectRequestRow(
        id=request_id or an_id("req"),
        tenant_id=TENANT,
        at=received,
        kind="correction",
        subject_kind="person",
        subject_id="rep_lin",
        channel="email",
        received_at=received,
        time="working_days",
        warn_at=warn_at,
        due_at=due_at,
        recorded_by="person:exe_gu",
    )
    return replace(row, **changes)


def an_assessment(tx: UnitOfWork, services: Services, assessment_id: str) -> AssessmentRow:
    """A version as the system makes it, under an id that tests know."""
    made = make_assessment(tx, services, "nobody", "impact", text="目的正当，风险可控。", actor="person:exe_gu")
    return replace(made, id=assessment_id, tenant_id=TENANT)


def hold_visit(tx: UnitOfWork, visit_id: str, *, tenant_id: str = TENANT, state: NoticeState = "missing") -> None:
    """Let a stored visit wait for a word about its notice."""
    visit = tx.visits.get(tenant_id, visit_id)
    assert visit is not None
    assert visit.consent is not None
    check = NoticeCheck(state, required=True, checked_at=visit.visited_at, transcript_version=1)
    tx.visits.update(replace(visit, consent=replace(visit.consent, check=check)))


def send_abroad(
    tx: UnitOfWork, host: str, region: str, persons: int, *, sensitive: int = 0, tenant_id: str = TENANT,
    at: datetime = NOON,
) -> None:  # fmt: skip
    """As if something about so many people had gone to a receiver; the same people wherever it went."""
    for number in range(persons):
        row = TransferredPerson(f"{host}-{number}", tenant_id, at - timedelta(hours=number), str(at.year), f"p{number}",
                                host, region, number < sensitive)  # fmt: skip
        tx.privacy.transferred.add(row)


def trail(console: ConsoleApi, *actions: str) -> list[AuditRow]:
    """What the audit trail of the console's tenant holds, in order."""
    with console.api.services.uow(write=False) as tx:
        return list(tx.privacy.audit.find(TENANT, actions=list(actions)))
