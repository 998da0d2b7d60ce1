"""One thing that happened in the CRM, in one shape whatever system sent it.

Invariant: `id` follows from (source, external id) alone, so that the same event sent twice, by either of two doors, in
any order, is one event; `order` is a total order that does not depend on arrival.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

EntityKind = Literal[
    "account", "opportunity", "lead", "task", "visit", "quote", "request", "payment", "store", "plan"
]  # fmt: skip
KINDS: tuple[EntityKind, ...] = get_args(EntityKind)


@dataclass(frozen=True, slots=True)
class CrmEvent:
    """What happened to one entity; `data` holds the fields it wrote, by name.

    `external_id` is the sender's own id, or the hash of the content where it sends none. `type` is `<kind>.<verb>`
    where the sender's type names a kind (`opportunity.updated`), else as sent (`content.downloaded`).
    """

    id: str
    source: str
    type: str
    kind: EntityKind
    entity_id: str
    occurred_at: datetime
    received_at: datetime
    data: Mapping[str, Any]
    external_id: str = ""

    @property
    def order(self) -> tuple[datetime, str]:
        """When it happened; the id decides between two of the same moment."""
        return self.occurred_at, self.id

    @property
    def opportunity_id(self) -> str | None:
        """The opportunity it is about, itself or by reference."""
        return self._reference("opportunity")

    @property
    def account_id(self) -> str | None:
        """The account it is about, itself or by reference."""
        return self._reference("account")

    @property
    def owner_id(self) -> str | None:
        """The rep it names, if it names one."""
        return self._text("owner_id") or self._text("rep_id")

    def _reference(self, kind: EntityKind) -> str | None:
        return self.entity_id if self.kind == kind else self._text(f"{kind}_id")

    def _text(self, name: str) -> str | None:
        found = self.data.get(name)
        return found if isinstance(found, str) and found else None


def event_id(source: str, external_id: str) -> str:
    """The id under which an event of `source` is stored, the same for every copy of it."""
    digest = hashlib.sha256(f"{source}\n{external_id}".encode("utf-8", "replace")).hexdigest()
    return f"cev_{digest[:32]}"


def content_id(content: Mapping[str, Any]) -> str:
    """An external id for an event whose sender gives none: the SHA-256 of what it says, whatever its key order."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return f"sha256:{hashlib.sha256(canonical.encode('utf-8', 'replace')).hexdigest()}"
