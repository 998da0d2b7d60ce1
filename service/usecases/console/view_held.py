"""Visits that are held for want of a recording notice, as far as the viewer leads their reps."""

from dataclasses import dataclass

from service.domain.ports import UnitOfWork
from service.domain.records import Page
from service.domain.visit import NoticeCheck, Visit
from service.usecases.console.view_scope import Scope, account_name

READ = 200


@dataclass(frozen=True, slots=True)
class HeldVisit:
    """One of them; `check` says what was listened for and whether the customer refused."""

    visit: Visit
    rep: str
    account: str
    check: NoticeCheck


def list_held(tx: UnitOfWork, scope: Scope) -> list[HeldVisit]:
    """Those among the newest two hundred that the viewer may decide on, the newest first."""
    return [
        HeldVisit(visit, scope.name(visit.rep_id), account_name(tx, scope.tenant_id, visit.account_id), check)
        for visit in tx.visits.page(scope.tenant_id, Page(READ), unverified=True)
        if scope.leads(visit.rep_id) and visit.consent is not None and (check := visit.consent.check) is not None
    ]
