"""Columns that hold what was said, closed before they are written and opened when they are read.

A JSON column holds `{"sealed": token}` instead of its document, any other the token; the row's `key_id` names the
key, empty where the row is plain. Invariant: what a repository gives and takes is the same, sealed or not.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Sized
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, LargeBinary, Table, func, null, select, update
from sqlalchemy.types import TypeEngine

from service.domain.privacy.text_seal import MARK, OpenSeal, TextSeal
from service.storage.columns import dump_json
from service.storage.metadata import metadata

SEALED: Mapping[str, tuple[str, ...]] = {
    "visit": ("place", "competitors", "consent"),
    "recording": ("display_name", "detail"),
    "upload": ("display_name",),
    "stage_run": ("input", "output", "error_detail"),
    "stage_checkpoint": ("value",),
    "transcript": ("document", "engine"),
    "analysis": ("document", "coaching"),
    "llm_call": ("answer",),
    "skill_observation": ("note", "quote"),
    "coached_visit": ("behaviour",),
    "hint": ("document",),
    "hint_feedback": ("note",),
    "course_assignment": ("reason", "because", "answer", "withdrawn"),
    "check_in": ("items", "answers"),
    "proof": ("display_name",),
    "debrief": ("form", "changes"),
    "label": ("text", "quote", "before", "after", "found", "note"),
    "appeal": ("quote", "reason", "ruling"),
    "score_review": ("note",),
    "person": ("name",),
    "crm_event": ("data",),
    "crm_entity": ("fields",),
    "crm_decision": ("data", "because"),
    "playbook_link": ("data",),
    "playbook_decision": ("data", "reason"),
    "playbook_version": ("text", "note"),
    "content_version": ("text", "note"),
    "alert": ("title", "text", "evidence", "steps", "log"),
    "event": ("data",),
    "webhook_endpoint": ("url", "description"),
    "webhook_delivery": ("last_error",),
    "webhook_attempt": ("error", "body"),
    "idempotency_key": ("body",),
}
"""Tables with a `key_id`, and their columns that may repeat what was said or name people; nothing is searched for in
them. Every other column has its reason in `tests/architecture/test_sealed_or_why_not.py`."""
OFTEN_EMPTY: Mapping[str, str] = {"playbook_link": "data", "llm_call": "answer", "webhook_delivery": "last_error"}
"""Tables most of whose rows hold nothing of their own: those are passed over."""
TOKEN = "sealed"  # noqa: S105 - the name of a member
KEY_ID = "key_id"
HALF_SEALED = "000000"
"""The `key_id` of rows that were sealed before one of their columns was: before every key's, so that they are next."""
AT_ONCE = 100
_CODE = re.compile(r'"code":"([a-z0-9_]+)"', re.ASCII)


