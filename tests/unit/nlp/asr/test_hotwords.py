from hypothesis import given
from hypothesis import strategies as st

from nlp.asr.hotwords import MAX_HOTWORDS, fit_hotwords, select_hotwords


def test_the_order_of_importance_is_kept_and_twins_count_once() -> None:
    assert select_hotwords(["峰谷电价", "PCS", "ｐｃｓ", " 储能柜 ", "峰谷电价"]) == ["峰谷电价", "PCS", "储能柜"]


def test_unusable_terms_are_left_out() -> None:
    assert select_hotwords(["", " ", "价", "交\n期", "这是一整句话而不是一个词所以不能当作热词使用", "交期"]) == [
        "交期"
    ]


def test_never_more_than_the_limit() -> None:
    assert len(select_hotwords(f"型号{i}" for i in range(500))) == MAX_HOTWORDS
    assert select_hotwords(["甲乙", "丙丁", "戊己"], limit=2) == ["甲乙", "丙丁"]


def test_as_many_leading_words_as_fit_are_joined() -> None:
    assert fit_hotwords(["储能柜", "恒屿", "需量"], count_tokens=len, budget=7) == "储能柜，恒屿"


def test_no_room_means_no_hot_words() -> None:
    assert fit_hotwords(["储能柜"], count_tokens=len, budget=2) == ""
    assert fit_hotwords([], count_tokens=len, budget=100) == ""


@given(st.lists(st.text(max_size=25)), st.integers(0, 60))
def test_the_budget_is_never_exceeded(terms: list[str], budget: int) -> None:
    joined = fit_hotwords(select_hotwords(terms), count_tokens=len, budget=budget)
    assert len(joined) <= budget
