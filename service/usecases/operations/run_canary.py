"""The canary's stage: nothing at all, through the same claim, slot, heartbeat and finish as every other run."""

from collections.abc import Callable, Mapping
from typing import Any

from service.domain.ports import StageResult, UnitOfWork
from service.domain.stages import StageRun


def run_canary(
    run: StageRun,
    *,
    progress: Callable[[Mapping[str, Any]], None],
    checkpoint: Callable[[str, Mapping[str, Any]], None],
    done: Mapping[str, Mapping[str, Any]],
    should_stop: Callable[[], bool],
) -> StageResult:
    """The canary's result."""
    del run, progress, checkpoint, done, should_stop
    return StageResult({}, _nothing)


def _nothing(tx: UnitOfWork) -> None:
    del tx