class SealedColumns:
    """Closes and opens rows of the tables in `SEALED`; rows of other tables pass as they are."""

    def __init__(self, seal: TextSeal | None = None) -> None:
        self.seal = seal or OpenSeal()

    def closed(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        """The row as it is stored, its `key_id` beside it."""
        if table.name not in SEALED:
            return dict(values)
        tenant_id = values["tenant_id"]
        key_id = self.seal.newest(tenant_id)
        shut = {name: self._close(table, values, name, key_id) for name in _columns(table)} if key_id else {}
        return {**values, **shut, KEY_ID: key_id}

    def part(self, table: Table, row: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """Some columns of a stored row, closed by the key that closed the row; plain where the row is.

        Args:
            row: its primary key, `tenant_id` and `key_id`, held by this transaction so that no reseal comes between.
        """
        key_id = row[KEY_ID] if row[KEY_ID] != HALF_SEALED else self.seal.newest(row["tenant_id"])
        shut = {
            name: self._close(table, {**row, name: values[name]}, name, key_id)
            for name in _columns(table)
            if key_id and name in values
        }
        return {**values, **shut}

    def opened(self, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row as it was given, without its `key_id`."""
        values = {name: value for name, value in row.items() if name != KEY_ID or table.name not in SEALED}
        for name in _columns(table) if row.get(KEY_ID) else ():
            plain = self.plain(table, row, name) if name in row else None
            if plain is not None:
                values[name] = _read(table.c[name].type, plain)
        return values

    def plain(self, table: Table, row: Mapping[str, Any], name: str) -> bytes | None:
        """What one column of a sealed row holds, as bytes; None where it holds nothing that was closed.

        Raises:
            Permanent: the text was changed or moved, or its key is gone.
        """
        value = row[name]
        token = value.get(TOKEN) if isinstance(value, Mapping) else value
        token = bytes(token).decode("ascii", "replace") if isinstance(token, bytes | memoryview) else token
        if not isinstance(token, str) or not token.startswith(MARK):
            return None  # nothing, a constant of ours, or a column that is sealed since the row was
        return self.seal.open(row["tenant_id"], token, _place(table, row, name))

    def reseal(self, connection: Connection, tenant_id: str, *, limit: int = AT_ONCE) -> int:
        """Close up to `limit` rows of a tenant that are plain or under an older key by the newest one; how many.

        Where nothing is to be closed any more, rows that are closed are opened: an older version can then read them.
        """
        newest = self.seal.newest(tenant_id)
        done = 0
        for table in sealed_tables():
            older = table.c.key_id < newest if newest else table.c.key_id > ""
            query = select(table).where(table.c.tenant_id == tenant_id, older, *_holding(table))
            # Held until it is written: what is changed meanwhile would be written over by what was read before.
            query = query.order_by(table.c.key_id).with_for_update(skip_locked=True)
            for found in connection.execute(query.limit(limit - done)).mappings().all():
                row = {str(name): value for name, value in found.items()}
                plain = self.opened(table, row)
                shut = self.closed(table, plain)
                same = [table.c[column.name] == row[column.name] for column in table.primary_key.columns]
                values = {name: shut[name] for name in (*_columns(table), KEY_ID)}
                if "codes" in table.c:
                    values["codes"] = codes_in(plain["document"])
                still = update(table).where(table.c.tenant_id == tenant_id, *same, table.c.key_id == row[KEY_ID])
                done += connection.execute(still.values(**values)).rowcount
            if done >= limit:
                break
        return done

    def _close(self, table: Table, values: Mapping[str, Any], name: str, key_id: str) -> Any:  # noqa: ANN401
        value, kind = values[name], table.c[name].type
        if value is None or (isinstance(value, Sized) and not value):
            return value
        plain = _written(kind, value)
        token = self.seal.close(values["tenant_id"], key_id, plain, _place(table, values, name))
        return {TOKEN: token} if isinstance(kind, JSON) else token.encode() if isinstance(kind, LargeBinary) else token


def codes_in(document: Mapping[str, Any]) -> str:
    """The labels that an analysis names, as `|a|b|`: what stays searchable of it, and says nothing of what was said."""
    found = sorted(set(_CODE.findall(dump_json(document))))
    return f"|{'|'.join(found)}|" if found else ""


def sealed_tables() -> Iterator[Table]:
    """The tables whose texts are closed."""
    return (metadata.tables[name] for name in SEALED)


def count_plain(connection: Connection, tenant_id: str) -> int:
    """How many rows with something said in them are not closed."""
    plain = 0
    for table in sealed_tables():
        bare = (table.c.tenant_id == tenant_id, table.c.key_id.in_(("", HALF_SEALED)), *_holding(table))
        plain += int(connection.execute(select(func.count()).select_from(table).where(*bare)).scalar_one())
    return plain


def _holding(table: Table) -> list[ColumnElement[bool]]:
    if table.name not in OFTEN_EMPTY:
        return []
    column = table.c[OFTEN_EMPTY[table.name]]
    return [column.is_not(null()) if isinstance(column.type, JSON) else column != ""]


def _written(kind: TypeEngine[Any], value: Any) -> bytes:  # noqa: ANN401 - whatever the column takes
    if isinstance(kind, JSON):
        return dump_json(value).encode()
    return value if isinstance(value, bytes) else str(value).encode()


def _read(kind: TypeEngine[Any], plain: bytes) -> Any:  # noqa: ANN401 - whatever the column holds
    if isinstance(kind, JSON):
        return json.loads(plain)
    return plain if isinstance(kind, LargeBinary) else plain.decode()


def _columns(table: Table) -> Sequence[str]:
    return [name for name in SEALED.get(table.name, ()) if name in table.c]


def _place(table: Table, row: Mapping[str, Any], name: str) -> str:
    """Where a text stands: moved to another row or column it does not open."""
    keys = [str(row[column.name]) for column in table.primary_key.columns if column.name != "tenant_id"]
    return "\0".join([table.name, *keys, name])
