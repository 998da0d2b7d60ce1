"""Does learning from feedback help? Simulated reps with known tastes, judged offline as a real log would be.

A logging policy (the day-one ranking, one choice in three left to chance) gives hints and records the chance of each
choice. The learner sees the first half of the log. The second half judges two policies that never ran, the day-one
ranking and the ranking after learning, by the doubly robust estimate. Because the tastes are ours, the true values are
known too, and the test holds the estimate to them.

How much is left to chance (`CURIOSITY`) is chosen in the worlds of `TUNING`, by what a team gains while it learns; the
figures that are published come from the worlds of `REPORTING`, which no choice has looked at.
`python -m tests.evaluation.hint_simulation tune` and `... report` print both.
Source: Dudík, Langford and Li 2011 (doubly robust policy evaluation).
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from service.adapters.preferences import BayesianPreferences
from service.domain.coaching.hint_learning import CURIOSITY, NOTHING_LEARNED, Preference, Sample, features_of, worth
from service.settings import ROOT

CANDIDATES = 5
EXPLORED = 1 / 3
STAGES = ("初访", "方案交流", "商务谈判", "签约")
RESAMPLES = 1_000
TUNING, REPORTING = range(101, 109), range(2_001, 2_021)  # seeds of worlds; a world is in one of them only
TRIED = (0.0, 0.15, 0.3, 0.6)
REPS, ANSWERS, BATCH = 40, 2_500, 250
Policy = Callable[["Round"], int]


@dataclass(frozen=True, slots=True)
class Card:
    """What the simulation needs of a hint card."""

    id: str
    action: str
    priority: int


@dataclass(frozen=True, slots=True)
class Round:
    """One moment: a rep, a stage, the hints that could be given, the one that was, its chance and its worth."""

    rep: int
    stage: str
    candidates: tuple[int, ...]
    chosen: int
    chance: float
    reward: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A policy's value: estimated from the log with its interval, and as it truly is."""

    estimate: float
    low: float
    high: float
    truth: float


def shipped_cards() -> list[Card]:
    """The real cards, so that the simulated choice is the one the service makes."""
    from service.adapters.content.loader import load_content

    return [Card(card.id, card.action, card.priority) for card in load_content(ROOT / "prompts").hint_cards]


