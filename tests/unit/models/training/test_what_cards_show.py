"""Calibration plots, confusions and learning curves say what the out-of-fold scores say."""

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from models.evaluate import CARDS
from models.training.cards import confusion_lines, learning_lines
from models.training.confusions import LONGEST, NOTHING, confusions
from models.training.corpus import Conversation, LabelledTurn
from models.training.labels import TrainedLabel
from models.training.learning import drawn, learning_curve
from models.training.matrix import turn_table
from models.training.package import MODELS
from models.training.plots import CALIBRATION, calibration_plot, reliability_points
from models.training.turns import TurnRun, measure
from nlp.classify.verdicts import OperatingPoint

LABELS = [
    TrainedLabel("price", "objection", ("customer",)),
    TrainedLabel("trust", "objection", ("customer",)),
    TrainedLabel("commitment", "signal", ("rep",)),
]
POINTS: dict[OperatingPoint, float] = {"f1": 0.5, "precision_90": 0.9, "recall_90": 0.1}
DRAWN = ("turns", "roles", "triage", "churn")


def a_talk(file: int, number: int) -> Conversation:
    said = (
        LabelledTurn("customer", f"这个太贵了{'一二三四五六'[number]}", frozenset({"price"})),
        LabelledTurn("customer", f"你们靠得住吗{'一二三四五六'[number]}", frozenset({"trust"})),
        LabelledTurn("rep", f"我明天发您{'一二三四五六'[number]}", frozenset({"commitment"})),
        LabelledTurn("customer", "好", frozenset()),
        LabelledTurn("rep", "好的", frozenset()),
    )
    return Conversation(f"visits_{file}", said)


TALKS = [a_talk(file, number) for file in range(1, 6) for number in range(6)]


def a_run(*, wrong: dict[int, tuple[int, int]]) -> TurnRun:
    """Right by a wide margin, but for turns whose first label is missed and whose second is called instead."""
    table = turn_table(TALKS, LABELS)
    margins = np.where(table.gold, 3.0, -3.0).astype(np.float32)
    for at, (missed, called) in wrong.items():
        margins[at, missed], margins[at, called] = -4.0, 4.0
    allowed = np.stack([table.roles == "customer", table.roles == "customer", table.roles == "rep"], axis=1)
    folds = np.asarray([int(source[-1]) - 1 for source in table.sources])
    flat = np.tile([1.0, 0.0], (3, 1))
    return TurnRun(table, folds, allowed, margins, margins, folds >= 0, flat, flat, [POINTS] * 3)


def test_a_label_is_shown_with_what_it_was_taken_for() -> None:
    run = a_run(wrong={0: (0, 1), 5: (0, 1)})
    found = confusions(run, LABELS)
    missed = found["price"]["missed"]
    assert [(row["code"], row["turns"]) for row in missed] == [("trust", 2)]
    assert missed[0]["quote"] == run.table.texts[0]
    assert [(row["code"], row["turns"]) for row in found["trust"]["wrongly"]] == [("price", 2)]
    assert found["commitment"] == {"missed": [], "wrongly": []}


def test_a_missed_turn_that_was_called_nothing_says_so() -> None:
    run = a_run(wrong={})
    run.margins[1, 1] = -5.0
    assert [(row["code"], row["turns"]) for row in confusions(run, LABELS)["trust"]["missed"]] == [(NOTHING, 1)]


def test_only_judged_turns_are_quoted_and_long_ones_are_cut() -> None:
    run = a_run(wrong={0: (0, 1), 5: (0, 1)})
    run.judged[0] = False
    run.table.texts[5] = "贵" * 90 + "|"
    (row,) = confusions(run, LABELS)["price"]["missed"]
    assert row["turns"] == 1
    assert len(str(row["quote"])) == LONGEST
    assert str(row["quote"]).endswith("…")


def test_larger_shares_hold_the_smaller_ones() -> None:
    some, more, every = (drawn(TALKS, share) for share in (0.2, 0.5, 1.0))
    assert (some.sum(), more.sum(), every.sum()) == (6, 15, 30)
    assert (more[some]).all()
    assert drawn(TALKS, 0.2).tolist() == some.tolist()


def test_talks_outside_a_share_teach_nothing() -> None:
    whole, none = measure(TALKS, LABELS), np.zeros(len(TALKS), dtype=bool)
    none[[0, 6, 12, 18, 24]] = True  # one talk a file
    part = measure(TALKS, LABELS, learnt=none)
    alone = measure([TALKS[at] for at in np.flatnonzero(none)], LABELS)
    rows = none[whole.table.conversation]
    assert np.allclose(part.linear[rows], alone.linear, atol=1e-5)
    assert not np.allclose(part.linear[rows], whole.linear[rows], atol=1e-5)


def test_the_curve_ends_with_the_whole_corpus() -> None:
    rows = learning_curve(TALKS, LABELS, measure(TALKS, LABELS), (0.5,))
    assert [(row["share"], row["turns"]) for row in rows] == [(0.5, 75), (1.0, 150)]
    assert learning_lines(rows)[-1].startswith("| 1 | 150 | ")


def test_points_say_how_often_scores_came_true() -> None:
    points = reliability_points(np.asarray([0.05, 0.05, 0.95, 0.95]), np.asarray([False, True, True, True]))
    assert points == [
        {"predicted": 0.05, "observed": 0.5, "count": 2},
        {"predicted": 0.95, "observed": 1.0, "count": 2},
    ]


def test_a_plot_is_an_svg_with_a_titled_point_for_every_tenth() -> None:
    curves = {"objections": [{"predicted": 0.25, "observed": 0.75, "count": 10}], "signals": []}
    drawn_plot = Xml.fromstring(calibration_plot(curves))
    space = "{http://www.w3.org/2000/svg}"
    (dot,) = drawn_plot.iter(f"{space}circle")
    assert (dot.attrib["cx"], dot.attrib["cy"]) == ("124.0", "96.0")
    assert [title.text for title in dot.iter(f"{space}title")] == [
        "objections: predicted 0.250, observed 0.750, 10 scores"
    ]
    assert {"objections", "signals"} <= {text.text for text in drawn_plot.iter(f"{space}text")}


def test_a_label_without_confusions_has_a_line_all_the_same() -> None:
    figures = {
        "labels": {"price": {"kind": "objection"}},
        "confusions": {"price": {"missed": [], "wrongly": [{"code": NOTHING, "turns": 3, "quote": "贵"}]}},
    }
    assert confusion_lines(figures)[-1] == "| `price` |  | nothing of its kind × 3: 「贵」 |"


@pytest.mark.parametrize("task", DRAWN)
def test_cards_and_plots_are_those_of_the_figures(task: str) -> None:
    folder: Path = MODELS / task
    figures = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert (folder / "card.md").read_text(encoding="utf-8") == CARDS[task](figures)
    assert (folder / CALIBRATION).read_text(encoding="utf-8") == calibration_plot(figures["reliability"])
