"""Visits in the database."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    ScalarSelect,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    or_,
    select,
    update,
)

from nlp.types import Analysis
from service.domain.records import Page
from service.domain.visit import UNVERIFIED, Consent, LabelledVisit, Purpose, Visit, VisitRecord
from service.storage.documents import ANALYSIS, BARE_ANALYSIS, CONSENT, columns_of
from service.storage.opened import OpenedAnalyses
from service.storage.sealed import TOKEN, SealedColumns, codes_in
from service.storage.tables import analysis, visit

HELD = "held"
"""Among the purposes of a visit whose consent is unverified: what is read of others' visits leaves it out."""
BESIDE = frozenset({"purposes", "consent_until"})
"""Columns that say again, for queries, what the consent says."""
_TOLD = (visit.c.id, visit.c.tenant_id, visit.c.rep_id, visit.c.account_id, visit.c.opportunity_id, visit.c.visited_at,
         visit.c.stage)  # fmt: skip
_UNLISTED = and_(analysis.c.codes == "", analysis.c.key_id == "")


class SqlVisits:
    """The Visits port."""

    def __init__(self, connection: Connection, sealed: SealedColumns, opened: OpenedAnalyses | None = None) -> None:
        self._connection = connection
        self._sealed = sealed
        self._opened = opened or OpenedAnalyses()

    def add(self, visit_: Visit) -> None:
        self._connection.execute(insert(visit).values(**self._to_row(visit_)))

    def get(self, tenant_id: str, visit_id: str) -> Visit | None:
        return self._one(select(visit).where(visit.c.tenant_id == tenant_id, visit.c.id == visit_id))

    def by_external(self, tenant_id: str, external_id: str) -> Visit | None:
        return self._one(select(visit).where(visit.c.tenant_id == tenant_id, visit.c.external_id == external_id))

    def update(self, visit_: Visit) -> None:
        self._connection.execute(
            update(visit)
            .where(visit.c.tenant_id == visit_.tenant_id, visit.c.id == visit_.id)
            .values(**self._to_row(visit_))
        )

    def page(
        self,
        tenant_id: str,
        page: Page,
        *,
        rep_id: str | None = None,
        account_id: str | None = None,
        unverified: bool = False,
    ) -> list[Visit]:
        query = select(visit).where(visit.c.tenant_id == tenant_id).order_by(visit.c.id.desc()).limit(page.limit)
        if page.after is not None:
            query = query.where(visit.c.id < page.after)
        if rep_id is not None:
            query = query.where(visit.c.rep_id == rep_id)
        if account_id is not None:
            query = query.where(visit.c.account_id == account_id)
        if unverified:
            query = query.where(visit.c.purposes.contains(f"|{HELD}|", autoescape=True))
        return [self._from_row(row._asdict()) for row in self._connection.execute(query)]

    def history(
        self,
        tenant_id: str,
        *,
        before: datetime,
        limit: int,
        account_id: str | None = None,
        rep_id: str | None = None,
        about: str | None = None,
        purpose: Purpose | None = None,
        bare: bool = False,
    ) -> list[VisitRecord]:
        query = (
            select(
                *_TOLD,
                cast(analysis.c.document, Text).label("document"),  # read in one go, by its type
                analysis.c.version,
                analysis.c.key_id,
            )
            .join(analysis, analysis.c.visit_id == visit.c.id)
            .where(visit.c.tenant_id == tenant_id, analysis.c.tenant_id == tenant_id)
            .where(visit.c.visited_at < before, analysis.c.version == _newest(tenant_id))
            .where(~visit.c.purposes.contains(f"|{HELD}|", autoescape=True))
            .order_by(visit.c.visited_at.desc(), visit.c.id.desc())
            .limit(limit)
        )
        if account_id is not None:
            query = query.where(visit.c.account_id == account_id)
        if rep_id is not None:
            query = query.where(visit.c.rep_id == rep_id)
        if about is not None:
            query = query.where(_names(about))
        if purpose is not None:
            query = query.where(visit.c.purposes.contains(f"|{purpose}|", autoescape=True))
        rows = [row._asdict() for row in self._connection.execute(query)]
        return [
            _to_record(row, self._bare(row) if bare else ANALYSIS.validate_json(self._document(row))) for row in rows
        ]

    def made(self, tenant_id: str, *, since: datetime, until: datetime, rep_ids: Collection[str]) -> list[Visit]:
        query = (
            select(visit)
            .where(visit.c.tenant_id == tenant_id, visit.c.rep_id.in_(sorted(rep_ids)))
            .where(visit.c.visited_at >= since, visit.c.visited_at < until)
            .order_by(visit.c.visited_at, visit.c.id)
        )
        return [self._from_row(row._asdict()) for row in self._connection.execute(query)]

    def labelled(self, tenant_id: str, *, since: datetime, until: datetime) -> list[LabelledVisit]:
        # Rows that older versions wrote open say their codes in the document alone.
        open_ = case((_UNLISTED, cast(analysis.c.document, Text)), else_="")
        query = (
            select(
                *(visit.c.id, visit.c.rep_id, visit.c.account_id, visit.c.channel, visit.c.dialect),
                *(analysis.c.codes, open_.label("said")),
            )
            .join(analysis, analysis.c.visit_id == visit.c.id)
            .where(visit.c.tenant_id == tenant_id, analysis.c.tenant_id == tenant_id)
            .where(visit.c.visited_at >= since, visit.c.visited_at < until, analysis.c.version == _newest(tenant_id))
            .where(~visit.c.purposes.contains(f"|{HELD}|", autoescape=True))
            .order_by(visit.c.visited_at.desc(), visit.c.id.desc())
        )
        return [
            LabelledVisit(row.id, row.rep_id, row.account_id, row.channel, row.dialect, _codes(row.codes, row.said))
            for row in self._connection.execute(query)
        ]

    def _bare(self, row: Mapping[str, Any]) -> Analysis:
        def read() -> Analysis:
            return BARE_ANALYSIS.validate_json(self._document(row))

        return self._opened.of(row["tenant_id"], row["id"], row["document"], read)

    def _document(self, row: Mapping[str, Any]) -> str | bytes:
        if not row["key_id"]:
            return str(row["document"])
        place = {**row, "visit_id": row["id"], "document": {TOKEN: json.loads(row["document"])[TOKEN]}}
        return self._sealed.plain(analysis, place, "document") or b""

    def _one(self, query: Executable) -> Visit | None:
        row = self._connection.execute(query).one_or_none()
        return None if row is None else self._from_row(row._asdict())

    def _to_row(self, visit_: Visit) -> dict[str, Any]:
        consent = visit_.consent
        document = None if consent is None else CONSENT.dump_python(consent, mode="json")
        row = columns_of(visit_) | {"competitors": list(visit_.competitors), "consent": document}
        return self._sealed.closed(visit, row | {"purposes": _covered(consent), "consent_until": _until(consent)})

    def _from_row(self, row: Mapping[str, Any]) -> Visit:
        opened = self._sealed.opened(visit, row)
        told = {name: value for name, value in opened.items() if name not in BESIDE}  # the consent says them, too
        consent = None if told["consent"] is None else CONSENT.validate_python(told["consent"])
        return Visit(**told | {"competitors": tuple(told["competitors"]), "consent": consent})


