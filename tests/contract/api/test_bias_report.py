"""`GET /v1/bias-report`: for the tenant alone, with what it does not prove, and written into the trail."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.people import Person
from tests.support.api import OTHER_TENANT, TENANT, Api
from tests.support.builders import a_visit, an_analysis, an_analysis_record, an_id
from tests.support.fakes import NOON

ADDRESS = "/v1/bias-report"


def fill(api: Api) -> None:
    with api.services.uow() as tx:
        for number in range(40):
            team = "东区" if number < 20 else "南区"
            told = an_analysis(an_id("vis", number))
            told = told if number < 20 else replace(told, findings=())
            tx.visits.add(a_visit(number, tenant_id=TENANT, rep_id=f"{team}{number % 5}"))
            tx.analyses.put(an_analysis_record(tenant_id=TENANT, visit_id=an_id("vis", number), analysis=told))
            tx.people.put(Person(f"{team}{number % 5}", TENANT, "某人", "rep", NOON, team=team))


def test_groups_are_told_with_intervals_and_with_what_they_do_not_prove(sql_api: Api) -> None:
    fill(sql_api)
    found = sql_api.client("audit:read").get(ADDRESS, params={"by": "team"}).json()
    assert [(each["group"], each["visits"], each["reps"]) for each in found["groups"]] == [
        ("东区", 20, 5),
        ("南区", 20, 5),
    ]
    price = next(each for each in found["figures"] if each["code"] == "price")
    assert (price["kind"], price["unit"], price["title"]) == ("objection", "visits", "价格")
    assert price["groups"][0] == {
        "group": "东区", "n": 20, "value": {"value": 1.0, "low": 0.839, "high": 1.0}, "rest_n": 20,
        "rest": {"value": 0.0, "low": 0.0, "high": 0.161}, "difference": {"value": 1.0, "low": 0.772, "high": 1.0},
        "marked": True,
    }  # fmt: skip
    assert (found["visits"], found["visits_opened"], found["models"]) == (
        40, 40, [{"versions": {"nlp": "1"}, "visits": 40}]
    )  # fmt: skip
    assert any("差异不等于偏见" in line for line in found["limits"])
    assert "rep_id" not in str(found)


def test_it_is_the_tenants_own_and_asking_is_written_down(sql_api: Api) -> None:
    fill(sql_api)
    stranger = sql_api.client(tenant=OTHER_TENANT).get(ADDRESS).json()
    assert (stranger["visits"], stranger["groups"], stranger["figures"], stranger["models"]) == (0, [], [], [])
    client = sql_api.client()
    client.get(ADDRESS, params={"by": "channel"})
    trail = client.get("/v1/audit").json()["items"]
    assert [(row["action"], row["object"]) for row in trail] == [("bias_report.read", "bias_report:channel")]


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"by": "dialect"}, 422, "invalid"),
        ({"since": "yesterday"}, 422, "instant_invalid"),
        ({"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}, 422, "instant_invalid"),
        ({"since": "2024-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, 422, "window_too_long"),
        ({"month": "2026-03"}, 422, "unknown_parameter"),
    ],
    ids=["no such group", "no instant", "the wrong way round", "two years", "another parameter"],
)
def test_what_cannot_be_meant_is_refused(api: Api, asked: dict[str, str], status: int, code: str) -> None:
    answer = api.client().get(ADDRESS, params=asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_time_may_be_named(api: Api) -> None:
    fill(api)
    before = (NOON - timedelta(days=2)).isoformat()
    found = api.client().get(ADDRESS, params={"until": before}).json()
    assert (found["visits"], found["until"], found["since"]) == (
        0,
        "2026-02-28T04:00:00.000Z",
        "2025-11-30T04:00:00.000Z",
    )


def test_it_needs_the_scope(api: Api) -> None:
    assert api.client("visits:read", "coaching:read").get(ADDRESS).json()["code"] == "scope_missing"
