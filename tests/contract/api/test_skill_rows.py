"""Skills over HTTP: a month of one rep or team, every number with its words."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.api import OTHER_TENANT, TENANT, Api
from tests.support.builders import an_id
from tests.support.coached import ASKED, PRICE_ANSWERED, PRICE_LEFT_OPEN, coached

MARCH = datetime(2026, 3, 1, 4, tzinfo=UTC)


def a_team(api: Api, reps: int = 2) -> None:
    people = [{"id": f"rep-{n}", "name": f"林{n}", "role": "rep", "team": "华东一组"} for n in range(1, reps + 1)]
    assert api.client().put("/v1/people", json={"people": people}).status_code == 200


def visits(api: Api, rep: str, *talks: tuple[str, ...], first: int, at: datetime = MARCH) -> None:
    for number, lines in enumerate(talks):
        coached(api.services, first + number, *lines, at=at + timedelta(hours=number), rep=rep, account=f"acc-{rep}")


def test_a_reps_month_opens_into_words_and_seconds(api: Api) -> None:
    a_team(api)
    visits(api, "rep-1", PRICE_LEFT_OPEN, PRICE_LEFT_OPEN, (*ASKED, *PRICE_LEFT_OPEN), first=1)
    visits(api, "rep-2", *[PRICE_ANSWERED] * 4, first=10)
    body = api.client().get("/v1/reps/rep-1/skills?month=2026-03").json()
    assert (body["rep_id"], body["team"], body["month"]) == ("rep-1", "华东一组", "2026-03")
    objection = next(skill for skill in body["skills"] if skill["code"] == "objection")
    assert (objection["title"], objection["status"], objection["n"]) == ("异议处理", "ok", 3)
    assert objection["score"] < objection["team"]
    shown = objection["evidence"][0]
    assert (shown["quote"], shown["turn"], shown["start_ms"]) == ("两万八一把太贵了。", 2, 20_000)
    assert shown["visit_id"] == an_id("vis", 3)
    thin = next(skill for skill in body["skills"] if skill["code"] == "discovery")
    assert (thin["status"], thin["score"]) == ("insufficient_data", None)
    assert body["talk"]["handling_rate"]["value"] == 0.0
    assert body["talk"]["handling_rate"]["evidence"][0]["quote"] == "两万八一把太贵了。"
    assert body["team_talk"]["visits"] == 7


def test_last_month_is_beside_this_one(api: Api) -> None:
    api.clock.at = MARCH + timedelta(days=10)
    visits(api, "rep-1", *[PRICE_ANSWERED] * 3, first=1, at=MARCH - timedelta(days=20))
    visits(api, "rep-1", *[PRICE_LEFT_OPEN] * 3, first=10)
    objection = next(
        skill for skill in api.client().get("/v1/reps/rep-1/skills").json()["skills"] if skill["code"] == "objection"
    )
    assert objection["last_month"] > objection["score"]
    assert [point["month"] for point in objection["trend"]][-2:] == ["2026-02", "2026-03"]


def test_a_team_shows_each_member_and_what_the_best_reuse(api: Api) -> None:
    a_team(api, reps=6)
    for number in range(1, 7):
        talk = PRICE_ANSWERED if number == 1 else PRICE_LEFT_OPEN
        visits(api, f"rep-{number}", talk, talk, talk, first=10 * number)
    body = api.client().get("/v1/teams/华东一组/skills?month=2026-03").json()
    assert [(line["rep_id"], line["visits"]) for line in body["reps"]] == [(f"rep-{n}", 3) for n in range(1, 7)]
    assert body["reps"][0]["skills"]["objection"] > body["reps"][1]["skills"]["objection"]
    reuse = body["reuse"]
    assert reuse["top"][0] == "rep-1"
    assert reuse["tracks"][0]["track"] == "price_too_high"
    assert reuse["tracks"][0]["worked"]["evidence"][0]["quote"].startswith("您刚才说一个月返工两百件")


def test_a_rep_without_an_analysed_visit_has_no_values_yet(api: Api, visit_id: str) -> None:
    assert visit_id
    body = api.client().get("/v1/reps/rep-1/skills").json()
    assert {skill["status"] for skill in body["skills"]} == {"insufficient_data"}
    assert body["talk"]["visits"] == 0


def test_nobody_of_this_name_is_unknown_and_so_is_another_tenants(api: Api) -> None:
    a_team(api)
    coached(api.services, 1, at=MARCH, tenant=TENANT)
    for path in ("/v1/reps/rep-1/skills", "/v1/teams/华东一组/skills"):
        assert api.client().get(path).status_code == 200
        answer = api.client(tenant=OTHER_TENANT).get(path)
        assert (answer.status_code, answer.json()["code"]) in {(404, "rep_not_found"), (404, "team_not_found")}


def test_another_tenants_visits_do_not_move_a_value(api: Api) -> None:
    visits(api, "rep-1", *[PRICE_LEFT_OPEN] * 3, first=1)
    before = api.client().get("/v1/reps/rep-1/skills?month=2026-03").json()
    for number in range(20, 26):
        coached(api.services, number, *PRICE_ANSWERED, at=MARCH, rep="rep-1", tenant=OTHER_TENANT)
    assert api.client().get("/v1/reps/rep-1/skills?month=2026-03").json() == before


@pytest.mark.parametrize("month", ["2026", "2026-13", "1999-01", "2026-3", "märz"])
def test_what_is_no_month_is_refused(api: Api, visit_id: str, month: str) -> None:
    assert visit_id
    assert api.client().get(f"/v1/reps/rep-1/skills?month={month}").status_code == 422


def test_reading_needs_the_scope(api: Api) -> None:
    answer = api.client("visits:read").get("/v1/reps/rep-1/skills")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
