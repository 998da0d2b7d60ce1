"""Queue a stage for a visit whose words are there already: analysed anew, or coached once that is agreed to."""

from collections.abc import Mapping
from typing import Any

from service.domain.ports import UnitOfWork
from service.domain.stages import LEAST_S, QUEUE_OF, Stage, StageRun
from service.domain.visit import Visit
from service.usecases.services import Services


def queue_stage(
    tx: UnitOfWork,
    services: Services,
    visit: Visit,
    stage: Stage,
    *,
    input_hash: str,
    given: Mapping[str, Any] | None = None,
    weight_s: float = LEAST_S,
) -> StageRun:
    """The run, which the doorbell tells of after the commit.

    Args:
        input_hash: what makes it another run than those before it: the same one is queued once.
        given: the run's input.
        weight_s: seconds of talk that it counts for among those who wait.
    """
    run = tx.runs.enqueue(
        StageRun(
            id=services.ids.new("run"),
            tenant_id=visit.tenant_id,
            visit_id=visit.id,
            stage=stage,
            input_hash=input_hash,
            queue=QUEUE_OF[stage],
            state="queued",
            run_after=services.clock.now(),
            input=given or {},
        ),
        weight_s=weight_s,
    )
    tx.after_commit(lambda: services.doorbell.ring(run.queue, run.id))
    return run
