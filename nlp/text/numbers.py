"""Chinese and Arabic numerals as people say them, read at a place in a text.

Why: no library reads 三千八 (3800), 四五十万 (400,000 to 500,000) or 两千三百五一套 (2350, then 一套), and none may
rewrite the transcript. Invariant: a numeral is read in place, `text[start:end]` is its words, low <= high.
"""

import re
from typing import NamedTuple

DIGIT = {
    c: v for v, chars in enumerate(("零〇", "一幺", "二两", "三", "四", "五", "六", "七", "八", "九")) for c in chars
}
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10_000, "亿": 100_000_000, "萬": 10_000, "億": 100_000_000}
_LARGE_BEGIN = frozenset((*LARGE, "个", "個"))
# What may follow a number as its measure; a short form's 一 before one of these is 一台, not a digit.
AFTER_ONE = (
    "台套个件只支把张条根箱盒包袋瓶桶罐吨斤克米平方升亩度人位家户辆架层间栋床桌份单笔批次趟场期页本株片双组车柜卷"
    "年天月周季公小分晚立颗块枚头匹粒座门节顿盘碗杯"
)
# 来 and 把 say "about" only before a unit; elsewhere they are the verbs "come" and "take".
_BEFORE_ABOUT = AFTER_ONE + "万亿元毛号名岁口部点款种项回公千万"
_ALONE = {char: float(value) for char, value in DIGIT.items() if value}
# Behind a digit that stands alone none of these comes: nothing to join it with, and nothing that says "about".
_GOES_ON = frozenset((*DIGIT, *SMALL, *LARGE, *"0123456789点个個来多余把几"))
_START = re.compile(r"[0-9零〇一幺二两三四五六七八九十几数百千万]")
_ARABIC = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?")
_DIGITS = re.compile(r"[零〇一幺二两三四五六七八九]+")
_JOIN = re.compile(r"\s*(?:到|至|[-~～—–]{1,2})\s*")
_JOIN_BEGINS = frozenset("到至-~～—–")


# What may follow 百 when its one is left out: 百八十块, 百十来块, 百十块.
_HUNDREDS = (("八十", 100, 180), ("十来", 110, 110), ("十", 110, 110))


class Numeral(NamedTuple):
    """A number in a text: `low` to `high` (equal where one number is said); a tuple, for each is made in several steps.

    `scale` is the largest unit spoken (1 for none); `short` marks 三千八 for 3800; `approximate` hedged forms such as
    二十来; `spelled` a run of digits without units (幺三八); `implied` a coefficient left out (上百万).
    """

    start: int
    end: int
    low: float
    high: float
    approximate: bool = False
    scale: int = 1
    short: bool = False
    spelled: bool = False
    implied: bool = False

    @property
    def value(self) -> float | list[float]:
        """The number, whole where it is whole, or [low, high]."""
        return plain(self.low) if self.low == self.high else [plain(self.low), plain(self.high)]


def plain(number: float) -> float:
    """`number` rounded to 4 places, as an int where it is whole."""
    rounded = round(number, 4)
    return int(rounded) if rounded == int(rounded) else rounded


def parse_number(text: str) -> float | list[float] | None:
    """The value of a text that is one numeral and nothing else, or None.

    >>> parse_number("三千八"), parse_number("四五十万"), parse_number("一定")
    (3800, [400000, 500000], None)
    """
    found = read_range(text, 0)
    return found.value if found and found.end == len(text) else None


def find_numerals(text: str) -> list[Numeral]:
    """All numerals and ranges of `text` in order, without overlap; `text` has half-width digits."""
    found: list[Numeral] = []
    at = 0
    while match := _START.search(text, at):
        numeral = read_range(text, match.start())
        if numeral:
            found.append(numeral)
        at = max(numeral.end if numeral else 0, match.end())
    return found


def read_range(text: str, at: int, *, unit: re.Pattern[str] | None = None) -> Numeral | None:
    """The numeral at `at`, joined with a second one after 到, 至 or a dash.

    Args:
        unit: a unit that may stand behind the first number too (三天到五天).
    """
    first = read_numeral(text, at)
    if first is None or first.spelled:
        return first
    end = first.end
    if unit and (named := unit.match(text, end)):
        end = named.end()
    behind = text[end : end + 1]
    join = _JOIN.match(text, end) if behind in _JOIN_BEGINS or behind.isspace() else None
    second = read_numeral(text, join.end()) if join else None
    if second is None or second.spelled:
        return first
    low = first.low
    if first.scale < 10_000 <= second.scale and first.low < second.low / second.scale:
        low *= second.scale  # 三到五万 shares its 万, 八千到一万 does not
    if low >= second.high:
        return first
    return second._replace(start=first.start, low=low, approximate=first.approximate or second.approximate)


