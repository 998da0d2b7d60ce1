"""What is looked at first only spares work: the rules find the same without it."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.corpus.check import conversation_files, parse_visits
from nlp.extract import blocked, dates, money
from nlp.extract.money import find_money
from nlp.text import numbers

FIRST_LOOK = re.compile(r"\(\?=\[[^\]]+\]\)")
FEAST = next(pattern for name, pattern, _ in dates._RULES if name == "feast")
MARKS = (
    "一二三半五六七八九十百千万零幺两几多来个打给到第点折成0123.%％楼号级比室年"
    "节国庆春中秋腊除夕十月底去今明后农历AB乱接不丢统唯元甲"
)
SAID = st.text(alphabet=MARKS, max_size=16)


def without_first_look(pattern: re.Pattern[str]) -> re.Pattern[str]:
    bare, looks = FIRST_LOOK.subn("", pattern.pattern, count=1)
    assert looks == 1
    return re.compile(bare)


PATTERNS = {"blocked": blocked._BLOCKED, "idioms": blocked._IDIOMS, "feast": FEAST}


@pytest.mark.parametrize("name", PATTERNS)
@given(text=SAID)
def test_a_pattern_finds_the_same_where_it_looks_everywhere(name: str, text: str) -> None:
    pattern = PATTERNS[name]
    assert [m.span() for m in pattern.finditer(text)] == [m.span() for m in without_first_look(pattern).finditer(text)]


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_finds_the_same_in_written_talks(name: str) -> None:
    pattern, bare = PATTERNS[name], without_first_look(PATTERNS[name])
    said = [turn["text"] for path in conversation_files()[::8] for v in parse_visits(path, []) for turn in v["turns"]]
    assert len(said) > 1000
    found = [[m.span() for m in pattern.finditer(text)] for text in said]
    assert found == [[m.span() for m in bare.finditer(text)] for text in said]
    assert any(found)


@given(st.text(alphabet="下周三月底国庆年前Q2后天半上号5内春腊无关的字", max_size=14))
def test_a_rule_for_dates_is_left_out_only_where_none_of_its_characters_is_said(text: str) -> None:
    chosen = [(name, pattern) for name, pattern, _ in dates._rules_for(text)]
    wanted = [
        (name, pattern)
        for (name, pattern, _), (_, needs, _, _) in zip(dates._RULES, dates._WRITTEN, strict=True)
        if not set(needs).isdisjoint(text)
    ]
    assert chosen == wanted


@pytest.mark.parametrize("before", ["", "我们上回说过的那些话先都不去提了" * 6])
@pytest.mark.parametrize(
    ("text", "value", "approximate"), [("大概三百块", 300, True), ("¥ 300", 300, False), ("报价三万", 30_000, False)]
)
def test_what_stands_before_an_amount_counts_however_long_the_turn(
    before: str, text: str, value: int, *, approximate: bool
) -> None:
    found = find_money(before + text, [])
    assert [(item.value, item.approximate) for item in found] == [(value, approximate)]


def test_dates_are_found_where_their_rule_is_asked() -> None:
    assert [item.value for item in dates.find_dates("国庆前给你", date(2026, 3, 11))] == ["2026-10-01"]
    assert dates.find_dates("没有日子可说", date(2026, 3, 11)) == []


@given(st.text(alphabet="三半十两12点:：万分，到", max_size=10))
def test_clock_times_are_looked_for_wherever_one_is_said(text: str) -> None:
    everywhere = (blocked._BLOCKED, blocked._IDIOMS, blocked._CLOCK)
    assert blocked.blocked_spans(text) == [m.span() for pattern in everywhere for m in pattern.finditer(text)]


CURRENCIES = ("_FOREIGN", "_YUAN", "_JIAO", "_FEN", "_LETTER")
BEHIND = (
    "美元 美金 美刀 刀 欧元 欧 港币 港元 港纸 日元 日币 英镑 卢布 韩元 新币 新台币 台币 澳元 USD EUR HKD usd "
    "块 块钱 来块 多块 把块 几块 整块 元 圆 Yuan yuan 毛 毛钱 角 来毛 多角 分钱 w W k K w三"
)


@pytest.mark.parametrize("behind", BEHIND.split())
def test_what_names_a_currency_is_looked_at(behind: str) -> None:
    assert any(getattr(money, name).match(behind) for name in CURRENCIES)
    assert behind[0] in money._NAMED_BY


@given(st.text(alphabet=[*money._NAMED_BY, *" \u3000\t，台人民币甲1RB"], min_size=1, max_size=4))
def test_no_currency_is_named_where_none_is_looked_for(text: str) -> None:
    if text[0] not in money._NAMED_BY and not text[0].isspace():
        assert not any(getattr(money, name).match(text) for name in CURRENCIES)


@given(st.text(alphabet="到至-~～—– \t三，", min_size=1, max_size=5))
def test_two_numbers_are_joined_only_by_what_is_looked_for(text: str) -> None:
    looked_at = text[0] in numbers._JOIN_BEGINS or text[0].isspace()
    assert looked_at or numbers._JOIN.match(text) is None
