"""What this service decided, on the record: a stage frozen, an attribution ruled, a metric's value of a day.

Invariant: a decision is never rewritten; (kind, subject, key) is taken once, so that one cause leads to one decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about a subject; `because` names the CRM events behind it."""

    id: str
    kind: str
    subject: str
    key: str
    decided_at: datetime
    data: Mapping[str, Any]
    because: tuple[str, ...] = ()


class Decisions(Protocol):
    """The record of decisions."""

    def add(self, tenant_id: str, decision: Decision) -> bool:
        """Put it on the record; False when this cause was decided before."""
        ...

    def latest(self, tenant_id: str, kind: str, subject: str) -> Decision | None: ...
    def latest_of(self, tenant_id: str, kind: str, subjects: Sequence[str]) -> dict[str, Decision]:
        """The latest decision of a kind about each of these subjects."""
        ...

    def of(
        self,
        tenant_id: str,
        kind: str,
        *,
        subject: str | None = None,
        since: datetime | None = None,
        limit: int = 1_000,
    ) -> list[Decision]:
        """Decisions of a kind, the newest first."""
        ...
