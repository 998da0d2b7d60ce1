"""Rows of coaching in memory: one dict for all kinds, with the rules of the SQL repository."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from service.domain.records import Page
from tests.support.memory_state import State

KINDS = (
    "observations",
    "visits",
    "hints",
    "feedback",
    "courses",
    "check_ins",
    "proofs",
    "debriefs",
    "labels",
    "appeals",
    "places",
    "score_reviews",
)


class MemoryRows:
    def __init__(self, state: State, kind: str) -> None:
        self._rows = state.coaching
        self._kind = kind

    def add(self, row: Any) -> bool:
        place = self._kind, row.tenant_id, row.id
        if place in self._rows:
            return False
        self._rows[place] = row
        return True

    def put(self, row: Any) -> None:
        self._rows[self._kind, row.tenant_id, row.id] = row

    def get(self, tenant_id: str, row_id: str) -> Any:
        return self._rows.get((self._kind, tenant_id, row_id))

    def find(
        self,
        tenant_id: str,
        *,
        among: Mapping[str, Collection[str]] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Any]:
        mine = [
            row
            for row in self._matching(tenant_id, among)
            if (since is None or row.at >= since) and (until is None or row.at < until)
        ]
        return sorted(mine, key=lambda row: (row.at, row.id), reverse=True)[:limit]

    def heads(
        self,
        tenant_id: str,
        columns: Sequence[str],
        *,
        among: Mapping[str, Collection[str]] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Mapping[str, Any]]:
        if "document" in columns:
            raise ValueError("document may be sealed: read whole rows")
        rows = self.find(tenant_id, among=among, since=since, until=until)
        return [{name: getattr(row, name) for name in columns} for row in rows]

    def page(self, tenant_id: str, page: Page, *, among: Mapping[str, Collection[str]] | None = None) -> list[Any]:
        mine = sorted(self._matching(tenant_id, among), key=lambda row: row.id, reverse=True)
        return [row for row in mine if page.after is None or row.id < page.after][: page.limit]

    def remove(self, tenant_id: str, *, among: Mapping[str, Collection[str]]) -> int:
        gone = self._matching(tenant_id, among)
        for row in gone:
            del self._rows[self._kind, tenant_id, row.id]
        return len(gone)

    def _matching(self, tenant_id: str, among: Mapping[str, Collection[str]] | None) -> list[Any]:
        wanted = (among or {}).items()
        return [
            row
            for (kind, tenant, _), row in self._rows.items()
            if (kind, tenant) == (self._kind, tenant_id) and all(getattr(row, name) in of for name, of in wanted)
        ]


class MemoryCoachingStore:
    observations: Any
    visits: Any
    hints: Any
    feedback: Any
    courses: Any
    check_ins: Any
    proofs: Any
    debriefs: Any
    labels: Any
    appeals: Any
    places: Any
    score_reviews: Any

    def __init__(self, state: State) -> None:
        for kind in KINDS:
            setattr(self, kind, MemoryRows(state, kind))
