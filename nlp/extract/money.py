"""Amounts in yuan: ¥12,800.50, 六毛八, 九万八一台, 四五十万.

Policy: a hedge (左右, 以内, 来, 多) keeps the number said and marks it approximate; other currencies are left out,
there is no rate to turn them into yuan. A bare number is money when it is large and counts nothing, when a price word
stands before it, or when it is a price per unit. Invariant: no amount where a measure word follows the number.
"""

import re
from collections.abc import Sequence

from nlp.extract.items import Item, is_free
from nlp.extract.measures import BLOCK_NOUN, measure_after
from nlp.text.numbers import AFTER_ONE, DIGIT, Numeral, find_numerals, plain, read_numeral, read_range
from nlp.types import Span

_REACH = 24
_SYMBOL = re.compile(r"(?:[¥￥]|RMB|rmb|CNY|人民币)\s*$")
# What the last character before a number may be if the name of a currency ends there.
_SYMBOL_ENDS, _FOREIGN_ENDS = frozenset("¥￥BbY币"), frozenset("$€£DR")
_FOREIGN = re.compile(
    r"\s*(?:美元|美金|美刀|刀(?![具片])|欧元|欧(?!式|洲)|港币|港元|港纸|日元|日币|英镑|卢布|韩元|新币|新台币|台币|"
    r"澳元|USD|EUR|HKD|usd)"
)
_FOREIGN_SIGN = re.compile(r"(?:[$€£]|USD|EUR|HKD|HK\$|US\$)\s*$")
_YUAN = re.compile(
    rf"\s*(?:来|多|把|几|整)?(?:块(?!{BLOCK_NOUN})钱?|元(?!化|素|旦|件|器|宇)|圆(?!形|柱|弧|管)|[Yy]uan)"
)
_YUAN_UNIT = re.compile(r"块钱?|元")
# 三块到五块: a second number may follow the unit.
_YUAN_JOINED = re.compile(r"(?:块钱?|元)\s*[到至~～—–-]")
_JIAO = re.compile(
    r"(?:来|多)?(?:毛(?!病|利|巾|衣|肚|坯|重|笔|毯|孔|刺|发|边|细|竹|尖|豆|料|胚|估|线)|角(?!度|落|色|形|钢|铁|阀|"
    r"尺|焊|雷|铝|膜|质|架))钱?"
)
_FEN = re.compile(r"分(?=钱)钱")
_LETTER = re.compile(r"(?P<w>[wW])(?P<tail>[一二三四五六七八九1-9](?!0-9))?(?![A-Za-z])|[kK](?![A-Za-z])")
# What begins the name of a currency, its parts or a letter for 万 and 千: looked at first, for few numbers have one.
_NAMED_BY = frozenset("来多把几整块元圆Yy毛角分wWkK美刀欧港日英卢韩新台澳UuEeHh")
_HEDGE_BEFORE = re.compile(
    r"(?:大概|大约|约|差不多|将近|接近|近|快|不到|超过|过|至少|最少|最多|顶多|起码|小|大|好|上|成)$"
)
_HEDGE_AFTER = re.compile(r"(?:块钱?|元)?(?:左右|上下|以内|之内|以下|以上|出头|开外|不到|往上|往下|起(?!订)|之间)")
_GAP = (
    r"(?:就|才|也就|只|是|为|在|大概|大约|差不多|约|要|得|到|了|你|您|我|给|报|:|：|还|再|你们|我们|他们|已经|"
    r"一共|总共|共|能|也|都|每[月年台天套件]|\s|活动|就是|最少|最多|不到|超过|将近|接近|上|下|调|整整|足足|正好|刚好)*$"
)
_PRICE_NOUN = re.compile(
    r"(?:报价|单价|总价|售价|价格|标价|成交价|均价|底价|裸价|原价|到手价|出厂价|批发价|进价|现价|特价|活动价|"
    r"优惠价|含税价?|价位|一口价|开价|要价|价|成本|合同额|金额|"
    r"租金|月租|定金|订金|押金|尾款|首付|保证金|罚款|运费|年费|月费|服务费|维保费|安装费|手续费|违约金|工资|[月年底]薪|"
    r"预算|货款|欠款|人均|每人|一人|月供|尾货款|差价|补贴|总额|投资|额度|费用|工程款|余款|预付|"
    r"利润|毛利|返利|返点|提成|奖金|佣金|利息|(?:电|水|油|人工|维修|培训|检测|广告|物业|管理|平台|快递|材料)费)" + _GAP
)
_PAY_VERB = re.compile(
    (
        r"(?:再?让|便宜|贵|省|返|罚|赔|抹|优惠|补贴?|退|花|砍价?到?|卖|报|给到|谈到|降到?|涨到?|赚|挣|"
        r"亏|差|少收|少付|多付|付|交|欠|借|打款|掏|出价)(?:了|掉|你|您|我|他|们)*"
    )
    + _GAP
)
_PER_UNIT = re.compile(
    r"(?:每|一|/)(?:台|套|个|件|只|支|把|张|条|根|块|箱|盒|包|袋|瓶|桶|罐|吨|公斤|斤|克|米|平方米|平方|平米|平|方|"
    r"升|亩|度电?|人|位|家|户|辆|架|间|床|桌|份|单|次|趟|场|节|课|票|片|组|车|柜|卷|年|个月|月|天|周|小时|季度|季)"
)
_PER_BEFORE = re.compile(rf"(?:{_PER_UNIT.pattern}|(?:每|一)[个台张家间条款种份位][一-龥]{{1,3}}?)的?{_GAP}")
_CLAUSE_END = re.compile(r"[吧啊呢了的]?(?:[，,。！？!?；;、\s]|$)")
_PRICE_CUE = re.compile(
    r"价|钱|块|报|贵|便宜|卖|买|费|预算|成本|优惠|租|赔|一台|一套|打完|含税|多少|拿下|成交|签|花|收"
)
_NOT_PRICE = re.compile(
    r"(?:转速|温度|功率|压力|电压|电流|扭矩|重量|长度|高度|深度|里程|公里数|台数|人数|页数|字数|件数|频率|"
    r"面积|型号|编号|密码|尾号|工号|产能|产量|"
    r"销量|流量|精度|硬度|目数|量程|负荷|负载|载重|订单量|单量|粉丝|播放|点击|人口|用量|水头|开到|跑到|转到|烧到|"
    r"热到|冷到|加热到|零下|凌晨|早上|下午|晚上|图纸|盐雾|[乘×xX*])[^，,。]{0,4}$"
)
_NOT_MONEY_AFTER = re.compile(
    r"(?:多|来)?(?:级|度|转|瓦|流明|帕|像素|粉丝?|股|步|字|点|倍|年|月|天|日|小时|分钟|秒|周|号|楼|个|人|"
    r"分(?!期|[一二三四五六七八九十0-9])|"
    r"名|岁|米|目|丝|线|安|欧姆|赫兹|钟头|礼拜|星期|工作日|伏|升|斤|折|成|%|位|家|维|毫|兆|比|多年|来年|里地|里路|"
    r"环|届|乘|[×*xX])"
)


