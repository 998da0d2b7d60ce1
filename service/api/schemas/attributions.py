"""Bodies of attributions: who proved what, who claims what, and what was decided."""

from typing import Any

from service.api.rendering import instant
from service.api.schemas.base import Out
from service.api.schemas.examples import answer
from service.domain.crm.attribution import Attribution
from service.domain.crm.decisions import Decision


class ContributionOut(Out):
    """One person's proof of one action."""

    action: str
    title: str
    person: str
    points: float
    because: list[str]


class DecisionOut(Out):
    """A decision on the record, with the ids of the events behind it."""

    id: str
    kind: str
    decided_at: str
    data: dict[str, Any]
    because: list[str]

    @classmethod
    def of(cls, decision: Decision) -> "DecisionOut":
        """From the row."""
        return cls(
            id=decision.id,
            kind=decision.kind,
            decided_at=instant(decision.decided_at),
            data=dict(decision.data),
            because=list(decision.because),
        )


class AttributionOut(Out):
    """A won deal's split as the proofs give it now, its dispute and its decision."""

    opportunity_id: str
    shares: dict[str, float]
    claims: dict[str, float]
    difference: float
    disputed: bool
    unproven: list[str]
    contributions: list[ContributionOut]
    dispute: DecisionOut | None
    decision: DecisionOut | None

    @classmethod
    def of(cls, found: Attribution, dispute: Decision | None, decision: Decision | None) -> "AttributionOut":
        """From the use case's answer."""
        return cls(
            opportunity_id=found.opportunity_id,
            shares={who: round(share, 4) for who, share in found.shares.items()},
            claims=dict(found.claims),
            difference=round(found.difference, 4),
            disputed=found.disputed,
            unproven=list(found.unproven),
            contributions=[
                ContributionOut(action=each.action.id, title=each.action.title, person=each.person,
                                points=round(each.points, 4), because=list(each.because))
                for each in found.contributions
            ],
            dispute=dispute and DecisionOut.of(dispute),
            decision=decision and DecisionOut.of(decision),
        )  # fmt: skip


ATTRIBUTION = answer(
    {
        "opportunity_id": "opp-88",
        "shares": {"rep-017": 0.55, "sa-003": 0.45},
        "claims": {"rep-017": 0.6, "sa-003": 0.4},
        "difference": 0.05,
        "disputed": False,
        "unproven": [],
        "contributions": [
            {
                "action": "proposal",
                "title": "方案宣讲",
                "person": "sa-003",
                "points": 25.0,
                "because": ["cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2"],
            }
        ],
        "dispute": None,
        "decision": {
            "id": "dcn_019cdb11bfff7b3aa0c1d2e3f4a5b6c7",
            "kind": "attribution",
            "decided_at": "2026-03-11T03:15:09.871Z",
            "data": {"by": "proof", "shares": {"rep-017": 0.55, "sa-003": 0.45}, "disputed": False},
            "because": ["cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2"],
        },
    }
)
