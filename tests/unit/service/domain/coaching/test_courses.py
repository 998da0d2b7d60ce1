"""Courses follow from what happened in visits, and say from which."""

from dataclasses import replace
from typing import Any

import pytest

from service.domain.coaching.courses import CourseAssignment, assign_courses
from service.domain.coaching.skills import Observation, SkillScore
from service.domain.content.courses import CourseItem
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_talk, day

TITLES = {("objection", "price"): "价格", ("skill", "closing"): "推进与承诺"}
QUIET = {"visits": [{"on": "2026-03-11", "talk": ["c|||坐。"]}]}
TALK = {"talk": ["客户：贵。", "销售：嗯。", "客户：走了。"], "notice": "没有回应。"}


def a_course(course_id: str = "price_course", skill: str = "objection", **trigger: Any) -> CourseItem:
    return CourseItem.model_validate(
        {
            "id": course_id,
            "title": "嫌贵之后",
            "status": "active",
            "description": "价格没有回应",
            "owner": "销售赋能组",
            "date": "2026-11-21",
            "skill": skill,
            "minutes": 4,
            "trigger": trigger,
            "situation": "说" * 900,
            "bad": TALK,
            "good": TALK,
            "points": ["一", "二", "三"],
            "practice": {"question": "怎么回？", "answer": "先问。"},
            "examples": {"fires": [QUIET], "stays_silent": [QUIET]},
        }
    )


def assign(*courses: CourseItem, visits: list[VisitRecord], **more: Any) -> list[CourseAssignment]:
    options: dict[str, Any] = {"skills": [], "titles": TITLES, "now": NOW, **more}
    return assign_courses(courses, visits=visits, **options)


UNHANDLED = {"unhandled": {"objections": ["price"], "times": 2, "visits": 3}}
STREAK = {"streak": {"visits": 3, "despite": {"signal": "pain_point"}, "without": [{"signal": "discovery_question"}]}}


def dropped_pain(number: int, *more: str) -> VisitRecord:
    return a_talk(f"c||pain_point|第{number}次漏单。", *more, on=day(number))


def test_two_unanswered_price_objections_assign_the_course_and_quote_the_last() -> None:
    visits = [a_talk("c|price||太贵了。", on=day(8)), a_talk("c|price||还是贵。", on=day(1))]
    (assignment,) = assign(a_course(**UNHANDLED), visits=visits)
    assert assignment.reason == "最近有2处“价格”类异议没有得到回应，比如3月8日客户说“太贵了”"
    assert [proof.quote for proof in assignment.because] == ["还是贵。", "太贵了。"]


def test_an_answered_objection_does_not_count() -> None:
    visits = [
        a_talk("c|price||太贵了。", "r||objection_handling|拆开看。", on=day(1)),
        a_talk("c|price||贵。", on=day(8)),
    ]
    assert assign(a_course(**UNHANDLED), visits=visits) == []


def test_visits_too_long_ago_do_not_count() -> None:
    visits = [
        a_talk("c|price||太贵了。", "c|price||贵。", on=day(1)),
        *(a_talk("c|||坐。", on=day(n)) for n in (2, 3, 4)),
    ]
    assert assign(a_course(**UNHANDLED), visits=visits) == []


def test_three_misses_in_a_row_assign_and_name_the_three_days() -> None:
    (assignment,) = assign(a_course(**STREAK), visits=[dropped_pain(number) for number in (2, 5, 9)])
    assert "3月2日、3月5日、3月9日" in assignment.reason
    assert [proof.quote for proof in assignment.because] == ["第2次漏单。", "第5次漏单。", "第9次漏单。"]


@pytest.mark.parametrize(
    "visits",
    [
        pytest.param([dropped_pain(2), dropped_pain(5)], id="only_two_visits"),
        pytest.param(
            [dropped_pain(2), dropped_pain(5), dropped_pain(9, "r||discovery_question|漏在哪？")], id="asked_this_time"
        ),
        pytest.param([dropped_pain(2), a_talk("c|||坐。", on=day(5)), dropped_pain(9)], id="no_occasion_in_one"),
        pytest.param([], id="no_visits"),
    ],
)
def test_a_broken_streak_assigns_nothing(visits: list[VisitRecord]) -> None:
    assert assign(a_course(**STREAK), visits=visits) == []


