"""Rows of coaching in the database: one repository for every table of `tables_coaching`.

Invariant: what was stored comes back equal, checked by the row's own type.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import JSON, ColumnElement, Connection, Select, Table, delete, select

from service.domain.coaching.check_in import CheckIn, Proof
from service.domain.coaching.course_rows import CourseRow
from service.domain.coaching.debriefs import DebriefRow
from service.domain.coaching.hint_rows import HintFeedback, HintRow
from service.domain.coaching.observations import CoachedVisit, ObservationRow
from service.domain.coaching.ports import Row, Rows
from service.domain.coaching.reviews import Appeal, FindingPlace, LabelRow
from service.domain.coaching.score_reviews import ScoreReview
from service.domain.records import Page
from service.storage import tables_coaching as tables
from service.storage.documents import columns_of
from service.storage.sealed import SEALED, SealedColumns
from service.storage.upserts import insert_into

_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "skill_observation": TypeAdapter(ObservationRow),
    "coached_visit": TypeAdapter(CoachedVisit),
    "hint": TypeAdapter(HintRow),
    "hint_feedback": TypeAdapter(HintFeedback),
    "course_assignment": TypeAdapter(CourseRow),
    "check_in": TypeAdapter(CheckIn),
    "proof": TypeAdapter(Proof),
    "debrief": TypeAdapter(DebriefRow),
    "label": TypeAdapter(LabelRow),
    "appeal": TypeAdapter(Appeal),
    "finding_place": TypeAdapter(FindingPlace),
    "score_review": TypeAdapter(ScoreReview),
}


class SqlRows(Generic[Row]):
    """The Rows port on one table."""

    def __init__(
        self,
        connection: Connection,
        table: Table,
        adapter: TypeAdapter[Row] | None = None,
        sealed: SealedColumns | None = None,
    ) -> None:
        self._connection = connection
        self._table = table
        self._sealed = sealed or SealedColumns()
        self._adapter: TypeAdapter[Any] = adapter or _ADAPTERS[table.name]

    def add(self, row: Row) -> bool:
        statement = insert_into(self._connection, self._table).values(**self._values(row))
        kept = statement.on_conflict_do_nothing(index_elements=["tenant_id", "id"]).returning(self._table.c.id)
        return self._connection.execute(kept).first() is not None  # PostgreSQL counts no inserted rows

    def put(self, row: Row) -> None:
        values = self._values(row)
        changed = {name: value for name, value in values.items() if name not in ("id", "tenant_id")}
        statement = insert_into(self._connection, self._table).values(**values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=changed))

    def get(self, tenant_id: str, row_id: str) -> Row | None:
        found = self._connection.execute(
            select(self._table).where(self._table.c.tenant_id == tenant_id, self._table.c.id == row_id)
        ).one_or_none()
        return None if found is None else self._row(found._asdict())

    def find(
        self,
        tenant_id: str,
        *,
        among: Mapping[str, Collection[str]] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        query = self._newest_first(select(self._table), tenant_id, among, since, until).limit(limit)
        return [self._row(found._asdict()) for found in self._connection.execute(query)]

    def heads(
        self,
        tenant_id: str,
        columns: Sequence[str],
        *,
        among: Mapping[str, Collection[str]] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Mapping[str, Any]]:
        if closed := set(columns) & set(SEALED.get(self._table.name, ())):
            raise ValueError(f"{', '.join(sorted(closed))} may be sealed: read whole rows")
        wanted = select(*(self._table.c[name] for name in columns))
        query = self._newest_first(wanted, tenant_id, among, since, until)
        return [found._asdict() for found in self._connection.execute(query)]

    def _newest_first(
        self,
        query: Select[Any],
        tenant_id: str,
        among: Mapping[str, Collection[str]] | None,
        since: datetime | None,
        until: datetime | None,
    ) -> Select[Any]:
        columns = self._table.c
        query = query.where(columns.tenant_id == tenant_id, *self._among(among))
        if since is not None:
            query = query.where(columns.at >= since)
        if until is not None:
            query = query.where(columns.at < until)
        return query.order_by(columns.at.desc(), columns.id.desc())

    def page(self, tenant_id: str, page: Page, *, among: Mapping[str, Collection[str]] | None = None) -> list[Row]:
        columns = self._table.c
        query = select(self._table).where(columns.tenant_id == tenant_id, *self._among(among))
        if page.after is not None:
            query = query.where(columns.id < page.after)
        query = query.order_by(columns.id.desc()).limit(page.limit)
        return [self._row(found._asdict()) for found in self._connection.execute(query)]

    def remove(self, tenant_id: str, *, among: Mapping[str, Collection[str]]) -> int:
        gone = delete(self._table).where(self._table.c.tenant_id == tenant_id, *self._among(among))
        return self._connection.execute(gone).rowcount

    def _among(self, among: Mapping[str, Collection[str]] | None) -> list[ColumnElement[bool]]:
        return [self._table.c[name].in_(list(values)) for name, values in (among or {}).items()]

    def _values(self, row: Row) -> dict[str, Any]:
        values = columns_of(row)  # type: ignore[arg-type]  # every row is a dataclass, which the Protocol cannot say
        for column in self._table.columns:
            if isinstance(column.type, JSON):
                values[column.name] = to_jsonable_python(values[column.name])
        return self._sealed.closed(self._table, values)

    def _row(self, values: dict[str, Any]) -> Row:
        found: Row = self._adapter.validate_python(self._sealed.opened(self._table, values))
        return found


class SqlCoachingStore:
    """The CoachingStore port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self.observations: Rows[ObservationRow] = SqlRows(connection, tables.observation, sealed=sealed)
        self.visits: Rows[CoachedVisit] = SqlRows(connection, tables.coached_visit, sealed=sealed)
        self.hints: Rows[HintRow] = SqlRows(connection, tables.hint, sealed=sealed)
        self.feedback: Rows[HintFeedback] = SqlRows(connection, tables.hint_feedback, sealed=sealed)
        self.courses: Rows[CourseRow] = SqlRows(connection, tables.course_assignment, sealed=sealed)
        self.check_ins: Rows[CheckIn] = SqlRows(connection, tables.check_in, sealed=sealed)
        self.proofs: Rows[Proof] = SqlRows(connection, tables.proof, sealed=sealed)
        self.debriefs: Rows[DebriefRow] = SqlRows(connection, tables.debrief, sealed=sealed)
        self.labels: Rows[LabelRow] = SqlRows(connection, tables.label, sealed=sealed)
        self.appeals: Rows[Appeal] = SqlRows(connection, tables.appeal, sealed=sealed)
        self.places: Rows[FindingPlace] = SqlRows(connection, tables.finding_place)
        self.score_reviews: Rows[ScoreReview] = SqlRows(connection, tables.score_review, sealed=sealed)
