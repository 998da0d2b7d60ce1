"""The gatekeeper: one answer for every bad key, a short memory, and patience that ends for who guesses."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nlp.taxonomy import Taxonomy
from service.api.auth import Gatekeeper
from service.api.slowdown import Slowdown
from service.domain.content.bundle import Content
from service.domain.errors import Forbidden, TooManyRequests, Unauthenticated
from service.usecases.operations.manage_keys import create_key, list_keys, revoke_key
from service.usecases.services import Services
from tests.support.fakes import NOON, FakeClock
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")


def with_key(*scopes: str) -> tuple[Services, str]:
    services = services_over(content=EMPTY)
    with services.uow() as tx:
        text = create_key(tx, services, tenant_id="acme", scopes=scopes or ("admin",), label="")
    return services, f"Bearer {text}"


def counting(services: Services) -> tuple[Services, list[bool]]:
    """The services, and a list that grows with every unit of work that is opened."""
    opened: list[bool] = []

    @contextmanager
    def open_unit(*, write: bool = True) -> Any:
        opened.append(write)
        with services.uow(write=write) as tx:
            yield tx

    return replace(services, uow=open_unit), opened


@pytest.mark.parametrize(
    ("held", "asked", "admitted"),
    [("visits:read", "visits:read", True), ("visits:read", "visits:write", False), ("admin", "webhooks:write", True)],
)
def test_a_key_opens_what_its_scopes_say_for_its_own_tenant(held: str, asked: str, admitted: bool) -> None:
    services, authorization = with_key(held)
    gatekeeper = Gatekeeper(services)
    if admitted:
        assert gatekeeper.admit(authorization, asked, client="a").tenant_id == "acme"
    else:
        with pytest.raises(Forbidden) as refusal:
            gatekeeper.admit(authorization, asked, client="a")
        assert refusal.value.code == "scope_missing"


def test_a_key_is_looked_up_once_and_then_remembered_for_a_moment() -> None:
    services, authorization = with_key()
    counted, opened = counting(services)
    gatekeeper = Gatekeeper(counted)
    assert not gatekeeper.cached(authorization)
    for _ in range(5):
        gatekeeper.admit(authorization, "triage", client="a")
    assert gatekeeper.cached(authorization)
    assert opened == [False]


def test_a_key_that_cannot_be_one_never_reaches_the_database() -> None:
    services, authorization = with_key()
    counted, opened = counting(services)
    gatekeeper = Gatekeeper(counted)
    typo = authorization[:-1] + ("0" if authorization[-1] != "0" else "1")
    for bad in ("", "Bearer ", "Bearer x", typo, authorization.replace("Bearer", "Basic")):
        assert gatekeeper.cached(bad)
        with pytest.raises(Unauthenticated):
            gatekeeper.admit(bad, "triage", client="a")
    assert opened == []


def test_a_key_that_expires_is_refused_at_once_even_when_remembered() -> None:
    services, authorization = with_key()
    with services.uow() as tx:
        (key,) = list_keys(tx, "acme")
        tx.api_keys.add(replace(key, expires_at=NOON + timedelta(minutes=1)))
    gatekeeper = Gatekeeper(services)
    gatekeeper.admit(authorization, "triage", client="a")
    clock = services.clock
    assert isinstance(clock, FakeClock)
    clock.forward(minutes=1)
    with pytest.raises(Unauthenticated):
        gatekeeper.admit(authorization, "triage", client="a")


def test_a_revoked_key_is_refused_by_whoever_has_not_seen_it_yet() -> None:
    services, authorization = with_key()
    with services.uow() as tx:
        revoke_key(tx, services, tenant_id="acme", key_id=list_keys(tx, "acme")[0].id)
    with pytest.raises(Unauthenticated):
        Gatekeeper(services).admit(authorization, "triage", client="a")


def test_who_guesses_is_slowed_down_and_nobody_else() -> None:
    services, authorization = with_key()
    gatekeeper = Gatekeeper(services, Slowdown(3))
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            gatekeeper.admit("Bearer x", "triage", client="guesser")
    for _ in range(3):
        with pytest.raises(TooManyRequests) as refusal:
            gatekeeper.admit("Bearer x", "triage", client="guesser")
        assert refusal.value.fields["retry_after_s"] == 60
    with pytest.raises(Unauthenticated):
        gatekeeper.admit("Bearer x", "triage", client="somebody else")
    assert gatekeeper.admit(authorization, "triage", client="guesser").tenant_id == "acme"


def test_a_flood_of_wrong_keys_takes_no_memory() -> None:
    services, _ = with_key()
    gatekeeper = Gatekeeper(services, Slowdown(3))
    for _ in range(1_000):
        with pytest.raises((Unauthenticated, TooManyRequests)):
            gatekeeper.admit("Bearer x", "triage", client="guesser")
    assert len(gatekeeper.slowdown._failures["guesser"]) <= 4
    for number in range(10_500):
        with pytest.raises(Unauthenticated):
            gatekeeper.admit("Bearer x", "triage", client=f"address {number}")
    assert len(gatekeeper.slowdown._failures) <= 10_002
