"""The course page: everything a course has to say, and nothing where it has nothing to say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from service.domain.coaching.course_rows import CourseRow
from service.domain.content.bundle import Content
from service.domain.content.courses import CourseItem
from tests.support.builders import TENANT, an_id
from tests.support.console import VISIT_OF, ConsoleApi, make_console
from tests.support.fakes import NOON

COURSE = an_id("crs")
LATER_PARTS = ("客户是怎么想的", "对面换成", "再练一题", "自己过一遍")


def given(console: ConsoleApi, course_id: str) -> None:
    with console.api.services.uow() as tx:
        visit = an_id("vis", VISIT_OF["rep_lin"])
        due = NOON + timedelta(days=14)
        tx.coaching.courses.add(
            CourseRow(
                COURSE, TENANT, NOON, visit, "rep_lin", course_id, "objection", "rule", "因为", (), "proposed", due
            )
        )


@pytest.fixture
def of_before(tmp_path: Path, content: Content) -> Iterator[ConsoleApi]:
    (course,) = [one for one in content.courses if one.id == "price_unfold"]
    plain = course.model_copy(
        update={"trade": None, "why": None, "variant": None, "more_practice": (), "self_check": ()}
    )
    console = make_console(tmp_path, replace(content, courses=(plain,)))
    given(console, "price_unfold")
    yield console
    for client in console.api.clients:
        client.close()


def words(page: str) -> str:
    """The page as it reads, the speakers' names no longer set apart."""
    return unescape(page.replace("<b>", "").replace("</b>", ""))


def parts(course: CourseItem) -> list[str]:
    assert course.variant is not None
    talks = [*course.bad.talk, *course.good.talk, course.bad.notice, course.good.notice, *course.variant.talk]
    asked = [text for practice in course.practices for text in (practice.question, practice.answer)]
    return [
        course.situation,
        *talks,
        course.why or "",
        course.variant.change,
        *course.points,
        *asked,
        *course.self_check,
    ]


@pytest.mark.parametrize("course_id", ["price_unfold", "boss_ten_minutes", "compliance_safe_words"])
def test_every_part_of_a_course_is_on_its_page(console: ConsoleApi, content: Content, course_id: str) -> None:
    (course,) = [one for one in content.courses if one.id == course_id]
    given(console, course_id)
    page = words(console.enter("rep_lin").get(f"/courses/{COURSE}").text)
    assert [text for text in parts(course) if text not in page] == []
    assert all(heading in page for heading in LATER_PARTS)
    assert f"{course.trade} · {course.minutes} 分钟" in page


def test_a_course_of_before_shows_no_empty_headings(of_before: ConsoleApi) -> None:
    page = of_before.enter("rep_lin").get(f"/courses/{COURSE}").text
    assert "练一练" in page
    assert [heading for heading in LATER_PARTS if heading in page] == []


def test_the_reps_own_lines_are_told_from_the_customers(console: ConsoleApi) -> None:
    given(console, "price_unfold")
    page = console.enter("rep_lin").get(f"/courses/{COURSE}").text
    assert '<p class="own"><b>销售：</b>挨谁的骂？' in page
    assert "<p><b>客户：</b>老板手里有一份，比你低一万一。</p>" in page
