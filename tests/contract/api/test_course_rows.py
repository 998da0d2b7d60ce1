"""Courses over HTTP: proposed with quotes, decided by a trainer, completed with an answer, and no bare claim after."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import OTHER_TENANT, Api
from tests.support.coached import PRICE_ANSWERED, PRICE_LEFT_OPEN, coached
from tests.support.fakes import NOON

ANSWER = {"answer": "您是跟哪一份报价比觉得高？高在哪一项？"}


@pytest.fixture
def course(api: Api) -> dict[str, Any]:
    for number in (1, 2, 3):
        coached(api.services, number, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=4 - number))
    found: dict[str, Any] = of_rep(api)[-1]
    return found


def of_rep(api: Api, rep: str = "rep-1") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.client().get(f"/v1/reps/{rep}/courses").json()["items"]
    return items


def decide(api: Api, given: dict[str, Any], **body: Any) -> Any:
    return api.client().post(f"/v1/course-assignments/{given['id']}/decision", json={"by": "trainer-1", **body})


def complete(api: Api, course: dict[str, Any]) -> Any:
    return api.client().post(f"/v1/course-assignments/{course['id']}/completion", json=ANSWER)


def test_a_proposal_says_why_in_the_customers_words(course: dict[str, Any]) -> None:
    assert (course["state"], course["source"]) == ("proposed", "rule")
    assert course["because"][0]["quote"] == "两万八一把太贵了。"
    assert "没有得到回应" in course["reason"]
    assert course["minutes"] >= 3
    assert course["effect"] is None


def test_a_trainer_approves_and_the_rep_completes(api: Api, course: dict[str, Any]) -> None:
    approved = decide(api, course, decision="approve").json()
    assert (approved["state"], approved["decided_by"]) == ("assigned", "trainer-1")
    done = complete(api, course).json()
    assert (done["state"], done["answer"]) == ("completed", ANSWER["answer"])
    again = complete(api, course)
    assert (again.status_code, again.json()["code"]) == (409, "course_settled")
    assert decide(api, course, decision="decline").status_code == 409


def test_a_trainer_declines_what_nobody_needs(api: Api, course: dict[str, Any]) -> None:
    assert decide(api, course, decision="decline").json()["state"] == "declined"
    assert complete(api, course).status_code == 409


def test_a_replacement_keeps_the_evidence_and_names_its_reason(api: Api, course: dict[str, Any]) -> None:
    given = decide(api, course, decision="replace", course="trade_not_give", reason="先练让步").json()
    assert (given["course"], given["state"], given["source"], given["reason"]) == (
        "trade_not_give", "assigned", "trainer", "先练让步",
    )  # fmt: skip
    assert given["because"] == course["because"]
    old = next(one for one in of_rep(api) if one["id"] == course["id"])
    assert (old["state"], old["replaced_by"]) == ("replaced", given["id"])


def test_a_trainer_adds_a_course_once_per_key(api: Api, course: dict[str, Any]) -> None:
    assert course
    sent = {
        "json": {"course": "listen_then_speak", "reason": "下周一起拜访", "by": "trainer-1"},
        "headers": {"Idempotency-Key": "k"},
    }
    first, again = (api.client().post("/v1/reps/rep-1/courses", **sent) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert sum(one["course"] == "listen_then_speak" for one in of_rep(api)) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"decision": "replace"}, 422, "course_unexpected"),
        ({"decision": "approve", "course": "trade_not_give"}, 422, "course_unexpected"),
        ({"decision": "replace", "course": "no_such_course"}, 404, "course_not_found"),
        ({"decision": "maybe"}, 422, "invalid"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(
    api: Api, course: dict[str, Any], body: dict[str, Any], status: int, code: str
) -> None:
    answer = decide(api, course, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert of_rep(api)[-1]["state"] == "proposed"


def test_replacing_a_course_by_itself_is_refused(api: Api, course: dict[str, Any]) -> None:
    assert decide(api, course, decision="replace", course=course["course"]).json()["code"] == "course_same"


def test_a_later_change_is_shown_with_its_interval_and_its_caveat(api: Api, course: dict[str, Any]) -> None:
    complete(api, course)
    effect = next(one for one in of_rep(api) if one["id"] == course["id"])["effect"]
    assert (effect["verdict"], effect["n_after"], effect["difference"]) == ("insufficient_data", 0, None)
    for number in range(10, 16):
        api.clock.forward(days=2)
        coached(api.services, number, *PRICE_ANSWERED, at=api.clock.now() - timedelta(hours=1))
    api.clock.forward(hours=1)
    effect = next(one for one in of_rep(api) if one["id"] == course["id"])["effect"]
    assert effect["n_before"] >= 3
    assert effect["n_after"] >= 6
    assert effect["verdict"] == "better"
    assert 0 < effect["low"] < effect["difference"] < effect["high"]
    assert "不等于因果" in effect["caveat"]


def test_another_tenant_sees_and_decides_nothing(api: Api, course: dict[str, Any]) -> None:
    stranger = api.client(tenant=OTHER_TENANT)
    assert stranger.get("/v1/reps/rep-1/courses").json()["code"] == "rep_not_found"
    for path, body in (("decision", {"by": "x", "decision": "approve"}), ("completion", ANSWER)):
        answer = stranger.post(f"/v1/course-assignments/{course['id']}/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "assignment_not_found")
