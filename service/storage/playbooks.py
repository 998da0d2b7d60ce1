"""What playbooks keep, in the database: watches, alerts, decisions and versions; links are in `playbook_links`.

Invariant: a watch or an alert that was claimed is locked until the transaction ends (SQLite has one writer anyway), so
each due moment is worked on by one process; the unique cause keeps a firing from being stored twice whatever happens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, case, func, insert, or_, select, update

from service.domain.playbooks.alerts import OPEN, Alert, AlertState, Decision
from service.domain.playbooks.ports import Alerts, Decisions, Links, PlaybookVersion, PlaybookVersions, Watch, Watches
from service.domain.playbooks.timeline import Ref
from service.domain.records import Page
from service.storage.documents import columns_of
from service.storage.playbook_links import SqlLinks
from service.storage.sealed import SealedColumns
from service.storage.tables_playbooks import alert, playbook_decision, playbook_version, playbook_watch
from service.storage.upserts import insert_into


class SqlPlaybooks:
    """The PlaybookStore port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self.links: Links = SqlLinks(connection, sealed)
        self.watches: Watches = SqlWatches(connection)
        self.alerts: Alerts = SqlAlerts(connection, sealed)
        self.decisions: Decisions = SqlDecisions(connection, sealed)
        self.versions: PlaybookVersions = SqlVersions(connection, sealed)


class SqlWatches:
    """The Watches port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark(self, tenant_id: str, ref: Ref, at: datetime) -> None:
        self.mark_all(tenant_id, {ref: at})

    def mark_all(self, tenant_id: str, earliest: Mapping[Ref, datetime]) -> None:
        rows = [
            {"tenant_id": tenant_id, "subject_kind": ref[0], "subject_id": ref[1], "due_at": at, "dirty_from": at,
             "digest": "", "memory": {}}
            for ref, at in sorted(earliest.items())
        ]  # fmt: skip
        if not rows:
            return
        added, columns = insert_into(self._connection, playbook_watch), playbook_watch.c
        earlier = {
            name: case(
                (or_(columns[name].is_(None), columns[name] > added.excluded[name]), added.excluded[name]),
                else_=columns[name],
            )
            for name in ("due_at", "dirty_from")
        }
        moved = added.on_conflict_do_update(index_elements=["tenant_id", "subject_kind", "subject_id"], set_=earlier)
        self._connection.execute(moved, rows)

    def claim(self, now: datetime, *, limit: int = 1, tenant_id: str = "") -> list[Watch]:
        query = select(playbook_watch).where(playbook_watch.c.due_at <= now)
        if tenant_id:
            query = query.where(playbook_watch.c.tenant_id == tenant_id)
        due = query.order_by(playbook_watch.c.due_at).limit(limit).with_for_update(skip_locked=True)
        rows = self._connection.execute(due.execution_options(system="due_watch"))
        return [Watch(**row._asdict()) for row in rows]

    def get(self, tenant_id: str, ref: Ref) -> Watch | None:
        row = self._connection.execute(select(playbook_watch).where(*_of_subject(playbook_watch, tenant_id, ref)))
        found = row.one_or_none()
        return None if found is None else Watch(**found._asdict())

    def put(self, watch: Watch) -> None:
        values = columns_of(watch) | {"memory": dict(watch.memory)}
        mine = _of_subject(playbook_watch, watch.tenant_id, watch.ref)
        self._connection.execute(update(playbook_watch).where(*mine), values)


class SqlAlerts:
    """The Alerts port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def add(self, alert_: Alert) -> bool:
        added = insert_into(self._connection, alert)
        new = added.on_conflict_do_nothing(
            index_elements=["tenant_id", "rule_id", "subject_kind", "subject_id", "cause"]
        ).returning(alert.c.id)
        return self._connection.execute(new, self._sealed.closed(alert, columns_of(alert_))).one_or_none() is not None

    def get(self, tenant_id: str, alert_id: str) -> Alert | None:
        query = select(alert).where(alert.c.tenant_id == tenant_id, alert.c.id == alert_id)
        return self._alert(self._connection.execute(query).one_or_none())

    def update(self, alert_: Alert) -> None:
        where = (alert.c.tenant_id == alert_.tenant_id, alert.c.id == alert_.id)
        self._connection.execute(update(alert).where(*where), self._sealed.closed(alert, columns_of(alert_)))

    def of_subject(self, tenant_id: str, ref: Ref) -> list[Alert]:
        return self._all(select(alert).where(*_of_subject(alert, tenant_id, ref)).order_by(alert.c.at, alert.c.id))

    def claim_due(self, now: datetime, *, tenant_id: str = "") -> Alert | None:
        query = select(alert).where(alert.c.due_at <= now, alert.c.state.in_(sorted(OPEN)))
        if tenant_id:
            query = query.where(alert.c.tenant_id == tenant_id)
        due = query.order_by(alert.c.due_at, alert.c.id).limit(1).with_for_update(skip_locked=True)
        return self._alert(self._connection.execute(due.execution_options(system="due_alert")).one_or_none())

    def page(
        self,
        tenant_id: str,
        page: Page,
        *,
        states: Sequence[AlertState] = (),
        rule_id: str | None = None,
        owner_id: str | None = None,
        subject: Ref | None = None,
    ) -> list[Alert]:
        query = select(alert).where(alert.c.tenant_id == tenant_id)
        if states:
            query = query.where(alert.c.state.in_(states))
        if rule_id is not None:
            query = query.where(alert.c.rule_id == rule_id)
        if owner_id is not None:
            query = query.where(or_(alert.c.owner_id == owner_id, alert.c.handed_to == owner_id))
        if subject is not None:
            query = query.where(*_of_subject(alert, tenant_id, subject))
        return self._all(_paged(query, alert, page))

    def between(self, tenant_id: str, since: datetime, until: datetime) -> list[Alert]:
        query = select(alert).where(alert.c.tenant_id == tenant_id, alert.c.raised_at >= since)
        return self._all(query.where(alert.c.raised_at < until).order_by(alert.c.raised_at, alert.c.id))

    def quoting(self, tenant_id: str, visit_id: str) -> list[Alert]:
        known = self._all(select(alert).where(alert.c.tenant_id == tenant_id))
        return [found for found in known if any(proof.get("visit_id") == visit_id for proof in found.evidence)]

    def erase_visit(self, tenant_id: str, visit_id: str) -> int:
        touched = self.quoting(tenant_id, visit_id)
        for found in touched:
            kept = [proof for proof in found.evidence if proof.get("visit_id") != visit_id]
            self.update(replace(found, evidence=kept, text="", steps=[]))
        return len(touched)

    def _all(self, query: Select[Any]) -> list[Alert]:
        return [Alert(**self._sealed.opened(alert, row._asdict())) for row in self._connection.execute(query)]

    def _alert(self, row: Row[Any] | None) -> Alert | None:
        return None if row is None else Alert(**self._sealed.opened(alert, row._asdict()))


