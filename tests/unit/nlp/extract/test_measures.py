"""Measure words, and the words that only begin like one."""

import pytest

from nlp.extract.measures import measure_after

MEASURES = [
    ("台机器", "台"),
    ("套方案", "套"),
    ("个人", "个"),
    ("平方米", "平方米"),
    ("平米", "平米"),
    ("平", "平"),
    ("公斤", "公斤"),
    ("斤", "斤"),
    ("千瓦时", "千瓦时"),
    ("千瓦", "千瓦"),
    ("度电", "度电"),
    ("人次", "人次"),
    ("人", "人"),
    ("号人", "号人"),
    ("层楼", "层"),
    ("头牛", "头"),
    ("块板", "块"),
    ("期付", "期"),
    ("kg", "kg"),
    ("件", "件"),
    ("例手术", "例"),
    ("顿饭", "顿"),
    ("像素", "像素"),
    ("毫米", "毫米"),
]

OTHER_WORDS = [
    "台湾人",
    "个月",
    "个小时",
    "个星期",
    "个工作日",
    "个亿",
    "件事",
    "平均",
    "平台",
    "方案",
    "方面",
    "部分",
    "部门",
    "只是",
    "只有",
    "人民币",
    "人家",
    "家里",
    "家具",
    "条件",
    "包含",
    "包邮",
    "位置",
    "次日",
    "份额",
    "单位",
    "单价",
    "批准",
    "场地",
    "款项",
    "本来",
    "本月",
    "升级",
    "转账",
    "回来",
    "回本",
    "块钱",
    "头跑",
    "期待",
    "节约",
    "样品",
    "组织",
    "车间",
    "道路",
    "kgx",
    "度",
    "手",
    "",
]


@pytest.mark.parametrize(("text", "word"), MEASURES, ids=[text for text, _ in MEASURES])
def test_a_measure_word_stands_here(text: str, word: str) -> None:
    assert measure_after(text, 0) == word


@pytest.mark.parametrize("text", OTHER_WORDS)
def test_another_word_begins_here(text: str) -> None:
    assert measure_after(text, 0) is None