def _names(code: str) -> ColumnElement[bool]:
    """Whether an analysis names a label; rows that older versions wrote say so in their document alone."""
    listed = analysis.c.codes.contains(f"|{code}|", autoescape=True)
    # Documents are stored without blanks, so the text says it as it was written.
    said = cast(analysis.c.document, Text).contains(f'"code":"{code}"', autoescape=True)
    return or_(listed, and_(_UNLISTED, said))


def _newest(tenant_id: str) -> ScalarSelect[int]:
    """The latest version of the analysis of the visit that is asked for."""
    newer = analysis.alias("newer")
    mine = (newer.c.tenant_id == tenant_id, newer.c.visit_id == visit.c.id)
    return select(func.max(newer.c.version)).where(*mine).scalar_subquery()


def _codes(listed: str, document: str) -> frozenset[str]:
    """The codes beside an analysis; those of the document where one is given."""
    listed = codes_in(json.loads(document)) if document else listed
    return frozenset(listed.strip("|").split("|")) if listed else frozenset()


def _covered(consent: Consent | None) -> str:
    purposes: tuple[str, ...] = consent.purposes() if consent is not None else ()
    if consent is not None and consent.unverified and purposes:
        purposes = (*(each for each in purposes if each in UNVERIFIED), HELD)
    return "|".join(("", *purposes, "")) if purposes else ""


def _until(consent: Consent | None) -> datetime | None:
    """When a consent that stands will end by itself."""
    return consent.expires_at if consent is not None and consent.withdrawn_at is None else None


def _to_record(row: Mapping[str, Any], analysis_: Analysis) -> VisitRecord:
    return VisitRecord(
        visit_id=row["id"],
        rep_id=row["rep_id"],
        account_id=row["account_id"],
        opportunity_id=row["opportunity_id"],
        visited_at=row["visited_at"],
        stage=row["stage"],
        analysis=analysis_,
    )
