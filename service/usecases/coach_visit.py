"""The last stage: hints, courses and skill values from this visit and the ones before it, and the event that tells.

Invariant: coaching and the `visit.analyzed` event are written in one transaction, so neither exists without the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_jsonable_python

from service.domain.coach import coach
from service.domain.content.bundle import Content
from service.domain.delivery import FULL_KEY, Event
from service.domain.errors import Gone
from service.domain.hints import GivenHint
from service.domain.ports import StageResult, UnitOfWork
from service.domain.records import AnalysisRecord
from service.domain.stages import StageRun
from service.domain.visit import Visit, VisitRecord
from service.usecases.present_analysis import present_analysis
from service.usecases.services import Services

HISTORY = 20
COURSE_REST = timedelta(days=30)  # a course that was assigned is not assigned again for a month


@dataclass(frozen=True, slots=True)
class CoachStage:
    """The `coach` stage handler."""

    services: Services
    content: Content

    def __call__(
        self,
        run: StageRun,
        *,
        progress: Callable[[Mapping[str, Any]], None],
        checkpoint: Callable[[str, Mapping[str, Any]], None],
        done: Mapping[str, Mapping[str, Any]],
        should_stop: Callable[[], bool],
    ) -> StageResult:
        """Coaching for the visit's latest analysis."""
        del progress, checkpoint, done, should_stop
        now = self.services.clock.now()
        with self.services.uow(write=False) as tx:
            visit = tx.visits.get(run.tenant_id, run.visit_id)
            record = tx.analyses.latest(run.tenant_id, run.visit_id)
            if visit is None or record is None:
                raise Gone("the visit or its analysis was erased", code="visit_erased")
            history = read_history(tx, visit.tenant_id, before=visit.visited_at, account_id=visit.account_id,
                                   rep_id=visit.rep_id)  # fmt: skip
            given = read_given_hints(tx, visit.tenant_id, history, account_id=visit.account_id)
            open_courses = read_open_courses(tx, visit.tenant_id, history, rep_id=visit.rep_id, since=now - COURSE_REST)
        coaching = coach(
            _record_of(visit, record),
            history=history,
            content=self.content,
            now=now,
            given_hints=given,
            open_courses=open_courses,
        )
        document = to_jsonable_python(coaching)

        def effects(tx: UnitOfWork) -> None:
            tx.analyses.add_coaching(visit.tenant_id, visit.id, record.version, document)
            tx.events.add(self._event(tx, visit, replace(record, coaching=document), now))

        return StageResult({"hints": len(coaching.hints), "courses": len(coaching.courses)}, effects)

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


def _record_of(visit: Visit, record: AnalysisRecord) -> VisitRecord:
    return VisitRecord(
        visit_id=visit.id,
        rep_id=visit.rep_id,
        account_id=visit.account_id,
        opportunity_id=visit.opportunity_id,
        visited_at=visit.visited_at,
        stage=visit.stage,
        analysis=record.analysis,
    )


def read_history(
    tx: UnitOfWork, tenant_id: str, *, before: datetime, account_id: str, rep_id: str | None
) -> list[VisitRecord]:
    """Analysed visits before `before`: the account's by anyone, and the rep's to anyone, each once, newest first."""
    records = tx.visits.history(tenant_id, before=before, limit=HISTORY, account_id=account_id)
    if rep_id is not None:
        records += tx.visits.history(tenant_id, before=before, limit=HISTORY, rep_id=rep_id)
    unique = {record.visit_id: record for record in records}
    return sorted(unique.values(), key=lambda record: (record.visited_at, record.visit_id), reverse=True)


def read_given_hints(tx: UnitOfWork, tenant_id: str, history: list[VisitRecord], *, account_id: str) -> list[GivenHint]:
    """Hints that were given after these visits to the account, for their cool-down."""
    given: list[GivenHint] = []
    for visit in (visit for visit in history if visit.account_id == account_id):
        record = tx.analyses.latest(tenant_id, visit.visit_id)
        if record is not None:
            hints = (record.coaching or {}).get("hints", [])
            given.extend(GivenHint(hint["card"], hint["action"], record.created_at) for hint in hints)
    return given


def read_open_courses(
    tx: UnitOfWork, tenant_id: str, history: list[VisitRecord], *, rep_id: str, since: datetime
) -> set[str]:
    """Ids of courses that this rep was assigned since then: still to be done, or just done."""
    found: set[str] = set()
    for visit in (visit for visit in history if visit.rep_id == rep_id):
        record = tx.analyses.latest(tenant_id, visit.visit_id)
        if record is not None and record.created_at >= since:
            found.update(course["course"] for course in (record.coaching or {}).get("courses", []))
    return found
