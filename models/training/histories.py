"""Simulated accounts for the account risk model: a stated generator, because nobody has given us real losses.

Each account has a hidden mood that drifts from week to week (standard deviation 0.35) and is shaken by a rival (2% of
weeks, -1.2), by a contact's leaving (0.8%, -1.0) and by a good demonstration (3%, +0.7). The mood drives how often
visits happen, how they sound, whether a next step is agreed, whether meetings are put off, and the weekly chance to
lose (logit -4.2 - 1.5 x mood) or to win (logit -4.2 + 0.9 x mood) the deal. What a visit sounds like is the mood seen
through heavy noise (standard deviation 1.1), as a classifier sees it. Nothing here was fitted to any customer.
"""

from datetime import UTC, datetime, timedelta

import numpy as np

from models.training.account_churn import WatchedAccount
from nlp.churn.account import AccountHistory, ProcessPoint, VisitPoint

EPOCH = datetime(2026, 1, 5, tzinfo=UTC)
WEEK = timedelta(days=7)
ACCOUNTS, LEARNT_SEED, JUDGED_SEED = 3_000, 11, 12
"""How many accounts the shipped model learns from, and the seed of others, as many, that judge it."""
MOST_WEEKS = 60
USUAL_STAGE_DAYS = 28.0


def simulate(count: int, *, seed: int) -> list[WatchedAccount]:
    """`count` accounts; the same seed gives the same ones."""
    chance = np.random.default_rng(seed)
    return [_account(f"sim_{seed}_{number}", chance) for number in range(count)]


class _Course:
    """One account's life, week by week."""

    def __init__(self, name: str, chance: np.random.Generator) -> None:
        self.name, self.chance = name, chance
        self.mood = float(chance.normal(0.9, 0.7))
        self.rate = float(chance.uniform(0.25, 0.9))
        self.visits: list[VisitPoint] = []
        self.objections: list[ProcessPoint] = []
        self.overdue: list[ProcessPoint] = []
        self.rescheduled: list[ProcessPoint] = []
        self.contacts_lost: list[ProcessPoint] = []
        self.stage_since = ProcessPoint(f"{name}_stage_0", EPOCH)

    def week(self, start: datetime) -> None:
        """What happens in one week."""
        chance = self.chance
        self.mood = 0.97 * self.mood + float(chance.normal(0, 0.35))
        if chance.random() < 0.02:
            self.mood -= 1.2
        if chance.random() < 0.03:
            self.mood += 0.7
        if chance.random() < 0.008:
            self.mood -= 1.0
            self.contacts_lost.append(self._point("contact", start))
        if chance.random() < _sigmoid(-2.6 - 0.8 * self.mood):
            self.rescheduled.append(self._point("moved", start))
        elif chance.random() < self.rate * _sigmoid(0.6 + 0.7 * self.mood):
            self._visit(start + timedelta(days=float(chance.uniform(0, 5))))
        if chance.random() < 0.16 * _sigmoid(self.mood):
            self.stage_since = self._point("stage", start)

    def _visit(self, at: datetime) -> None:
        chance = self.chance
        heard = self.mood + float(chance.normal(0, 1.1))
        risk = _sigmoid(-0.4 - 1.3 * heard)
        visit = VisitPoint(f"{self.name}_v{len(self.visits)}", at, risk, bool(chance.random() < _sigmoid(0.5 + heard)))
        self.visits.append(visit)
        if self.objections and chance.random() < _sigmoid(0.4 + 0.5 * self.mood):
            self.objections.pop()
        if chance.random() < _sigmoid(-0.6 - 0.6 * heard):
            self.objections.append(ProcessPoint(visit.id, at))
        if chance.random() < 0.15:
            self.overdue.append(ProcessPoint(visit.id, at + WEEK))

    def _point(self, what: str, at: datetime) -> ProcessPoint:
        return ProcessPoint(f"{self.name}_{what}_{at:%y%m%d}", at)

    def history(self) -> AccountHistory:
        """As it stands."""
        return AccountHistory(
            tuple(self.visits),
            tuple(self.objections),
            tuple(self.overdue),
            tuple(self.rescheduled),
            tuple(self.contacts_lost),
            self.stage_since,
            USUAL_STAGE_DAYS,
        )


def _account(name: str, chance: np.random.Generator) -> WatchedAccount:
    course, looks, lost_at = _Course(name, chance), [], None
    histories: list[AccountHistory] = []
    for number in range(MOST_WEEKS):
        start = EPOCH + number * WEEK
        course.week(start)
        end = start + WEEK
        looks.append(end)
        histories.append(course.history())
        if chance.random() < _sigmoid(-4.2 - 1.5 * course.mood):
            lost_at = end + timedelta(days=1)
            break
        if chance.random() < _sigmoid(-4.2 + 0.9 * course.mood):
            break
    return WatchedAccount(name, tuple(looks), tuple(histories), looks[-1], lost_at)


def _sigmoid(value: float) -> float:
    return float(1.0 / (1.0 + np.exp(-value)))