def read_numeral(text: str, at: int) -> Numeral | None:
    """The longest numeral that begins at `at`, or None where none does."""
    alone = _ALONE.get(text[at : at + 1])
    if alone and text[at + 1 : at + 2] not in _GOES_ON:
        return Numeral(at, at + 1, alone, alone)
    spelled = _spelled(text, at)
    if spelled:
        return spelled
    head = _section(text, at) or _implied(text, at)
    if head is None:
        return None
    head = _decimal(text, head)
    total = _with_large_units(text, head)
    return None if text[at : total.end] in ("几", "数", "零") else total


def _spelled(text: str, at: int) -> Numeral | None:
    """三五零 or 二零二六: digits said one by one; a run before a unit (四五十万) is no such thing."""
    match = _DIGITS.match(text, at)
    if match is None or match.end() - at < 2:
        return None
    run, end = match.group(), match.end()
    behind = text[end : end + 1]
    if behind and (behind in SMALL or behind in LARGE or behind == "点"):
        return None
    if len(run) == 2 and ("两" in run or _is_pair(run[0], run[1]) or run[1] == "一"):
        return None
    if run[-1] == "一" and behind and behind in AFTER_ONE and len(run) > 2:
        end, run = end - 1, run[:-1]
    if "两" in run:
        return None
    value = float("".join(str(DIGIT[c]) for c in run))
    return Numeral(at, end, value, value, spelled=True)


def _is_pair(first: str, second: str) -> bool:
    """Neighbouring digits that say a range: 四五, 两三, and 三五."""
    a, b = DIGIT.get(first, 0), DIGIT.get(second, 0)
    return a > 0 and (b == a + 1 or (a, b) == (3, 5))


def _coefficient(text: str, at: int, *, first: bool) -> tuple[float, float, int] | None:
    """The digit, pair of digits, Arabic number or 几 at `at`: low, high, end."""
    char = text[at : at + 1]
    if (char and char in "123456789") or (char == "0" and first):
        match = _ARABIC.match(text, at)
        assert match is not None  # noqa: S101 - the character is a digit
        value = float(match.group().replace(",", ""))
        return value, value, match.end()
    if char and char in DIGIT and (DIGIT[char] or (first and text[at + 1 : at + 2] == "点")):
        behind = text[at + 1 : at + 2]
        if behind and _is_pair(char, behind):
            return DIGIT[char], DIGIT[behind], at + 2
        return DIGIT[char], DIGIT[char], at + 1
    if char == "几":
        least = (5 if text[at - 1 : at] == "大" else 2) if first else 1
        return least, 9, at + 1
    if char == "数" and text[at + 1 : at + 2] in ("十", "百", "千", "万", "亿"):
        return 2, 9, at + 1
    return None


def _section(text: str, at: int) -> Numeral | None:
    """A number below ten thousand: 两千三百五, 一百二三十, 十几, or one Arabic number."""
    low = high = 0.0
    end, last, largest = at, 10_000, 1
    zero = short = approximate = False
    while end < len(text):
        char = text[end]
        if char in "零〇" and end > at and not zero and DIGIT.get(text[end + 1 : end + 2], 0):
            zero, end = True, end + 1
            continue
        if char == "十" and last > 10 and (end == at or zero):
            part: tuple[float, float, int] | None = (1, 1, end)
        else:
            part = _coefficient(text, end, first=end == at)
        if part is None:
            break
        unit = SMALL.get(text[part[2] : part[2] + 1], 0)
        if unit and unit < last:
            low, high, end = low + part[0] * unit, high + part[1] * unit, part[2] + 1
            approximate |= char == "几"
            last, largest, zero = unit, max(largest, unit), False
            continue
        if end > at and not zero and last > 10:
            if not _is_short_digit(text, end, part):
                break
            part, short = (part[0] * last / 10, part[1] * last / 10, part[2]), True
        elif end > at and (part[1] > 9 or part[0] != int(part[0])):
            break
        low, high, end = low + part[0], high + part[1], part[2]
        approximate |= char == "几"
        break
    if end == at:
        return None
    found = Numeral(
        at, end - (text[end - 1] in "零〇" and end - 1 > at and zero), low, high, approximate, largest, short
    )
    return _about(text, found)


def _is_short_digit(text: str, at: int, part: tuple[float, float, int]) -> bool:
    """Whether the digit behind a unit continues it (三千八) or begins something new (三千一台, 3千 2026)."""
    if part[1] > 9 or part[0] != int(part[0]):
        return False
    behind = text[part[2] : part[2] + 1]
    return not (text[at] in "一1" and behind and behind in AFTER_ONE and part[0] == part[1])


