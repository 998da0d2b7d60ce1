"""Did a course help? What was observed of the skill before it and after it, with the doubt that is left.

Invariant: nothing is claimed under three observations on either side, nor where the interval holds zero; and what is
shown is a difference in time, which may have other causes, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Literal

from service.domain.coaching.observations import ObservationRow

WINDOW = timedelta(days=60)
LEAST = 3
LEAST_SPREAD = 10.0  # points; three equal observations are luck, not certainty
Verdict = Literal["insufficient_data", "not_shown", "better", "worse"]
CAVEAT = "前后对比，不等于因果：同期的客户、阶段和其他训练也可能有影响。"
# Student's t, 97.5 %, by degrees of freedom; beyond thirty the normal's is near enough.
T975 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10,
        2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05, 2.04)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CourseEffect:
    """Means before and after (0 to 100), their difference with its 95 % interval, and what may be said of it."""

    verdict: Verdict
    n_before: int
    n_after: int
    before: float | None = None
    after: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    caveat: str = CAVEAT


def measure_effect(
    rows: Sequence[ObservationRow], *, skill: str, completed_at: datetime, now: datetime
) -> CourseEffect:
    """The effect of a course on one skill, from the rep's observations of sixty days on either side (Welch 1947)."""
    mine = [row for row in rows if row.skill == skill and row.source == "talk"]
    before = [row.value for row in mine if completed_at - WINDOW <= row.at < completed_at]
    after = [row.value for row in mine if completed_at <= row.at < min(now, completed_at + WINDOW)]
    if min(len(before), len(after)) < LEAST:
        return CourseEffect("insufficient_data", len(before), len(after))
    (mean_before, error_before), (mean_after, error_after) = _mean(before), _mean(after)
    error = sqrt(error_before + error_after)
    freedom = (error_before + error_after) ** 2 / (
        error_before**2 / (len(before) - 1) + error_after**2 / (len(after) - 1)
    )
    half = _t(freedom) * error
    difference = mean_after - mean_before
    verdict: Verdict = "better" if difference - half > 0 else "worse" if difference + half < 0 else "not_shown"
    return CourseEffect(
        verdict, len(before), len(after), round(mean_before, 1), round(mean_after, 1), round(difference, 1),
        round(difference - half, 1), round(difference + half, 1)
    )  # fmt: skip


def _mean(values: Sequence[int]) -> tuple[float, float]:
    """The mean and its squared standard error."""
    mean = sum(values) / len(values)
    variance = max(LEAST_SPREAD**2, sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return mean, variance / len(values)


def _t(freedom: float) -> float:
    place = int(freedom) - 1
    return T975[max(0, place)] if place < len(T975) else 1.96
