"""An objection stands until the rep has said something to it."""

from service.domain.objections import open_objections, raised_objections
from tests.support.talks import a_talk, day


def test_an_answer_soon_after_closes_the_objection() -> None:
    visit = a_talk("c|price||太贵了。", "r||objection_handling|贵在耗材，咱拆开看。")
    assert [raised.answer for raised in raised_objections(visit)] == [1]


def test_silence_leaves_it_open() -> None:
    visit = a_talk("c|price||太贵了。", "r|||嗯。", "c|||喝茶吧。")
    assert [raised.answer for raised in raised_objections(visit)] == [None]


def test_an_answer_before_the_objection_is_no_answer_to_it() -> None:
    visit = a_talk("r||objection_handling|您可能觉得贵。", "c|price||就是贵。")
    assert raised_objections(visit)[0].answer is None


def test_an_answer_more_than_six_turns_later_is_about_something_else() -> None:
    filler = ["c|||嗯。", "r|||是。", "c|||天真热。", "r|||是啊。", "c|||喝水。", "r|||谢谢。"]
    visit = a_talk("c|price||太贵了。", *filler, "r||objection_handling|交期我们压到二十天。")
    assert raised_objections(visit)[0].answer is None


def test_a_customers_words_never_answer_an_objection() -> None:
    visit = a_talk("c|price||太贵了。", "c||objection_handling|不过耗材便宜。")
    assert raised_objections(visit)[0].answer is None


def test_raised_again_after_an_answer_it_needs_another() -> None:
    visit = a_talk("c|price||太贵了。", "r||objection_handling|拆开看。", "c|price||还是贵。")
    assert [raised.answer for raised in raised_objections(visit)] == [1, None]


def test_a_later_visit_that_answers_the_same_type_closes_it() -> None:
    first = a_talk("c|trust||没听过你们。", on=day(4))
    second = a_talk("c|trust||还是不放心。", "r||objection_handling|这三家电话您打。", on=day(11))
    assert open_objections([second, first]) == []


def test_open_ones_come_newest_first_and_one_a_type() -> None:
    first = a_talk("c|trust||没听过你们。", "c|price||贵。", on=day(4))
    second = a_talk("c|price||还是贵。", on=day(11))
    standing = open_objections([first, second])
    assert [(raised.finding.code, raised.evidence.visit_id) for raised in standing] == [
        ("price", "visit_0311"),
        ("trust", "visit_0304"),
    ]


def test_no_visits_leave_nothing_open() -> None:
    assert open_objections([]) == []
