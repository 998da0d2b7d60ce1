"""What a finished report says of itself to whoever is told of it: the counts, and the few lines worth reading first.

Invariant: people stand in it by id alone, so that a name which is erased later was never sent on from here.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain.crm.report_days import ReportName

API, PAGE = "/v1/reports", "/console/reports"


@dataclass(frozen=True, slots=True)
class Deal:
    """What an opportunity is called, and whose it is; empty where the CRM has not said."""

    name: str
    owner_id: str = ""


Deals = Callable[[str], Deal]


def news_of(name: ReportName, of: date, report: Mapping[str, Any], deal_of: Deals, *, lines: int = 5) -> dict[str, Any]:
    """The data of `report.ready`.

    Args:
        report: what the use case worked out for that day or week.
        deal_of: the opportunity with an id.
        lines: how many of each section are named.
    """
    usage, query = report["usage"], f"{'day' if name == 'daily' else 'week'}={of.isoformat()}"
    steps = report["progress"]
    counts = Counter(step["what"] for step in steps) if isinstance(steps, list) else Counter(steps)
    data: dict[str, Any] = {
        "report": name,
        "of": of.isoformat(),
        "events": report["events"],
        "sections": [{"id": section["id"], "title": section["title"]} for section in report["sections"]],
        "steps": counts.total(),
        "stalled": len(report["stalled"]),
        "active": usage["active"],
        "people": usage["people"],
        "silent": usage["silent"][:lines],
        "silent_n": len(usage["silent"]),
        "completeness": usage["completeness"],
        "counts": [{"what": what, "n": n} for what, n in counts.most_common(lines)],
        "stalled_deals": [_stalled(it, deal_of) for it in report["stalled"][:lines]],
        "link": f"{API}/{name}?{query}",
        "links": {
            "page": f"{PAGE}/{name}?day={of.isoformat()}",
            "pdf": f"{PAGE}/{name}.pdf?day={of.isoformat()}",
            "report": f"{API}/{name}?{query}",
        },
    }
    if isinstance(steps, list):
        data["progress"] = [_step(step, deal_of) for step in steps[:lines]]
    else:
        data["at_least"] = report["at_least"]
        data["ranking"] = [
            {key: row[key] for key in ("owner_id", "won", "ended", "rate")} for row in report["ranking"][:lines]
        ]
    return data


def _step(step: Mapping[str, Any], deal_of: Deals) -> dict[str, Any]:
    deal = deal_of(step["opportunity_id"]) if step["opportunity_id"] else Deal(step["entity_id"])
    return {"what": step["what"], "deal": deal.name, "owner_id": step["owner_id"] or deal.owner_id or None,
            "event_id": step["event_id"]}  # fmt: skip


def _stalled(it: Mapping[str, Any], deal_of: Deals) -> dict[str, Any]:
    told = {key: it[key] for key in ("opportunity_id", "stage", "days", "amount", "owner_id")}
    return {**told, "deal": deal_of(it["opportunity_id"]).name}
