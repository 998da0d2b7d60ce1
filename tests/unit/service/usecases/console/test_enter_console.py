"""Into the console and out of it: what opens, for how long, and what ends it at once."""

from typing import Any

import pytest

from nlp.taxonomy import Taxonomy
from service.domain.content.bundle import Content
from service.domain.errors import NotFound, Unauthenticated
from service.domain.people import Person
from service.usecases.console.enter_console import (
    enter_by_key,
    enter_by_link,
    find_session,
    leave_console,
    make_console_link,
)
from service.usecases.operations.manage_keys import create_key, list_keys, revoke_key
from service.usecases.services import Services
from tests.support.fakes import NOON
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")
LIN = Person("lin", "acme", "林晓岚", "rep", NOON, "east")


@pytest.fixture
def services() -> Services:
    made = services_over(content=EMPTY)
    put(made)
    return made


def put(services: Services, **changes: Any) -> None:
    with services.uow() as tx:
        tx.people.put(Person(**{"id": "lin", "tenant_id": "acme", "name": "林晓岚", "role": "rep", "updated_at": NOON,
                                "team": "east", **changes}))  # fmt: skip


def link(services: Services) -> str:
    with services.uow() as tx:
        return make_console_link(tx, services.clock, services.ids, tenant_id="acme", person_id="lin")[0]


def enter(services: Services, ticket: str) -> str:
    with services.uow() as tx:
        return enter_by_link(tx, services, ticket)[0]


def refused(services: Services, ticket: str) -> bool:
    with pytest.raises(Unauthenticated) as refusal:
        enter(services, ticket)
    return refusal.value.code == "link_used"


def a_key(services: Services, *scopes: str) -> str:
    with services.uow() as tx:
        return create_key(tx, services, tenant_id="acme", scopes=scopes, label="运营")


def test_a_link_opens_once_and_the_session_goes_on(services: Services) -> None:
    ticket = link(services)
    session = enter(services, ticket)
    assert refused(services, ticket)
    entered = find_session(services, session)
    assert entered is not None
    assert (entered.person, entered.tenant_id) == (LIN, "acme")


def test_a_link_ends_after_ten_minutes(services: Services) -> None:
    ticket = link(services)
    services.clock.forward(minutes=10)
    assert refused(services, ticket)


@pytest.mark.parametrize("ticket", ["", "lnk_1.0", "lnk_" + "0" * 32 + "." + "0" * 64])
def test_what_was_never_a_link_is_refused_alike(services: Services, ticket: str) -> None:
    assert refused(services, ticket)


def test_a_session_is_no_link_and_a_link_no_session(services: Services) -> None:
    ticket = link(services)
    assert find_session(services, ticket) is None
    assert refused(services, enter(services, ticket))


def test_nobody_gets_a_link_for_somebody_unknown_or_gone(services: Services) -> None:
    put(services, active=False)
    for person_id, tenant in (("lin", "acme"), ("nobody", "acme"), ("lin", "other")):
        with services.uow() as tx, pytest.raises(NotFound):
            make_console_link(tx, services.clock, services.ids, tenant_id=tenant, person_id=person_id)


def test_whoever_leaves_loses_access_at_once(services: Services) -> None:
    waiting, session = link(services), enter(services, link(services))
    put(services, active=False)
    assert find_session(services, session) is None
    assert refused(services, waiting)


def test_a_changed_role_counts_from_the_next_page_on(services: Services) -> None:
    session = enter(services, link(services))
    put(services, role="manager", team="south")
    assert find_session(services, session).person.team == "south"


def test_idleness_ends_a_session_and_use_keeps_it(services: Services) -> None:
    session = enter(services, link(services))
    for _ in range(3):
        services.clock.forward(hours=1, minutes=50)
        assert find_session(services, session) is not None
    services.clock.forward(hours=2)
    assert find_session(services, session) is None


def test_a_busy_session_ends_after_twelve_hours(services: Services) -> None:
    session = enter(services, link(services))
    for _ in range(7):
        services.clock.forward(hours=1, minutes=40)
        assert find_session(services, session) is not None
    services.clock.forward(minutes=20)
    assert find_session(services, session) is None


def test_leaving_ends_it(services: Services) -> None:
    session = enter(services, link(services))
    with services.uow() as tx:
        leave_console(tx, services, find_session(services, session))
    assert find_session(services, session) is None


def test_a_key_opens_the_console_for_itself_or_for_somebody(services: Services) -> None:
    key = a_key(services, "console")
    with services.uow() as tx:
        own, holder = enter_by_key(tx, services, key)
        for_lin, person = enter_by_key(tx, services, f" {key}\n", "lin")
    assert (holder.role, holder.name, person) == ("executive", "运营", LIN)
    assert find_session(services, own).person.name == "运营"
    assert find_session(services, for_lin).person == LIN


def test_an_ended_key_ends_its_sessions(services: Services) -> None:
    key = a_key(services, "admin")
    with services.uow() as tx:
        sessions = [enter_by_key(tx, services, key, who)[0] for who in ("", "lin")]
        revoke_key(tx, services, tenant_id="acme", key_id=list_keys(tx, "acme")[0].id)
    assert [find_session(services, each) for each in sessions] == [None, None]


def test_keys_that_do_not_open_it_get_one_answer(services: Services) -> None:
    weak, good = a_key(services, "visits:read"), a_key(services, "console")
    put(services, id="gone", active=False)
    for text, person_id in ((weak, ""), ("fcue_x", ""), (good[:-1], ""), (good, "nobody"), (good, "gone")):
        with services.uow() as tx, pytest.raises(Unauthenticated) as refusal:
            enter_by_key(tx, services, text, person_id)
        assert refusal.value.code == "sign_in_refused"
