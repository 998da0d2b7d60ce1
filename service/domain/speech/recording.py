"""A recording's life: received, worked on, done; kept while it waits for a model.

Invariant: a recording that was accepted ends in `done`, `failed`, `quarantined` or `cancelled`, or waits visibly.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RecordingState = Literal["received", "processing", "waiting_for_model", "done", "failed", "quarantined", "cancelled"]

LEGAL_MOVES: dict[RecordingState, frozenset[RecordingState]] = {
    "received": frozenset({"processing", "waiting_for_model", "failed", "quarantined", "cancelled"}),
    "processing": frozenset({"waiting_for_model", "done", "failed", "quarantined", "cancelled"}),
    "waiting_for_model": frozenset({"processing", "cancelled", "failed"}),
    "done": frozenset({"processing", "cancelled"}),  # analysed again with other models or swapped roles
    "failed": frozenset({"processing", "cancelled"}),  # retried by an operator
    "quarantined": frozenset({"processing", "cancelled"}),
    "cancelled": frozenset(),
}
BYTES_A_SECOND = 4_000


@dataclass(frozen=True, slots=True)
class Recording:
    """Bytes that were accepted for a visit; `blob` is the key under which the blob store keeps them."""

    id: str
    tenant_id: str
    visit_id: str
    sha256: str
    size_bytes: int
    display_name: str
    blob: str
    received_at: datetime
    state: RecordingState = "received"
    detail_code: str = ""
    detail: str = ""
    duration_ms: int | None = None
    partial: bool = False


def expected_s(recording: Recording) -> float:
    """Seconds of talk that a recording's size stands for, at 32 kbit/s: all that is known before it is decoded."""
    return recording.size_bytes / BYTES_A_SECOND


def may_move(current: RecordingState, target: RecordingState) -> bool:
    """Whether a recording may go from `current` to `target`; staying is always allowed."""
    return current == target or target in LEGAL_MOVES[current]
