"""The canary's stage: nothing at all, through the same claim, slot, heartbeat and finish as every other run."""

from service.domain.ports import StageResult, Supervisor, UnitOfWork
from service.domain.stages import StageRun


def run_canary(run: StageRun, supervisor: Supervisor) -> StageResult:
    """The canary's result."""
    del run, supervisor
    return StageResult({}, _nothing)


def _nothing(tx: UnitOfWork) -> None:
    del tx
