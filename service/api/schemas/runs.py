"""Bodies of stage runs as operators see them."""

from typing import Any

from service.api.rendering import instant
from service.api.schemas.base import Out
from service.api.schemas.examples import answer
from service.domain.stages import StageRun

_RUN = {
    "id": "run_019cdb0f10aa7d2295f08a41e6cc3b70",
    "visit_id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
    "recording_id": "rec_019cdb0f10117d2295f08a41e6cc3b70",
    "stage": "transcribe",
    "state": "quarantined",
    "attempts": 3,
    "crashes": 3,
    "run_after": "2026-03-11T03:20:00.000Z",
    "last_sign_of_life": "2026-03-11T03:19:12.000Z",
    "progress": {"share": 0.62},
    "error_code": "child_crashed",
    "error_detail": "the child was killed by signal 9 (SIGKILL) while it held 1530 MiB",
}
RUN_OUT = answer(_RUN)
RUN_RETRIED = answer({**_RUN, "state": "queued", "attempts": 0, "crashes": 0}, "Queued")
RUN_DISCARDED = answer({**_RUN, "state": "cancelled"}, "Given up")
RUN_PAGE = answer({"items": [_RUN], "next_cursor": None})


class RunOut(Out):
    """One stage of one visit, with what is known of why it stopped."""

    id: str
    visit_id: str
    recording_id: str | None
    stage: str
    state: str
    attempts: int
    crashes: int
    run_after: str
    last_sign_of_life: str | None
    progress: dict[str, Any]
    error_code: str
    error_detail: str

    @classmethod
    def of(cls, run: StageRun) -> "RunOut":
        """From the row."""
        return cls(
            id=run.id,
            visit_id=run.visit_id,
            recording_id=run.recording_id,
            stage=run.stage,
            state=run.state,
            attempts=run.attempt,
            crashes=run.crash_count,
            run_after=instant(run.run_after),
            last_sign_of_life=run.heartbeat_at and instant(run.heartbeat_at),
            progress=dict(run.progress),
            error_code=run.error_code,
            error_detail=run.error_detail,
        )


class RunPageOut(Out):
    """One page of runs, the newest first."""

    items: list[RunOut]
    next_cursor: str | None
