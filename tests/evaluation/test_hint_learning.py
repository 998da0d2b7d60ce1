"""Learning from feedback helps reps whose tastes are known, and the offline estimate says so truthfully."""

import numpy as np
import pytest

from service.domain.coaching.hint_learning import CURIOSITY, NOTHING_LEARNED
from tests.evaluation.hint_simulation import (
    REPORTING,
    TRIED,
    TUNING,
    World,
    gain_while_learning,
    interval,
    judge,
    learn,
    lift,
    ranking,
    shipped_cards,
)

CARDS = shipped_cards()


@pytest.fixture(scope="module", params=[1, 2, 3])
def world(request: pytest.FixtureRequest) -> World:
    return World(CARDS, reps=16, seed=request.param)


def test_the_learned_ranking_is_worth_more_than_the_first_days(world: World) -> None:
    log = world.play(3_000)
    found = lift(world, log[1_500:], learn(world, log[:1_500]))
    assert found.low > 0.02
    assert found.truth > 0.05
    assert found.low - 0.02 <= found.truth <= found.high + 0.02


def test_the_estimate_knows_the_value_of_a_policy_that_never_ran(world: World) -> None:
    log = world.play(3_000)
    model = learn(world, log[:1_500])
    for policy in (ranking(world, NOTHING_LEARNED), ranking(world, model)):
        judged = judge(world, policy, log[1_500:], model)
        assert judged.low - 0.02 <= judged.truth <= judged.high + 0.02


def test_learning_from_noise_does_no_harm() -> None:
    world = World(CARDS, reps=16, seed=5)
    world.chances = np.full_like(world.chances, 0.4)  # nobody prefers anything
    log = world.play(3_000)
    found = lift(world, log[1_500:], learn(world, log[:1_500]))
    assert found.truth == pytest.approx(0.0, abs=1e-9)
    assert found.low <= 0.0 <= found.high + 0.02


def test_nothing_learned_is_no_lift_at_all(world: World) -> None:
    log = world.play(200)
    assert lift(world, log, NOTHING_LEARNED).estimate == 0.0


def test_an_interval_narrows_with_the_log() -> None:
    values = np.random.default_rng(1).normal(0.2, 1.0, 4_000)
    few, many = interval(values[:200], seed=1), interval(values, seed=1)
    assert many[1] - many[0] < few[1] - few[0]
    assert many[0] < 0.2 < many[1]


def test_the_worlds_of_the_published_figures_were_not_tuned_on() -> None:
    assert not set(TUNING) & set(REPORTING)
    assert CURIOSITY in TRIED


def test_a_team_gains_while_the_service_learns() -> None:
    gained = gain_while_learning(11, curiosity=CURIOSITY, answers=400, batch=100)
    assert gained > 0.0
    assert gain_while_learning(11, curiosity=CURIOSITY, answers=400, batch=100) == gained


def test_before_the_first_batch_nothing_is_gained_or_lost() -> None:
    assert gain_while_learning(12, curiosity=1.0, answers=40, batch=50) == 0.0
