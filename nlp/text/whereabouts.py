"""Where a person lives, is now or goes every day, short of a door; where the next meeting is, is none of it.

Why: a person's movements are sensitive (GB/T 35273), while 仓库在萧山 and 下周三去上海出差 are business.
Invariant: a place counts only behind a person and a word for living, for now or for every day; the span is the place
alone.
"""

import re

from nlp.text.personal_names import Tagged
from nlp.types import Span

_PERSON = (
    r"(?:[我你您他她](?!们)|爱人|老婆|老公|[爸妈]|儿子|女儿|孩子|小孩|外公|外婆|爷爷|奶奶|婆婆|公公|[哥姐弟妹]|"
    r"老板|主任|经理|[一-龥＊]总|本人)"
)
_LIVES = re.compile(
    rf"(?P<who>{_PERSON})[^，。把]{{0,6}}?(?:(?<=[我你您他她妈爸弟哥姐妹板任理总婆公晚都家里就常先]|人)住(?:在|的|的是|到)?|住在|人住在?|租在|(?<!箱)搬[到去]了?|躲在|家就?在|家在)"
    r"(?![院宿房处了得满]|我们|你们)"
)
_NOW = re.compile(
    rf"(?P<who>{_PERSON})[^，。]{{0,5}}?(?:现在|这会儿|此刻|目前|正|人)(?:人|正|已经|都)?(?:停在|躲在|在|到了?)(?!开会|等|用)"
    rf"|(?:现在|这会儿|此刻){_PERSON}(?:人)?(?:正在|正|就)?在"
)
_DAILY = re.compile(
    rf"(?P<who>{_PERSON}[^，。]{{0,4}}?)(?:每天|天天|每晚|每周[一二三四五六日天]?|晚上一般|放学|下班)[^，。]{{0,6}}?(?:都在|在|去|到|走|坐)"
)
_LOCATED = re.compile(r"(?:定位|GPS)(?:显示)?[^，。]{0,5}?在|(?:[我他她]的)?位置(?:现在)?[是在]")
_RENTS = re.compile(rf"{_PERSON}在(?=[一-龥]{{2,8}}租)")
_DEGREES = re.compile(r"(?:[东西]经|[南北]纬)[是为]?(?P<at>\d{1,3}\.\d+)")
_ROOM = re.compile(
    r"(?<=[我你您他她板总晚])住(?![院宿])[^。]{2,10}?(?P<room>\d{3,4}房间?|[一二三四五六七八九十]{1,3}楼)"
)
_PLACE_TAGS = ("ns", "nr", "nz", "nt")
_NOUN_TAGS = (*_PLACE_TAGS, "n", "s", "z", "ng", "m", "j", "b", "l", "i")
_SUFFIX = re.compile(
    r"[路街区县市镇村岛山湖江河桥庄城巷里坊院站苑园馆店湾]$|湿地|路口|广场|机场|东站|西站|酒店|公园|小区|中心|大厦|商场|学校|[小中]学|"
    r"幼儿园|体育馆|医院|茶楼|餐厅|饭店|敬老院|号线|老家|球场|高尔夫|喜来登|汉庭|万豪|希尔顿|如家|全季"
)
_NO_PLACE = re.compile(
    r"^(?:公司|单位|会[上议]?|现场|办公室|群里|飞机|船上?|后山|园区|机房|马路|厂里?|店里?|家里?|外面|路上|车[上间]|[这那]边|系统|设置|银行|采购部?|部门|行业|门店|医院|学校|仓库|"
    r"工厂|线上|市场|隔壁|客户|[一二三]号(?!线)|前台|港口|财务)"
)
_BESIDE = re.compile(r"(?:等车|等人|跑步|散步|吃饭|喝茶|锻炼|地下|楼下|门口)$")
_ON = re.compile(r"，在|[到去](?=[一-龥]{2})")
_LONGEST = 10


def find_whereabouts(text: str, tagged: Tagged) -> list[Span]:
    """The [start, end) of each place that tells where a person lives, is or goes, in order, without overlap."""
    found = [match.span("at") for match in _DEGREES.finditer(text)]
    found += [match.span("room") for match in _ROOM.finditer(text)]
    for pattern in (_LIVES, _NOW, _DAILY, _LOCATED, _RENTS):
        for match in pattern.finditer(text):
            span = _place(text, tagged, match.end(), sure=pattern is _LIVES and match[0][-1] in "在的")
            while span is not None and all(span[1] <= one or other <= span[0] for one, other in found):
                found.append(span)
                on = _ON.match(text, span[1])
                span = None if on is None else _place(text, tagged, on.end(), sure=False)
    return sorted(found)


def _place(text: str, tagged: Tagged, start: int, *, sure: bool) -> Span | None:
    """The nouns from `start` on, where one of them is a place's name.

    Args:
        sure: what stands behind a word for living is a place whatever its tag, unless it is none by its words.
    """
    end, named, at = start, False, 0
    for word, tag in tagged:
        begin, at = at, at + len(word)
        if at <= start:
            continue
        if begin > end or tag not in _NOUN_TAGS or at - start > _LONGEST or not re.fullmatch("[一-龥A-Za-z]+", word):
            break
        named, end = named or tag in _PLACE_TAGS, at
    said = _BESIDE.sub("", text[start:end])
    end = start + len(said) + text.startswith("边", end)
    if len(said) < 2 or _NO_PLACE.match(said):
        return None
    return (start, end) if named or sure or _SUFFIX.search(said) else None
