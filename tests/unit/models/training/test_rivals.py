"""The memory of rivals' names as it is fitted: names of other folds' talks, one file's weights never its own."""

from pathlib import Path

import numpy as np
import pytest

from models.training.corpus import Conversation, LabelledTurn
from models.training.labels import TrainedLabel
from models.training.matrix import turn_table
from models.training.package import write_model
from models.training.parity import largest_difference
from models.training.rivals import MOST_TALKS, common_pairs, memory_files, memory_of, remembering
from models.training.turns import TurnRun, calls, final_weights, labels_file, measure, one_opinion, shipped_calibration
from nlp.classify import TurnModels
from nlp.classify.rivals import LABELS as ABOUT

LABELS = [
    TrainedLabel("competitor", "objection", ("customer",)),
    TrainedLabel("competitor_mention", "signal", ("customer", "rep")),
]
NAMES = "砾舢枞氲赭晷鳐飓隼鹄桫椤苎麂獐"
BOTH = frozenset({"competitor", "competitor_mention"})


def a_talk(file: int, turn: int) -> Conversation:
    """A rival is brought up with 那家 and then only by a name that no other talk uses; every second name is a place."""
    name = NAMES[(file - 1) * 3 + turn] * 2
    rival = turn != 1
    said = (
        LabelledTurn("customer", f"我用那家{name}" if rival else f"我住{name}", BOTH if rival else frozenset()),
        LabelledTurn("rep", "明白", frozenset()),
        LabelledTurn("rep", f"问问{name}", frozenset({"competitor_mention"} if rival else ())),
        LabelledTurn("customer", "好的", frozenset()),
    )
    return Conversation(f"visits_{file}", said)


TALKS = [a_talk(file, turn) for file in range(1, 6) for turn in range(3)]


@pytest.fixture(scope="module")
def bare() -> TurnRun:
    return measure(TALKS, LABELS)


@pytest.fixture(scope="module")
def run(bare: TurnRun) -> TurnRun:
    return remembering(bare, LABELS)


def test_pairs_of_more_than_a_few_talks_are_common() -> None:
    talks = [Conversation(f"visits_{at}", (LabelledTurn("rep", f"行吧{'甲' * 2}", frozenset()),)) for at in range(1, 6)]
    table = turn_table([*talks, *TALKS], LABELS)
    assert common_pairs(table, table.conversation <= MOST_TALKS) == {"行吧", "吧甲", "甲甲"}
    assert common_pairs(table, table.conversation < MOST_TALKS) == frozenset()


def test_a_turn_that_only_names_the_rival_is_told_by_the_memory(bare: TurnRun, run: TurnRun) -> None:
    named = np.asarray([text.startswith("问问") for text in run.table.texts])
    rival = run.table.gold[:, 1]
    assert run.probabilities()[named & rival, 1].min() > run.probabilities()[named & ~rival, 1].max()
    assert (calls(run) == run.table.gold)[run.allowed].mean() > (calls(bare) == bare.table.gold)[bare.allowed].mean()


def test_nothing_is_added_where_the_role_cannot_carry_the_label(run: TurnRun) -> None:
    assert run.added is not None
    assert not run.added[run.table.roles == "rep", 0].any()


def test_labels_that_are_not_about_rivals_leave_the_run_as_it_was(bare: TurnRun) -> None:
    assert remembering(bare, [TrainedLabel("price", "objection", ("customer",)), LABELS[1]]) is bare


def test_one_opinion_alone_remembers_nothing(run: TurnRun) -> None:
    alone = one_opinion(run, run.linear)
    assert alone.added is None
    assert memory_of(alone) is None
    assert memory_files(None) == {}


def test_the_loaded_model_remembers_as_it_was_measured(run: TurnRun, tmp_path: Path) -> None:
    weights, grams, files = final_weights(run.table, run.allowed)
    memory = memory_of(run)
    assert memory is not None
    assert memory.weights.shape == (len(ABOUT), 6)
    held = {**files, "labels.json": labels_file(LABELS, run), **memory_files(memory)}
    models = TurnModels.load(write_model("turns", held, about={}, root=tmp_path))
    shipped = shipped_calibration(run, network=False)
    assert largest_difference(TALKS, weights, grams, shipped, models, LABELS, memory=memory) < 1e-4
    assert largest_difference(TALKS, weights, grams, shipped, models, LABELS) > 0.01
