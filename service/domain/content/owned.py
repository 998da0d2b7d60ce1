"""The kinds of content that a tenant may have versions of its own of, beside its playbooks.

Invariant: an item of a tenant stands in place of the shipped one with its id, or beside the shipped ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from service.domain.content.attribution import AttributionCard
from service.domain.content.bundle import Content
from service.domain.content.closed_loops import ClosedLoop
from service.domain.content.credibility import CredibilityCard
from service.domain.content.deal_desk import DealDesk
from service.domain.content.header import Header
from service.domain.content.health_cards import HealthCard
from service.domain.content.loss_patterns import LossPattern
from service.domain.content.metrics import Metric
from service.domain.content.office import OfficeCard
from service.domain.content.plan_cards import PlanCard
from service.domain.content.pressure_cards import PressureCard
from service.domain.content.processes import Process
from service.domain.content.report_cards import ReportCard


@dataclass(frozen=True, slots=True)
class OwnedKind:
    """Where the items of a kind stand: the folder of their files, their place in `Content`, their schema."""

    folder: str
    attribute: str
    model: type[Header]


OwnedName = Literal[
    "processes", "health", "attribution", "credibility", "metrics", "deal_desk", "loss_patterns", "plans", "office",
    "reports", "closed_loops", "pressure_tests",
]  # fmt: skip
OWNED: Mapping[str, OwnedKind] = {
    "processes": OwnedKind("processes", "processes", Process),
    "health": OwnedKind("scorecards/health", "health_cards", HealthCard),
    "attribution": OwnedKind("scorecards/attribution", "attribution_cards", AttributionCard),
    "credibility": OwnedKind("scorecards/credibility", "credibility_cards", CredibilityCard),
    "metrics": OwnedKind("metrics", "metrics", Metric),
    "deal_desk": OwnedKind("deal_desk", "deal_desks", DealDesk),
    "loss_patterns": OwnedKind("loss_patterns", "loss_patterns", LossPattern),
    "plans": OwnedKind("plans", "plan_cards", PlanCard),
    "office": OwnedKind("office", "office_cards", OfficeCard),
    "reports": OwnedKind("reports", "report_cards", ReportCard),
    "closed_loops": OwnedKind("closed_loops", "closed_loops", ClosedLoop),
    "pressure_tests": OwnedKind("pressure_tests", "pressure_cards", PressureCard),
}


def items_of(content: Content, kind: str) -> tuple[Header, ...]:
    """The items of one kind, by id."""
    found: tuple[Header, ...] = getattr(content, OWNED[kind].attribute)
    return found


def with_item(content: Content, kind: str, item: Header) -> Content:
    """The content with an item in place of the one with its id, or added."""
    others = [each for each in items_of(content, kind) if each.id != item.id]
    changed: dict[str, Any] = {OWNED[kind].attribute: tuple(sorted([*others, item], key=lambda each: each.id))}
    return replace(content, **changed)
