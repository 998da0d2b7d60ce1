"""What a talk tells of a child under fourteen: its age, its year at school, its school.

Why: the law wants more care with them than with their parents (PIPL 31), and a parent tells such things in passing.
Invariant: a span is the fact alone; whose child it is stays readable. Ages of machines and of a shop's customers are
none.
"""

import re

from nlp.types import Span

_CHILD = re.compile(
    r"(?<!看)孩子(?![他她]|的事)|小孩(?!子)|[我他她]家娃|儿子|女儿|闺女|丫头|小子|宝宝|(?<!小)宝贝|外孙女?|孙[子女]|外甥女?|侄[子女]|小朋友|"
    r"小家伙|双胞胎|老[大二三](?!难)|[家们]小的|[小大二]宝(?!服装)"
)
_DIGIT = {char: value for value, char in enumerate("零一二三四五六七八九十")} | {"两": 2}
_NUMBER = r"\d{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]"
_AGE = re.compile(
    rf"(?<![到至\d第十])(?P<years>{_NUMBER})(?:周岁|岁)(?:半|零?(?:{_NUMBER})个(?:多)?月)?(?!以[上下]|到|至|儿童|段|的?占)"
)
_BARE_AGE = re.compile(rf"(?<=今年)(?P<years>{_NUMBER})(?=$|，|了$)")
_MONTHS = re.compile(rf"(?P<years>{_NUMBER})个(?:多)?月(?P<old>大)?")
_JUST = re.compile(rf"(?:{_CHILD.pattern})(?:才|刚|快|都|已经|现在|也就)?$")
_SCHOOL_YEAR = re.compile(
    r"(?:小学)?[一二三四五六1-6]年级(?:\d{1,2}班|[一二三四五六七八九十]班)?|(?<!大年)初一(?!十五)|学前班|小升初|(?:幼儿园)?[大中小托]班|"
    r"(?<=刚上)小学|(?<=在上)小学|(?<=[上读念])(?:幼儿园|小学)|满月"
)
_SCHOOL = re.compile(r"(?<=[在读])[一-龥]{2,8}?(?:小学|幼儿园|附小)(?!后|旁|附近|对面|那)")
_BORN = re.compile(
    r"(?:20[12]\d|二[零〇][一二][零〇一二三四五六七八九])年(?:\d{1,2}月|[一二三四五六七八九十]{1,2}月)?(?=生|出生)"
)
_UNDER = 14
_GOODS = re.compile(
    r"店里|客[户人]|适合|教[材具]|课本|招标|项目|保修|设备|机器|公司|都能用|每|占|多少[钱流]|收费|价格|合同|采购|卖|系统|款推车|以上"
)
_CLAUSE = re.compile(r"[^，。！？；,.!?;]+")
_REACH = 14


def find_minors_facts(text: str) -> list[Span]:
    """The [start, end) of each fact about a child under fourteen, in order, without overlap.

    >>> find_minors_facts("我家孩子才八岁，公司成立八年")
    [(5, 7)]
    """
    found: list[Span] = []
    child_at = -1
    for clause in _CLAUSE.finditer(text):
        start, end = clause.span()
        children = [match.end() + start for match in _CHILD.finditer(clause[0])]
        child_at = children[0] if children else child_at
        if child_at < 0 or _GOODS.search(clause[0]) or start - child_at > _REACH:
            continue
        facts = [(start + one, start + other) for one, other in _facts(clause[0])]
        found += [fact for fact in facts if fact[0] >= child_at and fact[1] <= end]
    return found


def _facts(clause: str) -> list[Span]:
    found: list[Span] = []
    for pattern in (_AGE, _BARE_AGE, _MONTHS, _SCHOOL, _SCHOOL_YEAR, _BORN):
        for match in pattern.finditer(clause):
            years = match.groupdict().get("years")
            young = years is None or pattern is _MONTHS or _value(years) < _UNDER
            if pattern is _MONTHS and not match["old"] and not _JUST.search(clause[: match.start()]):
                continue  # how long something has gone on
            begin = max([match.start(), *(other for one, other in found if one <= match.start() < other)])
            fact = begin, match.end() - len(match.groupdict().get("old") or "")
            if young and begin < fact[1] and all(fact[1] <= one or other <= fact[0] for one, other in found):
                found.append(fact)
    return sorted(found)


def _value(number: str) -> int:
    """A numeral up to 99, as digits or as words."""
    if number.isdigit():
        return int(number)
    tens, ten, ones = number.rpartition("十")
    if not ten:
        return _DIGIT[ones]
    return 10 * (_DIGIT[tens] if tens else 1) + (_DIGIT[ones] if ones else 0)
