"""The console's sessions and links as a port."""

from datetime import datetime
from typing import Protocol

from service.domain.sessions import ConsoleLink, ConsoleSession


class ConsoleSessions(Protocol):
    """Sessions and links of all tenants, found by id, which is no secret; the tenant is what the look-up answers."""

    def add_link(self, link: ConsoleLink) -> None: ...
    def find_link(self, link_id: str) -> ConsoleLink | None: ...
    def use_link(self, link: ConsoleLink, now: datetime) -> bool:
        """Mark it used; False when it was used already. One caller wins."""
        ...

    def add(self, session: ConsoleSession) -> None: ...
    def find(self, session_id: str) -> ConsoleSession | None: ...
    def touch(self, session: ConsoleSession, now: datetime) -> None:
        """Note that it was used now."""
        ...

    def end(self, session: ConsoleSession, now: datetime) -> None: ...
    def sweep(self, before: datetime) -> int:
        """Forget links and sessions that expired before then; how many."""
        ...
