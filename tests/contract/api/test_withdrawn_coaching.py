"""Hints and courses whose only grounds an upheld appeal has struck out are withdrawn, told of, and still shown."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import OTHER_TENANT, Api
from tests.support.coached import ASKED, PRICE_ANSWERED, PRICE_LEFT_OPEN, coach_again, coached
from tests.support.fakes import NOON

BY = {"by": "trainer-1"}


@pytest.fixture
def visit(api: Api) -> str:
    return coached(api.services, 1, *PRICE_LEFT_OPEN, *ASKED, at=NOON - timedelta(days=1))


def hints(api: Api, account: str = "acc-1") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.client().get(f"/v1/hints?account_id={account}").json()["items"]
    return items


def courses(api: Api, rep: str = "rep-1") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.client().get(f"/v1/reps/{rep}/courses").json()["items"]
    return items


def price(api: Api, visit: str, *, turn: int = 0) -> str:
    found = api.client().get(f"/v1/visits/{visit}/analysis").json()["findings"]
    return str(next(one["id"] for one in found if (one["code"], one["turn"]) == ("price", turn)))


def appealed(api: Api, target: str, *, state: str = "upheld", subject: str = "finding") -> str:
    client = api.client()
    body = {"subject": subject, "target_id": target, "reason": "客户是笑着说的"}
    appeal_id = str(client.post("/v1/appeals", json=body).json()["id"])
    ruling = {**BY, "state": state, "ruling": "听过了，是玩笑"}
    assert client.post(f"/v1/appeals/{appeal_id}/ruling", json=ruling).status_code == 200
    return appeal_id


def told(api: Api) -> list[dict[str, Any]]:
    items = api.client().get("/v1/events").json()["items"]
    return [one for one in items if one["type"] == "coaching.withdrawn"]


def resting_on_price(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in items if {said["quote"] for said in one["hint"]["because"]} == {"两万八一把太贵了。"}]


def test_a_hint_that_rests_on_the_struck_finding_alone_is_withdrawn_and_still_shown(api: Api, visit: str) -> None:
    resting = resting_on_price(hints(api))
    others = [one["id"] for one in hints(api) if one not in resting]
    assert resting, "the story must hold a hint about the price alone"
    assert others, "and one about something else"
    appeal_id = appealed(api, price(api, visit))
    now = {one["id"]: one for one in hints(api)}
    for one in resting:
        gone = now[one["id"]]
        assert gone["status"] == gone["hint"]["status"] == "withdrawn"
        assert gone["hint"]["withdrawn"]["appeal_id"] == appeal_id
        assert gone["hint"]["withdrawn"]["reason"] == "所依据的“价格”标签经申诉裁定不成立"
        assert gone["hint"]["text"] == one["hint"]["text"], "what was said is not unsaid"
        assert gone["hint"]["because"] == one["hint"]["because"]
    assert [now[each]["status"] for each in others] == ["proposed"] * len(others)


def test_the_crm_is_told_once_what_was_withdrawn_and_by_which_appeal(api: Api, visit: str) -> None:
    ids = {one["id"] for one in resting_on_price(hints(api))}
    appeal_id = appealed(api, price(api, visit))
    (event,) = told(api)
    assert (event["visit_id"], event["data"]["appeal_id"]) == (visit, appeal_id)
    assert {one["id"] for one in event["data"]["hints"]} == ids
    assert "两万八" not in str(event), "who may not read the visit reads no words of it here"


def test_a_rejected_appeal_withdraws_nothing_and_tells_nobody(api: Api, visit: str) -> None:
    before = hints(api)
    appealed(api, price(api, visit), state="rejected")
    assert (hints(api), told(api)) == (before, [])


def test_an_analysis_no_longer_offers_what_was_withdrawn_as_if_it_stood(api: Api, visit: str) -> None:
    ids = {one["id"] for one in resting_on_price(hints(api))}
    appealed(api, price(api, visit))
    shown = {one["id"]: one for one in api.client().get(f"/v1/visits/{visit}/analysis").json()["hints"]}
    assert {each for each, one in shown.items() if one["status"] == "withdrawn"} == ids
    assert all(one["withdrawn"]["reason"] for each, one in shown.items() if each in ids)


def test_a_withdrawn_hint_takes_no_answer(api: Api, visit: str) -> None:
    hint = resting_on_price(hints(api))[0]["id"]
    appealed(api, price(api, visit))
    answer = api.client().post(f"/v1/hints/{hint}/feedback", json={"verdict": "accepted"})
    assert (answer.status_code, answer.json()["code"]) == (410, "hint_withdrawn")


def test_what_a_rep_has_done_stays_done(api: Api, visit: str) -> None:
    hint = resting_on_price(hints(api))[0]["id"]
    api.client().post(f"/v1/hints/{hint}/feedback", json={"verdict": "done", "outcome": "advanced"})
    appealed(api, price(api, visit))
    assert next(one["status"] for one in hints(api) if one["id"] == hint) == "done"


def test_a_hint_that_rests_on_another_visit_as_well_stays_until_that_falls_too(api: Api, visit: str) -> None:
    api.clock.forward(days=2)
    later = coached(api.services, 2, *PRICE_LEFT_OPEN, at=NOON + timedelta(days=1))
    both = next(one for one in hints(api)
                if {said["visit_id"] for said in one["hint"]["because"]} == {visit, later})  # fmt: skip
    appealed(api, price(api, later))
    assert next(one["status"] for one in hints(api) if one["id"] == both["id"]) == "proposed"
    appealed(api, price(api, visit))
    assert next(one["status"] for one in hints(api) if one["id"] == both["id"]) == "withdrawn"


def a_course_about_price(api: Api) -> tuple[list[str], dict[str, Any]]:
    """Three visits that leave the price open, and the course they call for."""
    visits = [coached(api.services, n, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=4 - n)) for n in (1, 2, 3)]
    called = [one for one in courses(api) if all(said["quote"].startswith("两万八") for said in one["because"])]
    assert called, "the story must call for a course about the price"
    return visits, called[0]


def test_a_course_stays_while_one_of_its_visits_speaks_for_it_and_goes_with_the_last(api: Api) -> None:
    visits, course = a_course_about_price(api)
    api.client().post(f"/v1/course-assignments/{course['id']}/decision", json={**BY, "decision": "approve"})
    cited = [said["visit_id"] for said in course["because"]]
    assert len(cited) > 1
    for each in cited[:-1]:
        appealed(api, price(api, each))
        assert next(one["state"] for one in courses(api) if one["id"] == course["id"]) == "assigned"
    appeal_id = appealed(api, price(api, cited[-1]))
    gone = next(one for one in courses(api) if one["id"] == course["id"])
    assert (gone["state"], gone["withdrawn"]["appeal_id"]) == ("withdrawn", appeal_id)
    assert gone["because"] == course["because"]
    assert course["id"] in {one["id"] for event in told(api) for one in event["data"]["courses"]}
    answer = api.client().post(f"/v1/course-assignments/{course['id']}/completion", json={"answer": "先问再说"})
    assert (answer.status_code, answer.json()["code"]) == (409, "course_settled")
    assert set(cited) <= set(visits)


def test_what_a_trainer_gave_in_its_place_is_the_trainers_word_and_stays(api: Api) -> None:
    _, course = a_course_about_price(api)
    decision = {**BY, "decision": "replace", "course": "listen_then_speak", "reason": "先练听"}
    given = api.client().post(f"/v1/course-assignments/{course['id']}/decision", json=decision).json()
    for said in course["because"]:
        appealed(api, price(api, said["visit_id"]))
    assert next(one["state"] for one in courses(api) if one["id"] == given["id"]) == "assigned"


def test_a_withdrawn_course_may_be_called_for_again_on_better_grounds(api: Api) -> None:
    visits, course = a_course_about_price(api)
    for each in visits:
        appealed(api, price(api, each))
    again = [coached(api.services, n, *PRICE_LEFT_OPEN, at=NOON - timedelta(hours=8 - n)) for n in (4, 5, 6)]
    fresh = [one for one in courses(api) if one["course"] == course["course"] and one["state"] == "proposed"]
    assert fresh, "a month's rest is for what was given, not for what was taken back"
    assert not {said["visit_id"] for one in fresh for said in one["because"]} - set(again)


def test_coaching_a_visit_again_neither_brings_back_nor_loses_what_was_withdrawn(api: Api, visit: str) -> None:
    appealed(api, price(api, visit))
    gone = [one["id"] for one in hints(api) if one["status"] == "withdrawn"]
    coach_again(api.services, visit)
    assert [one["id"] for one in hints(api) if one["status"] == "withdrawn"] == gone


def test_an_upheld_appeal_about_a_score_leaves_a_course_that_open_objections_call_for(api: Api) -> None:
    _, course = a_course_about_price(api)
    skills = api.client().get("/v1/reps/rep-1/skills?month=2026-03").json()["skills"]
    seen = {one["visit_id"]: one["id"] for skill in skills if skill["code"] == course["skill"]
            for one in skill["evidence"] if one["value"] < 50}  # fmt: skip
    for said in course["because"]:
        appealed(api, seen[said["visit_id"]], subject="observation")
    state = next(one["state"] for one in courses(api) if one["id"] == course["id"])
    assert state == "proposed", "objections left open speak for it, whatever their scores are worth"


def test_talk_figures_under_appeal_say_so_until_the_ruling(api: Api, visit: str) -> None:
    def talk() -> dict[str, Any]:
        found: dict[str, Any] = api.client().get("/v1/reps/rep-1/skills?month=2026-03").json()["talk"]
        return {name: one["contested"] for name, one in found.items() if name != "visits"}

    assert not any(talk().values())
    client = api.client()
    body = {"subject": "finding", "target_id": price(api, visit), "reason": "不是嫌贵"}
    opened = client.post("/v1/appeals", json=body).json()
    assert opened["figures"] == ["handling_rate"], "it was left open, so no answer is in doubt"
    assert {name for name, contested in talk().items() if contested} == {"handling_rate"}
    client.post(f"/v1/appeals/{opened['id']}/ruling", json={**BY, "state": "rejected", "ruling": "听了录音"})
    assert not any(talk().values())


def test_an_answer_under_appeal_puts_the_use_of_talk_tracks_in_doubt_for_the_team_too(api: Api) -> None:
    people = [{"id": "rep-1", "name": "林", "role": "rep", "team": "east"}]
    api.client().put("/v1/people", json={"people": people})
    visit = coached(api.services, 1, *PRICE_ANSWERED, at=NOON - timedelta(days=1))
    body = {"subject": "finding", "target_id": price(api, visit), "reason": "不是嫌贵"}
    assert set(api.client().post("/v1/appeals", json=body).json()["figures"]) >= {"handling_rate", "reuse_rate"}
    team = api.client().get("/v1/teams/east/skills?month=2026-03").json()["talk"]
    assert team["handling_rate"]["contested"]
    assert team["reuse_rate"]["contested"]
    assert not team["talk_ratio"]["contested"], "who spoke how long rests on no finding"


def test_another_tenant_is_told_nothing(api: Api, visit: str) -> None:
    appealed(api, price(api, visit))
    stranger = api.client(tenant=OTHER_TENANT)
    assert stranger.get("/v1/events").json()["items"] == []
    assert stranger.get("/v1/hints?account_id=acc-1").json()["items"] == []
