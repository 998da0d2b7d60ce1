"""Fill a pack that a rule pushes: the talk track with its strategies, and won deals of the same industry."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from service.domain.content.bundle import Content
from service.domain.playbooks.effects import Effect
from service.domain.playbooks.timeline import Fact
from service.domain.playbooks.values import as_number, as_text, shown
from service.domain.ports import UnitOfWork

WON = frozenset({"won", "closed_won", "closed won", "赢单", "成交"})
LOOKED_AT = 300  # newest deals of the industry among which won ones are sought


def pack_of(tx: UnitOfWork, content: Content, tenant_id: str, effect: Effect) -> Effect:
    """The pack with its contents in `data`, and named in its text."""
    track = next((track for track in content.talktracks if track.id == effect.data.get("talktrack")), None)
    cases = won_cases(tx, tenant_id, str(effect.data.get("industry", "")), int(effect.data.get("cases", 0)))
    lines = [effect.text]
    data: dict[str, Any] = {"cases": cases}
    if track is not None:
        strategies = [
            {"role": each.role, "title": each.title, "cares_about": each.cares_about, "say": list(each.say),
             "ask": list(each.ask), "avoid": each.avoid}
            for each in track.strategies
        ]  # fmt: skip
        data["talktrack"] = {"id": track.id, "title": track.title, "bring": list(track.bring), "strategies": strategies}
        lines.append(f"《{track.title}》：" + "；".join(f"{each.title}：{each.say[0]}" for each in track.strategies))
    lines.extend(f"案例{number}：{case['name']}，{case['amount']}" for number, case in enumerate(cases, 1))
    return replace(effect, text="\n".join(lines), data=data)


def won_cases(tx: UnitOfWork, tenant_id: str, industry: str, wanted: int) -> list[Mapping[str, Any]]:
    """The last won deals of an industry, the newest first, each with the event that says so."""
    if not industry or wanted < 1:
        return []
    types = ("opportunity.won", "opportunity.updated", "opportunity.created")
    facts = tx.playbooks.links.facts(tenant_id, ("industry", industry), types=types, newest=LOOKED_AT)
    known: dict[str, dict[str, Any]] = {}
    won: dict[str, Fact] = {}
    for fact in facts:
        known.setdefault(fact.entity_id, {}).update(fact.data)
        if fact.type == "opportunity.won" or as_text(fact.data.get("stage")).lower() in WON:
            won[fact.entity_id] = fact
    newest = sorted(won.values(), key=lambda fact: fact.order, reverse=True)[:wanted]
    return [
        {
            "opportunity_id": fact.entity_id,
            "event_id": fact.id,
            "name": shown(known[fact.entity_id].get("name") or fact.entity_id),
            "amount": _money(known[fact.entity_id].get("amount")),
            "won_at": fact.at.isoformat(),
        }
        for fact in newest
    ]


def _money(value: object) -> str:
    number = as_number(value)
    return f"{shown(number)}元" if number == number else "金额未填"  # noqa: PLR0124 - NaN is not itself
