"""What feedback teaches about hints: how much each is worth to this rep, in this situation.

A hint's worth starts at its card's priority, so that the first day is sensible; feedback moves it, little by little and
more where more is known. Among hints about which little is known, chance decides within what is likely (Thompson
sampling), with a draw that follows from the hint's id, so that the same moment gives the same hint.

Invariant: with no feedback nothing moves; a factor stays between a quarter and four.
Source: Li et al. 2010 (linear contextual bandits), Agrawal and Goyal 2013 (Thompson sampling with a linear payoff).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from typing import Protocol

NOISE = 0.35  # standard deviation of one answer's worth around its mean
PRIOR_SPREAD = 0.15  # and of what one feature may add or take away, before anything is known
CURIOSITY = 0.3  # how much of that doubt is left to chance: hints are few, and a wrong one costs trust
LEAST, MOST = 0.25, 4.0
HALF_LIFE_DAYS = 120.0  # what reps wanted half a year ago tells less about what they want now
WORTH = {
    ("done", "advanced"): 1.0,
    ("done", ""): 0.8,
    ("done", "unchanged"): 0.55,
    ("done", "backfired"): 0.0,
    ("accepted", ""): 0.65,
    ("dismissed", "not_now"): 0.3,
    ("dismissed", "not_useful"): 0.0,
    ("dismissed", "wrong"): 0.0,
    ("dismissed", "not_my_customer"): 0.1,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One answered hint: its situation, what it was worth beyond the card's priority, and how much it still counts."""

    features: Mapping[str, float]
    beyond: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is known of one hint: the factor for its rank, its expected worth, and from how many answers."""

    factor: float
    expected: float
    spread: float
    answers: int


@dataclass(frozen=True, slots=True)
class Preference:
    """A fitted linear model: what each feature adds to a hint's worth, how surely, and how often it was seen."""

    names: Mapping[str, int] = field(default_factory=dict)  # to their places in `mean` and `covariance`
    mean: tuple[float, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    seen: Mapping[str, int] | None = None

    def beyond(self, features: Mapping[str, float]) -> tuple[float, float]:
        """Mean and standard deviation of what these features add; unseen ones add their prior's doubt."""
        known = [(self.names[name], value) for name, value in features.items() if name in self.names]
        mean = sum(self.mean[place] * value for place, value in known)
        variance = sum(
            value * other_value * self.covariance[place][other]
            for place, value in known
            for other, other_value in known
        )
        unseen = sum(value * value for name, value in features.items() if name not in self.names)
        return mean, sqrt(max(0.0, variance + unseen * PRIOR_SPREAD**2))

    def lesson(self, features: Mapping[str, float], *, prior: float, draw: str, curiosity: float = CURIOSITY) -> Lesson:
        """The factor for a hint whose card alone would be worth `prior`.

        Args:
            draw: what the chance follows from; the same text draws the same number.
            curiosity: how much of the doubt is left to chance; 0 always takes what looks best.
        """
        answers = min(((self.seen or {}).get(name, 0) for name in features if name.startswith("card:")), default=0)
        if not self.names:
            return Lesson(1.0, prior, 0.0, 0)
        mean, spread = self.beyond(features)
        expected = min(1.0, max(0.0, prior + mean))
        drawn = min(1.0, max(0.01, prior + mean + curiosity * spread * _normal(draw)))
        factor = min(MOST, max(LEAST, drawn / max(prior, 0.01)))
        return Lesson(round(factor, 3), round(expected, 3), round(spread, 3), answers)


NOTHING_LEARNED = Preference()


class PreferenceLearner(Protocol):
    """Fits a `Preference` to samples; an empty sequence gives `NOTHING_LEARNED`."""

    def fit(self, samples: Sequence[Sample]) -> Preference: ...


def situation_of(*, stage: str, risk: str | None) -> tuple[str, ...]:
    """What the learner sees of the moment a hint is given in."""
    return tuple(f"{name}:{value}" for name, value in (("stage", stage), ("risk", risk or "")) if value)


def features_of(card: str, action: str, *, rep_id: str, situation: Sequence[str]) -> dict[str, float]:
    """The features of a hint: its card and action, alone, with this rep, and in this situation."""
    names = ["all", f"card:{card}", f"action:{action}"]
    if rep_id:
        names.append(f"action:{action}|rep:{rep_id}")
    names.extend(f"card:{card}|{part}" for part in situation)
    return dict.fromkeys(names, 1.0)


def worth(verdict: str, *, reason: str, outcome: str) -> float | None:
    """What an answer says a hint was worth, 0 to 1; None where it says nothing of that (it was done already)."""
    if verdict == "dismissed" and reason == "already_done":
        return None
    detail = outcome if verdict == "done" else reason
    return WORTH.get((verdict, detail), WORTH.get((verdict, ""), 0.0))


def fade(age_days: float) -> float:
    """How much an answer of that age still counts."""
    return float(0.5 ** (max(0.0, age_days) / HALF_LIFE_DAYS))


def _normal(text: str) -> float:
    digits = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return NormalDist().inv_cdf((digits + 0.5) / 2**64)