def _about(text: str, found: Numeral) -> Numeral:
    """`found` with a following 来, 多, 余 or 把 taken in, where it means "about"."""
    sign, behind = text[found.end : found.end + 1], text[found.end + 1 : found.end + 2]
    if not sign or sign not in "来多余把几" or (found.scale < 10 and found.low < 10):
        return found
    if sign == "几":
        if found.low % 10 or not behind or behind not in _BEFORE_ABOUT:
            return found
        return found._replace(end=found.end + 1, low=found.low + 1, high=found.high + 9, approximate=True)
    if sign == "多" and behind == "少":
        return found
    if sign in "来把余" and not (behind and behind in _BEFORE_ABOUT):
        return found
    return found._replace(end=found.end + 1, approximate=True)


def _implied(text: str, at: int) -> Numeral | None:
    """上百万, 千把块, 万把块, 百八十块: the one is left out; only 百, 千 and 万 do that."""
    unit = {"百": 100, "千": 1000, "万": 10_000}.get(text[at : at + 1], 0)
    behind = text[at + 1 : at + 3]
    if not unit:
        return None
    for words, low, high in _HUNDREDS if unit == 100 else ():
        if behind.startswith(words):
            return Numeral(at, at + len(words) + 1, low, high, True, 100)
    if behind[:1] in ("把", "来") and behind[1:] and behind[1] in _BEFORE_ABOUT:
        return Numeral(at, at + 2, unit, unit, True, unit)
    hedged = text[at - 1 : at] in ("上", "近", "过", "成")
    if hedged or (unit < 10_000 and behind[:1] in ("万", "亿")):
        return Numeral(at, at + 1, unit, unit, hedged, unit, implied=True)
    return None


def _decimal(text: str, head: Numeral) -> Numeral:
    """`head` with 点五 behind it; a clock time (三点五十, 三点五分) is left alone."""
    if text[head.end : head.end + 1] != "点" or head.low != head.high or head.short:
        return head
    match = _DIGITS.match(text, head.end + 1)
    if match is None:
        return head
    run, end = match.group(), match.end()
    behind = text[end : end + 1]
    if behind in ("十", "刻", "钟") or (behind == "分" and head.low):
        return head
    if len(run) > 1 and run[-1] == "一" and behind and behind in AFTER_ONE:
        run, end = run[:-1], end - 1
    value = head.low + float("0." + "".join(str(DIGIT[c]) for c in run))
    return head._replace(end=end, low=value, high=value)


def _with_large_units(text: str, head: Numeral) -> Numeral:
    """`head` times 万 and 亿, with what is said behind them: 一百二十八万六, 两亿三千万, 1.2个亿."""
    if text[head.end : head.end + 1] not in _LARGE_BEGIN:
        return head
    total = head._replace(low=0.0, high=0.0)
    last = 10**12
    while True:
        skip = text[head.end : head.end + 2] in ("个亿", "個億", "个億")
        unit = LARGE.get(text[head.end + skip : head.end + skip + 1], 0)
        if not unit or unit >= last:
            break
        end = head.end + skip + 1
        total = total._replace(
            end=end, low=total.low + head.low * unit, high=total.high + head.high * unit,
            scale=max(total.scale, unit),
            approximate=total.approximate or head.approximate, short=False,
        )  # fmt: skip
        last = unit
        total = _about(text, total)
        tail = _section(text, end + (text[end : end + 1] in ("零", "〇"))) if total.end == end else None
        if tail is None:
            return total
        head = tail
        if text[tail.end : tail.end + 1] in LARGE:
            if LARGE[text[tail.end]] >= last:
                return total
            continue
        return _with_tail(text, total, tail, last)
    return (
        head._replace(low=total.low + head.low, high=total.high + head.high, start=total.start)
        if last < 10**12
        else head
    )


def _with_tail(text: str, total: Numeral, tail: Numeral, unit: int) -> Numeral:
    """`total` plus what stands behind its last large unit: a short digit (九万八), or smaller units (万零八百)."""
    digits = tail.end - tail.start
    after_zero = text[tail.start - 1] in "零〇"
    if tail.scale == 1 and not after_zero:
        if tail.high >= 1000 and text[tail.start].isdigit() and tail.high < unit:
            step = 1.0
        elif _is_short_digit(text, tail.start, (tail.low, tail.high, tail.end)) and digits <= 2:
            step = unit / 10
        else:
            return total
    else:
        step = 1.0
    return total._replace(
        end=tail.end, low=total.low + tail.low * step, high=total.high + tail.high * step,
        approximate=total.approximate or tail.approximate, short=step > 1 or tail.short,
    )  # fmt: skip
