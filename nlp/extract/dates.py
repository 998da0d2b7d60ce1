"""Spoken dates and where they stand: 下周三, 月底, Q2, 五一前, 三天后.

Policy: a deadline has the day it names; weeks run Monday to Sunday; a bare month, weekday or feast is the coming one
unless the words say it has passed; 月初, 月中 and 月底 are the 1st, the 15th and the last day, approximate; longer
periods are [from, to]. Invariant: earlier rules win, spans do not overlap.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from nlp.extract import date_resolvers as when
from nlp.extract.calendar import FEASTS, day_of
from nlp.extract.date_parts import DAY, MONTH, YEAR
from nlp.extract.date_resolvers import Said, When
from nlp.extract.items import Item, is_free
from nlp.types import Span

_NUMERIC = r"[零〇一二两三四五六七八九十百千万0-9]"
# Month ends and tens of days, as they follow a month or 月 itself.
_PART = r"(?P<part>上旬|中旬|下旬|底|末|尾|初|头|中(?![标间国介]))"
_Resolve = Callable[[Said], When | None]
_Rule = tuple[str, re.Pattern[str], _Resolve]


def find_dates(text: str, now: date, *, taken: Sequence[Span] = ()) -> list[Item]:
    """Dates in the order they are said.

    Args:
        text: with half-width digits, Simplified.
        now: the day the words were said.
        taken: spans other rules have read; no item touches them.
    """
    found: list[tuple[Span, str, When]] = []
    read = list(taken)
    for name, pattern, resolve in _rules_for(text):
        for match in pattern.finditer(text):
            span = match.span("date")
            if not is_free(*span, read):
                continue
            said = _resolved(resolve, Said(match, text, now))
            if said:
                found.append((span, name, said))
            # 六月三十一号 is no day; its pieces are none either.
            if said or name == "iso" or (name == "month_day" and match["sign"]):
                read.append(span)
    if not found:
        return []
    found = _in_context(sorted(found, key=lambda f: f[0]))
    return [_item(*f) for f in _joined(text, found)]


def _rules_for(text: str) -> Sequence[_Rule]:
    """The rules that may find something in `text`, in their order: those of whose characters it holds one."""
    may = 0
    for char in _LOOKED_FOR.intersection(text):
        may |= _RULES_OF[char]
    return [rule for at, rule in enumerate(_RULES) if may >> at & 1] if may else ()


def _resolved(resolve: _Resolve, said: Said) -> When | None:
    """The date, or None beyond the ends of the calendars (year 9999, and 1900 to 2099 for the moon's)."""
    try:
        return resolve(said)
    except (ValueError, OverflowError):
        return None


def _in_context(found: Sequence[tuple[Span, str, When]]) -> list[tuple[Span, str, When]]:
    """`found` with a bare 三十号 behind 十一月二十号 moved into that month."""
    settled: list[tuple[Span, str, When]] = []
    month: date | None = None
    for span, name, said in found:
        if (
            name == "day_of_month"
            and month
            and (day := day_of(month.year, month.month, said.first.day))
            and day > month
        ):
            settled.append((span, name, When(day, day)))
            continue
        month = said.first if name == "month_day" else month
        settled.append((span, name, said))
    return settled


def _item(span: Span, name: str, said: When) -> Item:
    first, last = said.first.isoformat(), said.last.isoformat()
    return Item("date", first if first == last else [first, last], span, name, said.approximate)


def _joined(text: str, found: Sequence[tuple[Span, str, When]]) -> Iterator[tuple[Span, str, When]]:
    """`found` with neighbours joined by 到 or a dash as one period: 周二到周四, 五月八号到十五号."""
    pending: tuple[Span, str, When] | None = None
    for span, name, said in found:
        if pending and re.fullmatch(r"\s*(?:到|至|[-~～—–]+)\s*", text[pending[0][1] : span[0]]):
            last = _following(pending[2].first, said.last, name)
            if pending[2].first < last:
                pending = ((pending[0][0], span[1]), "period", When(pending[2].first, last, said.approximate))
                continue
        if pending:
            yield pending
        pending = (span, name, said)
    if pending:
        yield pending


def _following(first: date, last: date, name: str) -> date:
    """The end of a period: 十五号 in the month of its beginning, 周四 in its week."""
    if name == "weekday" and last < first:
        return last + timedelta(weeks=1)
    day = day_of(first.year, first.month, last.day) if name == "day_of_month" else None
    return day if day and day > first else last


# What a feast, its year or its calendar may begin with: looked at first, for most characters begin none.
_FEAST_BEGINS = "".join(sorted({name[0] for name in FEASTS} | set("0123456789零〇一二三五六七八九大今本明去前后农阴")))
_WHICH = r"下下个?|下个?|上上个?|上个?|这个?|本"
# Name, characters of which a text must hold one, pattern, meaning.
_WRITTEN: tuple[tuple[str, str, str, _Resolve], ...] = (
        ("iso", "0", (
            r"(?<![0-9])(?P<date>(?P<y>20[0-9]{2})[-/.](?P<m>1[0-2]|0?[1-9])[-/.](?P<d>3[01]|[12][0-9]|"
            r"0?[1-9]))(?![0-9])"
        ), when.resolve_full),
        # 3/20前: a day only where a deadline stands behind it; else a share or a ratio.
        ("month_day", "/", (
            r"(?<![0-9/.])(?P<date>(?P<year>)(?P<m>1[0-2]|0?[1-9])/(?P<d>3[01]|[12][0-9]|0?[1-9]))(?P<sign>)(?![0-9/])"
            r"(?=(?:以|之)?前|(?:以|之)后|到[货期]|交[货付]|截止|上线|开[会标])"
        ), when.resolve_month_day),
        ("offset", "后前过", (
            rf"(?<![{_NUMERIC[1:-1]}.])(?P<date>(?P<n>半|[0-9零一二两三四五六七八九十百千万]{{1,7}})(?:个多?|多|来)?"
            r"(?P<unit>天|日|周|星期|礼拜|"
            r"月|季度|年|工作日)(?P<side>(?:以|之)?[后前](?![后面台期提轮者续端天])))"
        ), when.resolve_offset),
        ("offset", "后前过", (
            r"(?:再?过)(?P<date>(?P<n>半|[0-9一二两三四五六七八九十]{1,3})个?(?P<unit>天|周|星期|礼拜|"
            r"月)(?P<side>后?))(?![后前])(?=再|我|您|你|给|来|去|联|打|看|就|，|,|。|$)"
        ), when.resolve_offset),
        ("lunar", "腊正初", (
            r"(?P<date>(?:(?P<moon>腊月|正月|大?年)(?P<d>初?(?:{DAY})))(?P<sign>[号日]?))(?![号日])"
        ).replace("{DAY}", DAY), when.resolve_lunar),
        ("month_day", "月", (
            rf"(?P<date>(?:(?P<year>{YEAR})的?)?(?<![0-9零一二三四五六七八九十])(?P<m>{MONTH})月(?:份|底|"
            rf"初)?(?P<d>{DAY})(?P<sign>[号日])?)"
        ), when.resolve_month_day),
        ("month", "月", (
            rf"(?P<date>(?:(?P<year>{YEAR})的?)?(?<![0-9零一二三四五六七八九十])(?P<m>{MONTH})月份?{_PART}?)(?!饼)"
        ), when.resolve_month),
        ("relative_month", "月", (
            rf"(?P<date>(?P<which>{_WHICH}|当)月(?:份|的)?(?:{_PART}|(?P<d>{DAY})[号日])?)(?!饼)"
        ), when.resolve_relative_month),
        ("month_part", "月", (
            rf"(?<![一二三四五六七八九十个0-9每])(?P<date>月{_PART}(?:的?(?P<d>{DAY})[号日])?)"
        ), when.resolve_bare_month_part),
        ("weekday", "周期拜", (
            rf"(?<![每{_NUMERIC[1:-1]}])(?P<date>(?P<which>{_WHICH})?(?:周|星期|"
            rf"礼拜)(?P<day>[一二三四五六日天末]))(?![次回遍总])"
        ), when.resolve_weekday),
        ("week", "周期拜", rf"(?P<date>(?P<which>{_WHICH})(?:周|星期|礼拜))(?![边期总围到])", when.resolve_week),
        ("quarter", "季Qq", (
            rf"(?P<date>(?:(?P<year>{YEAR})的?)?(?:(?:第(?=[一二三四1-4]季)|(?=[一二三四1-4]季(?:度|"
            rf"[末前内])))(?P<n>[一二三四1-4])季度?|"
            rf"(?<![A-Za-z])[QqＱ](?P<q>[1-4])(?![0-9A-Za-z])|(?P<which>{_WHICH})季度?|"
            rf"季(?=度?末))(?:度?(?P<end>末|底))?)"
        ), when.resolve_quarter),
        ("half_year", "半", rf"(?P<date>(?:(?P<year>{YEAR})的?)?(?P<half>[上下])半年)", when.resolve_half_year),
        ("feast", "春过完了节宵月午夕元秋阳腊明除夜年一庆旦情三妇劳六儿暑教圣安双618", (
            rf"(?=[{_FEAST_BEGINS}])"
            rf"(?<![零一二三四五六七八九十百千万亿0-9几多半两近往每去今明])(?P<date>(?:(?P<year>{YEAR})的?)?(?:农历|"
            rf"阴历)?(?<![零一二三四五六七八九百千万亿0-9几多半两近往])(?P<name>"
            rf"{'|'.join(f for f in FEASTS if f not in ('十一', '三八'))}|十一(?=长假|假|前|之前|以前|期间|黄金|"
            rf"过后|之后|放假|国庆)|三八(?=节|妇女))节?)(?!八|三路|路|检|客|广场)"
        ), when.resolve_feast),
        ("year", "年", rf"(?P<date>(?P<year>{YEAR})?(?:的?年?(?<=年)(?P<part>底|末|尾|初|头|中(?![标间]))))(?!条)",
         when.resolve_year),
        ("year", "年", rf"(?P<date>(?P<year>{YEAR}))(?![级代])(?P<part>)", when.resolve_year),
        ("day", "今明后昨前", (
            r"(?<![以之])(?P<date>(?P<which>大前|大后|[前昨今明后])(?:天(?![线花然天])|日|儿个?|早(?!就)|晚))"
        ),
         when.resolve_near_day),
        ("until_end", "内", r"(?<![0-9一二三四五六七八九十几半两多个])(?P<date>(?P<of>年|月)(?:底之)?内)(?!部)",
         when.resolve_until_end),
        ("day_of_month", "号日", (
            rf"(?<![每{_NUMERIC[1:-1]}.\-A-Za-z型编])(?<!每个月)(?<!每月)(?P<date>(?P<d>{DAY})[号日])(?![人码字线间"
            rf"楼机库台段型的色位桌店店展])"
        ), when.resolve_day_of_month),
)  # fmt: skip
_RULES: tuple[_Rule, ...] = tuple((name, re.compile(pattern), resolve) for name, _, pattern, resolve in _WRITTEN)
# A bit for each rule that looks for the character.
_RULES_OF: Mapping[str, int] = {
    char: sum(1 << at for at, (_, needs, _, _) in enumerate(_WRITTEN) if char in needs)
    for char in set().union(*(needs for _, needs, _, _ in _WRITTEN))
}
_LOOKED_FOR = frozenset(_RULES_OF)
