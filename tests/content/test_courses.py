"""Every course is assigned in its examples, stays away in its near misses, and is real reading."""

from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.content.bundle import Content
from service.domain.content.courses import CourseItem
from service.domain.content.examples import Example
from service.domain.courses import CourseAssignment, assign_courses

CONTENT = load_content(Path(__file__).parents[2] / "prompts")
COURSES = [pytest.param(course, id=course.id) for course in CONTENT.courses]
FIRES = [pytest.param(item, case, id=item.id) for item in CONTENT.courses for case in item.examples.fires]
SILENT = [pytest.param(item, case, id=item.id) for item in CONTENT.courses for case in item.examples.stays_silent]


def assignments_of(course: CourseItem, example: Example) -> list[CourseAssignment]:
    """By what was said alone: triggers by skill value need a month of visits and are tested with the rules."""
    return assign_courses([course], visits=example.records(), skills=[], titles=CONTENT.titles, now=example.at)


@pytest.mark.parametrize(("course", "example"), FIRES)
def test_a_course_is_assigned_with_words_that_were_said(course: CourseItem, example: Example) -> None:
    (assignment,) = assignments_of(course, example)
    said = {turn.text for visit in example.records() for turn in visit.analysis.turns}
    assert {proof.quote for proof in assignment.because} <= said


@pytest.mark.parametrize(("course", "example"), SILENT)
def test_a_course_stays_away_from_its_near_misses(course: CourseItem, example: Example) -> None:
    assert assignments_of(course, example) == []


@pytest.mark.parametrize("course", COURSES)
def test_a_course_is_real_reading_of_both_speakers(course: CourseItem) -> None:
    assert course.characters >= 500
    for dialogue in (course.good, course.bad):
        speakers = {line[:2] for line in dialogue.talk}
        assert speakers == {"客户", "销售"}


def test_courses_cover_all_skills_and_all_objection_types(content: Content) -> None:
    assert len(content.courses) >= 14
    assert {course.skill for course in content.courses} == set(content.taxonomy.skills)
    assert {code for course in content.courses for code in course.objections} == set(content.taxonomy.objections)


def test_every_skill_has_a_course_for_the_monthly_plan(content: Content) -> None:
    assert {course.skill for course in content.courses if course.trigger.plan} == set(content.taxonomy.skills)


def test_no_two_courses_share_a_line(content: Content) -> None:
    lines = [line for course in content.courses for line in (*course.good.talk, course.practice.answer, *course.points)]
    assert len(lines) == len(set(lines))
