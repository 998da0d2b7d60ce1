"""`/v1/people`: who works in which team and in which role; what the console and every scoped list go by."""

from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.paging import PageOf, next_cursor
from service.api.rendering import JsonResponse, instant
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.people import (
    CONSOLE_LINK_OUT,
    PEOPLE_IN,
    PEOPLE_OUT,
    PEOPLE_PAGE,
    PERSON_OUT,
    ConsoleLinkOut,
    PeopleIn,
    PeopleOut,
    PeoplePageOut,
    PersonOut,
)
from service.domain.errors import Malformed, NotFound
from service.domain.people import Person
from service.usecases.console.enter_console import make_console_link
from service.usecases.crm.put_people import put_people

router = strict_router(tags=["people"])


@router.put(
    "/people",
    response_model=PeopleOut,
    responses={200: PEOPLE_OUT, **problems()},
    openapi_extra=scoped("people:write", requestBody=PEOPLE_IN),
)
def put(body: PeopleIn, caller: Caller, services: Wired) -> JsonResponse:
    """Add or change people by the CRM's id; `active: false` ends all access to the console at once."""
    now = services.clock.now()
    people = [Person(tenant_id=caller.tenant_id, updated_at=now, **given.model_dump()) for given in body.people]
    with services.uow() as tx:
        stored = put_people(tx, services, people)
    return JsonResponse(PeopleOut(items=[PersonOut.of(person) for person in stored]))


@router.get(
    "/people",
    response_model=PeoplePageOut,
    responses={200: PEOPLE_PAGE, **problems()},
    openapi_extra=scoped("people:read"),
)
def page(
    caller: Caller, services: Wired, page: PageOf, team: Annotated[str | None, Query(max_length=200)] = None
) -> JsonResponse:
    """People, the newest first, those who have left too."""
    with services.uow(write=False) as tx:
        if page.after is not None and not tx.people.holds_cursor(caller.tenant_id, page.after):
            raise Malformed("this cursor is not one we gave out", code="cursor_invalid")
        people = tx.people.page(caller.tenant_id, page, team=team)
    cursor = next_cursor([person.row_id for person in people], page)
    return JsonResponse(PeoplePageOut(items=[PersonOut.of(person) for person in people], next_cursor=cursor))


@router.post(
    "/people/{person_id}/console-link",
    status_code=201,
    response_model=ConsoleLinkOut,
    responses={201: CONSOLE_LINK_OUT, **problems(404)},
    openapi_extra=scoped("console"),
)
def link(person_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """An address that lets this person into the console, once, within ten minutes; hand it to them alone.

    A repeat makes another link: an answer kept for replay would be a secret at rest.
    """
    with services.uow() as tx:
        ticket, made = make_console_link(
            tx, services.clock, services.ids, tenant_id=caller.tenant_id, person_id=person_id
        )
    answer = ConsoleLinkOut(url=f"/console/enter/{ticket}", expires_at=instant(made.expires_at))
    return JsonResponse(answer, status_code=201)


@router.get(
    "/people/{person_id}",
    response_model=PersonOut,
    responses={200: PERSON_OUT, **problems(404)},
    openapi_extra=scoped("people:read"),
)
def read(person_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One person by the CRM's id."""
    with services.uow(write=False) as tx:
        person = tx.people.get(caller.tenant_id, person_id)
    if person is None:
        raise NotFound("there is no such person", code="person_not_found")
    return JsonResponse(PersonOut.of(person))
