"""What follows a stage's end, in one transaction: the run, the next stage, the recording's state, the events.

Invariant: the fence is checked first; whoever lost the lease writes nothing at all. Each function answers whether the
lease still held.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.domain.delivery.deliveries import Event
from service.domain.ports import Clock, Doorbell, Ids, StageResult, UnitOfWork
from service.domain.speech.recording import RecordingState, expected_s
from service.domain.stages import QUEUE_OF, Queue, StageRun, next_stage, retry_delay

WORK_S = 60.0  # what a stage weighs in its queue where nothing is known of its length
KEPT = (
    "what was sent is kept and goes on by itself when the model is there; a finished transcript can be sent instead: "
    "PUT /v1/visits/{id}/transcript"
)


@dataclass(frozen=True, slots=True)
class Advance:
    """The moves that a visit can make, over the ports they need."""

    clock: Clock
    ids: Ids
    doorbell: Doorbell
    assisted: bool = field(default=False, kw_only=True)
    """Whether a language model is asked about analyses: only then they pass its stage."""

    def begin(self, tx: UnitOfWork, run: StageRun) -> bool:
        """A stage was claimed: its recording is being worked on, unless the visit's consent has ended meanwhile.

        Returns:
            Whether the stage may be worked on. Where it may not, all work on the visit is cancelled here; what was said
            goes with the next sweep for consents that have ended, at most an hour later.
        """
        visit = tx.visits.get(run.tenant_id, run.visit_id)
        if visit is not None and visit.consent is not None and not visit.consent.holds_at(self.clock.now()):
            tx.runs.cancel(run.tenant_id, run.visit_id)
            return False
        if run.recording_id is not None:
            tx.recordings.move(run.tenant_id, run.recording_id, "processing")
        return True

    def complete(self, tx: UnitOfWork, run: StageRun, result: StageResult) -> bool:
        """The stage succeeded: its effects, then the next stage, or the end of the recording."""
        if not tx.runs.finish(run.id, run.fence, result.output):
            return False
        result.effects(tx)
        following = next_stage(run.stage, assisted=self.assisted)
        if following is None:
            self._move(tx, run, "done")
            return True
        earlier = _earlier(tx, run, QUEUE_OF[following])
        queued = tx.runs.enqueue(
            StageRun(
                id=self.ids.new("run"),
                tenant_id=run.tenant_id,
                visit_id=run.visit_id,
                stage=following,
                input_hash=run.input_hash,
                queue=QUEUE_OF[following],
                state="queued",
                run_after=self.clock.now(),
                recording_id=run.recording_id,
                priority=run.priority,
                input=result.output,
            ),
            weight_s=self._weight_s(tx, run) - (self._weighed_s(tx, earlier) if earlier else 0.0),
            continues=earlier,
        )
        tx.after_commit(lambda: self.doorbell.ring(queued.queue, queued.id))
        return True

    def retry_or_fail(self, tx: UnitOfWork, run: StageRun, *, code: str, detail: str) -> bool:
        """The stage failed in a way that may pass: again after its delay, or failed when the attempts are used up."""
        delay = retry_delay(run.attempt) if run.attempt < run.max_attempts else None
        if delay is None:
            return self.fail(tx, run, code=code, detail=detail)
        run_after = self.clock.now() + delay * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, hides nothing
        return tx.runs.fail(run.id, run.fence, code=code, detail=detail, run_after=run_after)

    def fail(self, tx: UnitOfWork, run: StageRun, *, code: str, detail: str) -> bool:
        """The stage failed in a way that will not pass: the recording ends, and the CRM is told."""
        if not tx.runs.fail(run.id, run.fence, code=code, detail=detail, run_after=None):
            return False
        self._end(tx, run, "failed", code=code, detail=detail)
        return True

    def wait(self, tx: UnitOfWork, run: StageRun, *, code: str, remedy: str) -> bool:
        """The stage needs a model that is not there: it waits, visibly, and the CRM is told once.

        Args:
            remedy: how to provide it; that nothing is lost meanwhile is added here, because it is true here only.
        """
        remedy = f"{remedy}; {KEPT}"
        if not tx.runs.wait(run.id, run.fence, code=code, detail=remedy):
            return False
        self._move(tx, run, "waiting_for_model", code=code, detail=remedy)
        if run.error_code != code:  # it has not waited for this before
            self._tell(tx, run, "recording.waiting_for_model", {"code": code, "remedy": remedy})
        return True

    def window_done(self, tx: UnitOfWork, run: StageRun, progress: Mapping[str, Any]) -> None:
        """A window of a long recording is stored: the CRM hears how far it is. The result tells of the last one."""
        share = progress.get("share", 0)
        if 0 < share < 1:
            self._tell(tx, run, "recording.progress", {"stage": run.stage, "share": share})

    def crash(self, tx: UnitOfWork, run: StageRun, *, code: str, detail: str) -> bool:
        """The stage's child died: again at once, after a minute, or never."""
        crashed = tx.runs.crash(run.id, run.fence, self.clock.now(), code=code, detail=detail)
        if crashed is None:
            return False
        self.after_crash(tx, crashed)
        return True

    def after_crash(self, tx: UnitOfWork, run: StageRun) -> None:
        """What a counted crash means for the recording, and a ring when the run is due again at once."""
        if run.state == "quarantined":
            self._end(tx, run, "quarantined", code=run.error_code, detail=run.error_detail)
        elif run.run_after <= self.clock.now():
            tx.after_commit(lambda: self.doorbell.ring(run.queue, run.id))

    def woken(self, tx: UnitOfWork, run: StageRun) -> None:
        """The model has appeared: the recording goes on."""
        self._move(tx, run, "processing")
        tx.after_commit(lambda: self.doorbell.ring(run.queue, run.id))

    def _end(self, tx: UnitOfWork, run: StageRun, state: RecordingState, *, code: str, detail: str) -> None:
        self._move(tx, run, state, code=code, detail=detail)
        self._tell(tx, run, "visit.failed", {"stage": run.stage, "state": state, "code": code, "detail": detail})

    def _move(self, tx: UnitOfWork, run: StageRun, state: RecordingState, *, code: str = "", detail: str = "") -> None:
        if run.recording_id is not None:
            tx.recordings.move(run.tenant_id, run.recording_id, state, code=code, detail=detail)

    def _tell(self, tx: UnitOfWork, run: StageRun, type_: str, data: dict[str, Any]) -> None:
        visit = tx.visits.get(run.tenant_id, run.visit_id)
        links = {"visit": f"/v1/visits/{run.visit_id}"}
        event = Event(
            id=self.ids.new("evt"),
            tenant_id=run.tenant_id,
            type=type_,
            occurred_at=self.clock.now(),
            visit_id=run.visit_id,
            sequence=tx.events.next_sequence(run.tenant_id, run.visit_id),
            data={
                "external_id": visit.external_id if visit else None,
                "recording_id": run.recording_id,
                **data,
                "links": links,
            },
        )
        tx.events.add(event)

    def _weight_s(self, tx: UnitOfWork, run: StageRun) -> float:
        recording = tx.recordings.get(run.tenant_id, run.recording_id) if run.recording_id is not None else None
        if recording is None:
            return WORK_S
        return expected_s(recording) or WORK_S if recording.duration_ms is None else recording.duration_ms / 1000

    def _weighed_s(self, tx: UnitOfWork, earlier: StageRun) -> float:
        """What the visit was taken to weigh when it came into its queue: only decoding shows how long it is."""
        if earlier.recording_id is None or earlier.stage != "decode":
            return self._weight_s(tx, earlier)
        recording = tx.recordings.get(earlier.tenant_id, earlier.recording_id)
        return WORK_S if recording is None else expected_s(recording) or WORK_S


def _earlier(tx: UnitOfWork, run: StageRun, queue: Queue) -> StageRun | None:
    """The stage that this visit passed in `queue` before, whose place in the line the next one keeps."""
    if run.queue == queue:
        return run
    passed = reversed(tx.runs.of_visit(run.tenant_id, run.visit_id))
    return next((each for each in passed if (each.queue, each.input_hash) == (queue, run.input_hash)), None)
