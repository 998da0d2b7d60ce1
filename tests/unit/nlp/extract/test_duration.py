"""Durations as they are spoken, in hours, one sentence a row; written before the rules that read them.

Policy the rows fix: a day has 24 hours, so five working days are 120; a month 30 days, a quarter 90, a year 365;
half of each is half; 一天 and 一年 as a rate (一年十二万) say no duration.
"""

from datetime import date

import pytest

from nlp.extract.extractor import extract_items
from nlp.text.script import ScriptFolder, load_folder

NOW = date(2026, 3, 11)

HITS: list[tuple[str, list[object]]] = [
    ("交期要3天", [72]),
    ("五个工作日出结果", [120]),
    ("两周吧", [336]),
    ("拖了半年", [4380]),
    ("一个半小时到现场", [1.5]),
    ("两个半钟头", [2.5]),
    ("半小时就好", [0.5]),
    ("半个小时", [0.5]),
    ("四十分钟换一次料", [0.6667]),
    ("一刻钟", [0.25]),
    ("质保三年", [26280]),
    ("质保一年", [8760]),
    ("账期六十天", [1440]),
    ("月结九十天垫不起", [2160]),
    ("交期四十五天", [1080]),
    ("停机三天损失太大", [72]),
    ("响应时间4小时", [4]),
    ("二十四小时内到场", [24]),
    ("48小时内修好", [48]),
    ("七天无理由", [168]),
    ("试用两个月", [1440]),
    ("一年半回本", [13140]),
    ("两年三个月", [19680]),
    ("三个半月", [2520]),
    ("半个月就到", [360]),
    ("一个季度", [2160]),
    ("三个礼拜", [504]),
    ("十二个礼拜？我的天", [2016]),
    ("两三天吧", [[48, 72]]),
    ("三到五天", [[72, 120]]),
    ("3-5个工作日", [[72, 120]]),
    ("七八个月", [[5040, 5760]]),
    ("十来天", [240]),
    ("二十多天", [480]),
    ("十几天", [[264, 456]]),
    ("等了两个多月", [1440]),
    ("三十六期就是三年", [26280]),
    ("五年以上的老客户", [43800]),
    ("三秒钟弹出来", [0.0008]),
    ("二十秒就到手上", [0.0056]),
    ("两周之内给我答复", [336]),
    ("三天之内回话", [72]),
    ("半天就装完了", [12]),
    ("一个月左右", [720]),
    ("等一个星期", [168]),
    ("得一年", [8760]),
    ("两年", [17520]),
    ("十个月", [7200]),
    ("三个钟头", [3]),
    ("一小时二十分钟", [1.3333]),
    ("三天半", [84]),
    ("两天两夜没睡", [48]),
    ("保修期十八个月", [12960]),
    ("仨月试用", [2160]),
    ("俩礼拜", [336]),
    ("一个工作日内", [24]),
    ("20个工作日", [480]),
    ("提前一周通知", [168]),
    ("最快也要一个月", [720]),
    ("个把月", [720]),
    ("1.5小时", [1.5]),
    ("30分钟以内", [0.5]),
    ("七乘二十四小时值班", [24]),
    ("八年起签", [70080]),
    ("连续跑了七十二小时", [72]),
    ("五六年了", [[43800, 52560]]),
]

MISSES: list[str] = [
    "三天后给您",
    "两年前买的",
    "一年十二万",
    "一天八十个病人",
    "一个月四千六",
    "三天两头坏",
    "三点半开会",
    "2026年",
    "今年",
    "一年到头忙",
    "每年一次",
    "前几年",
    "年轻人",
    "天天都来",
    "几天能到",
    "五月",
    "三月份",
    "第三年",
    "三年级的学生",
    "一天到晚",
    "多年的老朋友",
    "三分之一",
    "两分钱",
    "小时候",
    "打八十分",
    "百年老店",
    "二十四孝",
    "过两天再打",
]


@pytest.fixture(scope="module")
def folder() -> ScriptFolder:
    return load_folder()


@pytest.mark.parametrize(("sentence", "values"), HITS, ids=[sentence for sentence, _ in HITS])
def test_the_sentence_holds_these(sentence: str, values: list[object], folder: ScriptFolder) -> None:
    items = [item for item in extract_items(sentence, NOW, folder=folder) if item.kind == "duration"]
    assert [item.value for item in items] == values
    assert all(sentence[slice(*item.span)] for item in items)


@pytest.mark.parametrize("sentence", MISSES)
def test_the_sentence_holds_none(sentence: str, folder: ScriptFolder) -> None:
    assert [item for item in extract_items(sentence, NOW, folder=folder) if item.kind == "duration"] == []
