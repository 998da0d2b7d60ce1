"""An encoder beside the linear model on a few talks: heard where it helps, left out where it does not, vouched for."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.train import write_turns
from models.training.corpus import Conversation, LabelledTurn
from models.training.encoded import (
    LEAST_GAIN,
    EncoderChoice,
    choose_encoder,
    counts,
    fit_heads,
    heads_out_of_fold,
    macro_f1,
    nested_macro_f1,
    turn_rows,
)
from models.training.opinions import SHARE
from models.training.turns import TurnRun, measure, shipped_calibration
from nlp.classify import TurnModels
from nlp.classify.artefact import MANIFEST
from nlp.classify.encoded import BEFORE_SHARE, beside_the_turn_before
from nlp.encode import load_encoder
from nlp.errors import ModelRefused
from nlp.types import Turn
from tests.support.talks_of_meaning import DEAR, LABELS, MEANINGS, TALKS, UNKNOWING
from tests.support.tiny_encoder import build_tiny_encoder


@pytest.fixture(scope="module")
def run() -> TurnRun:
    return measure(TALKS, LABELS)


@pytest.fixture(scope="module")
def encoder_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_encoder(tmp_path_factory.mktemp("encoders") / "tiny-zh", meanings=MEANINGS)


@pytest.fixture(scope="module")
def heard(run: TurnRun, encoder_dir: Path) -> EncoderChoice:
    return choose_encoder(run, load_encoder(encoder_dir), directory=encoder_dir)


@pytest.fixture(scope="module")
def trained(heard: EncoderChoice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_turns(tmp_path_factory.mktemp("models"), heard.run, LABELS, TALKS, network={}, choice=heard)[0]


def test_an_encoder_that_knows_words_of_one_meaning_is_heard(run: TurnRun, heard: EncoderChoice) -> None:
    assert heard.share > 0
    assert heard.gained > 0.05
    assert macro_f1(counts(heard.run).sum(axis=0)) == max(heard.tried.values()) > heard.without
    assert "heard with a share of" in heard.said
    assert (heard.run.linear == run.linear).all()


def test_an_encoder_that_knows_nothing_is_left_out_and_the_model_names_none(run: TurnRun, tmp_path: Path) -> None:
    made = build_tiny_encoder(tmp_path / "dull", meanings=UNKNOWING)
    choice = choose_encoder(run, load_encoder(made), directory=made)
    directory, _ = write_turns(tmp_path / "models", choice.run, LABELS, TALKS, network={}, choice=choice)
    assert (choice.share, choice.run) == (0.0, run)
    assert f"would have to add {LEAST_GAIN}" in choice.said
    assert not (directory / "encoder.json").exists()
    assert json.loads((directory / MANIFEST).read_text())["about"]["encoder"]["share"] == 0.0
    assert TurnModels.load(directory, encoder=tmp_path / "nowhere").labels  # what is not named is not opened


def test_the_loaded_model_finds_a_word_it_was_never_shown(trained: Path, encoder_dir: Path) -> None:
    talk = [Turn(0, "这个疼疼", "customer"), Turn(1, "理解", "rep"), Turn(2, "这个佳佳", "customer")]
    dear, _, good = TurnModels.load(trained, encoder=encoder_dir).score(talk)
    assert dear.objections["price"].fires
    assert not good.objections["price"].fires


def test_the_loaded_model_scores_as_the_run_it_was_made_of(
    heard: EncoderChoice, trained: Path, encoder_dir: Path
) -> None:
    models, head = TurnModels.load(trained, encoder=encoder_dir), heard.head()
    talk = TALKS[0]
    turns = [Turn(i, turn.text, turn.role) for i, turn in enumerate(talk.turns)]
    (first,) = np.flatnonzero(heard.run.table.conversation == 0)[:1]
    expected = head.of_table(heard.run.table)[first : first + len(turns)]
    assert models._encoded is not None
    assert models._encoded.margins([turn.text for turn in turns]) == pytest.approx(expected, abs=1e-4)
    assert models.score([]) == []


@pytest.mark.parametrize("other", [None, "another"], ids=["none set", "another one set"])
def test_without_its_encoder_the_model_is_refused(trained: Path, tmp_path: Path, other: str | None) -> None:
    directory = build_tiny_encoder(tmp_path / other, meanings=MEANINGS, seed=9) if other else None
    with pytest.raises(ModelRefused, match="FIELDCUE_CONTENT__ENCODER_DIR"):
        TurnModels.load(trained, encoder=directory)


def test_the_manifest_keeps_what_was_tried(trained: Path, heard: EncoderChoice) -> None:
    told = json.loads((trained / MANIFEST).read_text())
    about = told["about"]["encoder"]
    assert (about["name"], about["share"]) == ("tiny-zh", heard.share)
    assert len(about["macro_f1"]["tried"]) == len(heard.tried) > 4
    assert {"encoder.json", "head.onnx"} <= set(told["files"])


def test_a_head_never_saw_the_file_it_judges(encoder_dir: Path) -> None:
    """In its own file each mark means the label, in the file before it the opposite: whoever peeks gets it right."""
    talks = [
        Conversation(f"visits_{file + 1}", (LabelledTurn("customer", said * 3, frozenset(codes)),))
        for file, mark in enumerate(DEAR)
        for said, codes in ((mark, {"price"}), (DEAR[(file + 1) % 5], set[str]()))
        for _ in range(3)
    ]
    plain = build_tiny_encoder(encoder_dir.parent / "apart", meanings={mark: mark for mark in DEAR})
    run, encoder = measure(talks, LABELS[:1]), load_encoder(plain)
    margins = heads_out_of_fold(run, turn_rows(run.table, encoder))[0, :, 0]
    for fold in range(5):
        here, holds = run.folds == fold, run.table.gold[:, 0]
        assert margins[here & holds].max() < margins[here & ~holds].min()


def test_labels_of_other_roles_do_not_teach_each_other() -> None:
    rows = np.asarray([[1.0, 0], [0, 1], [1, 0], [0, 1]], np.float32)
    gold = np.asarray([[True, False], [False, False], [False, False], [False, True]])
    allowed = np.asarray([[True, False], [True, False], [False, True], [False, True]])
    weights, biases = fit_heads(rows, gold, allowed, [1e-6])
    assert rows[:2] @ weights[0, :, 0] + biases[0, 0] == pytest.approx([1.0, 0.0], abs=1e-4)
    assert rows[2:] @ weights[0, :, 1] + biases[0, 1] == pytest.approx([0.0, 1.0], abs=1e-4)


def test_the_turn_before_is_half_as_loud_and_never_of_another_talk(run: TurnRun, encoder_dir: Path) -> None:
    vectors = np.eye(3, dtype=np.float32)
    rows = beside_the_turn_before(vectors, np.asarray([True, False, True]))
    assert rows[:, 3:].tolist() == [[0, 0, 0], [BEFORE_SHARE, 0, 0], [0, 0, 0]]
    table = run.table
    half = turn_rows(table, load_encoder(encoder_dir))[:, 8:]
    begins = np.flatnonzero(np.append(True, table.conversation[1:] != table.conversation[:-1]))
    assert not half[begins].any()
    assert half[begins + 1].any(axis=1).all()


@pytest.mark.parametrize(
    ("ways", "figure"),
    [
        ([[(1, 2, 1), (1, 1, 1)]], 0.8),
        ([[(1, 2, 1), (1, 1, 1)], [(1, 1, 1), (0, 0, 1)]], 0.5),
        ([[(0, 0, 1), (0, 0, 1)], [(1, 1, 1), (1, 1, 1)]], 1.0),
    ],
    ids=["one way", "each best where it is not judged", "the better one"],
)
def test_a_choice_is_judged_on_folds_that_did_not_make_it(ways: Any, figure: float) -> None:
    made = [np.asarray([[fold] for fold in way]) for way in ways]
    assert nested_macro_f1(made) == pytest.approx(figure)


@pytest.mark.parametrize(("network", "encoded"), [(False, 0.0), (True, 0.0), (False, 0.4), (True, 0.4)])
def test_each_opinion_that_was_heard_has_its_column_between_the_linear_one_and_the_bias(
    run: TurnRun, network: bool, encoded: float
) -> None:
    scale, bias = run.calibration[:, 0], run.calibration[:, -1]
    expected = [scale, *([SHARE * scale] if network else []), *([encoded * scale] if encoded else []), bias]
    columns = shipped_calibration(run, network=network, encoded=encoded).T
    assert len(columns) == len(expected)
    assert all((found == wanted).all() for found, wanted in zip(columns, expected, strict=True))
