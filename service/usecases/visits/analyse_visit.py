"""The stage from turns to findings: the latest transcript through the language core, stored as a new analysis."""

from collections.abc import Callable
from dataclasses import dataclass

from nlp.types import Analysis
from service.domain.errors import Gone
from service.domain.ports import LanguageCore, StageResult, Supervisor, UnitOfWork
from service.domain.records import AnalysisRecord
from service.domain.stages import StageRun
from service.usecases.crm.judge_events import note_visit
from service.usecases.privacy.check_notice import check_notice
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class AnalyseStage:
    """The `analyse` stage handler."""

    services: Services
    core: LanguageCore
    watch: Callable[[Analysis], None] = lambda _: None

    def __call__(self, run: StageRun, supervisor: Supervisor) -> StageResult:
        """Findings, summary, elements and risk of the visit's latest transcript."""
        del supervisor
        with self.services.uow(write=False) as tx:
            visit = tx.visits.get(run.tenant_id, run.visit_id)
            record = tx.transcripts.latest(run.tenant_id, run.visit_id)
        if visit is None or record is None:
            raise Gone("the visit or its transcript was erased", code="visit_erased")
        analysis = self.core.analyze(record.transcript, context=visit.context())
        self.watch(analysis)
        stored = AnalysisRecord(visit.id, visit.tenant_id, 0, record.version, analysis, self.services.clock.now())

        def effects(tx: UnitOfWork) -> None:
            tx.analyses.put(stored)
            current = check_notice(tx, self.services, tenant_id=visit.tenant_id, visit_id=visit.id,
                                   turns=analysis.turns, version=record.version)  # fmt: skip
            if current is None or not current.unverified:
                note_visit(tx, self.services, visit, stored)

        return StageResult({"transcript_version": record.version, "findings": len(analysis.findings)}, effects)
