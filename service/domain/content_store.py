"""A tenant's own content, as a port: every change a version, none rewritten."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ContentVersion:
    """One change to one item of a tenant; the newest one counts. An empty `text` means the shipped item again."""

    id: str
    tenant_id: str
    kind: str
    item_id: str
    version: int
    text: str
    author: str
    note: str
    created_at: datetime


class ContentVersions(Protocol):
    """What a tenant changed about its content."""

    def add(self, version: ContentVersion) -> None:
        """Store it; Conflict when another change of the same item came first."""
        ...

    def current(self, tenant_id: str) -> list[ContentVersion]:
        """The newest version of each item that was ever changed, by kind and id."""
        ...

    def of_item(self, tenant_id: str, kind: str, item_id: str) -> list[ContentVersion]:
        """Every version of an item, the newest first."""
        ...

    def stamp(self, tenant_id: str) -> int:
        """A number that grows with every change."""
        ...
