"""Whole files, and batches of one author, stay on one side of the line between training and judging."""

import pytest

from models.training.folds import FOLDS, fold_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("visits_11", "visits_21"),
        ("snippets_11", "snippets_20"),
        ("snippets_31", "snippets_42"),
        ("snippets_61", "snippets_63"),
    ],
    ids=["visits", "snippets", "snippets over forty", "late snippets"],
)
def test_batches_of_one_author_share_a_fold(one: str, other: str) -> None:
    assert fold_of(one) == fold_of(other)


def test_founding_files_are_spread_over_all_folds() -> None:
    assert {fold_of(f"visits_{number}") for number in range(1, 6)} == set(range(FOLDS))


@pytest.mark.parametrize("source", ["visits_1", "snippets_6", "turns_10", "messages_15", "snippets_71"])
def test_every_file_has_a_fold(source: str) -> None:
    assert 0 <= fold_of(source) < FOLDS


@pytest.mark.parametrize("source", ["visits", "visits_x", "_1", ""], ids=["bare", "letters", "no kind", "empty"])
def test_an_odd_name_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="want <kind>_<number>"):
        fold_of(source)
