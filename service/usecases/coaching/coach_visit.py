"""The last stage: hints, courses and skill values from this visit and the ones before it, and the event that tells.

Invariant: coaching and the `visit.analyzed` event are written in one transaction, so neither exists without the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python

from service.domain.coaching.briefing import TOPICS, VISITS_WEIGHED
from service.domain.coaching.coach import coach
from service.domain.coaching.struck import without_findings
from service.domain.content.bundle import Content
from service.domain.delivery.deliveries import FULL_KEY, Event
from service.domain.errors import Gone
from service.domain.ports import StageResult, Supervisor, UnitOfWork
from service.domain.records import AnalysisRecord
from service.domain.stages import StageRun
from service.domain.visit import Purpose, Visit, VisitRecord
from service.usecases.coaching.keep_coaching import (
    keep_coaching,
    keep_places,
    read_given_hints,
    read_open_courses,
    read_struck,
    read_ticks,
)
from service.usecases.coaching.read_facts import read_facts
from service.usecases.coaching.team_figures import TeamFigures
from service.usecases.services import Services
from service.usecases.visits.present_analysis import present_analysis

HISTORY = 20
UNCOACHED: Mapping[str, Any] = {
    "skills": [],
    "hints": [],
    "courses": [],
    "skipped": [
        {
            "what": "coaching",
            "reason": "consent_missing",
            "remedy": "客户未同意用于辅导，或已撤回；征得同意后 PATCH /v1/visits/{id}/consent，会自动补上",
        }
    ],
}
"""What an analysis says where coaching was not agreed to."""
UNTOLD: Mapping[str, Any] = {
    "skills": [],
    "hints": [],
    "courses": [],
    "skipped": [
        {
            "what": "coaching",
            "reason": "consent_unverified",
            "remedy": "开头两分钟没有听到录音告知，或客户不同意：核实后确认"
            "（POST /v1/visits/{id}/consent/confirmation），或撤回同意",
        }
    ],
}
"""What an analysis says that is held, because a notice that was required was not heard."""


@dataclass(frozen=True, slots=True)
class CoachStage:
    """The `coach` stage handler."""

    services: Services
    content: Content
    figures: TeamFigures = field(default_factory=TeamFigures)

    def __call__(self, run: StageRun, supervisor: Supervisor) -> StageResult:
        """Coaching for the visit's latest analysis."""
        del supervisor
        now = self.services.clock.now()
        with self.services.uow(write=False) as tx:
            visit = tx.visits.get(run.tenant_id, run.visit_id)
            record = tx.analyses.latest(run.tenant_id, run.visit_id)
            if visit is None or record is None:
                raise Gone("the visit or its analysis was erased", code="visit_erased")
            if visit.unverified:
                return self._untold(visit, record)
            if not visit.covers("coaching", now):
                return self._uncoached(visit, record, now)
            history = read_history(tx, visit.tenant_id, before=visit.visited_at, account_id=visit.account_id,
                                   rep_id=visit.rep_id)  # fmt: skip
            given = read_given_hints(tx, visit.tenant_id, account_id=visit.account_id, until=now, but_visit=visit.id,
                                     rep_id=visit.rep_id)  # fmt: skip
            facts = read_facts(tx, self.content, tenant_id=visit.tenant_id, account_id=visit.account_id, now=now,
                               opportunity_id=visit.opportunity_id)  # fmt: skip
            open_courses = read_open_courses(tx, visit.tenant_id, rep_id=visit.rep_id, now=now, but_visit=visit.id)
            ticks = read_ticks(tx, visit.tenant_id, rep_id=visit.rep_id, now=now)
            preference = self.services.hint_learning.preference(tx, visit.tenant_id, self.content, now)
            beside = self.figures.of(tx, self.services, tenant_id=visit.tenant_id, rep_id=visit.rep_id, now=now)
            seen = without_findings(record_of(visit, record), read_struck(tx, visit.tenant_id, [visit.id]))
        coaching = coach(
            seen,
            history=history,
            content=self.content,
            now=now,
            given_hints=given,
            open_courses=open_courses,
            team_means=beside.team_means,
            ticks=ticks,
            struck=beside.struck,
            preference=preference,
            facts=facts,
            last_month=beside.last_month,
        )
        document = to_jsonable_python(coaching)

        def effects(tx: UnitOfWork) -> None:
            # Writing takes the analysis first: whoever withdraws meanwhile waits for it, and then erases all of this.
            tx.analyses.add_coaching(visit.tenant_id, visit.id, record.version, document)
            current = tx.visits.get(visit.tenant_id, visit.id)
            if current is None or not current.covers("coaching", now):
                self._uncoached(visit, record, now).effects(tx)
                return
            keep_coaching(tx, visit, record, coaching, now=now)
            tx.events.add(self._event(tx, visit, replace(record, coaching=document), now))

        return StageResult({"hints": len(coaching.hints), "courses": len(coaching.courses)}, effects)

    def _untold(self, visit: Visit, record: AnalysisRecord) -> StageResult:
        """The analysis alone, and nobody hears of it until a person has confirmed the notice."""

        def effects(tx: UnitOfWork) -> None:
            tx.analyses.add_coaching(visit.tenant_id, visit.id, record.version, UNTOLD)

        return StageResult({"hints": 0, "courses": 0}, effects)

    def _uncoached(self, visit: Visit, record: AnalysisRecord, now: datetime) -> StageResult:
        """The analysis alone, and the event that tells of it: what was found says why it goes no further."""

        def effects(tx: UnitOfWork) -> None:
            tx.analyses.add_coaching(visit.tenant_id, visit.id, record.version, UNCOACHED)
            keep_places(tx, visit, record, now=now)
            tx.events.add(self._event(tx, visit, replace(record, coaching=UNCOACHED), now))

        return StageResult({"hints": 0, "courses": 0}, effects)

    def _event(self, tx: UnitOfWork, visit: Visit, record: AnalysisRecord, now: datetime) -> Event:
        return Event(
            id=self.services.ids.new("evt"),
            tenant_id=visit.tenant_id,
            type="visit.analyzed",
            occurred_at=now,
            visit_id=visit.id,
            sequence=tx.events.next_sequence(visit.tenant_id, visit.id),
            data={
                "external_id": visit.external_id,
                "version": record.version,
                "links": {
                    "visit": f"/v1/visits/{visit.id}",
                    "analysis": f"/v1/visits/{visit.id}/analysis",
                    "transcript": f"/v1/visits/{visit.id}/transcript",
                },
                FULL_KEY: present_analysis(record),
            },
        )


