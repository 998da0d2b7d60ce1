"""The words dates are made of, and what they mean before they are put together.

Why: 下个月, 去年, 二十八号 occur in many combinations; each is read here once. Invariant: patterns match half-width,
Simplified text; functions return None for words that are no date.
"""

import re
from datetime import date

from nlp.text.numbers import DIGIT

DAY = (
    r"(?:[12][0-9]|3[01]|0?[1-9]|二十[一二三四五六七八九]|三十一|十[一二三四五六七八九]|廿[一二三四五六七八九]?|"
    r"初[一二三四五六七八九十]|二十|三十|[一二三四五六七八九十])"
)
MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]|十|[一二三四五六七八九])"
# Two spoken digits before 年: 零八年, 八五年; not the end of a number (六万八一年) and not a range (七八年).
_SHORT_YEAR = (
    r"(?<![零〇一二两三四五六七八九十百千万亿点块毛角元])(?:[零〇一二][零〇一二三四五六七八九]|"
    r"[五六七八九][零〇一二三四五六七八九](?<!五六)(?<!六七)(?<!七八)(?<!八九))年"
)
YEAR = (
    r"(?:(?:19|20)[0-9]{2}年|[二2][零〇][零〇一二三四五六七八九]{2}年|(?<![0-9])[0-9]{2}年|"
    rf"{_SHORT_YEAR}|大前年|今年|本年|明年|去年|前年|后年)"
)
_YEAR_OFFSET = {"今年": 0, "本年": 0, "明年": 1, "去年": -1, "前年": -2, "后年": 2, "大前年": -3}
# Evidence that a day or month already lies behind: 十月拿的, 二月底到的期, 上周五开的.
_PAST = re.compile(
    r"(?:份|底|初|中|号|日|那)?(?:[^要会能得再，,。\s]{0,3}"
    r"[买装签换拿交开做出批报修坏订付收用进调走改定说讲提谈办停]的|[我你他]?们?(?:就|才|刚)?(?:送|发|来|到|上|给)的|"
    r"[，,]?当时|那时|那会|那次|以来|已经|[我你他]?们?(?:刚|才)?(?:亏|赚|涨|跌|掉|丢|来|买|装|签|换|开|报|坏|"
    r"修|走|付|订|发|送|"
    r"到|做|用)(?:了|过)|"
    r"就(?:坏|报|定|签|换|批|来|到|想|说|讲|走|停|开|买|装|付|订|发|送)(?:了|过|上去))"
)
_PAST_REACH = 10
WEEKDAY = {c: i for i, chars in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7")) for c in chars}


def small_number(word: str) -> int:
    """A day or month number: 15, 十五, 二十八, 廿三, 初八."""
    word = word.removeprefix("初").replace("廿", "二十")
    if word.isdigit():
        return int(word)
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return DIGIT[ones]
    return (DIGIT[tens] if tens else 1) * 10 + (DIGIT[ones] if ones else 0)


def year_of(word: str | None, now: date) -> int | None:
    """The year a YEAR word names, or None for no word."""
    if not word:
        return None
    if word in _YEAR_OFFSET:
        return now.year + _YEAR_OFFSET[word]
    digits = "".join(c if c.isdigit() and c.isascii() else str(DIGIT[c]) for c in word.removesuffix("年"))
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (1900 if int(digits) >= 50 else 2000)


def is_past(text: str, end: int) -> bool:
    """Whether what follows a date up to `end` says that it has passed."""
    return _PAST.match(text[end : end + _PAST_REACH]) is not None
