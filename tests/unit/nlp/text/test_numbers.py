"""Numerals as they are said, read in place."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text.numbers import find_numerals, parse_number, read_numeral

WHOLE = [
    ("三千八", 3800),
    ("九万八", 98000),
    ("8万5", 85000),
    ("一百二十八万六千五", 1286500),
    ("两亿三千万", 230000000),
    ("三点五亿", 350000000),
    ("零点八", 0.8),
    ("一万零八百", 10800),
    ("一千零五十", 1050),
    ("四五十万", [400000, 500000]),
    ("十二三万", [120000, 130000]),
    ("三到五万", [30000, 50000]),
    ("八千到一万", [8000, 10000]),
    ("30-50万", [300000, 500000]),
    ("一千一二百", [1100, 1200]),
    ("三千七八", [3700, 3800]),
    ("二十一", 21),
    ("三百二十一", 321),
    ("二零二六", 2026),
    ("12,800.50", 12800.5),
    ("1.2个亿", 120000000),
    ("十几", [11, 19]),
    ("几十万", [200000, 900000]),
    ("数百万", [2000000, 9000000]),
    ("十五六万到二十万", [150000, 200000]),
    ("12万8000", 128000),
    ("三千", 3000),
    ("0.5", 0.5),
    ("三五", [3, 5]),
]

CUT = [
    ("两千三百五一套", "两千三百五"),
    ("九万八一台", "九万八"),
    ("三千一台", "三千"),
    ("三万一个月", "三万"),
    ("三百来不及", "三百"),
    ("五百多少", "五百"),
    ("三点五十", "三"),
    ("五万八万", "五万"),
    ("零点六八一度", "零点六八"),
    ("三十把椅子", "三十"),
]

NONE = ["一定", "几", "数", "半", "", "abc", "点五", "上午"]


@pytest.mark.parametrize(("words", "value"), WHOLE, ids=[words for words, _ in WHOLE])
def test_a_numeral_has_this_value(words: str, value: object) -> None:
    assert parse_number(words) == value


@pytest.mark.parametrize(("text", "words"), CUT, ids=[text for text, _ in CUT])
def test_a_numeral_ends_before_what_it_does_not_own(text: str, words: str) -> None:
    numeral = read_numeral(text, 0)
    assert numeral is not None
    assert text[numeral.start : numeral.end] == words


@pytest.mark.parametrize("words", NONE)
def test_no_number_is_read_into(words: str) -> None:
    assert parse_number(words) is None


def test_hedges_mark_a_number_approximate() -> None:
    assert [n.approximate for n in find_numerals("二十来万，三十多台，四十台")] == [True, True, False]


def test_a_left_out_one_is_said_to_be_implied() -> None:
    assert [(n.low, n.implied) for n in find_numerals("上百万")] == [(1_000_000, True)]


@given(st.text(alphabet="零一二两三四五六七八九十百千万亿几数点到-0123456789.,多来把个台半", max_size=20))
def test_numerals_stay_inside_the_text_and_in_order(text: str) -> None:
    numerals = find_numerals(text)
    assert all(n.start < n.end <= len(text) and n.low <= n.high for n in numerals)
    assert all(a.end <= b.start for a, b in itertools.pairwise(numerals))


@given(st.integers(min_value=1, max_value=99_999_999))
def test_arabic_numbers_come_back_unchanged(number: int) -> None:
    assert parse_number(str(number)) == number


@given(st.integers(min_value=1, max_value=99_999_999))
def test_written_chinese_numbers_come_back_unchanged(number: int) -> None:
    assert parse_number(_spell(number)) == number


def _spell(number: int) -> str:
    """The full written form of a number below a hundred million."""
    high, low = divmod(number, 10_000)
    if not high:
        return _below_ten_thousand(low)
    middle = "零" if low and low < 1000 else ""
    return _below_ten_thousand(high) + "万" + middle + (_below_ten_thousand(low) if low else "")


def _below_ten_thousand(number: int) -> str:
    digits, spelled, gap = "零一二三四五六七八九", "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            spelled += ("零" if gap and spelled else "") + digits[digit] + name
            gap = False
        else:
            gap = True
    return spelled