class World:
    """Reps with known tastes: by card, by kind of rep and action, and by stage."""

    def __init__(self, cards: Sequence[Card], *, reps: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.cards = list(cards)
        self.rng = rng
        actions = sorted({card.action for card in cards})
        kinds = rng.normal(0, 0.9, (3, len(actions)))
        kind_of = rng.integers(0, 3, reps)
        action_of = [actions.index(card.action) for card in cards]
        by_card = rng.normal(-0.4, 0.8, len(cards))
        by_stage = rng.normal(0, 0.5, (len(STAGES), len(cards)))
        self.reps = reps
        self.chances = 1 / (
            1 + np.exp(-(by_card[None, None, :] + by_stage[None] + kinds[kind_of][:, action_of][:, None]))
        )

    def value(self, rep: int, stage: str, card: int) -> float:
        """What giving this hint is truly worth: taken up and done well, or waved away."""
        chance = float(self.chances[rep, STAGES.index(stage), card])
        return chance * _worth("done") + (1 - chance) * _worth("dismissed")

    def play(self, rounds: int) -> list[Round]:
        """A log of the logging policy."""
        log = []
        for _ in range(rounds):
            rep, stage = int(self.rng.integers(self.reps)), STAGES[int(self.rng.integers(len(STAGES)))]
            candidates = tuple(int(c) for c in self.rng.choice(len(self.cards), CANDIDATES, replace=False))
            best = max(candidates, key=lambda card: self.cards[card].priority)
            explores = self.rng.random() < EXPLORED
            chosen = int(self.rng.choice(candidates)) if explores else best
            chance = EXPLORED / CANDIDATES + (1 - EXPLORED if chosen == best else 0.0)
            taken = self.rng.random() < self.chances[rep, STAGES.index(stage), chosen]
            log.append(Round(rep, stage, candidates, chosen, chance, _worth("done" if taken else "dismissed")))
        return log


def _worth(verdict: str) -> float:
    said = worth(verdict, reason="not_useful" if verdict == "dismissed" else "", outcome="")
    assert said is not None
    return said


def learn(world: World, log: Sequence[Round]) -> Preference:
    """What the service would have learned from this log."""
    return BayesianPreferences().fit(
        [Sample(_features(world, one, one.chosen), one.reward - world.cards[one.chosen].priority / 100) for one in log]
    )


def _features(world: World, one: Round, card: int) -> dict[str, float]:
    chosen = world.cards[card]
    return features_of(chosen.id, chosen.action, rep_id=f"rep-{one.rep}", situation=(f"stage:{one.stage}",))


def ranking(world: World, preference: Preference, *, curiosity: float = CURIOSITY) -> Policy:
    """The service's choice: priority times the learned factor, with its draw."""

    def choose(one: Round) -> int:
        def rank(card: int) -> float:
            prior = world.cards[card].priority / 100
            draw = f"{one.rep}|{one.stage}|{one.candidates}|{card}"
            return (
                prior
                * preference.lesson(_features(world, one, card), prior=prior, draw=draw, curiosity=curiosity).factor
            )

        return max(one.candidates, key=rank)

    return choose


def judge(world: World, policy: Policy, log: Sequence[Round], model: Preference, *, seed: int = 7) -> Judged:
    """The policy's value on a log it did not make; `model` is the reward model of the estimate."""
    terms, truths = np.zeros(len(log)), np.zeros(len(log))
    for row, one in enumerate(log):
        wanted = policy(one)
        terms[row] = _predicted(world, model, one, wanted)
        if wanted == one.chosen:
            terms[row] += (one.reward - _predicted(world, model, one, one.chosen)) / one.chance
        truths[row] = world.value(one.rep, one.stage, wanted)
    low, high = interval(terms, seed=seed)
    return Judged(float(terms.mean()), low, high, float(truths.mean()))


def lift(world: World, log: Sequence[Round], model: Preference, *, seed: int = 7) -> Judged:
    """How much more the learned ranking is worth than the day-one ranking, pair by pair."""
    first, later = ranking(world, NOTHING_LEARNED), ranking(world, model)
    terms, truths = np.zeros(len(log)), np.zeros(len(log))
    for row, one in enumerate(log):
        for sign, policy in ((-1, first), (1, later)):
            wanted = policy(one)
            correction = one.reward - _predicted(world, model, one, one.chosen) if wanted == one.chosen else 0.0
            terms[row] += sign * (_predicted(world, model, one, wanted) + correction / one.chance)
            truths[row] += sign * world.value(one.rep, one.stage, wanted)
    low, high = interval(terms, seed=seed)
    return Judged(float(terms.mean()), low, high, float(truths.mean()))


def _predicted(world: World, model: Preference, one: Round, card: int) -> float:
    return world.cards[card].priority / 100 + model.beyond(_features(world, one, card))[0]


def interval(values: NDArray[np.float64], *, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def gain_while_learning(seed: int, *, curiosity: float, answers: int = ANSWERS, batch: int = BATCH) -> float:
    """How much more a hint is truly worth on average, while the service gives hints and learns from each batch of
    answers, than with the day-one ranking throughout; the moments and the reps' luck are the same for both."""
    world = World(shipped_cards(), reps=REPS, seed=seed)
    moments, luck = world.play(answers), np.random.default_rng(seed).random(answers)
    first, known = ranking(world, NOTHING_LEARNED), NOTHING_LEARNED
    log: list[Round] = []
    gained = 0.0
    for at, moment in enumerate(moments):
        if at and at % batch == 0:
            known = learn(world, log)
        card = ranking(world, known, curiosity=curiosity)(moment)
        gained += world.value(moment.rep, moment.stage, card) - world.value(moment.rep, moment.stage, first(moment))
        taken = luck[at] < world.chances[moment.rep, STAGES.index(moment.stage), card]
        log.append(replace(moment, chosen=card, reward=_worth("done" if taken else "dismissed")))
    return gained / answers


def tune() -> None:
    """What each degree of chance gains in the worlds of `TUNING`."""
    for curiosity in TRIED:
        gains = np.asarray([gain_while_learning(seed, curiosity=curiosity) for seed in TUNING])
        low, high = interval(gains, seed=7)
        Console().print(
            f"curiosity {curiosity}: gains {gains.mean():.4f} ({low:.4f} to {high:.4f}), {len(gains)} worlds"
        )


def report() -> None:
    """The published figures, from the worlds of `REPORTING`; intervals are over worlds."""
    gains, lifts, held = [], [], 0
    for seed in REPORTING:
        gains.append(gain_while_learning(seed, curiosity=CURIOSITY))
        world = World(shipped_cards(), reps=REPS, seed=seed)
        log = world.play(2 * ANSWERS)
        found = lift(world, log[ANSWERS:], learn(world, log[:ANSWERS]))
        held += found.low <= found.truth <= found.high
        lifts.append((found.estimate, found.truth))
    rows = (
        ("gained while learning, true", np.asarray(gains)),
        ("lift after learning, doubly robust estimate", np.asarray([estimate for estimate, _ in lifts])),
        ("lift after learning, true", np.asarray([truth for _, truth in lifts])),
    )
    for name, values in rows:
        low, high = interval(values, seed=7)
        Console().print(f"{name}: {values.mean():.3f} ({low:.3f} to {high:.3f}), {len(values)} worlds")
    Console().print(f"the 95 % interval of a world's estimate holds the true lift in {held} of {len(lifts)} worlds")


if __name__ == "__main__":
    {"tune": tune, "report": report}[sys.argv[1]]()
