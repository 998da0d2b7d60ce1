"""Have a run that was quarantined or failed tried again, or give it up.

Invariant: the recording follows its run in the same transaction, so that nobody sees one without the other.
"""

from service.domain.errors import Conflict, NotFound
from service.domain.ports import Clock, Doorbell, UnitOfWork
from service.domain.stages import StageRun


def retry_run(tx: UnitOfWork, clock: Clock, doorbell: Doorbell, *, tenant_id: str, run_id: str) -> StageRun:
    """The run, queued now with a clean record of attempts and crashes; its checkpoints stay.

    Raises:
        NotFound: no such run. Conflict: it is neither quarantined nor failed (`run_not_ended`).
    """
    find_run(tx, tenant_id, run_id)
    run = tx.office.retry(tenant_id, run_id, clock.now())
    if run is None:
        raise Conflict("only a quarantined or failed run can be tried again", code="run_not_ended")
    if run.recording_id is not None:
        tx.recordings.move(tenant_id, run.recording_id, "processing")
    queue = run.queue
    tx.after_commit(lambda: doorbell.ring(queue, run_id))
    return run


def discard_run(tx: UnitOfWork, *, tenant_id: str, run_id: str) -> StageRun:
    """The run, given up: it and its recording are cancelled.

    Raises:
        NotFound: no such run. Conflict: it is still being worked on, or has ended well (`run_not_ended`).
    """
    find_run(tx, tenant_id, run_id)
    run = tx.office.give_up(tenant_id, run_id)
    if run is None:
        raise Conflict("only a quarantined, failed or waiting run can be given up", code="run_not_ended")
    if run.recording_id is not None:
        tx.recordings.move(tenant_id, run.recording_id, "cancelled", code="discarded", detail="given up by an operator")
    return run


def find_run(tx: UnitOfWork, tenant_id: str, run_id: str) -> StageRun:
    """The run, or NotFound."""
    run = tx.runs.get(tenant_id, run_id)
    if run is None:
        raise NotFound("there is no such run", code="run_not_found")
    return run
