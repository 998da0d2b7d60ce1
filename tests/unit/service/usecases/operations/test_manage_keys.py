"""Keys: made once, shown once, ended for good."""

import pytest

from nlp.taxonomy import Taxonomy
from service.domain.access import SCOPES, admits, parse_key
from service.domain.content.bundle import Content
from service.domain.errors import Invalid, NotFound
from service.usecases.operations.manage_keys import create_key, has_keys, list_keys, revoke_key
from service.usecases.services import Services
from tests.support.fakes import NOON
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")


def make(services: Services, tenant: str = "acme", scopes: tuple[str, ...] = ("admin",), label: str = "") -> str:
    with services.uow() as tx:
        return create_key(tx, services, tenant_id=tenant, scopes=scopes, label=label)


def test_a_new_key_opens_and_is_stored_only_as_a_hash() -> None:
    services = services_over(content=EMPTY)
    text = make(services, label="CRM")
    with services.uow() as tx:
        (stored,) = list_keys(tx, "acme")
    presented = parse_key(text)
    assert presented is not None
    assert presented[0] == stored.id
    assert admits(stored, presented[1], NOON)
    assert stored.label == "CRM"
    assert text not in repr(stored)
    assert text.split("_")[2] not in repr(stored)


def test_no_two_keys_are_alike() -> None:
    services = services_over(content=EMPTY)
    assert len({make(services) for _ in range(20)}) == 20


@pytest.mark.parametrize("scopes", [(), ("",), ("root",), ("visits:read", "root")], ids=str)
def test_an_unknown_scope_or_none_is_refused(scopes: tuple[str, ...]) -> None:
    services = services_over(content=EMPTY)
    with pytest.raises(Invalid) as refusal:
        make(services, scopes=scopes)
    assert refusal.value.code == "scope_unknown"
    assert all(scope in refusal.value.detail for scope in SCOPES)


def test_blanks_around_scopes_do_not_matter() -> None:
    services = services_over(content=EMPTY)
    make(services, scopes=("visits:read", " triage "))
    with services.uow() as tx:
        assert list_keys(tx, "acme")[0].scopes == {"visits:read", "triage"}


@pytest.mark.parametrize("tenant", ["acme", "ACME-2", "ten_huadong", "a", "9" * 64])
def test_a_plain_name_is_a_tenant(tenant: str) -> None:
    assert parse_key(make(services_over(content=EMPTY), tenant))


@pytest.mark.parametrize("tenant", ["", " ", "../other", "a/b", "a b", "-a", "_a", "客户", "a\n", "a" * 65, "a.b"])
def test_a_tenant_that_could_name_no_directory_is_refused(tenant: str) -> None:
    services = services_over(content=EMPTY)
    with pytest.raises(Invalid) as refusal:
        make(services, tenant)
    assert refusal.value.code == "tenant_invalid"


def test_a_key_is_ended_once_and_only_by_its_tenant() -> None:
    services = services_over(content=EMPTY)
    make(services)
    with services.uow() as tx:
        key_id = list_keys(tx, "acme")[0].id
        with pytest.raises(NotFound):
            revoke_key(tx, services, tenant_id="other", key_id=key_id)
        revoke_key(tx, services, tenant_id="acme", key_id=key_id)
        with pytest.raises(NotFound):
            revoke_key(tx, services, tenant_id="acme", key_id=key_id)
        assert list_keys(tx, "acme")[0].revoked_at == NOON
        assert has_keys(tx, "acme")
        assert not has_keys(tx, "other")
