"""Figures count what they say: only talks judge, thresholds come from other folds, founding files are counted apart."""

import numpy as np
import pytest

from models.training.churn import ChurnRun
from models.training.corpus import Conversation, LabelledTurn
from models.training.labels import TrainedLabel
from models.training.matrix import turn_table
from models.training.report import (
    churn_figures,
    is_founding,
    is_talk,
    macro,
    role_figures,
    triage_figures,
    turn_figures,
    turn_reports,
)
from models.training.roles import RoleRun
from models.training.triage import TriageRun
from models.training.turns import TurnRun, calls, one_opinion, shipped_calibration
from nlp.classify.triage import STEP_IN
from nlp.classify.verdicts import OperatingPoint

LABELS = [TrainedLabel("price", "objection", ("customer",)), TrainedLabel("commitment", "signal", ("rep",))]
POINTS: dict[OperatingPoint, float] = {"f1": 0.5, "precision_90": 0.9, "recall_90": 0.1}


def a_run(*, judged: bool = True) -> TurnRun:
    """Five files of six talks; the linear margin is right on every turn, by a wide margin."""
    talks = [
        Conversation(
            f"visits_{file}",
            (
                LabelledTurn("customer", "太贵了", frozenset({"price"})),
                LabelledTurn("rep", "我明天发您", frozenset({"commitment"})),
                LabelledTurn("customer", "好", frozenset()),
                LabelledTurn("rep", "好", frozenset()),
            ),
        )
        for file in range(1, 6)
        for _ in range(6)
    ]
    table = turn_table(talks, LABELS)
    margins = np.where(table.gold, 3.0, -3.0).astype(np.float32)
    allowed = np.stack([table.roles == "customer", table.roles == "rep"], axis=1)
    folds = np.asarray([int(source[-1]) - 1 for source in table.sources])
    calibration = np.asarray([[1.0, 0.0], [1.0, 0.0]])
    known = np.ones(len(folds), dtype=bool) if judged else folds < 2
    return TurnRun(table, folds, allowed, margins, margins, known, calibration, calibration, [POINTS, POINTS])


def test_a_perfect_model_has_perfect_figures() -> None:
    figures = turn_figures(a_run(), LABELS)
    assert figures["macro_f1"] == {"objection": 1.0, "signal": 1.0}
    assert figures["judged_turns"] == figures["turns"] == 120


def test_only_turns_that_were_judged_count() -> None:
    assert turn_figures(a_run(judged=False), LABELS)["judged_turns"] == 48


def test_labels_count_only_turns_whose_role_can_carry_them() -> None:
    reports = turn_reports(a_run(), LABELS, np.ones(120, dtype=bool))
    assert reports["price"][1].positives == 30
    assert macro(reports) == {"objection": 1.0, "signal": 1.0}


def test_calls_respect_roles_and_match_the_gold() -> None:
    run = a_run()
    assert (calls(run) == run.table.gold).all()


def test_one_wrong_opinion_lowers_the_figures() -> None:
    run = a_run()
    noise = np.random.default_rng(4).normal(size=run.margins.shape).astype(np.float32)
    worse = turn_figures(one_opinion(run, noise), LABELS)
    assert worse["macro_f1"]["objection"] < 0.9  # type: ignore[index]


def test_the_shipped_calibration_gives_the_network_its_share() -> None:
    assert shipped_calibration(a_run(), network=True).shape == (2, 3)
    assert shipped_calibration(a_run(), network=False).shape == (2, 2)
    alone, both = shipped_calibration(a_run(), network=False), shipped_calibration(a_run(), network=True)
    assert both[:, [0, 2]] == pytest.approx(alone)


@pytest.mark.parametrize(
    ("source", "talk", "founding"),
    [
        ("visits_1", True, True),
        ("snippets_31", True, False),
        ("turns_2", False, True),
        ("turns_10", False, False),
    ],
    ids=["visit", "later snippets", "sentences", "later sentences"],
)
def test_what_a_file_counts_as(source: str, talk: bool, founding: bool) -> None:
    sources = np.asarray([source])
    assert (bool(is_talk(sources)[0]), bool(is_founding(sources)[0])) == (talk, founding)


def test_role_figures_tell_recall_by_role() -> None:
    said = (LabelledTurn("rep", "您好", frozenset()), LabelledTurn("customer", "贵", frozenset()))
    talk = Conversation("visits_1", said)
    scores = np.asarray([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0]])
    run = RoleRun(turn_table([talk, talk], []), np.asarray([0, 1, 0, 1]), np.concatenate([scores, scores]), {})
    figures = role_figures(run)
    assert figures["accuracy"] == 0.5
    assert figures["recall"] == {"rep": 1.0, "customer": 0.0}


def test_triage_figures_use_each_sender_s_own_column() -> None:
    gold = np.asarray([[True, False], [False, False], [False, True], [False, False]] * 10)
    allowed = np.asarray([[True, False], [True, False], [False, True], [False, True]] * 10)
    table = turn_table([Conversation("messages_1", (LabelledTurn("customer", "x", frozenset()),))], [])
    run = TriageRun(
        table,
        [("customer", STEP_IN), ("rep", STEP_IN)],
        gold,
        allowed,
        np.where(gold, 3.0, -3.0).astype(np.float32),
        np.asarray([[1.0, 0.0], [1.0, 0.0]]),
        [POINTS, POINTS],
        np.arange(40) // 8,
        np.asarray(["messages_1"] * 40),
    )
    figures = triage_figures(run)
    assert (figures["f1"], figures["f1_founding"], figures["messages"]) == (1.0, 1.0, 40)


def test_churn_figures_count_levels_and_wide_misses() -> None:
    scores = np.asarray([[0.1, 0.0], [0.9, 0.1], [0.9, 0.9], [0.1, 0.0]])
    run = ChurnRun(np.zeros((4, 1)), np.asarray([0, 1, 2, 2]), np.zeros(4, dtype=np.int64), scores, (0.5, 0.5))
    figures = churn_figures(run)
    assert figures["accuracy"] == 0.75
    assert figures["two_levels_off"] == 0.25
    assert figures["per_level"] == {"low": 1, "medium": 1, "high": 2}
