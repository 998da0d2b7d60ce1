"""Bodies of people."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints

from service.api.rendering import instant
from service.api.schemas.base import In, Key, Label, Out
from service.api.schemas.examples import answer, body
from service.domain.people import PERSON_ROLES, Person

Name = Annotated[Label, StringConstraints(min_length=1)]


class PersonIn(In):
    """Somebody as the CRM knows them; `id` is what visits carry as `rep_id`."""

    id: Key
    name: Name
    role: Literal[PERSON_ROLES]  # type: ignore[valid-type]
    team: Annotated[Label, Field(description="Trainers and managers see their own team")] = ""
    active: StrictBool = True


class PeopleIn(In):
    """Up to 200 people; those who are not named stay as they are."""

    people: Annotated[list[PersonIn], Field(min_length=1, max_length=200)]


class PersonOut(Out):
    """Somebody who works for the tenant."""

    id: str
    name: str
    role: str
    team: str
    active: bool
    updated_at: str

    @classmethod
    def of(cls, person: Person) -> "PersonOut":
        """From the row."""
        return cls(id=person.id, name=person.name, role=person.role, team=person.team, active=person.active,
                   updated_at=instant(person.updated_at))  # fmt: skip


class PeopleOut(Out):
    """People as they are stored now."""

    items: list[PersonOut]


class PeoplePageOut(Out):
    """One page of people, the newest first."""

    items: list[PersonOut]
    next_cursor: str | None


class ConsoleLinkOut(Out):
    """A way into the console for one person; put the service's own address before it."""

    url: str
    expires_at: str


_PERSON_IN = {"id": "rep-017", "name": "林晓岚", "role": "rep", "team": "华东一组", "active": True}
_PERSON = {**_PERSON_IN, "updated_at": "2026-03-11T03:12:45.118Z"}
PEOPLE_IN = body({"people": [_PERSON_IN]}, "PeopleIn")
PEOPLE_OUT = answer({"items": [_PERSON]})
PERSON_OUT = answer(_PERSON)
CONSOLE_LINK_OUT = answer(
    {
        "url": "/console/enter/lnk_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9.9f2c1ab0...",
        "expires_at": "2026-03-11T03:22:45.118Z",
    },
    "Created",
)
PEOPLE_PAGE = answer({"items": [_PERSON], "next_cursor": None})
