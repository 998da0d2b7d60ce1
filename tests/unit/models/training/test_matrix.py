"""Talks to rows: neighbours only within a talk, labels where they were written, one order everywhere."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from models.training.corpus import Conversation, LabelledTurn
from models.training.labels import TrainedLabel
from models.training.linear import allowed_matrix, out_of_fold
from models.training.matrix import design, shifted, stack, turn_table
from models.training.turns import part_of
from nlp.classify.situation import NAMES
from nlp.types import Role
from tests.support.tiny_linear import some_grams

LABELS = [TrainedLabel("price", "objection", ("customer",)), TrainedLabel("commitment", "signal", ("customer", "rep"))]


def a_talk(source: str, *turns: tuple[Role, str, str]) -> Conversation:
    said = tuple(LabelledTurn(role, text, frozenset(codes.split())) for role, text, codes in turns)
    return Conversation(source, said)


TALKS = [
    a_talk("visits_1", ("customer", "太贵了", "price"), ("rep", "我明天发您", "commitment")),
    a_talk("visits_2", ("customer", "便宜点吧", "price commitment unknown")),
]


def test_turns_are_laid_flat_with_where_they_came_from() -> None:
    table = turn_table(TALKS, LABELS)
    assert table.texts == ["太贵了", "我明天发您", "便宜点吧"]
    assert table.roles.tolist() == ["customer", "rep", "customer"]
    assert table.conversation.tolist() == [0, 0, 1]
    assert table.sources.tolist() == ["visits_1", "visits_1", "visits_2"]
    assert table.gold.tolist() == [[True, False], [False, True], [True, True]]


def test_a_table_without_labels_keeps_its_rows() -> None:
    assert turn_table(TALKS, []).gold.shape == (3, 0)


def test_a_part_of_a_table_keeps_rows_and_talks_together() -> None:
    part = part_of(turn_table(TALKS, LABELS), np.asarray([2]))
    assert (part.texts, part.conversation.tolist(), part.gold.tolist()) == (["便宜点吧"], [1], [[True, True]])


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(-3, 3).filter(bool))
def test_a_neighbour_is_a_row_of_the_same_talk_or_nothing(sizes: list[int], step: int) -> None:
    talk = np.repeat(np.arange(len(sizes)), sizes)
    rows = sp.csr_matrix(np.arange(1, len(talk) + 1, dtype=np.float32)[:, None])
    expected = [
        at + step + 1 if 0 <= at + step < len(talk) and talk[at + step] == talk[at] else 0 for at in range(len(talk))
    ]
    assert shifted(rows, talk, step).toarray()[:, 0].tolist() == expected


def test_hits_are_stacked_row_by_row() -> None:
    grams = some_grams()
    hits = grams.of_all(["太贵了", "🙂", "便宜"])
    rows = stack(hits, grams.size)
    assert rows.shape == (3, grams.size)
    for row, hit in zip(rows.toarray(), hits, strict=True):
        assert np.flatnonzero(row).tolist() == hit.ids.tolist()
        assert row[hit.ids] == pytest.approx(hit.values)


def test_the_design_is_own_words_both_neighbours_and_place() -> None:
    grams = some_grams()
    table = turn_table(TALKS, LABELS)
    rows = design(table, grams).toarray()
    own, before, after, place = np.split(rows, np.cumsum([grams.size, grams.context_size, grams.context_size]), axis=1)
    near = own[:, : grams.context_size]
    assert place.shape == (3, len(NAMES))
    assert before[1] == pytest.approx(0.5 * near[0])
    assert after[0] == pytest.approx(0.4 * near[1])
    assert not before[[0, 2]].any()
    assert not after[[1, 2]].any()


def test_roles_given_from_outside_replace_the_tables_own() -> None:
    table, grams = turn_table(TALKS, LABELS), some_grams()
    blind = design(table, grams, roles=["other"] * 3).toarray()[:, -len(NAMES) :]
    seeing = design(table, grams).toarray()[:, -len(NAMES) :]
    speakers = [NAMES.index(name) for name in ("customer", "rep", "before_customer", "after_rep")]
    assert not blind[:, speakers].any()
    assert seeing[:, speakers].any(axis=0).all()


def test_a_label_is_learnt_from_those_who_can_carry_it() -> None:
    allowed = allowed_matrix(np.asarray(["customer", "rep", "other"]), [label.roles for label in LABELS])
    assert allowed.tolist() == [[True, True], [False, True], [False, False]]


@given(st.lists(st.integers(0, 4), min_size=2, max_size=40).filter(lambda folds: len(set(folds)) > 1))
def test_nothing_is_scored_by_what_has_seen_its_fold(folds: list[int]) -> None:
    numbers = np.asarray(folds)
    judged: list[int] = []

    def score(train: np.ndarray, judge: np.ndarray) -> np.ndarray:
        assert not set(numbers[train].tolist()) & set(numbers[judge].tolist())
        assert len(train) + len(judge) == len(numbers)
        judged.extend(judge.tolist())
        return judge[:, None].astype(np.float32)

    scores = out_of_fold(numbers, score, 1)
    assert sorted(judged) == list(range(len(folds)))
    assert scores[:, 0].tolist() == list(range(len(folds)))
