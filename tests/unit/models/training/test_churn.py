"""Churn risk from scored visits to service: levels, cuts, and the same probability in both places."""

from pathlib import Path

import numpy as np
import pytest

from models.training.churn import (
    LEVELS,
    ChurnRun,
    churn_files,
    macro_f1,
    measure_churn,
    turn_scores,
    visit_features,
)
from models.training.corpus import Conversation, LabelledTurn
from models.training.labels import TrainedLabel
from models.training.package import write_model
from nlp.churn import ChurnModel
from nlp.churn.features import NAMES
from nlp.types import RiskLevel, Turn

LABELS = [
    TrainedLabel("trust", "objection", ("customer",)),
    TrainedLabel("churn_signal", "signal", ("customer",)),
    TrainedLabel("commitment", "signal", ("customer", "rep")),
]
CHANCES: dict[RiskLevel, list[float]] = {"low": [0.05, 0.02, 0.9], "medium": [0.7, 0.1, 0.3], "high": [0.8, 0.95, 0.05]}


def a_visit(file: int, level: RiskLevel | None) -> Conversation:
    said = tuple(LabelledTurn("customer" if i % 2 else "rep", "我们再看看", frozenset()) for i in range(4))
    return Conversation(f"visits_{file}", said, level)


def a_run() -> tuple[list[Conversation], np.ndarray, ChurnRun]:
    levels: list[RiskLevel] = ["low", "medium", "high"]
    talks = [a_visit(file, level) for file in range(1, 6) for level in levels for _ in range(2)]
    talks.append(a_visit(1, None))
    source = np.random.default_rng(3)
    rows = [
        np.clip(np.asarray(CHANCES[talk.churn or "low"]) + source.normal(0, 0.02, 3), 0, 1)
        for talk in talks
        for _ in talk.turns
    ]
    of = np.repeat(np.arange(len(talks)), 4)
    return talks, np.asarray(rows), measure_churn(talks, of, np.asarray(rows), LABELS)


TALKS, ROWS, RUN = a_run()


@pytest.mark.parametrize(
    ("levels", "gold", "value"),
    [
        ([0, 1, 2], [0, 1, 2], 1.0),
        ([1, 2, 0], [0, 1, 2], 0.0),
        ([0, 0, 0], [0, 1, 2], 0.5 / 3),
        ([0, 0, 1], [0, 0, 1], 2 / 3),
    ],
    ids=["all right", "all wrong", "one level for all", "a level that is not there"],
)
def test_macro_f1_weighs_the_three_levels_alike(levels: list[int], gold: list[int], value: float) -> None:
    assert macro_f1(np.asarray(levels), np.asarray(gold)) == pytest.approx(value)


def test_scores_are_kept_for_labels_the_role_can_carry_only() -> None:
    customer = turn_scores(np.asarray([0.7, 0.2, 0.1]), "customer", LABELS)
    rep = turn_scores(np.asarray([0.7, 0.2, 0.1]), "rep", LABELS)
    assert ({*customer.objections}, {*customer.signals}) == ({"trust"}, {"churn_signal", "commitment"})
    assert ({*rep.objections}, {*rep.signals}) == (set(), {"commitment"})
    assert customer.objections["trust"].score == pytest.approx(0.7)


def test_a_visit_is_as_many_numbers_as_have_names() -> None:
    assert visit_features(TALKS[0], ROWS[:4], LABELS).shape == (len(NAMES),)


def test_visits_nobody_judged_are_left_out() -> None:
    assert len(RUN.gold) == len(TALKS) - 1
    assert [LEVELS[level] for level in RUN.gold] == [talk.churn for talk in TALKS[:-1]]


def test_levels_are_told_in_files_not_seen() -> None:
    assert macro_f1(RUN.levels(), RUN.gold) > 0.9


def test_the_level_follows_from_the_two_cuts() -> None:
    scores = np.asarray([[0.2, 0.9], [0.5, 0.1], [0.5, 0.6]])
    run = ChurnRun(np.zeros((3, 1)), np.zeros(3, np.int64), np.zeros(3, np.int64), scores, (0.4, 0.5))
    assert [LEVELS[level] for level in run.levels()] == ["low", "medium", "high"]


@pytest.mark.parametrize("at", [0, 2, 4], ids=["low", "medium", "high"])
def test_the_loaded_model_gives_the_level_it_was_shown(at: int, tmp_path: Path) -> None:
    model = ChurnModel.load(write_model("churn", churn_files(RUN), about={}, root=tmp_path))
    turns = [Turn(i, turn.text, turn.role) for i, turn in enumerate(TALKS[at].turns)]
    scores = [turn_scores(row, turn.role, LABELS) for row, turn in zip(ROWS[4 * at :], turns, strict=False)]
    assert model.assess(turns, scores).level == TALKS[at].churn