def record_of(visit: Visit, record: AnalysisRecord) -> VisitRecord:
    """The visit with what was found in it."""
    return VisitRecord(
        visit_id=visit.id,
        rep_id=visit.rep_id,
        account_id=visit.account_id,
        opportunity_id=visit.opportunity_id,
        visited_at=visit.visited_at,
        stage=visit.stage,
        analysis=record.analysis,
    )


def read_mentions(tx: UnitOfWork, tenant_id: str, *, before: datetime, account_id: str) -> list[VisitRecord]:
    """The account's last visits, as far back as what stands open is looked for, and the newest ones that speak of each
    topic of a briefing; not one more is read."""
    agreed: Purpose = "coaching"
    found = tx.visits.history(tenant_id, before=before, limit=VISITS_WEIGHED, account_id=account_id, purpose=agreed,
                              bare=True)  # fmt: skip
    if len(found) == VISITS_WEIGHED:
        oldest = found[-1].visited_at
        for code in TOPICS.values():
            if not any(finding.code == code for record in found for finding in record.analysis.findings):
                found += tx.visits.history(
                    tenant_id, before=oldest, limit=2, account_id=account_id, about=code, purpose=agreed, bare=True
                )
    unique = _as_ruled(tx, tenant_id, found)
    return sorted(unique.values(), key=lambda record: (record.visited_at, record.visit_id), reverse=True)


def read_history(
    tx: UnitOfWork,
    tenant_id: str,
    *,
    before: datetime,
    account_id: str,
    rep_id: str | None,
    limit: int = HISTORY,
    bare: bool = False,
) -> list[VisitRecord]:
    """Analysed visits before `before` that may be used for coaching: the account's by anyone, and the rep's to anyone,
    each once, newest first; `limit` of each, and `bare` as in `Visits.history`."""
    agreed: Purpose = "coaching"
    records = tx.visits.history(tenant_id, before=before, limit=limit, account_id=account_id, purpose=agreed,
                                bare=bare)  # fmt: skip
    if rep_id is not None:
        records += tx.visits.history(tenant_id, before=before, limit=limit, rep_id=rep_id, purpose=agreed, bare=bare)
    unique = _as_ruled(tx, tenant_id, records)
    return sorted(unique.values(), key=lambda record: (record.visited_at, record.visit_id), reverse=True)


def _as_ruled(tx: UnitOfWork, tenant_id: str, records: Sequence[VisitRecord]) -> dict[str, VisitRecord]:
    """Each visit once by its id, without the findings that upheld appeals have struck out."""
    unique = {record.visit_id: record for record in records}
    struck = read_struck(tx, tenant_id, list(unique)) if unique else frozenset()
    return {visit_id: without_findings(record, struck) for visit_id, record in unique.items()}
