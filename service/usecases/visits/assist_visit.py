"""The stage in which a language model adds to an analysis: in a queue of its own, since it may be slow or away.

Invariant: the built-in analysis stands before the model is asked, and an answer to a talk that was corrected meanwhile
is not kept: what took its place is asked about by itself.
"""

from dataclasses import dataclass, replace

from service.domain.errors import Gone
from service.domain.ports import StageResult, Supervisor, UnitOfWork
from service.domain.stages import StageRun
from service.usecases.crm.judge_events import note_visit
from service.usecases.services import Services
from service.usecases.visits.assist_analysis import Assistant


@dataclass(frozen=True, slots=True)
class AssistStage:
    """The `assist` stage handler; without an assistant it changes nothing, as when the settings lost their model."""

    services: Services
    assistant: Assistant | None

    def __call__(self, run: StageRun, supervisor: Supervisor) -> StageResult:
        """The visit's latest analysis with what the model said, as a version after it."""
        del supervisor
        with self.services.uow(write=False) as tx:
            visit = tx.visits.get(run.tenant_id, run.visit_id)
            record = tx.analyses.latest(run.tenant_id, run.visit_id)
        if visit is None or record is None:
            raise Gone("the visit or its analysis was erased", code="visit_erased")
        analysis = record.analysis
        if self.assistant is not None and not visit.unverified:
            analysis = self.assistant.assist(run.tenant_id, analysis)
        added = analysis is not record.analysis
        assisted = replace(record, version=0, analysis=analysis, coaching=None, created_at=self.services.clock.now())

        def effects(tx: UnitOfWork) -> None:
            latest = tx.analyses.latest(run.tenant_id, run.visit_id)
            if added and latest is not None and latest.version == record.version:
                stored = tx.analyses.put(assisted)
                note_visit(tx, self.services, visit, stored)

        return StageResult({"transcript_version": record.transcript_version, "assisted": added}, effects)
