"""People: surname and title, cues, and what only looks like them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.extract.people import find_people

NAMED = [
    ("最后拍板的是分管的邵院长", ["邵院长"]),
    ("吴总监和吴总都在", ["吴总监", "吴总"]),
    ("骆主任，刚下台吧？", ["骆主任"]),
    ("重庆那边资产部刘总签字", ["刘总"]),
    ("总部信息部的谢工批", ["谢工"]),
    ("我叫林晓，负责咱们这一片", ["林晓"]),
    ("联系人是周敏。", ["周敏"]),
    ("设备他定，姓邵", ["邵"]),
    ("欧阳经理下午到", ["欧阳经理"]),
    ("小何，去把示教室占上", ["小何"]),
    ("我叫老贾也来", ["老贾"]),
    ("闵主任从市里调来的", ["闵主任"]),
    ("齐副院长说了算", ["齐副院长"]),
    ("田科长您好", ["田科长"]),
    ("孟总工把图看了", ["孟总工"]),
    ("周姐好，这位是张工", ["周姐", "张工"]),
    ("操总一般礼拜五来", ["操总"]),
    ("护士长姓白", ["白"]),
    ("何医生用了说顺手", ["何医生"]),
    ("高书记开完会签", ["高书记"]),
    ("姓和的那位经理", ["和"]),
]

NOBODY = [
    "总部和总公司的意思",
    "工程总监那边没问题",
    "您说的对方总监是谁",
    "这个月高工资的岗位",
    "小时候的事",
    "老实说不便宜",
    "三方总共多少钱",
    "项目经理来吗",
    "区域经理批的",
    "部门主任定",
    "单位领导没说",
    "设备科初审",
    "交易总额不低",
    "人家和院长说了",
    "施工的图给我",
    "做了十年代工",
    "前任会计填的表",
    "柜门上贴只小熊",
    "报价单总价",
    "负责人在吗",
    "财务总监要看",
    "订单总数对不上",
    "好的好的",
    "",
]


@pytest.mark.parametrize(("text", "names"), NAMED, ids=[text for text, _ in NAMED])
def test_these_people_are_named(text: str, names: list[str]) -> None:
    people = find_people(text)
    assert [person.name for person in people] == names
    assert all(text[slice(*person.span)] == person.name for person in people)


@pytest.mark.parametrize("text", NOBODY)
def test_nobody_is_named(text: str) -> None:
    assert find_people(text) == []


def test_the_title_is_kept_apart() -> None:
    assert [(p.name, p.title, p.rule) for p in find_people("邵院长")] == [("邵院长", "院长", "title")]


@given(st.text(alphabet="王总监经理和常工程小老姓，我叫刘", max_size=20))
def test_people_are_in_order_and_do_not_overlap(text: str) -> None:
    spans = [person.span for person in find_people(text)]
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
