"""Bodies of lead coefficients: what a rep's was on each day, of which parts, and by which events."""

from service.api.schemas.base import Out
from service.api.schemas.examples import answer
from service.api.schemas.processes import ProofOut, proofs
from service.usecases.crm.keep_coefficients import CoefficientDay, CoefficientReading


class CoefficientDayOut(Out):
    """A day: the coefficient (0 to 1) for any lead and by industry, and what it is made of."""

    day: str
    as_of: str
    coefficient: float
    by_industry: dict[str, float]
    wins: int
    cases: dict[str, int]
    response_minutes: float | None
    n_events: int

    @classmethod
    def of(cls, found: CoefficientDay) -> "CoefficientDayOut":
        """From the record."""
        return cls(
            day=found.day,
            as_of=found.as_of,
            coefficient=found.coefficients[""],
            by_industry={industry: value for industry, value in found.coefficients.items() if industry},
            wins=found.form.wins,
            cases=dict(found.form.cases),
            response_minutes=found.form.response_minutes,
            n_events=len(found.form.because),
        )


class CoefficientsOut(Out):
    """A rep's coefficients, newest first, with the events behind the newest; empty before the first midnight."""

    rep_id: str
    days: list[CoefficientDayOut]
    because: list[ProofOut]

    @classmethod
    def of(cls, rep_id: str, found: CoefficientReading) -> "CoefficientsOut":
        """From the use case's answer."""
        newest = found.days[0].form.because if found.days else ()
        days = [CoefficientDayOut.of(day) for day in found.days]
        return cls(rep_id=rep_id, days=days, because=proofs(newest, found.events))


COEFFICIENTS = answer(
    {
        "rep_id": "rep-017",
        "days": [
            {
                "day": "2026-03-11",
                "as_of": "2026-03-10T16:00:00+00:00",
                "coefficient": 0.61,
                "by_industry": {"储能": 0.91},
                "wins": 4,
                "cases": {"储能": 3},
                "response_minutes": 12.5,
                "n_events": 9,
            }
        ],
        "because": [
            {
                "event_id": "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2",
                "source": "/crm/east",
                "type": "opportunity.won",
                "occurred_at": "2026-03-09T02:00:00.000Z",
            }
        ],
    }
)
