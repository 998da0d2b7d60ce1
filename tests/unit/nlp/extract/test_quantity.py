"""Counts with measure words, one sentence a row; written before the rules that read them.

Policy the rows fix: 一 with a measure word is an article or a rate unless something is ordered; ordinals, shares,
discounts, versions, model, phone and room numbers are no quantities; money, dates and durations keep their own kinds.
"""

from datetime import date

import pytest

from nlp.extract.extractor import extract_items
from nlp.text.script import ScriptFolder, load_folder

NOW = date(2026, 3, 11)

HITS: list[tuple[str, list[object]]] = [
    ("先要三十台", [30]),
    ("两百箱发到仓库", [200]),
    ("一个月一百二十只", [120]),
    ("我带四个人过来", [4]),
    ("十台起订", [10]),
    ("车间有二十多台", [20]),
    ("十几家门店", [[11, 19]]),
    ("三四十张吧", [[30, 40]]),
    ("七八个吧，周末多点", [[7, 8]]),
    ("三十公斤够不够", [30]),
    ("一万三千吨的量", [13000]),
    ("八十亩地", [80]),
    ("三百多个货号", [300]),
    ("装两套试试", [2]),
    ("两台都坏了", [2]),
    ("要五百二十件", [520]),
    ("三十六盒推冷库门", [36]),
    ("一年六千度电", [6000]),
    ("二十个点位", [20]),
    ("三百个账号", [300]),
    ("四十几部电梯", [[41, 49]]),
    ("一百来只", [100]),
    ("先拿一台试试", [1]),
    ("订一套回去", [1]),
    ("五十片够吗", [50]),
    ("三吨车", [3]),
    ("六百六十平的店", [660]),
    ("一百二十平方米", [120]),
    ("两辆车都要装", [2]),
    ("五六十号人", [[50, 60]]),
    ("九十克的纸", [90]),
    ("零点八毫米厚", [0.8]),
    ("1.5吨", [1.5]),
    ("2000台年产量", [2000]),
    ("三到五台", [[3, 5]]),
    ("10-20箱", [[10, 20]]),
    ("五百人的厂", [500]),
    ("两千三百台", [2300]),
    ("十二名员工", [12]),
    ("二十间客房", [20]),
    ("三份合同", [3]),
    ("跑了三趟", [3]),
    ("修了四次", [4]),
    ("五条产线", [5]),
    ("十八个货位", [18]),
    ("八个科室都在用", [8]),
    ("一千套起", [1000]),
    ("八万公里", [80000]),
    ("四百万像素", [4000000]),
    ("三块板子", [3]),
    ("六把快充", [6]),
    ("二十头牛", [20]),
    ("五百瓶酒", [500]),
    ("六十桌酒席", [60]),
    ("三家供应商比价", [3]),
    ("两位领导", [2]),
    ("三百千瓦", [300]),
    ("500kg一袋的", [500]),
    ("四五台", [[4, 5]]),
    ("一百五十张床位", [150]),
    ("十五个病人", [15]),
    ("十万条数据", [100000]),
    ("三千平", [3000]),
    ("五层楼高", [5]),
    ("三個人", [3]),
    ("二十五支", [25]),
    ("两卷膜", [2]),
    ("一打就是十二支", [12]),
]

MISSES: list[str] = [
    "一台多少钱",
    "九万八一台",
    "一个月",
    "第三台机器",
    "三号机停了",
    "打八五折",
    "百分之三十",
    "30%的毛利",
    "三成首付",
    "型号A3000",
    "V2.0.3版本",
    "手机号13912345678",
    "2026年3月",
    "三天",
    "几台都行",
    "要几台",
    "一个说法",
    "一下子",
    "一起去",
    "万一不行",
    "三楼会议室",
    "二楼302室",
    "三方合同",
    "三甲医院",
    "五金件",
    "五G基站",
    "三个点的差价",
    "一半以上",
    "三分之二",
    "一句话",
    "两下就装好了",
    "四川的客户",
    "八字没一撇",
    "不管三七二十一",
    "七上八下",
    "三点钟开会",
    "一五一十地说",
    "一家人",
    "二维码扫一下",
    "三个月",
    "这个人",
    "那个方案",
    "有个人",
    "半个小时",
    "一条龙服务",
    "订单号8842091",
    "IP67防水",
    "九九六",
]


@pytest.fixture(scope="module")
def folder() -> ScriptFolder:
    return load_folder()


@pytest.mark.parametrize(("sentence", "values"), HITS, ids=[sentence for sentence, _ in HITS])
def test_the_sentence_holds_these(sentence: str, values: list[object], folder: ScriptFolder) -> None:
    items = [item for item in extract_items(sentence, NOW, folder=folder) if item.kind == "quantity"]
    assert [item.value for item in items] == values
    assert all(sentence[slice(*item.span)] for item in items)


@pytest.mark.parametrize("sentence", MISSES)
def test_the_sentence_holds_none(sentence: str, folder: ScriptFolder) -> None:
    assert [item for item in extract_items(sentence, NOW, folder=folder) if item.kind == "quantity"] == []
