"""The catalogue over HTTP: what can be given, and every part of a course for whoever shows it elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.domain.content.bundle import Content
from tests.support.api import Api, make_api


@pytest.fixture
def one_left(tmp_path: Path, content: Content) -> Iterator[Api]:
    """An installation with its own content: one course of before, without the later parts, and one retired."""
    plain, retired, *_ = content.courses
    before = {"trade": None, "why": None, "variant": None, "more_practice": (), "self_check": ()}
    courses = (plain.model_copy(update=before), retired.model_copy(update={"status": "deprecated"}))
    made = make_api(tmp_path, replace(content, courses=courses))
    yield made
    for client in made.clients:
        client.close()


def test_the_catalogue_lists_what_can_be_given(api: Api, content: Content) -> None:
    items = api.client().get("/v1/courses").json()["items"]
    assert [item["id"] for item in items] == [course.id for course in content.courses]
    (price,) = [item for item in items if item["id"] == "price_unfold"]
    assert price == {
        "id": "price_unfold",
        "title": "嫌贵之后的三步",
        "description": "价格异议多次没有正面回应",
        "skill": "objection",
        "objections": ["price"],
        "trade": "仓储叉车",
        "minutes": 6,
        "talktrack": "price_too_high",
    }


def test_a_course_is_answered_whole(api: Api, content: Content) -> None:
    (course,) = [one for one in content.courses if one.id == "need_ask_before_tell"]
    body = api.client().get("/v1/courses/need_ask_before_tell").json()
    assert (body["situation"], body["why"]) == (course.situation, course.why)
    assert [body[part]["talk"] for part in ("bad", "good")] == [list(course.bad.talk), list(course.good.talk)]
    assert course.variant is not None
    assert (body["variant"]["who"], body["variant"]["role"]) == (course.variant.who, course.variant.role)
    assert [one["question"] for one in body["practices"]] == [
        course.practice.question,
        course.more_practice[0].question,
    ]
    assert (body["points"], body["self_check"]) == (list(course.points), list(course.self_check))
    assert "trigger" not in body
    assert "examples" not in body


def test_a_course_of_before_has_empty_later_parts(one_left: Api, content: Content) -> None:
    body = one_left.client().get(f"/v1/courses/{content.courses[0].id}").json()
    assert (body["trade"], body["why"], body["variant"], body["self_check"]) == (None, None, None, [])
    assert len(body["practices"]) == 1


def test_a_retired_course_can_neither_be_chosen_nor_read(one_left: Api, content: Content) -> None:
    kept, retired, *_ = content.courses
    assert [item["id"] for item in one_left.client().get("/v1/courses").json()["items"]] == [kept.id]
    answer = one_left.client().get(f"/v1/courses/{retired.id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "course_not_found")


def test_a_key_without_the_scope_reads_no_course(api: Api) -> None:
    for path in ("/v1/courses", "/v1/courses/price_unfold"):
        assert api.client("visits:read").get(path).status_code == 403
