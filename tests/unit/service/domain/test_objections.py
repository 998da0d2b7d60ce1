"""An objection stands until the rep has said something to it."""

import pytest

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


@pytest.mark.parametrize(
    ("code", "reply", "answered"),
    [
        pytest.param("authority", "discovery_question", True, id="who_decides_is_found_out_by_asking"),
        pytest.param("authority", "decision_maker", True, id="or_by_naming_them"),
        pytest.param("need", "value_statement", True, id="a_use_by_telling"),
        pytest.param("timing", "commitment", True, id="a_delay_by_agreeing_on_a_day"),
        pytest.param("price", "discovery_question", False, id="a_price_needs_more_than_a_question"),
        pytest.param("trust", "value_statement", False, id="a_doubt_needs_evidence"),
    ],
)
def test_what_takes_up_an_objection_depends_on_its_type(code: str, reply: str, answered: bool) -> None:
    visit = a_talk(f"c|{code}||这个不好办。", f"r||{reply}|您看这样。")
    assert (raised_objections(visit)[0].answer is not None) is answered


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


PRICE = a_talk("c|price||耗材单价太贵了。", on=day(4))


@pytest.mark.parametrize(
    ("lines", "stands"),
    [
        pytest.param(["r||objection_handling|耗材单价我们单列了，能降一成。"], False, id="in_the_customers_words"),
        pytest.param(["r||objection_handling|价格我申请下来了，三万。"], False, id="by_its_name"),
        pytest.param(["r||objection_handling|备一台放库房，坏了先换。"], True, id="about_something_else"),
        pytest.param(["r||objection_handling|您说了的我都记着。"], True, id="in_function_words_alone"),
        pytest.param(["r||value_statement|价格里含了三年质保。"], True, id="no_answer_but_praise"),
        pytest.param(["c||objection_handling|价格我去说。"], True, id="by_the_customer"),
        pytest.param(
            ["c|service||坏了没人管。", "r||objection_handling|价格里含了备机。"], True, id="an_answer_to_another"
        ),
        pytest.param(
            ["r||objection_handling|价格降了一成。", *["c|||嗯。"] * 7, "c|price||还是贵。"], True, id="raised_again"
        ),
    ],
)
def test_issue_5_coming_back_to_it_at_the_next_visit_closes_it(lines: list[str], stands: bool) -> None:
    standing = open_objections([PRICE, a_talk(*lines, on=day(11))], names={"price": ("价格", "太贵")})
    assert ("price" in [raised.finding.code for raised in standing]) is stands


def test_raised_after_it_was_come_back_to_it_stands_again() -> None:
    answered = a_talk("r||objection_handling|耗材单价我们单列了。", on=day(11))
    again = a_talk("c|price||总价也高。", on=day(12))
    assert [raised.evidence.visit_id for raised in open_objections([PRICE, answered, again])] == [again.visit_id]


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
