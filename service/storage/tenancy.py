"""The wall between tenants: a statement that reads a tenant's table without naming the tenant does not run.

Invariant: every SELECT, UPDATE and DELETE over a tenant table compares that table's `tenant_id` with a bound value,
unless it carries the name of one of the few system queries below, which serve all tenants by design.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Alias, Connection, Delete, Engine, Insert, Select, Table, TextClause, Update, event
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, ClauseElement, ColumnClause
from sqlalchemy.sql.selectable import FromClause

from service.storage.tables import TENANT_TABLES

SYSTEM_QUERIES = frozenset(
    {
        "claim",  # the queue serves all tenants in their fair order
        "fenced",  # id and fence were handed out by a claim
        "reap",
        "wake",
        "overdue",
        "depth",
        "sweep",
        "find_session",  # as find_key: the secret is checked against its hash before anything else happens
        "find_key",  # the tenant is what the look-up answers
        "find_source",  # likewise; the signature is checked before anything else happens
        "tenants",  # retention and proofs are done for every tenant, one after the other
        "due_watch",  # playbooks look at whoever is due, whichever tenant it is
        "due_alert",
        "crm_tenants",  # daily reports and metrics go from one tenant to the next
        "unjudged",  # playbooks look at the events of all tenants as they arrived
    }
)


class TenantMissing(Exception):
    """A programming mistake: a tenant's table is touched without its tenant."""


def guard(engine: Engine) -> None:
    """Refuse unfiltered statements on every connection of `engine`."""
    event.listen(engine, "before_execute", _check)


def _check(
    _connection: Connection,
    statement: object,
    _multiparams: object,
    _params: object,
    execution_options: Mapping[str, Any],
) -> None:
    name = execution_options.get("system")
    if name is not None:
        if name not in SYSTEM_QUERIES:
            raise TenantMissing(f"{name!r} is no listed system query; add it to SYSTEM_QUERIES with its reason")
        return
    if isinstance(statement, TextClause):
        raise TenantMissing("textual SQL cannot be checked for its tenant; use the tables")
    if isinstance(statement, Select | Update | Delete):
        refuse_unfiltered(statement)
    elif isinstance(statement, Insert) and statement.select is not None:
        refuse_unfiltered(statement.select)


def refuse_unfiltered(statement: ClauseElement) -> None:
    """Raise TenantMissing when a tenant table of `statement` has no `tenant_id = <value>` condition of its own."""
    touched: set[str] = set()
    filtered: set[str] = set()
    for element in visitors.iterate(statement):
        if isinstance(element, FromClause):
            touched.update(_tenant_name(element))
        if isinstance(element, BinaryExpression) and element.operator is operators.eq:
            filtered.update(_filtered_names((element.left, element.right)))
    if isinstance(statement, Update | Delete):
        touched.update(_tenant_name(statement.table))
    missing = touched - filtered
    if missing:
        raise TenantMissing(f"no tenant named for {', '.join(sorted(missing))}")


def _tenant_name(source: object) -> list[str]:
    if isinstance(source, Table) and source.name in TENANT_TABLES:
        return [source.name]
    if isinstance(source, Alias) and isinstance(source.element, Table) and source.element.name in TENANT_TABLES:
        return [source.name]
    return []


def _filtered_names(sides: Iterable[Any]) -> list[str]:
    left, right = sides
    for column, value in ((left, right), (right, left)):
        if isinstance(column, ColumnClause) and column.name == "tenant_id" and isinstance(value, BindParameter):
            return _tenant_name(column.table)
    return []
