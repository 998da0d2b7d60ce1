"""`GET /v1/bias-report`: for the tenant alone, with what it does not prove, and written into the trail."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.dialects import DIALECTS
from service.domain.people import Person
from tests.support.api import OTHER_TENANT, TENANT, VISIT, Api
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


def test_visits_are_grouped_by_the_dialect_that_the_crm_named_and_those_without_one_apart(sql_api: Api) -> None:
    client = sql_api.client()
    dialects = ["wu"] * 20 + ["yue"] * 10 + [""] * 10
    for number, dialect in enumerate(dialects):
        body = {"rep_id": f"r{number % 5}", "account_id": "a", "visited_at": "2026-03-01T02:00:00Z", "dialect": dialect}
        made = client.post("/v1/visits", json=body).json()
        assert client.get(f"/v1/visits/{made['id']}").json()["dialect"] == dialect
        told = an_analysis(made["id"])
        told = replace(told, findings=()) if dialect == "yue" else told
        with sql_api.services.uow() as tx:
            tx.analyses.put(an_analysis_record(tenant_id=TENANT, visit_id=made["id"], analysis=told))
    found = client.get(ADDRESS, params={"by": "dialect"}).json()
    groups = {(one["kind"], one["group"], one["visits"]) for one in found["groups"]}
    assert groups == {("named", "吴语", 20), ("named", "粤语", 10), ("unknown", "（未填）", 10)}
    price = next(one for one in found["figures"] if one["code"] == "price")
    assert {row["group"]: row["value"]["value"] for row in price["groups"]} == {"吴语": 1, "粤语": 0, "（未填）": 1}
    assert any("CRM 在拜访上填写" in line for line in found["limits"])


@pytest.mark.parametrize("dialect", ["Wu", "上海话", "klingon", None, 3], ids=str)
def test_a_dialect_that_is_not_on_the_list_is_refused_with_the_list(api: Api, dialect: object) -> None:
    refused = api.client().post("/v1/visits", json={**VISIT, "dialect": dialect})
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert "dialect" in str(fault)
    assert all(code in str(fault) for code in DIALECTS)


def test_every_dialect_has_a_name_of_its_own_and_fits_its_column() -> None:
    assert len(set(DIALECTS.values())) == len(DIALECTS)
    assert max(map(len, DIALECTS)) <= 16


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
        ({"by": "age"}, 422, "invalid"),
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
