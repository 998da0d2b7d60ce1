"""Training of the punctuation model on a handful of sentences, and the figures of the shipped one."""

import json
from pathlib import Path

from models.training.corpus import Conversation, LabelledTurn
from models.training.punctuation import best_threshold, measure, texts_of, train
from nlp.text.punctuation import Punctuator, with_marks

SHIPPED = Path(__file__).parents[4] / "models" / "punctuation"
TALK = [
    "东西可以，但是太贵了。",
    "价格不错，但是交期太长。",
    "方案我看了，但是领导没看。",
    "质量没说的，但是售后不行。",
]


def test_what_always_stands_before_a_mark_is_learned() -> None:
    punctuator = train(TALK * 5)
    text = "服务挺好但是太慢"
    assert with_marks(text, punctuator.marks(text)) == "服务挺好，但是太慢。"
    assert ">2但是" in punctuator.weights


def test_places_inside_turns_are_counted_and_ends_are_not() -> None:
    before_but = Punctuator({">2但是": 5.0}, bias=-3.0, threshold=0.0)
    figures = measure(before_but, [*TALK, "好，行，但是再看看吧。", "谁管这个？", "嗯"])
    assert (figures["turns"], figures["precision"], figures["recall"]) == (6, 1.0, 0.833)
    assert figures["questions_f1"] == 1.0
    low, high = figures["f1_interval"]
    assert low <= figures["f1"] <= high


def test_the_threshold_is_where_f1_is_highest() -> None:
    unsure = Punctuator({">2但是": 2.6}, bias=-3.0, threshold=9.0)
    assert -1.5 <= best_threshold(unsure, TALK) <= -0.4


def test_texts_come_from_the_named_files_and_carry_marks() -> None:
    turns = (LabelledTurn("rep", "好，行", frozenset()), LabelledTurn("rep", "没有标点", frozenset()))
    talks = [Conversation("a", turns), Conversation("b", turns)]
    assert texts_of(talks, {"b"}) == ["好，行"]


def test_the_published_figures_are_there_and_the_model_is_small() -> None:
    figures = json.loads((SHIPPED / "metrics.json").read_text(encoding="utf-8"))
    assert figures["turns"] > 3_000
    assert figures["f1_interval"][0] > 0.55
    assert (SHIPPED / "weights.npz").stat().st_size < 500_000
    assert len(Punctuator.load(SHIPPED).weights) == figures["features"]
