"""Notes made of the speaker's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text.condense import condense

CASES = [
    ("嗯,那个,价格还是高了点吧。", 40, "价格还是高了点"),
    ("行,今晚发您微信,就一页纸。", 40, "今晚发您微信，就一页纸"),
    ("得嘞,周五前我把试切的节拍给您出来。", 40, "周五前我把试切的节拍给您出来"),
    ("好嘞那我明天加上嫂子", 40, "我明天加上嫂子"),
    ("对不上我就直说对不上", 40, "对不上我就直说对不上"),
    ("行业里都这么干", 40, "行业里都这么干"),
    ("那边的报价低", 40, "那边的报价低"),
    ("好多人都说贵", 40, "好多人都说贵"),
    ("嗯嗯", 40, ""),
    ("", 40, ""),
    ("第一句话很长很长，第二句也很长很长，第三句", 12, "第一句话很长很长"),
    ("一二三四五六七八九十", 6, "一二三四五…"),
]


@pytest.mark.parametrize(("text", "limit", "short"), CASES, ids=[text or "empty" for text, _, _ in CASES])
def test_a_turn_in_fewer_of_its_own_words(text: str, limit: int, short: str) -> None:
    assert condense(text, limit=limit) == short


def test_the_words_that_matter_are_kept_first() -> None:
    text = "今天天气不错，路上也不堵，你们这价格太贵了，再说吧"
    assert condense(text, limit=12, focus=(13, 21)).startswith("你们这价格太贵了")


@given(st.text(alphabet="嗯那个价格太贵了，。好的行我 明天发您", max_size=60), st.integers(4, 60))
def test_the_result_is_short_and_made_of_the_text(text: str, limit: int) -> None:
    short = condense(text, limit=limit)
    assert len(short) <= limit
    rest = iter(text)
    assert all(char in rest for char in short if char not in "，…")