def test_something_said_in_this_visit_assigns_at_once() -> None:
    visits = [a_talk("r||compliance_risk|绝对不会坏。", on=day(8))]
    said = {"said": {"signal": "compliance_risk", "scope": "this"}}
    (assignment,) = assign(a_course(skill="compliance", **said), visits=visits)
    assert assignment.reason == "3月8日您说“绝对不会坏”"


def a_score(value: float | None, visit: VisitRecord, *, quote: str = "漏单。") -> SkillScore:
    bad = Observation("closing", "rule", "没约", 0, 1.0, visit.visit_id, visit.visited_at, 0, quote)
    good = Observation("closing", "rule", "约了", 100, 1.0, visit.visit_id, visit.visited_at, 0, "漏单。")
    return SkillScore("closing", value, None, 5, (bad, good))


@pytest.mark.parametrize(
    ("value", "assigned"),
    [
        pytest.param(32.0, True, id="low"),
        pytest.param(50.0, False, id="on_the_line"),
        pytest.param(None, False, id="insufficient_data"),
    ],
)
def test_a_low_skill_assigns_only_when_it_is_known_to_be_low(value: float | None, assigned: bool) -> None:
    visit = a_talk("c||pain_point|漏单。")
    course = a_course(skill="closing", low_skill={"below": 50})
    found = assign(course, visits=[visit], skills=[a_score(value, visit)])
    assert [assignment.reason for assignment in found] == (["“推进与承诺”目前32分，来自5处观察"] if assigned else [])


def test_a_low_skill_without_words_behind_it_assigns_nothing() -> None:
    visit = a_talk("c||pain_point|漏单。")
    course = a_course(skill="closing", low_skill={"below": 50})
    assert assign(course, visits=[visit], skills=[a_score(20.0, visit, quote="没说过的话")]) == []


def test_when_nothing_presses_the_weakest_skill_gets_its_planned_course() -> None:
    visit = a_talk("c||pain_point|漏单。")
    weaker, weak = a_score(52.0, visit), replace(a_score(60.0, visit), code="value")
    courses = [
        a_course("value_course", "value", plan={"below": 75}),
        a_course("closing_course", "closing", plan={"below": 75}),
    ]
    (assignment,) = assign(*courses, visits=[visit], skills=[weak, weaker])
    assert assignment.course == "closing_course"
    assert assignment.reason == "本月建议补“推进与承诺”：目前52分，是您各项里最低的。比如3月18日“漏单”：没约"


@pytest.mark.parametrize(
    "score",
    [pytest.param(75.0, id="good_enough"), pytest.param(None, id="insufficient_data")],
)
def test_the_plan_leaves_good_and_unknown_skills_alone(score: float | None) -> None:
    visit = a_talk("c||pain_point|漏单。")
    course = a_course("closing_course", "closing", plan={"below": 75})
    assert assign(course, visits=[visit], skills=[a_score(score, visit)]) == []


def test_the_plan_waits_while_something_presses() -> None:
    visits = [dropped_pain(number) for number in (2, 5, 9)]
    courses = [a_course("pressing", "value", **STREAK), a_course("planned", "closing", plan={"below": 75})]
    assert [found.course for found in assign(*courses, visits=visits, skills=[a_score(20.0, visits[0])])] == [
        "pressing"
    ]


def test_a_course_still_open_is_not_assigned_again() -> None:
    visits = [dropped_pain(number) for number in (2, 5, 9)]
    assert assign(a_course(**STREAK), visits=visits, already={"price_course"}) == []


def test_at_most_one_course_a_skill_and_two_in_all() -> None:
    visits = [dropped_pain(number) for number in (2, 5, 9)]
    courses = [
        a_course("first", "objection", **STREAK),
        a_course("second", "objection", **STREAK),
        a_course("third", "value", **STREAK),
        a_course("fourth", "closing", **STREAK),
    ]
    assert [found.course for found in assign(*courses, visits=visits)] == ["first", "fourth"]


def test_a_course_without_evidence_cannot_be_assigned() -> None:
    with pytest.raises(ValueError, match="without evidence"):
        CourseAssignment("id", "title", "value", 4, "reason", (), 1.0)
