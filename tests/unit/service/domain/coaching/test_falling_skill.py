"""A dimension that falls by more than chance calls for its course, with what pulled it down."""

from hypothesis import given
from hypothesis import strategies as st

from service.adapters.content.loader import load_content
from service.domain.coaching.courses import FALLEN_BY, CourseAssignment, assign_courses
from service.domain.coaching.skills import Observation, SkillScore
from service.settings import ROOT
from tests.support.talks import NOW, a_talk, day

CONTENT = load_content(ROOT / "prompts")
VISIT = a_talk("r|||我先讲讲。", "c||pain_point|一天停三回机。", "r|||嗯。", on=day(10))
PULLED = Observation("discovery", "dropped", "客户说出难处，后面没有再问", 10, 1.0, VISIT.visit_id, VISIT.visited_at, 1,
                     "一天停三回机。")  # fmt: skip


def assigned(now_at: float | None, before: float | None, *, band: float = 4.0) -> list[CourseAssignment]:
    spread = None if now_at is None else (now_at - band, now_at + band)
    score = SkillScore("discovery", now_at, spread, 6, (PULLED,))
    return assign_courses(
        CONTENT.courses,
        visits=[VISIT],
        skills=[score],
        titles=CONTENT.titles,
        now=NOW,
        last_month={} if before is None else {"discovery": before},
    )


def falling(courses: list[CourseAssignment]) -> list[CourseAssignment]:
    return [course for course in courses if "降到" in course.reason]


def test_a_fall_names_both_values_and_the_words() -> None:
    (course,) = falling(assigned(70.0, 85.0))
    assert course.skill == "discovery"
    assert "从上月的85分降到70分" in course.reason
    assert "一天停三回机" in course.reason
    assert [proof.quote for proof in course.because] == ["一天停三回机。"]


def test_a_fall_within_the_band_or_of_a_few_points_is_the_weather() -> None:
    assert falling(assigned(70.0, 75.0, band=1.0)) == []
    assert falling(assigned(70.0, 85.0, band=20.0)) == []


def test_without_a_value_now_or_then_nothing_fell() -> None:
    assert falling(assigned(None, 85.0)) == []
    assert falling(assigned(70.0, None)) == []


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 30))
def test_an_assignment_always_has_words_and_one_course_a_skill(now_at: float, before: float, band: float) -> None:
    courses = assigned(now_at, before, band=band)
    assert all(course.because and course.reason for course in courses)
    assert len({course.skill for course in courses}) == len(courses) <= 2
    if falling(courses):
        assert before - now_at >= FALLEN_BY
        assert before > now_at + band


@given(st.sets(st.sampled_from([course.id for course in CONTENT.courses])))
def test_what_a_rep_has_open_is_not_assigned_again(already: set[str]) -> None:
    score = SkillScore("discovery", 40.0, (36.0, 44.0), 6, (PULLED,))
    found = assign_courses(
        CONTENT.courses, visits=[VISIT], skills=[score], titles=CONTENT.titles, now=NOW, already=already,
        last_month={"discovery": 80.0},
    )  # fmt: skip
    assert not {course.course for course in found} & already
