"""What every implementation promises of people."""

from typing import Any

from service.domain.people import Person
from service.domain.ports import UnitOfWorkFactory
from service.domain.records import Page
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.fakes import NOON


def a_person(number: int = 1, **changes: Any) -> Person:
    fields = {"id": f"rep-{number}", "tenant_id": TENANT, "name": "林晓岚", "role": "rep", "updated_at": NOON,
              "team": "east", "row_id": an_id("per", number)}  # fmt: skip
    return Person(**{**fields, **changes})


def test_a_person_comes_back_as_stored(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        assert tx.people.put(a_person()) == a_person()
    with uow(write=False) as tx:
        assert tx.people.get(TENANT, "rep-1") == a_person()
        assert tx.people.get(TENANT, "rep-2") is None


def test_putting_again_changes_everything_but_the_row_id(uow: UnitOfWorkFactory) -> None:
    changed = a_person(name="林岚", role="manager", team="south", active=False, row_id=an_id("per", 9))
    with uow() as tx:
        tx.people.put(a_person())
        assert tx.people.put(changed) == a_person(name="林岚", role="manager", team="south", active=False)
        assert len(tx.people.of_team(TENANT)) == 1


def test_a_person_of_another_tenant_is_unknown_and_independent(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.people.put(a_person())
        assert tx.people.get(OTHER_TENANT, "rep-1") is None
        assert tx.people.of_team(OTHER_TENANT) == []
        assert tx.people.page(OTHER_TENANT, Page()) == []
        assert not tx.people.holds_cursor(OTHER_TENANT, an_id("per"))
        tx.people.put(a_person(tenant_id=OTHER_TENANT, name="吴"))
        assert tx.people.get(TENANT, "rep-1").name == "林晓岚"


def test_teams_come_together_by_id(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number, team in ((3, "east"), (1, "south"), (2, "east")):
            tx.people.put(a_person(number, team=team))
        assert [it.id for it in tx.people.of_team(TENANT)] == ["rep-2", "rep-3", "rep-1"]
        assert [it.id for it in tx.people.of_team(TENANT, "east")] == ["rep-2", "rep-3"]
        assert tx.people.of_team(TENANT, "west") == []


def test_pages_follow_each_other_newest_first(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in range(1, 6):
            tx.people.put(a_person(number, team="east" if number != 4 else "south"))
        first = tx.people.page(TENANT, Page(2))
        second = tx.people.page(TENANT, Page(2, first[-1].row_id))
        assert [it.id for it in first + second] == ["rep-5", "rep-4", "rep-3", "rep-2"]
        assert [it.id for it in tx.people.page(TENANT, Page(9), team="east")] == ["rep-5", "rep-3", "rep-2", "rep-1"]
        assert tx.people.holds_cursor(TENANT, first[-1].row_id)
