"""What a course changed is told to those who lead, with its doubt; a visit the customer signed for is marked."""

from collections.abc import Sequence
from datetime import timedelta
from html import unescape

import pytest

from service.domain.coaching.course_rows import CourseRow
from service.domain.coaching.observations import ObservationRow
from tests.support.builders import TENANT, an_id
from tests.support.console import VISIT_OF, ConsoleApi
from tests.support.fakes import NOON

LIN = an_id("vis", VISIT_OF["rep_lin"])
COURSE = an_id("crs")
PAGES = ("/reps/rep_lin", f"/courses/{COURSE}")
COMPLETED = NOON - timedelta(days=20)
CAVEAT = {"zh": "不等于因果", "en": "is not cause and effect"}


def completed(console: ConsoleApi, before: Sequence[int], after: Sequence[int]) -> None:
    """A course about objections, completed twenty days ago, and what was observed of them around it."""
    at = [(value, COMPLETED - timedelta(days=1 + n)) for n, value in enumerate(before)]
    at += [(value, COMPLETED + timedelta(days=1 + n)) for n, value in enumerate(after)]
    with console.api.services.uow() as tx:
        tx.coaching.courses.add(
            CourseRow(COURSE, TENANT, COMPLETED, LIN, "rep_lin", "price_unfold", "objection", "rule", "因为", (),
                      "completed", NOON, completed_at=COMPLETED, answer="先问再说")
        )  # fmt: skip
        for number, (value, when) in enumerate(at):
            tx.coaching.observations.add(
                ObservationRow(an_id("obs", number), TENANT, when, LIN, "rep_lin", "acc_1", "objection", "r", "n",
                               value, 1.0, "talk")
            )  # fmt: skip


def read(console: ConsoleApi, person: str, path: str, language: str = "zh") -> str:
    browser = console.enter(person)
    browser.post("/language", {"to": language, "back": "/console/visits"})
    return unescape(browser.get(path).text)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("before", "after", "words"), [
    ([10, 10, 20, 10], [90, 90, 80, 90], ("有提高", "完成前 12 分（4 次），完成后 88 分（4 次），相差 +75.0")),
    ([90, 90, 80, 90], [10, 10, 20, 10], ("有下降", "相差 -75.0")),
    ([10, 90, 10], [90, 10, 90], ("看不出变化", "95% 区间 -")),
])  # fmt: skip
def test_an_effect_stands_with_its_interval_and_its_caveat(
    console: ConsoleApi, path: str, before: list[int], after: list[int], words: tuple[str, ...]
) -> None:
    completed(console, before, after)
    shown = read(console, "mgr_he", path)
    assert [each for each in (*words, "95% 区间", CAVEAT["zh"]) if each not in shown] == []


@pytest.mark.parametrize("path", PAGES)
def test_under_three_observations_a_side_no_number_is_claimed(console: ConsoleApi, path: str) -> None:
    completed(console, [10, 10, 20], [90, 90])
    shown = read(console, "mgr_he", path)
    assert "现有前 3 次，后 2 次" in shown
    assert "有提高" not in shown
    assert "95% 区间" not in shown


@pytest.mark.parametrize("path", PAGES)
def test_an_effect_is_told_in_english_too_and_not_to_the_rep(console: ConsoleApi, path: str) -> None:
    completed(console, [10, 10, 20, 10], [90, 90, 80, 90])
    told = ("better since", "difference +75.0", CAVEAT["en"])
    assert [each for each in told if each not in read(console, "exe_gu", path, "en")] == []
    assert [each for each in told if each in read(console, "rep_lin", path, "en")] == []


def test_a_course_that_nobody_completed_shows_no_effect(console: ConsoleApi) -> None:
    due = NOON + timedelta(days=14)
    with console.api.services.uow() as tx:
        tx.coaching.courses.add(
            CourseRow(COURSE, TENANT, NOON, LIN, "rep_lin", "price_unfold", "objection", "rule", "因为", (), "proposed",
                      due)
        )  # fmt: skip
    assert [path for path in PAGES if "次观察才能比较" in read(console, "mgr_he", path)] == []


@pytest.mark.parametrize(("language", "mark"), [("zh", "高质量拜访"), ("en", "High-quality visit")])
def test_a_visit_with_a_signed_proof_is_marked_for_rep_and_leader(
    console: ConsoleApi, language: str, mark: str
) -> None:
    people, path = ("rep_lin", "mgr_he"), f"/visits/{LIN}"
    assert not any(mark in read(console, person, path, language) for person in people)
    client = console.api.client()
    assert client.get(f"/v1/visits/{LIN}/checklist").json()["high_quality"] is False
    assert not any(mark in read(console, person, path, language) for person in people), "a checklist is no proof"
    sent = client.post(f"/v1/visits/{LIN}/proof", files={"file": ("痛点确认单.pdf", b"%PDF-1.7")})
    assert sent.status_code == 201
    assert all(mark in read(console, person, path, language) for person in people)
    assert mark not in read(console, "mgr_tan", f"/visits/{an_id('vis', VISIT_OF['rep_wu'])}", language)
