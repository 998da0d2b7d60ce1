"""Numbers that are no amount, count, date or period: discounts, shares, ordinals, products, idioms.

Why: 八五折, 三甲, A3000, 第三年 and 七上八下 look like what the other rules read. Invariant: a blocked
span is read by no later rule.
"""

import re

from nlp.types import Span

_NUM = r"[0-9零〇一二两三四五六七八九十百千万点.]"
_COUNT = r"[一二两三四五六七八九十0-9]{1,2}"
# Where 十号 is a place or a thing, not a day.
_NUMBERED = (
    "楼|机|线|库|台|泵|门|窗|仓|车|位|柜|院(?![里长办方])|厂|井|炉|棚|房|主|卧|店|路|桥|岛|地|站|床|病|坑|组|模|桩|"
    "色|电|桌|教|工位|产线|设备|馆|展|字|文"
)
# 成 as tenths (三成), not in these words.
_NOT_TENTHS = "本|立|功|为|交|都|品|套|年|员|熟|绩|果|分|型|长|天|了|的|不"
# Every way to begin: looked at first, for most characters of a turn begin none of them.
_BEGINS = "0-9零〇一幺二两三四五六七八九十百千万点.来多几打给到个第半A-Za-z"
_IDIOM_BEGINS = "一二三四五七八九十百千万两乱接不半丢多统唯"
_BLOCKED = re.compile(
    rf"(?=[{_BEGINS}])(?:"
    + "|".join(
        (
            rf"[百千]分之{_NUM}+",
            rf"(?:{_NUM}|[来多几])+\s*[%％‰]",
            r"[一二两三四五六七八九十几0-9.]+(?:来|多)?个(?:百分)?点(?!位|儿)",
            r"(?:打|给|到|个)?[一二三四五六七八九0-9.点]{1,4}折(?!腾|页|旧|叠|弯|扣机)",
            rf"第{_NUM}+(?!季)(?:[^\W\d_])?",
            rf"{_NUM}+分之{_NUM}+",
            (
                rf"[一二两三四五六七八九十半](?:[到至-][一二三四五六七八九十])?成(?!{_NOT_TENTHS})[一二三四五六七"
                rf"八九半]?(?!百|千|万|十)"
            ),
            # Products and standards: A3000, IP67; not RMB 4500 and not Q2.
            r"(?!RMB|Rmb|rmb|CNY|[Qq][1-4](?![0-9]))(?<![A-Za-z0-9])[A-Za-z][A-Za-z-]*[0-9][0-9A-Za-z.-]*",
            # Versions and addresses; 2026.4.10 is a day.
            (
                r"(?<![0-9])(?!20[0-9]{2}\.(?:1[0-2]|0?[1-9])\.(?:3[01]|[12][0-9]|0?[1-9])(?![0-9.]))"
                r"[0-9]+\.[0-9]+\.[0-9]+(?:\.[0-9]+)*(?!万|元)"
            ),
            # Telephones, and runs of digits too long to be said as a number.
            r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])",
            r"(?<![0-9])[48]00-?[0-9]{3}-?[0-9]{4}(?![0-9])",
            r"(?<![0-9])0[0-9]{2,3}-[0-9]{7,8}(?![0-9])",
            r"(?<![0-9.,¥￥])(?!20[0-9]{6}(?![0-9]))[0-9]{7,}(?![0-9.,万亿元块])",
            r"[零〇一幺二三四五六七八九]{7,}",
            r"[0-9零一二两三四五六七八九十]{1,3}楼(?:[0-9零一二三四五六七八九]{2,4}室?)?",
            r"[0-9]{3,4}室",
            rf"[0-9一二三四五六七八九十]{{1,3}}号(?={_NUMBERED})",
            r"[0-9一二三四五六七八九十百]+(?:号段|级|代|阶|维|星级|年级|倍|环)(?!理)",
            rf"{_COUNT}(?:比|赔|换|对){_COUNT}(?!万|千|百|十|块|元)",
        )
    )
    + ")"
)
_IDIOMS = re.compile(
    rf"(?=[{_IDIOM_BEGINS}])(?:"
    r"(?<![零一二两三四五六七八九十百千几多来0-9])(?:万(?=一|能|分|无一失|事)|百分百|百里挑一)|千万(?=别|不|"
    r"要|记|注|小心|莫|得|级)|一五一十|三三两两|七上八下|十万火急|十二万分|一百个(?:放?心|不|愿意)|一万个|"
    r"(?<![零一二两三四五六七八九十])百年|三角|四川|三亚|"
    r"五金|三甲|三方|二维码|四面八方|五花八门|乱七八糟|接二连三|一清二楚|三番五次|三天两头|不管三七二十一|"
    r"三下五除二|一心一意|千篇一律|千方百计|"
    r"十分(?!钟)|九牛一毛|半斤八两|八九不离十|十有八九|一来二去|两码事|八字没|三言两语|丢三落四|五一个|一分为|"
    r"二十四孝|百万雄|九九六|一天到晚|一年到头|一万小时定律|一会儿?|一下子?|一点(?![零一二三四五六七八九])|"
    r"两班倒|两节(?!课)|两样的价|三班倒|三包|两头(?!牛|猪|羊)|七七八八|一二三四|五五开|不怕一万就怕|一年半载|"
    r"万儿八千|三七开|"
    r"四六开|二八开|三七分|四六分|二八分|十年如一日|一般|一样|一起|一直|"
    r"一定|一些|一切|一律|一旦|一致|统一|唯一|万元户|多元|二元|一元化)"
)
# Without one of these nothing is a clock time.
_HOURS = re.compile("[点:：]")
_CLOCK = re.compile(
    r"(?<![0-9零一二两三四五六七八九十.])(?:[01]?[0-9]|2[0-4]|[一二两三四五六七八九]|十[一二三四五六七八九]?|"
    r"二十[一二三四]?)"
    r"(?:点(?!位|五?[万亿]|[零一二三四五六七八九]++(?:[万亿块元毫米吨克]|$|[^分十到，,。\s]))(?:半|钟|整|"
    r"[零一二三四五]?十?[零一二三四五六七八九]分?|[一三]刻)?|[:：][0-5][0-9])"
)


def blocked_spans(text: str) -> list[Span]:
    """Spans of numbers in `text` (half-width digits) that no other rule may read; they may overlap."""
    looked_for = (_BLOCKED, _IDIOMS, _CLOCK) if _HOURS.search(text) else (_BLOCKED, _IDIOMS)
    return [m.span() for pattern in looked_for for m in pattern.finditer(text)]
