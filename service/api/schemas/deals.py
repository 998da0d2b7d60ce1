"""Bodies of deal checks."""

from service.api.schemas.base import Out
from service.api.schemas.examples import answer


class SimilarOut(Out):
    """An earlier order like this one; flagged below the margin floor."""

    event_id: str
    margin: float
    amount: float | None
    flagged: bool


class BudgetOut(Out):
    """The customer's budget of the year: enough, short or unknown."""

    verdict: str
    budget: float | None
    spent: float
    left_after: float | None


class PartOut(Out):
    """One instalment."""

    title: str
    amount: float
    day: str


class OfferOut(Out):
    """A way to pay, worked out."""

    plan: str
    title: str
    parts: list[PartOut]


class DealOut(Out):
    """A purchase request checked: margins, budget, ways to pay, approvals."""

    request_id: str
    amount: float
    margin: float | None
    low_margin: bool
    typical_margin: float | None
    similar: list[SimilarOut]
    budget: BudgetOut
    offers: list[OfferOut]
    approvals: list[str]
    missing: list[str]
    due_at: str | None
    because: list[str]


DEAL = answer(
    {
        "request_id": "req-31",
        "amount": 500000.0,
        "margin": 0.17,
        "low_margin": True,
        "typical_margin": 0.22,
        "similar": [
            {
                "event_id": "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2",
                "margin": 0.182,
                "amount": 480000.0,
                "flagged": True,
            }
        ],
        "budget": {"verdict": "enough", "budget": 2000000.0, "spent": 900000.0, "left_after": 600000.0},
        "offers": [
            {
                "plan": "three_parts",
                "title": "三期：签约30%、到货60%、验收10%",
                "parts": [{"title": "签约", "amount": 150000.0, "day": "2026-03-11"}],
            }
        ],
        "approvals": ["regional_director", "technical_lead"],
        "missing": ["technical_lead"],
        "due_at": "2026-03-13T02:00:00+00:00",
        "because": ["cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2"],
    }
)
