"""What rules say, found the plain way: every rule looked at in every hour, over all that was known by then.

Nothing is indexed, kept or left out, and what is not a measurement is written down here a second time, so that the
engine is held to its meaning and not to itself. Right for facts on full hours: then a rule's answer can change only on
one, or a second after.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from service.domain.content.playbook_selections import When
from service.domain.playbooks.hours import next_scheduled, worked_between
from service.domain.playbooks.rules import Rule, RuleFailed
from service.domain.playbooks.selecting import NEVER, see
from service.domain.playbooks.timeline import ANALYZED, Fact, Ref, Timeline
from service.domain.playbooks.values import as_number, as_text, instant_of, local_date

HOUR, SECOND, ZERO = timedelta(hours=1), timedelta(seconds=1), timedelta(0)


def naive_firings(rule: Rule, ref: Ref, facts: Iterable[Fact], *, until: datetime) -> list[tuple[str, datetime]]:
    """Each cause for which the rule fires, with its moment."""
    ordered = sorted({fact.id: fact for fact in facts}.values(), key=lambda fact: (fact.at, fact.id))
    found: list[tuple[str, datetime]] = []
    spell: datetime | None = None
    for at in _moments(rule, ordered, until):
        known = [fact for fact in ordered if fact.at <= at]
        holds, cause = _answer(rule, ref, known, at)
        if holds is None:
            continue
        if not holds:
            spell = None
            continue
        spell = spell or at
        cause = cause or f"since {spell.isoformat()}"
        if rule.book.every is not None and not rule.book.cause:
            cause += f"@{local_date(at).isoformat()}"
        cool = rule.book.cooldown is None or not found or at >= found[-1][1] + rule.book.cooldown
        if cool and cause not in dict(found):
            found.append((cause, at))
    return found


def _moments(rule: Rule, facts: list[Fact], until: datetime) -> Iterator[datetime]:
    """Every moment at which the answer can be another one; of a rule with a schedule, those of the schedule."""
    at = facts[0].at if facts else until
    every = rule.book.every
    if every is not None:
        at = next_scheduled(every, min((fact.at for fact in facts if _wakes(rule, fact)), default=at), rule.office)
        while at <= until:
            yield at
            at = next_scheduled(every, at, rule.office)
        return
    while at <= until:
        yield at
        if at + SECOND <= until:
            yield at + SECOND
        at += HOUR


def _wakes(rule: Rule, fact: Fact) -> bool:
    return rule.waits or fact.type in rule.types or bool(rule.fields & set(fact.data))


def _answer(rule: Rule, ref: Ref, known: list[Fact], at: datetime) -> tuple[bool | None, str]:
    seen = {name: _look(rule, name, when, ref, known, at) for name, when in rule.book.when.items()}
    values = {f"{name}.{key}": value for name, (offered, _) in seen.items() for key, value in offered.items()}
    try:
        asked = {key: condition.holds(values) for key, condition in rule.conditions.items()}
    except RuleFailed:
        return None, ""
    causes = [seen[name][1] for name in rule.causes]
    return asked["condition"] and not asked.get("unless", False), "|".join(causes) if any(causes) else ""


def _look(
    rule: Rule, name: str, when: When, ref: Ref, known: list[Fact], at: datetime
) -> tuple[Mapping[str, Any], str]:
    found = [fact for fact in known if when.within is None or fact.at > at - when.within]
    found = [fact for fact in found if fact.type in when.types]
    found = [fact for fact in found if all(match.holds(fact.data.get(key)) for key, match in when.match.items())]
    last = found[-1] if found else None
    if when.field is not None:
        return _field(rule, name, when.field, ref, known, at)
    if when.event is not None:
        values = {"present": bool(last), "n": len(found), **_ages(rule, name, last.at if last else None, at)}
        values |= {key: _plain(last.data.get(key) if last else None) for key in when.take}
        return values, last.id if last else ""
    if when.absent is not None:
        since = last.at if last else known[0].at
        holds = at - since >= (when.for_ or ZERO)
        return {"holds": holds, **_ages(rule, name, since, at)}, last.id if last else "never"
    if when.count is not None:
        distinct = len({as_text(fact.data.get(when.distinct)) for fact in found}) if when.distinct else len(found)
        return {"n": len(found), "distinct": distinct}, last.id if last else ""
    if when.finding is not None:
        return _finding(when, known, at)
    seen = see(when, Timeline.of(ref, known), at)  # a measurement: of a timeline that nobody has asked before
    return seen.values, seen.cause


def _ages(rule: Rule, name: str, since: datetime | None, at: datetime) -> dict[str, timedelta]:
    if since is None:
        return {"age": ZERO, "worked": ZERO}
    return {"age": at - since, "worked": worked_between(since, at, rule.office) if name in rule.worked else ZERO}


def _plain(value: object) -> object:
    return as_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _field(
    rule: Rule, name: str, field: str, ref: Ref, known: list[Fact], at: datetime
) -> tuple[Mapping[str, Any], str]:
    written: list[tuple[Any, Fact]] = []
    for fact in known:
        if (fact.kind, fact.entity_id) == ref and field in fact.data:
            value = fact.data[field]
            if not written or type(written[-1][0]) is not type(value) or written[-1][0] != value:
                written.append((value, fact))
    value, fact = written[-1] if written else (None, None)
    deadline = instant_of(value)
    values = {
        "present": value not in (None, ""),
        "value": _plain(value),
        "text": as_text(value),
        "number": as_number(value),
        "before": as_text(written[-2][0]) if len(written) > 1 else "",
        "until": NEVER if deadline is None else deadline - at,
        "day": "" if deadline is None else f"{local_date(deadline):%Y%m%d}",
        **_ages(rule, name, fact.at if fact else known[0].at, at),
    }
    return values, fact.id if fact else ""


def _finding(when: When, known: list[Fact], at: datetime) -> tuple[Mapping[str, Any], str]:
    wanted = when.finding
    assert wanted is not None
    heard = [
        (fact, said)
        for fact in known
        if fact.type == ANALYZED and (when.within is None or fact.at > at - when.within)
        for said in fact.data["findings"]
        if said["kind"] == wanted.kind and wanted.role in (None, said["role"]) and said["score"] >= wanted.min_score
        if "any" in wanted.codes or said["code"] in wanted.codes
    ]
    if not heard:
        return {"present": False, "n": 0, "age": ZERO, "quote": "", "code": ""}, ""
    fact, said = heard[-1]
    values = {"present": True, "n": len(heard), "age": at - fact.at, "quote": said["quote"], "code": said["code"]}
    return values, fact.id
