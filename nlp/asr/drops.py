"""What was taken out of a transcript, kept with its reason: nothing disappears without a trace."""

from dataclasses import dataclass
from typing import Any, Literal

DropReason = Literal["silence", "phantom", "echo", "repetition", "heard_again"]


@dataclass(frozen=True, slots=True)
class Dropped:
    """Text that an engine returned and that was judged not to have been said; `evidence` is what gave it away.

    `heard_again`: one of two hearings of a stretch that looped; the other one, or one occurrence of the loop, stayed.
    """

    text: str
    start_ms: int
    end_ms: int
    channel: int
    reason: DropReason
    evidence: str


def write_dropped(dropped: Dropped) -> dict[str, Any]:
    """A drop as JSON values."""
    return {
        "text": dropped.text,
        "start_ms": dropped.start_ms,
        "end_ms": dropped.end_ms,
        "channel": dropped.channel,
        "reason": dropped.reason,
        "evidence": dropped.evidence,
    }
