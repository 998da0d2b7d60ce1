"""A day that is taken over in shorter words: 下周三上午？—— 行，周三上午十点.

Invariant: only a bare weekday is moved, only to the same weekday that the other side said within the two turns before,
and only later, never earlier.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from nlp.extract.extractor import extract_items
from nlp.types import Finding, Turn

_WEEKDAY = re.compile(r"(?:周|星期|礼拜)[一二三四五六日天]")
_ANCHOR = re.compile(r"(?:这个?|本|下下?个?|上上?个?)$")
_TURNS_BACK = 2


def settle_agreed_days(findings: Sequence[Finding], turns: Sequence[Turn], *, visit_date: date) -> list[Finding]:
    """Findings with the due day of each commitment that repeats the other side's 下周X as a bare 周X moved to that day.

    Args:
        findings: of one visit; only those of kind `commitment` are looked at.
        turns: the visit's turns, in order.
    """
    at = {turn.i: position for position, turn in enumerate(turns)}
    return [_settled(finding, turns, at, visit_date) if _is_dated(finding) else finding for finding in findings]


def _is_dated(finding: Finding) -> bool:
    return finding.kind == "commitment" and isinstance(finding.attributes.get("due"), str)


def _settled(finding: Finding, turns: Sequence[Turn], at: Mapping[int, int], visit_date: date) -> Finding:
    due = date.fromisoformat(str(finding.attributes["due"]))
    position = at[finding.turn]
    if not _says_bare_weekday(turns[position].text, due, visit_date):
        return finding
    for earlier in reversed(turns[max(0, position - _TURNS_BACK) : position]):
        if earlier.role == finding.role:
            continue
        for day in _days(earlier.text, visit_date):
            if day.weekday() == due.weekday() and day > due:
                return replace(finding, attributes={**finding.attributes, "due": day.isoformat()})
    return finding


def _says_bare_weekday(text: str, due: date, visit_date: date) -> bool:
    """Whether `due` stands in the text as 周三 rather than 下周三."""
    return any(
        _ANCHOR.search(text[: match.start()]) is None and due in _days(match.group(), visit_date)
        for match in _WEEKDAY.finditer(text)
    )


def _days(text: str, visit_date: date) -> list[date]:
    items = (item for item in extract_items(text, visit_date) if item.kind == "date" and isinstance(item.value, str))
    return [date.fromisoformat(str(item.value)) for item in items]
