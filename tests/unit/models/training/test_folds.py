"""Who judges what: whole files, whole authors and whole situations stay on one side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.corpus.check import conversation_files
from models.training.corpus import Message
from models.training.folds import FOLDS, fold_of
from models.training.triage import message_folds


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("snippets_31", "snippets_39"),
        ("snippets_40", "snippets_49"),
        ("visits_11", "visits_28"),
        ("snippets_11", "snippets_20"),
        ("snippets_101", "snippets_110"),
        ("snippets_121", "snippets_130"),
    ],
    ids=["thirties", "forties", "visits", "tens", "from 101", "from 121"],
)
def test_files_of_one_author_are_judged_together(first: str, second: str) -> None:
    assert fold_of(first) == fold_of(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("visits_1", "visits_2"),
        ("snippets_11", "snippets_31"),
        ("turns_3", "turns_4"),
        ("snippets_11", "snippets_111"),
        ("snippets_110", "snippets_111"),
    ],
)
def test_files_of_different_authors_are_judged_apart(first: str, second: str) -> None:
    assert fold_of(first) != fold_of(second)


def test_files_one_to_five_fill_every_fold() -> None:
    assert {fold_of(f"visits_{number}") for number in range(1, 6)} == set(range(FOLDS))


@pytest.mark.parametrize("name", ["visits", "visits_", "visits_1.txt", "Visits_1", "1_visits", "", "visits_一"])
def test_a_name_that_is_no_corpus_file_has_no_fold(name: str) -> None:
    with pytest.raises(ValueError, match="<kind>_<number>"):
        fold_of(name)


@given(st.sampled_from(["visits", "snippets", "turns", "messages"]), st.integers(1, 999))
def test_every_corpus_file_has_one_fold(kind: str, number: int) -> None:
    assert fold_of(f"{kind}_{number}") in range(FOLDS)


def test_no_fold_of_the_corpus_is_empty() -> None:
    assert {fold_of(path.stem) for path in conversation_files()} == set(range(FOLDS))


def a_message(context: str) -> Message:
    return Message("messages_1", "rep", context, "好的", False, "none", frozenset())


@given(st.lists(st.integers(0, 60), max_size=120))
def test_messages_of_one_situation_are_judged_together(situations: list[int]) -> None:
    folds = message_folds([a_message(f"情形{number}") for number in situations])
    assert len(folds) == len(situations)
    fold_by_situation: dict[int, int] = {}
    for number, fold in zip(situations, folds.tolist(), strict=True):
        assert fold_by_situation.setdefault(number, fold) == fold


def test_neighbouring_situations_are_judged_together_and_far_ones_apart() -> None:
    folds = message_folds([a_message(f"情形{number}") for number in range(7 * FOLDS)])
    assert np.array_equal(folds, np.repeat(np.arange(FOLDS), 7))
