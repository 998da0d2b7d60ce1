"""What a chat robot's card says of a finished report: its counts, and the few lines worth reading before work.

Invariant: every line follows from the event's own data and from names that were looked up for it; what an older event
does not hold is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

REPORT = "report.ready"
TITLES = {"daily": "销售日报", "weekly": "销售周报"}
SECTIONS = ("progress", "ranking", "stalled", "usage")
"""Their order in reports that name none, as those of older versions."""
Names = Mapping[str, str]
Facts = Sequence[tuple[str, object]]


def people_of(data: Mapping[str, Any]) -> frozenset[str]:
    """The ids of people in a report's data."""
    rows = [row for name in ("progress", "stalled_deals", "ranking") for row in _rows(data, name)]
    found = {row.get("owner_id") for row in rows} | set(_ids(data))
    return frozenset(person for person in found if isinstance(person, str) and person)


def facts_of(data: Mapping[str, Any]) -> Facts:
    """The report's day and its counts."""
    people, active = data.get("people"), data.get("active")
    who = None if active is None or people is None else f"{active} / {people}"
    completeness = data.get("completeness")
    whole = f"{completeness * 100:.0f}%" if isinstance(completeness, int | float) else None
    return (("日期" if data.get("report") != "weekly" else "周一", data.get("of")), ("新事件", data.get("events")),
            ("关键进展", data.get("steps")), ("停滞商机", data.get("stalled")), ("有动作的人", who),
            ("客户信息完整度", whole))  # fmt: skip


def lines_of(data: Mapping[str, Any], names: Names) -> list[str]:
    """The lines, section by section in the report's own order: progress, ranking, what stands still, who was silent."""
    order = [str(row.get("id")) for row in _rows(data, "sections")] or SECTIONS
    return [line for section in order for line in _section(section, data, names)]


def _section(section: str, data: Mapping[str, Any], names: Names) -> Iterator[str]:
    if section == "progress":
        yield from _counts(data)
        yield from _progress(data, names)
    elif section == "ranking":
        yield from _ranking(data, names)
    elif section == "stalled":
        yield from _stalled(data, names)
    elif section == "usage":
        yield from _silent(data, names)


def _counts(data: Mapping[str, Any]) -> Iterator[str]:
    told = "、".join(f"{row.get('what')} {row.get('n')}" for row in _rows(data, "counts"))
    if told:
        yield f"进展汇总：{told}"


def _progress(data: Mapping[str, Any], names: Names) -> Iterator[str]:
    for row in _rows(data, "progress"):
        yield f"{row.get('what')}：{row.get('deal')}{_who(row, names)}"


def _ranking(data: Mapping[str, Any], names: Names) -> Iterator[str]:
    least = data.get("at_least")
    few = f"不足{least}单" if isinstance(least, int) else "不足三单"  # older events do not say
    for place, row in enumerate(_rows(data, "ranking"), 1):
        person, rate = str(row.get("owner_id") or ""), row.get("rate")
        said = few if rate is None else f"转化率{rate * 100:.0f}%"
        yield f"第{place}名 {names.get(person, person)}：赢{row.get('won')}单，结束{row.get('ended')}单，{said}"


def _stalled(data: Mapping[str, Any], names: Names) -> Iterator[str]:
    for row in _rows(data, "stalled_deals"):
        amount = row.get("amount")
        told = [str(row.get("stage") or "阶段未填"), f"{row.get('days')}天没有动静"]
        told += [f"{amount:,.0f}元"] if isinstance(amount, int | float) else []
        yield f"停滞：{row.get('deal')}（{'，'.join(told)}）{_who(row, names)}"


def _silent(data: Mapping[str, Any], names: Names) -> Iterator[str]:
    people, n = _ids(data), data.get("silent_n")
    if people:
        more = f"等{n}人" if isinstance(n, int) and n > len(people) else ""
        yield f"没有任何动作：{'、'.join(names.get(person, person) for person in people)}{more}"


def _who(row: Mapping[str, Any], names: Names) -> str:
    person = row.get("owner_id")
    return f"，{names.get(person, person)}" if isinstance(person, str) and person else ""


def _rows(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = data.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list | tuple) else []


def _ids(data: Mapping[str, Any]) -> list[str]:
    found = data.get("silent")
    return [person for person in found if isinstance(person, str)] if isinstance(found, list | tuple) else []
