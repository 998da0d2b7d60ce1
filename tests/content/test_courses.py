"""Every course is assigned in its examples, stays away in its near misses, and is real reading for many trades."""

from collections import Counter
from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.coaching.courses import CourseAssignment, assign_courses
from service.domain.content.bundle import Content
from service.domain.content.courses import MIN_MINUTES, READING_SPEED, REP, CourseItem
from service.domain.content.examples import Example

ROOT = Path(__file__).parents[2]
CONTENT = load_content(ROOT / "prompts")
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
def test_a_course_is_three_minutes_of_reading_and_more_to_practise(course: CourseItem) -> None:
    assert course.characters / READING_SPEED >= MIN_MINUTES
    assert len(course.more_practice) >= 1
    assert len(course.self_check) >= 3
    assert course.trade
    assert course.why
    assert course.variant


@pytest.mark.parametrize("course", COURSES)
def test_a_course_lets_both_speak_and_the_good_talk_is_the_longer(course: CourseItem) -> None:
    for dialogue in (course.good, course.bad):
        assert {line.partition("：")[0] for line in dialogue.talk} == {"客户", REP}
    assert sum(map(len, course.good.talk)) > sum(map(len, course.bad.talk))


@pytest.mark.parametrize("course", COURSES)
def test_what_a_course_teaches_to_say_contains_no_word_of_the_compliance_pack(course: CourseItem) -> None:
    (pack,) = [pack for pack in CONTENT.keyword_packs if pack.id == "compliance"]
    words = [spelling for term in pack.terms for spelling in (term.text, *term.aliases)]
    assert [(word, line) for line in taught(course) for word in words if word in line] == []


@pytest.mark.parametrize("course", COURSES)
def test_a_variant_is_for_a_role_that_talk_tracks_know(course: CourseItem) -> None:
    roles = {strategy.role for track in CONTENT.talktracks for strategy in track.strategies}
    assert course.variant is not None
    assert course.variant.role in roles


def test_every_objection_type_has_two_courses_and_every_skill_three(content: Content) -> None:
    assert len(content.courses) >= 24
    skills = Counter(course.skill for course in content.courses)
    objections = Counter(code for course in content.courses for code in course.objections)
    assert {code: skills[code] for code in content.taxonomy.skills if skills[code] < 3} == {}
    assert {code: objections[code] for code in content.taxonomy.objections if objections[code] < 2} == {}


def test_courses_play_in_many_trades_and_with_every_customer_role(content: Content) -> None:
    trades = Counter(course.trade for course in content.courses)
    assert len(trades) >= 16
    assert max(trades.values()) <= 2
    roles = Counter(course.variant.role for course in content.courses if course.variant)
    assert set(roles) == {"user", "purchaser", "economic_buyer", "technical", "finance"}
    assert min(roles.values()) >= 2


def test_every_skill_has_a_course_for_the_monthly_plan(content: Content) -> None:
    assert {course.skill for course in content.courses if course.trigger.plan} == set(content.taxonomy.skills)


def test_no_two_courses_share_a_sentence(content: Content) -> None:
    said = Counter(
        shingle
        for course in content.courses
        for shingle in {part for line in taught(course) for part in shingles(line)}
    )
    assert [shingle for shingle, times in said.items() if times > 1] == []


def test_no_course_repeats_what_the_models_are_trained_and_measured_on(content: Content) -> None:
    corpus = {
        shingle
        for file in (ROOT / "models" / "corpus").glob("*.txt")
        for line in file.read_text("utf-8").splitlines()
        for shingle in shingles(line)
    }
    assert len(corpus) > 100_000
    lines = {line for course in content.courses for line in (*taught(course), *course.bad.talk)}
    assert [line for line in lines if not corpus.isdisjoint(shingles(line))] == []


def taught(course: CourseItem) -> list[str]:
    """The lines that a course holds up as worth saying or doing."""
    answers = [practice.answer for practice in course.practices]
    variant = course.variant.talk if course.variant else ()
    return [*course.good.talk, *variant, *answers, *course.points, *course.self_check]


def shingles(line: str) -> set[str]:
    """Every run of twelve characters, punctuation aside: nobody writes the same twelve by chance."""
    spoken = "".join(filter(str.isalnum, line))
    return {spoken[start : start + 12] for start in range(len(spoken) - 11)}
