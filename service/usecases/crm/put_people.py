"""Take over people as the CRM knows them: new ones are added, known ones renamed, moved or deactivated."""

from collections.abc import Sequence
from dataclasses import replace

from service.domain.errors import Invalid
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.usecases.services import Services


def put_people(tx: UnitOfWork, services: Services, people: Sequence[Person]) -> list[Person]:
    """The people as they are stored now, in the order given.

    Raises:
        Invalid: the same id twice in one request (`person_twice`); somebody who leads a team without one
            (`team_missing`).
    """
    if len({person.id for person in people}) != len(people):
        raise Invalid("the same id stands twice in this request: send each person once", code="person_twice")
    if any(person.role in {"trainer", "manager"} and not person.team for person in people):
        raise Invalid("a trainer or manager needs a team: it is what they may see", code="team_missing")
    now = services.clock.now()
    return [tx.people.put(replace(person, updated_at=now, row_id=services.ids.new("per"))) for person in people]