class SqlDecisions:
    """The Decisions port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def add(self, decision: Decision) -> None:
        self._connection.execute(insert(playbook_decision), self._closed(decision))

    def get(self, tenant_id: str, decision_id: str) -> Decision | None:
        columns = playbook_decision.c
        found = self._all(select(playbook_decision).where(columns.tenant_id == tenant_id, columns.id == decision_id))
        return found[0] if found else None

    def update(self, decision: Decision) -> None:
        columns = playbook_decision.c
        where = (columns.tenant_id == decision.tenant_id, columns.id == decision.id)
        self._connection.execute(update(playbook_decision).where(*where), self._closed(decision))

    def of_alert(self, tenant_id: str, alert_id: str) -> list[Decision]:
        columns = playbook_decision.c
        query = select(playbook_decision).where(columns.tenant_id == tenant_id, columns.alert_id == alert_id)
        return self._all(query.order_by(columns.id))

    def page(
        self, tenant_id: str, page: Page, *, subject: Ref | None = None, kind: str | None = None, standing: bool = False
    ) -> list[Decision]:
        query = select(playbook_decision).where(playbook_decision.c.tenant_id == tenant_id)
        if subject is not None:
            query = query.where(*_of_subject(playbook_decision, tenant_id, subject))
        if kind is not None:
            query = query.where(playbook_decision.c.kind == kind)
        if standing:
            query = query.where(playbook_decision.c.ended_at.is_(None))
        return self._all(_paged(query, playbook_decision, page))

    def _all(self, query: Select[Any]) -> list[Decision]:
        rows = self._connection.execute(query)
        return [Decision(**self._sealed.opened(playbook_decision, row._asdict())) for row in rows]

    def _closed(self, decision: Decision) -> dict[str, Any]:
        return self._sealed.closed(playbook_decision, columns_of(decision))


class SqlVersions:
    """The PlaybookVersions port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def add(self, version: PlaybookVersion) -> None:
        row = self._sealed.closed(playbook_version, columns_of(version))
        self._connection.execute(insert(playbook_version).values(**row))

    def current(self, tenant_id: str) -> list[PlaybookVersion]:
        newest: dict[str, PlaybookVersion] = {}
        for version in self._all(tenant_id):
            newest.setdefault(version.rule_id, version)
        return [newest[rule_id] for rule_id in sorted(newest)]

    def of_rule(self, tenant_id: str, rule_id: str) -> list[PlaybookVersion]:
        return [version for version in self._all(tenant_id) if version.rule_id == rule_id]

    def stamp(self, tenant_id: str) -> int:
        counted = select(func.count()).select_from(playbook_version).where(playbook_version.c.tenant_id == tenant_id)
        return int(self._connection.execute(counted).scalar_one())

    def _all(self, tenant_id: str) -> list[PlaybookVersion]:
        columns = playbook_version.c
        query = select(playbook_version).where(columns.tenant_id == tenant_id).order_by(columns.version.desc())
        rows = self._connection.execute(query)
        return [PlaybookVersion(**self._sealed.opened(playbook_version, row._asdict())) for row in rows]


def _of_subject(table: Table, tenant_id: str, ref: Ref) -> tuple[Any, ...]:
    columns = table.c
    return (columns.tenant_id == tenant_id, columns.subject_kind == ref[0], columns.subject_id == ref[1])


def _paged(query: Select[Any], table: Table, page: Page) -> Select[Any]:
    if page.after is not None:
        query = query.where(table.c.id < page.after)
    return query.order_by(table.c.id.desc()).limit(page.limit)