def find_money(text: str, taken: Sequence[Span], *, numerals: Sequence[Numeral] | None = None) -> list[Item]:
    """Amounts in the order they are said, in CNY.

    Args:
        text: with half-width digits.
        taken: spans other rules have read; no item touches them.
        numerals: of the same text; read here when None.
    """
    found: list[Item] = []
    last = 0
    all_numerals = find_numerals(text) if numerals is None else numerals
    for numeral in all_numerals:
        if numeral.start < last or not is_free(numeral.start, numeral.end, taken):
            continue
        joined = None
        if not numeral.spelled and _YUAN_JOINED.match(text, numeral.end):
            joined = read_range(text, numeral.start, unit=_YUAN_UNIT)
        item = _amount(text, joined or numeral)
        if item and is_free(*item.span, taken):
            found.append(item)
            last = item.span[1]
    if found:
        found += _parallel(text, [*taken, *(item.span for item in found)], all_numerals)
    return sorted(found, key=lambda item: item.span)


def _parallel(text: str, taken: Sequence[Span], numerals: Sequence[Numeral]) -> list[Item]:
    """Round thousands that end a clause beside an amount (陈列费八千一个月，堆头两千): amounts as well."""
    return [
        _item(text, numeral, numeral.end, "parallel")
        for numeral in numerals
        if (numeral.scale >= 1000 or (numeral.short and numeral.low >= 100))
        and not (numeral.spelled or numeral.implied)
        and _CLAUSE_END.match(text, numeral.end)
        and is_free(numeral.start, numeral.end, taken)
        and not _NOT_PRICE.search(text, _near(numeral), numeral.start)
    ]


