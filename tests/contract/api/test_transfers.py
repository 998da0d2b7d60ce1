"""`GET /v1/privacy/transfers`: a year's count against the thresholds, for the tenant alone."""

import pytest

from service.domain.privacy.transfers import TransferredPerson
from tests.support.api import OTHER_TENANT, TENANT, Api
from tests.support.fakes import NOON

ADDRESS = "/v1/privacy/transfers"


def test_a_years_count_is_shown_by_receiver_and_threshold(sql_api: Api) -> None:
    with sql_api.services.uow() as tx:
        for subject, region in (("p1", "SG"), ("p2", "SG"), ("p3", "")):
            host = "crm.example" if region else "new.example"
            tx.privacy.transferred.add(
                TransferredPerson(subject, TENANT, NOON, "2026", subject, host, region, subject == "p1")
            )
    found = sql_api.client("audit:read").get(ADDRESS, params={"year": "2026"}).json()
    assert (found["year"], found["persons"], found["sensitive_persons"]) == (2026, 2, 1)
    assert found["receivers"] == [
        {"host": "crm.example", "region": "SG", "persons": 2, "sensitive_persons": 1},
        {"host": "new.example", "region": None, "persons": 1, "sensitive_persons": 0},
    ]
    assert {each["name"]: each["reached"] for each in found["thresholds"]} == {
        "sensitive": True, "persons": False, "assessed": False
    }  # fmt: skip
    stranger = sql_api.client(tenant=OTHER_TENANT).get(ADDRESS, params={"year": "2026"}).json()
    assert (stranger["persons"], stranger["receivers"]) == (0, [])


def test_without_a_year_it_is_the_running_one(api: Api) -> None:
    assert api.client().get(ADDRESS).json()["year"] == NOON.year


@pytest.mark.parametrize("year", ["26", "1999", "2026-03", "next"])
def test_a_year_is_four_digits(api: Api, year: str) -> None:
    assert api.client().get(ADDRESS, params={"year": year}).status_code == 422


def test_it_needs_the_scope(api: Api) -> None:
    assert api.client("visits:read").get(ADDRESS).json()["code"] == "scope_missing"
