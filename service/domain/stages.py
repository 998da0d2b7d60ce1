"""The stages a visit passes, as rows: which follows which, which queue serves it, what a failure leads to.

Invariant: state moves only along `queued → running → succeeded | failed | queued | quarantined` and `* → cancelled`;
every write of a running stage is fenced, so one that lost its lease changes nothing.
Source: the lease, heartbeat and reaper rules follow `reliability` 2.2 and 2.3 of the design.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Stage = Literal["fetch", "decode", "transcribe", "turns", "analyse", "assist", "coach", "canary"]
RunState = Literal["queued", "running", "waiting", "succeeded", "failed", "quarantined", "cancelled"]
Queue = Literal["fast", "asr", "llm", "io"]

CHAIN: tuple[Stage, ...] = ("fetch", "decode", "transcribe", "turns", "analyse", "assist", "coach")
HEARING: tuple[Stage, ...] = ("fetch", "decode", "transcribe")  # these need the audio
QUEUE_OF: dict[Stage, Queue] = {
    "fetch": "io",  # waits on someone else's server for minutes: never in a slot that work needs
    "decode": "asr",
    "transcribe": "asr",
    "turns": "fast",
    "analyse": "fast",
    "assist": "llm",  # waits for a language model, however slow: never in a slot that text or speech needs
    "coach": "fast",
}
CANARY: Stage = "canary"  # does nothing, in every queue, over and over: whoever finishes it proves that the queue moves
FINAL: frozenset[RunState] = frozenset({"succeeded", "failed", "quarantined", "cancelled"})

LEASE = timedelta(seconds=60)
HEARTBEAT = timedelta(seconds=15)
REAP_EVERY = timedelta(seconds=10)
MAX_CRASHES = 3
LEAST_S = 1.0  # what a run weighs at least: those that weigh nothing are served as they came, whosever they are
RETRY_DELAYS = tuple(timedelta(seconds=s) for s in (2, 10, 60, 600, 3600))
LATEST_RETRY = RETRY_DELAYS[-1] * 1.2  # delays are spread by a fifth
CLOCKS_DIFFER = timedelta(seconds=10)  # by no more; what lies further ahead than it may was written before a set-back


@dataclass(frozen=True, slots=True)
class StageRun:
    """One stage of one visit; `input_hash` makes running it again for the same input a no-op.

    `input` is what the stage before (or the door) handed over; `output` becomes the next stage's input.
    """

    id: str
    tenant_id: str
    visit_id: str
    stage: Stage
    input_hash: str
    queue: Queue
    state: RunState
    run_after: datetime
    recording_id: str | None = None
    priority: int = 0
    vtime: float = 0.0
    attempt: int = 0
    max_attempts: int = 5
    crash_count: int = 0
    owner: str = ""
    fence: int = 0
    lease_until: datetime | None = None
    heartbeat_at: datetime | None = None
    input: Mapping[str, Any] = field(default_factory=dict)
    progress: Mapping[str, Any] = field(default_factory=dict)
    output: Mapping[str, Any] = field(default_factory=dict)
    error_code: str = ""
    error_detail: str = ""


def next_stage(stage: Stage, *, assisted: bool = True) -> Stage | None:
    """The stage after `stage`, None after the last; `assisted`: whether a language model is asked at all."""
    if stage not in CHAIN:
        return None
    following = CHAIN[CHAIN.index(stage) + 1 :]
    return next((each for each in following if assisted or each != "assist"), None)


def retry_delay(attempt: int) -> timedelta | None:
    """How long to wait after failed attempt number `attempt` (from 1); None when no further attempt is due."""
    return RETRY_DELAYS[attempt - 1] if 1 <= attempt <= len(RETRY_DELAYS) else None


def after_crash(crash_count: int) -> tuple[RunState, timedelta]:
    """What follows the n-th crash: the first is retried at once, the second after a minute, the third never."""
    if crash_count >= MAX_CRASHES:
        return "quarantined", timedelta(0)
    return "queued", timedelta(0) if crash_count == 1 else timedelta(seconds=60)