def _near(numeral: Numeral) -> int:
    """From where on words that stand right before the number are looked for."""
    return max(0, numeral.start - _REACH)


def _ends_in(text: str, numeral: Numeral, ends: frozenset[str]) -> bool:
    """Whether the character before the number is one of `ends`, or a space behind which one may stand."""
    before = text[numeral.start - 1 : numeral.start]
    return before in ends or before.isspace()


def _amount(text: str, numeral: Numeral) -> Item | None:
    behind = text[numeral.end : numeral.end + 1]
    named = behind in _NAMED_BY or behind.isspace()
    if named and _FOREIGN.match(text, numeral.end):
        return None
    if _ends_in(text, numeral, _FOREIGN_ENDS) and _FOREIGN_SIGN.search(text, _near(numeral), numeral.start):
        return None
    return (_with_unit(text, numeral) if named else None) or _with_symbol(text, numeral) or _bare(text, numeral)


def _item(
    text: str, numeral: Numeral, end: int, rule: str, *, factor: float = 1, plus: tuple[float, float] = (0, 0)
) -> Item:
    low, high = plain(numeral.low * factor + plus[0]), plain(numeral.high * factor + plus[1])
    hedged = bool(_HEDGE_BEFORE.search(text, _near(numeral), numeral.start) or _HEDGE_AFTER.match(text, end))
    approximate = numeral.approximate or hedged or bool(re.search("[来多把几]", text[numeral.end : end]))
    return Item("money", low if low == high else [low, high], (numeral.start, end), rule, approximate)


def _with_unit(text: str, numeral: Numeral) -> Item | None:
    """块, 元, 毛, 角, 分钱, and the w and k that recognisers and chats write for 万 and 千."""
    if (yuan := _YUAN.match(text, numeral.end)) and not _is_together(text, numeral, yuan):
        plus, end = (
            _change(text, yuan.end())
            if yuan.group().endswith("块") and not numeral.approximate
            else ((0.0, 0.0), yuan.end())
        )
        return _item(text, numeral, end, "yuan", plus=plus)
    if jiao := _JIAO.match(text, numeral.end):
        plus, end = _digit(text, jiao.end(), 0.01)
        return _item(text, numeral, end, "jiao", factor=0.1, plus=plus)
    if fen := _FEN.match(text, numeral.end):
        return _item(text, numeral, fen.end(), "fen", factor=0.01)
    return _with_letter(text, numeral)


def _with_letter(text: str, numeral: Numeral) -> Item | None:
    """30w, 五w三, 20k; below ten a K belongs to a screen (4K) unless money is spoken of (定金5k)."""
    letter = _LETTER.match(text, numeral.end)
    if letter is None or numeral.scale != 1:
        return None
    if not letter["w"]:
        before = text[_near(numeral) : numeral.start]
        if numeral.low < 10 and not (_PRICE_NOUN.search(before) or _PAY_VERB.search(before)):
            return None
        return _item(text, numeral, letter.end(), "letter", factor=1000)
    tail = letter["tail"]
    rest = (DIGIT.get(tail, 0) or int(tail)) * 1000.0 if tail else 0.0
    return _item(text, numeral, letter.end(), "letter", factor=10_000, plus=(rest, rest))


def _is_together(text: str, numeral: Numeral, yuan: re.Match[str]) -> bool:
    """一块 without 钱 is "together" (一块寄, 一块儿) unless a digit follows or a price word stands before it."""
    if numeral.high != 1 or yuan.group() != "块" or text[numeral.start] != "一":
        return False
    behind = text[yuan.end() : yuan.end() + 1]
    if behind and behind in DIGIT:
        return text.startswith("一块", yuan.end())
    window = text[max(0, numeral.start - 8) : numeral.start]
    return not (_PRICE_NOUN.search(window) or _PAY_VERB.search(window) or window.endswith(("每", "多", "少")))


