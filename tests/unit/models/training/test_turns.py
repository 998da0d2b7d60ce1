"""A turn model from corpus to service on a dozen talks: what training measured is what the loaded model says."""

from pathlib import Path

import numpy as np
import pytest

from models.training.corpus import Conversation, LabelledTurn
from models.training.folds import fold_of
from models.training.labels import TrainedLabel
from models.training.matrix import design
from models.training.package import write_model
from models.training.turns import TurnRun, calls, final_weights, labels_file, measure, own_characters, own_words
from nlp.classify import OperatingPoints, TurnModels
from nlp.classify.grams import CHARACTERS
from nlp.types import Turn
from tests.support.tiny_linear import some_grams

LABELS = [TrainedLabel("price", "objection", ("customer",)), TrainedLabel("commitment", "signal", ("customer", "rep"))]
DEAR = ("太贵了", "价格太高", "这个贵了点", "太贵受不了", "贵得离谱")
WILL = ("我明天发您", "我周四送来", "明天给您报价", "我明天带来", "周四我发您合同")


def a_talk(file: int, turn: int) -> Conversation:
    said = (
        LabelledTurn("customer", DEAR[(file + turn) % 5], frozenset({"price"})),
        LabelledTurn("rep", "理解您", frozenset()),
        LabelledTurn("rep", WILL[(file + turn) % 5], frozenset({"commitment"})),
        LabelledTurn("customer", f"好的，{turn}号", frozenset()),
        LabelledTurn("customer", WILL[(file + turn + 1) % 5], frozenset({"commitment"})),
        LabelledTurn("other", "太贵了", frozenset()),
    )
    return Conversation(f"visits_{file}", said)


TALKS = [a_talk(file, turn) for file in range(1, 6) for turn in range(3)]


@pytest.fixture(scope="module")
def run() -> TurnRun:
    return measure(TALKS, LABELS)


@pytest.fixture(scope="module")
def directory(run: TurnRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {**final_weights(run.table, run.allowed)[2], "labels.json": labels_file(LABELS, run)}
    return write_model("turns", files, about={}, root=tmp_path_factory.mktemp("models"))


def test_every_turn_is_judged_in_the_fold_of_its_file(run: TurnRun) -> None:
    assert run.folds.tolist() == [fold_of(source) for source in run.table.sources]
    assert run.margins.shape == run.table.gold.shape


def test_words_seen_in_other_files_are_learnt(run: TurnRun) -> None:
    right = (calls(run) == run.table.gold)[run.allowed]
    assert right.mean() > 0.95


def test_a_file_does_not_teach_the_model_that_judges_it() -> None:
    """In its own file each mark means the label, in the file before it the opposite: whoever peeks gets it right."""
    marks = ("砾", "舢", "枞", "氲", "赭")
    talks = [
        Conversation(f"turns_{file + 1}", (LabelledTurn("customer", said, frozenset(codes)),))
        for file, mark in enumerate(marks)
        for said, codes in ((mark * 3, {"price"}), (marks[(file + 1) % 5] * 3, set[str]()))
        for _ in range(3)
    ]
    run = measure(talks, LABELS[:1])
    for fold in range(5):
        here = run.folds == fold
        holds = run.table.gold[:, 0]
        assert run.margins[here & holds, 0].max() < run.margins[here & ~holds, 0].min()


def test_nothing_is_called_that_the_role_cannot_carry(run: TurnRun) -> None:
    assert not calls(run)[~run.allowed].any()
    assert not run.allowed[run.table.roles == "other"].any()


def test_the_loaded_model_scores_as_the_weights_it_was_made_of(run: TurnRun, directory: Path) -> None:
    weights, grams, _ = final_weights(run.table, run.allowed)
    odds = weights.margins(design(run.table, grams)) * run.calibration[:, 0] + run.calibration[:, -1]
    expected = 1 / (1 + np.exp(-odds))
    model = TurnModels.load(directory)
    got = [model.probabilities([Turn(i, t.text, t.role) for i, t in enumerate(talk.turns)]) for talk in TALKS]
    assert np.concatenate(got) == pytest.approx(expected, abs=0.01)


def test_the_loaded_model_fires_at_the_thresholds_that_were_measured(run: TurnRun, directory: Path) -> None:
    for point in ("f1", "precision_90", "recall_90"):
        model = TurnModels.load(directory, points=OperatingPoints(point))
        assert [label.thresholds[point] for label in model.labels] == [points[point] for points in run.thresholds]
        (scores,) = model.score([Turn(0, "太贵了", "customer")])
        assert scores.objections["price"].threshold == run.thresholds[0][point]


def test_the_loaded_model_finds_what_it_was_shown(directory: Path) -> None:
    dear, _, will = TurnModels.load(directory).score(
        [
            Turn(0, "你们太贵了", "customer"),
            Turn(1, "太贵了", "other"),
            Turn(2, "那我明天发您", "rep"),
        ]
    )[:3]
    assert dear.objections["price"].fires
    assert not dear.signals["commitment"].fires
    assert will.signals["commitment"].fires
    assert will.objections == {}


def test_training_twice_gives_the_same_bytes(run: TurnRun) -> None:
    assert final_weights(run.table, run.allowed)[2] == final_weights(run.table, run.allowed)[2]


def test_views_show_less_and_less() -> None:
    grams = some_grams()
    rows = np.ones((1, grams.size + 10))
    assert own_words(rows, grams).shape == (1, grams.size)
    assert own_characters(rows, grams).shape == (1, int((grams.families == CHARACTERS).sum()))
    assert own_characters(rows, grams).shape < own_words(rows, grams).shape
