"""Visits in the database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, func, insert, select, update

from service.domain.records import Page
from service.domain.visit import Visit, VisitRecord
from service.storage.documents import ANALYSIS, CONSENT, columns_of
from service.storage.tables import analysis, visit


class SqlVisits:
    """The Visits port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, visit_: Visit) -> None:
        self._connection.execute(insert(visit).values(**_to_row(visit_)))

    def get(self, tenant_id: str, visit_id: str) -> Visit | None:
        return self._one(select(visit).where(visit.c.tenant_id == tenant_id, visit.c.id == visit_id))

    def by_external(self, tenant_id: str, external_id: str) -> Visit | None:
        return self._one(select(visit).where(visit.c.tenant_id == tenant_id, visit.c.external_id == external_id))

    def update(self, visit_: Visit) -> None:
        self._connection.execute(
            update(visit)
            .where(visit.c.tenant_id == visit_.tenant_id, visit.c.id == visit_.id)
            .values(**_to_row(visit_))
        )

    def page(
        self, tenant_id: str, page: Page, *, rep_id: str | None = None, account_id: str | None = None
    ) -> list[Visit]:
        query = select(visit).where(visit.c.tenant_id == tenant_id).order_by(visit.c.id.desc()).limit(page.limit)
        if page.after is not None:
            query = query.where(visit.c.id < page.after)
        if rep_id is not None:
            query = query.where(visit.c.rep_id == rep_id)
        if account_id is not None:
            query = query.where(visit.c.account_id == account_id)
        return [_from_row(row._asdict()) for row in self._connection.execute(query)]

    def history(
        self,
        tenant_id: str,
        *,
        before: datetime,
        limit: int,
        account_id: str | None = None,
        rep_id: str | None = None,
    ) -> list[VisitRecord]:
        newer = analysis.alias("newer")
        newest = (
            select(func.max(newer.c.version))
            .where(newer.c.tenant_id == tenant_id, newer.c.visit_id == visit.c.id)
            .scalar_subquery()
        )
        query = (
            select(visit, analysis.c.document)
            .join(analysis, analysis.c.visit_id == visit.c.id)
            .where(visit.c.tenant_id == tenant_id, analysis.c.tenant_id == tenant_id)
            .where(visit.c.visited_at < before, analysis.c.version == newest)
            .order_by(visit.c.visited_at.desc(), visit.c.id.desc())
            .limit(limit)
        )
        if account_id is not None:
            query = query.where(visit.c.account_id == account_id)
        if rep_id is not None:
            query = query.where(visit.c.rep_id == rep_id)
        return [_to_record(row._asdict()) for row in self._connection.execute(query)]

    def _one(self, query: Executable) -> Visit | None:
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _from_row(row._asdict())


def _to_row(visit_: Visit) -> dict[str, Any]:
    consent = None if visit_.consent is None else CONSENT.dump_python(visit_.consent, mode="json")
    return columns_of(visit_) | {"competitors": list(visit_.competitors), "consent": consent}


def _from_row(row: Mapping[str, Any]) -> Visit:
    consent = None if row["consent"] is None else CONSENT.validate_python(row["consent"])
    return Visit(**dict(row) | {"competitors": tuple(row["competitors"]), "consent": consent})


def _to_record(row: Mapping[str, Any]) -> VisitRecord:
    return VisitRecord(
        visit_id=row["id"],
        rep_id=row["rep_id"],
        account_id=row["account_id"],
        opportunity_id=row["opportunity_id"],
        visited_at=row["visited_at"],
        stage=row["stage"],
        analysis=ANALYSIS.validate_python(row["document"]),
    )
