"""Webhook endpoints: a secret of their own, rotated without a gap, switched on with a clean record."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from nlp.taxonomy import Taxonomy
from service.domain.content.bundle import Content
from service.domain.delivery.deliveries import EVENT_TYPES, Endpoint
from service.domain.errors import Invalid, NotFound
from service.usecases.delivery.manage_endpoints import (
    MAX_ENDPOINTS,
    Address,
    enable_endpoint,
    find_endpoint,
    new_secret,
    register_endpoint,
    rotate_secret,
)
from service.usecases.services import Services
from tests.support.builders import OTHER_TENANT, TENANT, an_endpoint, an_id
from tests.support.fakes import NOON, FakeIds
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")


def register(services: Services, *event_types: str) -> Endpoint:
    with services.uow() as tx:
        return register_endpoint(
            tx, services, tenant_id=TENANT, address=Address("https://crm.example/hook"), event_types=event_types,
            payload="thin", description="",
        )  # fmt: skip


def test_a_secret_is_32_random_bytes_in_the_standards_form() -> None:
    ids = FakeIds()
    secrets = {new_secret(ids) for _ in range(20)}
    assert len(secrets) == 20
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in secrets} == {32}


def test_naming_no_event_means_all_of_them() -> None:
    services = services_over(content=EMPTY)
    assert register(services).event_types == EVENT_TYPES
    assert register(services, "visit.analyzed").event_types == ("visit.analyzed",)


def test_an_unknown_event_is_refused_with_those_that_exist() -> None:
    with pytest.raises(Invalid) as refusal:
        register(services_over(content=EMPTY), "visit.analysed")
    assert refusal.value.code == "event_type_unknown"
    assert "visit.analyzed" in refusal.value.detail


def test_one_endpoint_too_many_is_refused_and_not_kept() -> None:
    services = services_over(content=EMPTY)
    for _ in range(MAX_ENDPOINTS):
        register(services)
    with pytest.raises(Invalid) as refusal:
        register(services)
    assert refusal.value.code == "too_many_endpoints"


def test_a_rotated_secret_stands_first_and_the_old_one_holds_for_a_day() -> None:
    services = services_over(content=EMPTY)
    endpoint = register(services)
    with services.uow() as tx:
        rotated = rotate_secret(tx, services, tenant_id=TENANT, endpoint_id=endpoint.id)
        again = rotate_secret(tx, services, tenant_id=TENANT, endpoint_id=endpoint.id)
    assert rotated.secrets[1] == endpoint.secrets[0] != rotated.secrets[0]
    assert again.secrets[1] == rotated.secrets[0]
    assert len(again.secrets) == 2
    assert again.previous_secret_until == NOON + timedelta(hours=24)


def test_switching_on_forgets_the_failures() -> None:
    services = services_over(content=EMPTY)
    failed = replace(
        an_endpoint(), disabled_at=NOON, disabled_reason="gone", failing_since=NOON - timedelta(days=5), failures=20
    )
    with services.uow() as tx:
        tx.endpoints.add(failed)
        enabled = enable_endpoint(tx, tenant_id=TENANT, endpoint_id=failed.id)
        assert find_endpoint(tx, TENANT, failed.id) == enabled == an_endpoint()


@pytest.mark.parametrize("tenant", [TENANT, OTHER_TENANT])
def test_an_unknown_endpoint_is_not_found_by_anybody(tenant: str) -> None:
    services = services_over(content=EMPTY)
    with services.uow() as tx:
        tx.endpoints.add(an_endpoint(tenant_id="ten_owner"))
        for act in (lambda: find_endpoint(tx, tenant, an_id("whk")),
                    lambda: enable_endpoint(tx, tenant_id=tenant, endpoint_id=an_id("whk")),
                    lambda: rotate_secret(tx, services, tenant_id=tenant, endpoint_id=an_id("whk"))):  # fmt: skip
            with pytest.raises(NotFound):
                act()
