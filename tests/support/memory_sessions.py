"""The console's sessions and links in memory, held to the same contract suite as the SQL ones."""

from dataclasses import replace
from datetime import datetime

from service.domain.sessions import ConsoleLink, ConsoleSession
from tests.support.memory_state import State


class MemoryConsoleSessions:
    def __init__(self, state: State) -> None:
        self._state = state

    def add_link(self, link: ConsoleLink) -> None:
        self._state.console_links[link.id] = link

    def find_link(self, link_id: str) -> ConsoleLink | None:
        return self._state.console_links.get(link_id)

    def use_link(self, link: ConsoleLink, now: datetime) -> bool:
        stored = self._state.console_links.get(link.id)
        if stored is None or stored.used_at is not None:
            return False
        self._state.console_links[link.id] = replace(stored, used_at=now)
        return True

    def add(self, session: ConsoleSession) -> None:
        self._state.console_sessions[session.id] = session

    def find(self, session_id: str) -> ConsoleSession | None:
        return self._state.console_sessions.get(session_id)

    def touch(self, session: ConsoleSession, now: datetime) -> None:
        self._state.console_sessions[session.id] = replace(self._state.console_sessions[session.id], seen_at=now)

    def end(self, session: ConsoleSession, now: datetime) -> None:
        self._state.console_sessions[session.id] = replace(self._state.console_sessions[session.id], ended_at=now)

    def sweep(self, before: datetime) -> int:
        old = 0
        for rows in (self._state.console_links, self._state.console_sessions):
            gone = [row_id for row_id, row in rows.items() if row.expires_at < before]
            for row_id in gone:
                del rows[row_id]
            old += len(gone)
        return old
