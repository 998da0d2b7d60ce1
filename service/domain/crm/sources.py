"""A CRM that pushes its own webhooks: which dialect it speaks and the secret it signs with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Dialect = Literal["twenty", "espocrm", "frappe"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)


@dataclass(frozen=True, slots=True)
class CrmSource:
    """One webhook of one CRM; its id is part of the address that the CRM posts to."""

    id: str
    tenant_id: str
    kind: Dialect
    secrets: tuple[str, ...]
    created_at: datetime
    description: str = ""
    last_seen_at: datetime | None = None

    @property
    def uri(self) -> str:
        """What its events name as their source."""
        return f"urn:fieldcue:source:{self.id}"
