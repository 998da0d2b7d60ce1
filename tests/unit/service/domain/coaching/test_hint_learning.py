"""Learning from feedback: nothing on day one, more with more answers, never beyond its bounds, always the same draw."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.preferences import BayesianPreferences
from service.domain.coaching.hint_learning import (
    LEAST,
    MOST,
    NOISE,
    NOTHING_LEARNED,
    PRIOR_SPREAD,
    Sample,
    fade,
    features_of,
    situation_of,
    worth,
)

MINE = features_of("send_case", "proof", rep_id="a", situation=("stage:初访",))
OTHER = features_of("ask_budget", "confirm_budget", rep_id="a", situation=("stage:初访",))


def fitted(*answers: tuple[dict[str, float], float]) -> object:
    return BayesianPreferences().fit([Sample(features, beyond) for features, beyond in answers])


def test_nothing_is_learned_from_nothing() -> None:
    assert BayesianPreferences().fit([]) is NOTHING_LEARNED
    lesson = NOTHING_LEARNED.lesson(MINE, prior=0.7, draw="hint_1")
    assert (lesson.factor, lesson.expected, lesson.answers) == (1.0, 0.7, 0)


def test_what_was_liked_is_worth_more_and_what_was_not_less() -> None:
    learned = BayesianPreferences().fit([Sample(MINE, 0.4)] * 20 + [Sample(OTHER, -0.4)] * 20)
    liked, waved = (learned.lesson(one, prior=0.5, draw="d") for one in (MINE, OTHER))
    assert liked.expected > 0.7
    assert waved.expected < 0.3
    assert liked.factor > 1.0 > waved.factor
    assert (liked.answers, waved.answers) == (20, 20)


def test_what_one_rep_likes_moves_another_less() -> None:
    theirs = features_of("send_case", "proof", rep_id="b", situation=("stage:初访",))
    learned = BayesianPreferences().fit([Sample(MINE, 0.4)] * 10 + [Sample(theirs, -0.4)] * 10)
    mine, yours = (learned.beyond(one)[0] for one in (MINE, theirs))
    assert mine > 0 > yours


def test_the_fit_is_the_posterior_it_says_it_is() -> None:
    rng = np.random.default_rng(3)
    samples = [
        Sample(features_of(f"c{n % 5}", f"a{n % 3}", rep_id=f"r{n % 4}", situation=()), float(value))
        for n, value in enumerate(rng.normal(0, 0.3, 40))
    ]
    learned = BayesianPreferences().fit(samples)
    table = np.array([[sample.features.get(name, 0.0) for name in learned.names] for sample in samples])
    target = np.array([sample.beyond for sample in samples])
    precision = np.eye(len(learned.names)) / PRIOR_SPREAD**2 + table.T @ table / NOISE**2
    assert np.allclose(learned.mean, np.linalg.solve(precision, table.T @ target / NOISE**2), atol=1e-6)
    assert np.allclose(learned.covariance, np.linalg.inv(precision), atol=1e-6)


def test_an_old_answer_counts_less() -> None:
    new, old = (BayesianPreferences().fit([Sample(MINE, 0.4, weight)] * 3) for weight in (1.0, fade(240)))
    assert new.beyond(MINE)[0] > old.beyond(MINE)[0] > 0
    assert fade(0) == fade(-5) == 1.0
    assert fade(120) == 0.5


def test_doubt_shrinks_with_answers_and_is_greatest_for_what_nobody_answered() -> None:
    spreads = [BayesianPreferences().fit([Sample(MINE, 0.1)] * n).beyond(MINE)[1] for n in (1, 5, 50)]
    assert spreads == sorted(spreads, reverse=True)
    assert BayesianPreferences().fit([Sample(OTHER, 0.1)]).beyond(MINE)[1] > spreads[0]


def test_the_same_hint_draws_the_same_and_others_draw_otherwise() -> None:
    learned = BayesianPreferences().fit([Sample(MINE, 0.1)] * 3)
    draws = [learned.lesson(MINE, prior=0.5, draw=f"hint_{n}").factor for n in range(20)]
    assert draws == [learned.lesson(MINE, prior=0.5, draw=f"hint_{n}").factor for n in range(20)]
    assert len(set(draws)) > 10


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=15),
    st.floats(0.01, 1.0),
    st.text(max_size=10),
)
def test_a_factor_stays_within_its_bounds(values: list[float], prior: float, draw: str) -> None:
    learned = BayesianPreferences().fit([Sample(MINE, value) for value in values])
    lesson = learned.lesson(MINE, prior=prior, draw=draw)
    assert LEAST <= lesson.factor <= MOST
    assert 0.0 <= lesson.expected <= 1.0
    assert lesson.answers == len(values)


@pytest.mark.parametrize(
    ("verdict", "reason", "outcome", "value"),
    [
        ("done", "", "advanced", 1.0),
        ("done", "", "", 0.8),
        ("done", "", "backfired", 0.0),
        ("accepted", "", "", 0.65),
        ("dismissed", "not_now", "", 0.3),
        ("dismissed", "wrong", "", 0.0),
        ("dismissed", "already_done", "", None),
    ],
)
def test_what_an_answer_says_a_hint_was_worth(verdict: str, reason: str, outcome: str, value: float | None) -> None:
    assert worth(verdict, reason=reason, outcome=outcome) == value


def test_a_situation_names_only_what_is_known() -> None:
    assert situation_of(stage="初访", risk="high") == ("stage:初访", "risk:high")
    assert situation_of(stage="", risk=None) == ()
    assert set(features_of("c", "a", rep_id="", situation=())) == {"all", "card:c", "action:a"}


def test_one_answer_moves_a_feature_as_far_as_bayes_says() -> None:
    learned = BayesianPreferences().fit([Sample({"card:x": 1.0}, 0.4)])
    share = PRIOR_SPREAD**2 / (PRIOR_SPREAD**2 + NOISE**2)
    assert learned.mean[0] == pytest.approx(0.4 * share)
    assert learned.covariance[0][0] == pytest.approx(PRIOR_SPREAD**2 * (1 - share))


@pytest.mark.parametrize("weight", [1e-12, 1.0, 1e6])
def test_answers_that_say_the_same_thing_a_thousand_times_can_still_be_learned_from(weight: float) -> None:
    same = [Sample({f"f{n}": 1.0 for n in range(40)}, 0.3, weight)] * 1_000
    learned = BayesianPreferences().fit(same)
    added, spread = learned.beyond(same[0].features)
    assert 0.0 <= added <= 0.3 + 1e-6
    assert np.isfinite(spread)
