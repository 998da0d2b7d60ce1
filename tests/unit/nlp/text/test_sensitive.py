"""Health, children under fourteen and whereabouts are found where they are said of a person, and nowhere else."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text.health_facts import find_health_facts
from nlp.text.masking import SENSITIVE, load_masker
from nlp.text.minors import find_minors_facts
from nlp.text.whereabouts import find_whereabouts

MASKER = load_masker()

HEALTH = {
    "我有高血压": ["高血压"],
    "上周刚做完手术，合同我下周签": ["手术"],
    "我爱人怀孕了，酒就不喝了": ["怀孕"],
    "我妈住院，查出来糖尿病": ["住院", "糖尿病"],
    "我有胰岛素要打": ["胰岛素"],
    "他对花生过敏，还有哮喘": ["过敏", "哮喘"],
}
NO_HEALTH = [
    "我们是做高血压药的",
    "这台仪器是给糖尿病患者用的",
    "手术室明年要扩建",
    "我们公司流水线过敏原要清洗",
    "孩子喝了保证不感冒",
    "这个价格我很头疼",
    "太阳下山了再来",
    "",
]
MINORS = {
    "我家孩子才八岁": ["八岁"],
    "女儿12岁，在育才小学六年级": ["12岁", "育才小学", "六年级"],
    "宝宝刚六个月，夜里老醒": ["六个月"],
    "孩子八个月大": ["八个月"],
    "儿子是2019年生的": ["2019年"],
    "我孙子一岁半": ["一岁半"],
}
NO_MINORS = [
    "公司成立八年了，孩子气的话别说",
    "儿子十四岁了",
    "女儿今年二十一岁",
    "孩子学琴才一个月",
    "适合三到六岁儿童",
    "小学一共六个年级",
    "项目八个月完工",
    "",
]
PLACES = {
    "我住在翠苑": ["翠苑"],
    "他现在在三亚": ["三亚"],
    "我家在富阳": ["富阳"],
    "她每天早上去西湖跑步": ["西湖"],
    "位置是北纬30.27，东经120.15": ["30.27", "120.15"],
    "我住汉庭，1208房": ["汉庭", "1208房"],
    "她下班都坐二号线到丰潭路": ["二号线", "丰潭路"],
}
NO_PLACES = [
    "仓库在萧山",
    "下周三我去上海出差",
    "我现在在公司",
    "他们住宿标准一天三百",
    "老板住院了",
    "头发稠得扎不住皮筋",
    "",
]


def said(text: str, spans: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(("text", "facts"), HEALTH.items())
def test_a_health_fact_about_a_person_is_found(text: str, facts: list[str]) -> None:
    assert said(text, find_health_facts(text)) == facts


@pytest.mark.parametrize("text", NO_HEALTH)
def test_talk_about_goods_and_patients_tells_nobodys_health(text: str) -> None:
    assert find_health_facts(text) == []


@pytest.mark.parametrize(("text", "facts"), MINORS.items())
def test_a_childs_age_and_school_are_found(text: str, facts: list[str]) -> None:
    assert said(text, find_minors_facts(text)) == facts


@pytest.mark.parametrize("text", NO_MINORS)
def test_the_grown_up_and_the_goods_are_no_children(text: str) -> None:
    assert find_minors_facts(text) == []


@pytest.mark.parametrize(("text", "places"), PLACES.items())
def test_where_somebody_lives_is_or_goes_every_day_is_found(text: str, places: list[str]) -> None:
    assert said(text, find_whereabouts(text, MASKER.tag(text))) == places


@pytest.mark.parametrize("text", NO_PLACES)
def test_where_business_is_done_tells_nobodys_whereabouts(text: str) -> None:
    assert find_whereabouts(text, MASKER.tag(text)) == []


def test_they_are_masked_and_marked_as_sensitive() -> None:
    found = MASKER.find("我叫王建国，我有高血压，我家孩子才八岁，我住在翠苑")
    assert [(each.kind, each.sensitive) for each in found] == [
        ("name", False), ("health", True), ("minor", True), ("location", True)
    ]  # fmt: skip
    assert "八岁" not in MASKER.mask("我家孩子才八岁")


def test_cards_are_sensitive_and_phones_are_not() -> None:
    assert {"id_card", "bank_card", "health", "minor", "location"} == SENSITIVE


@given(st.text(alphabet="我他家孩子儿女八十岁年级住在现每天去杭州高血压手术，。0123456789个月", max_size=50))
def test_spans_lie_in_the_text_in_order_without_overlap(text: str) -> None:
    for spans in (find_health_facts(text), find_minors_facts(text), find_whereabouts(text, MASKER.tag(text))):
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