def _change(text: str, at: int) -> tuple[tuple[float, float], int]:
    """What follows 块: 五 (.5), 二毛五 (.25), 零五毛 (.5), 五六 (.5 to .6)."""
    start = at + (text[at : at + 1] in ("零", "〇"))
    small = read_numeral(text, start)
    if small and not small.spelled and small.high < 10 and (jiao := _JIAO.match(text, small.end)):
        fen, end = _digit(text, jiao.end(), 0.01)
        return (small.low / 10 + fen[0], small.high / 10 + fen[1]), end
    return _digit(text, at, 0.1)


def _digit(text: str, at: int, factor: float) -> tuple[tuple[float, float], int]:
    """A digit, or two that say a range, right at `at`; a digit that begins a count (三块一瓶, 十块三个) is none."""
    char, behind = text[at : at + 1], text[at + 1 : at + 2]
    low = DIGIT.get(char, 0) if char else 0
    if not low or char in "两幺":
        return (0, 0), at
    high = DIGIT.get(behind, 0) if behind else 0
    end = at + 1
    if high != low + 1:
        high = low
    else:
        end += 1
    after = text[end : end + 1]
    if measure_after(text, end) or (
        after
        and (
            after in "十百千万点天年月号周分小毛角块"
            or (char == "一" and after in AFTER_ONE)
            or (after in DIGIT and char == "一")
        )
    ):
        return (0, 0), at
    if (
        factor == 0.1
        and high == low
        and (fen := DIGIT.get(after, 0) if after else 0)
        and not measure_after(text, end + 1)
    ):
        return (low * 0.1 + fen * 0.01,) * 2, end + 1
    return (low * factor, high * factor), end


def _with_symbol(text: str, numeral: Numeral) -> Item | None:
    if not _ends_in(text, numeral, _SYMBOL_ENDS) or not _SYMBOL.search(text, _near(numeral), numeral.start):
        return None
    return _item(text, numeral, numeral.end, "symbol")


def _bare(text: str, numeral: Numeral) -> Item | None:
    """A number that no unit follows, where the words around it say that it is a price."""
    if (
        numeral.spelled
        or (numeral.implied and not numeral.approximate)
        or (measure_after(text, numeral.end) and text[numeral.end : numeral.end + 3] != "人民币")
    ):
        return None
    if _NOT_MONEY_AFTER.match(text, numeral.end):
        return None
    window = text[_near(numeral) : numeral.start]
    after = _HEDGE_AFTER.match(text, numeral.end)
    end = after.end() if after else numeral.end
    per_unit = _PER_UNIT.match(text, end)
    rule = _bare_rule(numeral, window, text[end : end + 12], per_unit=per_unit is not None)
    if rule is None or _NOT_PRICE.search(text, _near(numeral), numeral.start):
        return None
    return _item(text, numeral, numeral.end, rule)


def _bare_rule(numeral: Numeral, before: str, after: str, *, per_unit: bool) -> str | None:
    """Which evidence makes a bare number a price, strongest first; None without any."""
    if numeral.scale >= 10_000:
        return "large"
    if _PRICE_NOUN.search(before):
        return "priced"
    thousands = numeral.scale >= 1000
    if numeral.low < 100 and not (numeral.short or thousands):
        return None
    evidence = (
        ("per_unit", numeral.low >= 100 and per_unit),
        ("paid", numeral.low >= 100 and numeral.scale >= 100 and _PAY_VERB.search(before)),
        ("per_unit", (numeral.short or thousands) and _PER_BEFORE.search(before)),
        ("only", thousands and before.endswith(("才", "小")) and _CLAUSE_END.match(after)),  # 小一千 is nearly that
        ("short", numeral.short and thousands and numeral.low >= 1000),
        # 二百五 is an insult before it is a price.
        ("short", numeral.short and numeral.low != 250 and _PRICE_CUE.search(before + after)),
    )
    return next((rule for rule, holds in evidence if holds), None)
