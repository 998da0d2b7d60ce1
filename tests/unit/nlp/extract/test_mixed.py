"""Whole sentences with everything that is in them; said on Wednesday 2026-03-11; written before the rules."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.extract.extractor import extract_items

NOW = date(2026, 3, 11)

MIXED: list[tuple[str, list[tuple[str, object]]]] = [
    ("Q2有200万技改预算，先上三十台", [("date", ["2026-04-01", "2026-06-30"]), ("money", 2000000), ("quantity", 30)]),
    ("九万八一台，要十台，下周三交货", [("money", 98000), ("quantity", 10), ("date", "2026-03-18")]),
    ("月底前付三成，余款账期六十天", [("date", "2026-03-31"), ("duration", 1440)]),
    ("五一前装两台，每台八万五", [("date", "2026-05-01"), ("quantity", 2), ("money", 85000)]),
    ("两百箱，一箱七百来块，三天到货", [("quantity", 200), ("money", 700), ("duration", 72)]),
    ("我明天下午三点过去，带两个工程师", [("date", "2026-03-12"), ("quantity", 2)]),
    ("质保三年，第二年起每年六千八", [("duration", 26280), ("money", 6800)]),
    ("合同2026年5月1号到期，年费十二万六", [("date", "2026-05-01"), ("money", 126000)]),
    ("打九折以后二十三万四，月底前签", [("money", 234000), ("date", "2026-03-31")]),
    ("一度六毛八，一年省三十来万，两年回本", [("money", 0.68), ("money", 300000), ("duration", 17520)]),
    (
        "三号机用了八年，去年修了四次，花了六万",
        [("duration", 70080), ("date", ["2025-01-01", "2025-12-31"]), ("quantity", 4), ("money", 60000)],
    ),
    ("首批五百件，二十八号出三百件", [("quantity", 500), ("date", "2026-03-28"), ("quantity", 300)]),
    ("您好，我是小李，型号A3000那台怎么样了", []),
    ("四五十万的设备，要我这个月定", [("money", [400000, 500000]), ("date", ["2026-03-01", "2026-03-31"])]),
    ("预算三百万以内，六月底前上线", [("money", 3000000), ("date", "2026-06-30")]),
    ("您给我四十八小时，周五给您准信", [("duration", 48), ("date", "2026-03-13")]),
    ("两千三百五一套，买三十套送两套", [("money", 2350), ("quantity", 30), ("quantity", 2)]),
    ("我们这边一百五十号人，两班倒", [("quantity", 150)]),
    ("电话13800123456，周二联系我", [("date", "2026-03-17")]),
    (
        "上个月用了三千二百度电，花了两千一",
        [("date", ["2026-02-01", "2026-02-28"]), ("quantity", 3200), ("money", 2100)],
    ),
    ("十五号之前给我方案，超过三十万要上会", [("date", "2026-03-15"), ("money", 300000)]),
    ("交期四十天太长，最多二十五天", [("duration", 960), ("duration", 600)]),
    ("他家三万二，你家三万八，差六千块", [("money", 32000), ("money", 38000), ("money", 6000)]),
    (
        "先试用两周，行的话下个月签一百台",
        [("duration", 336), ("date", ["2026-04-01", "2026-04-30"]), ("quantity", 100)],
    ),
    ("百分之三十预付，百分之七十到货付", []),
    ("好的好的，我知道了", []),
    ("国庆前十台到位，剩下的年底", [("date", "2026-10-01"), ("quantity", 10), ("date", "2026-12-31")]),
    ("三个人两天就能装完", [("quantity", 3), ("duration", 48)]),
    (
        "从五月八号到十五号停机，七天损失两百万",
        [("date", ["2026-05-08", "2026-05-15"]), ("duration", 168), ("money", 2000000)],
    ),
    ("响应时间四小时，备件二十四小时到，年费五万八", [("duration", 4), ("duration", 24), ("money", 58000)]),
]


@pytest.mark.parametrize(("sentence", "expected"), MIXED, ids=[sentence for sentence, _ in MIXED])
def test_the_sentence_holds_exactly_these(sentence: str, expected: list[tuple[str, object]]) -> None:
    items = [(item.kind, item.value) for item in extract_items(sentence, NOW)]
    assert sorted(items, key=str) == sorted(expected, key=str)


@given(
    st.text(
        alphabet=("一二三两四五十百千万亿几多来半点块毛元号月年天周下上这个底初前后台件%A0359.,-到，。¥零第折成"),
        max_size=24,
    )
)
def test_any_mix_of_number_words_gives_ordered_spans_that_do_not_overlap(text: str) -> None:
    spans = [item.span for item in extract_items(text, NOW)]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))


def test_hedged_amounts_are_marked_approximate() -> None:
    said = {
        s: extract_items(s, NOW)[0].approximate for s in ("三万左右", "二十来万", "300万以内", "大概三万块", "三万块")
    }
    assert said == {"三万左右": True, "二十来万": True, "300万以内": True, "大概三万块": True, "三万块": False}


def test_offsets_point_into_the_text_as_it_was_written() -> None:
    text = "報價￥９８００，下週三"
    item = extract_items(text, NOW)[0]
    assert text[slice(*item.span)] == "９８００"
