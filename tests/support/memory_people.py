"""People in memory, held to the same contract suite as the SQL ones."""

from dataclasses import replace

from service.domain.people import Person
from service.domain.records import Page
from tests.support.memory_state import State, newest_first


class MemoryPeople:
    def __init__(self, state: State) -> None:
        self._state = state

    def put(self, person: Person) -> Person:
        known = self.get(person.tenant_id, person.id)
        stored = person if known is None else replace(person, row_id=known.row_id)
        self._state.people[person.tenant_id, person.id] = stored
        return stored

    def get(self, tenant_id: str, person_id: str) -> Person | None:
        return self._state.people.get((tenant_id, person_id))

    def of_team(self, tenant_id: str, team: str | None = None) -> list[Person]:
        mine = [it for it in self._state.people.values() if it.tenant_id == tenant_id and team in (None, it.team)]
        return sorted(mine, key=lambda it: (it.team, it.id))

    def page(self, tenant_id: str, page: Page, *, team: str | None = None) -> list[Person]:
        return newest_first(self.of_team(tenant_id, team), page, lambda it: it.row_id)

    def holds_cursor(self, tenant_id: str, row_id: str) -> bool:
        return any(it.row_id == row_id for it in self.of_team(tenant_id))
