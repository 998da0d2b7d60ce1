"""Numbers that no rule may read, beside the same digits where one may."""

import pytest

from nlp.extract.blocked import blocked_spans

BLOCKED = [
    ("打八五折", "打八五折"),
    ("九折行不行", "九折"),
    ("百分之十二点五", "百分之十二点五"),
    ("18.5%", "18.5%"),
    ("三成首付", "三成"),
    ("两成五", "两成五"),
    ("涨了三个点", "三个点"),
    ("三个百分点", "三个百分点"),
    ("三分之二", "三分之二"),
    ("千分之四点一", "千分之四点一"),
    ("第三台", "第三台"),
    ("型号A3000", "A3000"),
    ("KX-200", "KX-200"),
    ("IP67防水", "IP67"),
    ("升到3.2.1", "3.2.1"),
    ("打13800123456", "13800123456"),
    ("订单20260311005", "20260311005"),
    ("幺三八零零一二三四五六", "幺三八零零一二三四五六"),
    ("三楼会议室", "三楼"),
    ("302室", "302室"),
    ("三号机", "三号"),
    ("万一坏了", "万"),
    ("千万别急", "千万"),
    ("七上八下", "七上八下"),
    ("下午三点半", "三点半"),
    ("9:30开会", "9:30"),
    ("十点零五分", "十点零五分"),
    ("三甲医院", "三甲"),
    ("十分感谢", "十分"),
    ("两班倒", "两班倒"),
]

FREE = [
    "八五年",
    "三十台",
    "九万八",
    "两百万",
    "三点五万",
    "零点八毫米",
    "两万一台",
    "二十个点位",
    "十分钟",
    "RMB4500",
    "Q2有预算",
    "28号院里开会",
    "三成本账",
    "两成功案例",
    "折腾三天",
    "第二季度",
    "¥12800000",
    "一千万元",
]


@pytest.mark.parametrize(("text", "words"), BLOCKED, ids=[text for text, _ in BLOCKED])
def test_these_words_are_out_of_reach(text: str, words: str) -> None:
    assert words in {text[start:end] for start, end in blocked_spans(text)}


@pytest.mark.parametrize("text", FREE)
def test_these_may_be_read(text: str) -> None:
    assert blocked_spans(text) == []
