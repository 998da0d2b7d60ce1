"""Two versions of a model, row by row: what was kept is found again, and worse is called worse."""

import numpy as np
import pytest

from nlp.evaluation.versions import Difference, Verdicts, compare, joined, judge, macro, pack, refusals, unpack

TALKS = 60


def verdicts(right: float, *, codes: tuple[str, ...] = ("price",), seed: int = 3, first: int = 0) -> Verdicts:
    """Sixty talks of four turns; of what holds, the share `right` was called, and nothing else."""
    rows = TALKS * 4
    gold = np.zeros((rows, len(codes)), dtype=bool)
    gold[::2] = True
    luck = np.random.default_rng(seed).random((rows, len(codes)))
    keys = tuple(f"k{first + row}" for row in range(rows))
    return Verdicts(codes, keys, np.repeat(np.arange(TALKS), 4), gold & (luck < right), gold)


def test_what_is_kept_is_found_again() -> None:
    kept = verdicts(0.7, codes=("price", "trust", "need"))
    again = unpack(pack(kept))
    assert (again.codes, again.keys) == (kept.codes, kept.keys)
    assert np.array_equal(again.called, kept.called)
    assert np.array_equal(again.gold, kept.gold)
    assert np.array_equal(again.groups, kept.groups)


def test_a_challenger_that_finds_much_less_is_worse() -> None:
    (found,) = compare(verdicts(0.9), verdicts(0.5))
    assert found.champion > found.challenger
    assert found.low < found.high < 0
    assert found.worse
    assert "price is worse" in refusals([found])[0]


def test_the_same_model_is_not_worse_than_itself() -> None:
    (found,) = compare(verdicts(0.7), verdicts(0.7))
    assert (found.low, found.high) == (0.0, 0.0)
    assert refusals([found]) == ()


def test_a_better_one_may_take_over() -> None:
    (found,) = compare(verdicts(0.5), verdicts(0.9))
    assert found.low > 0
    assert refusals([found]) == ()


def test_a_loss_too_small_to_prove_is_still_refused_when_it_is_in_the_mean() -> None:
    found = Difference("price", 40, 0.80, 0.78, -0.05, 0.01)
    assert not found.worse
    assert refusals([found]) == ("macro-F1 falls from 0.800 to 0.780",)


def test_only_rows_of_both_count() -> None:
    assert compare(verdicts(0.7), verdicts(0.7, first=10_000)) == []
    assert refusals([]) == ("the two versions judged no row in common",)
    (found,) = compare(verdicts(0.7), verdicts(0.7, first=TALKS * 2))
    assert found.positives == TALKS


def test_codes_that_one_of_them_does_not_know_are_left_out() -> None:
    found = compare(verdicts(0.7, codes=("price", "trust")), verdicts(0.7, codes=("trust", "need")))
    assert [one.code for one in found] == ["trust"]


def test_rows_are_joined_and_their_talks_stay_apart() -> None:
    both = joined(verdicts(0.7), verdicts(0.7, first=1_000))
    assert len(both.keys) == TALKS * 8
    assert len(np.unique(both.groups)) == TALKS * 2


def test_the_macro_figure_is_the_mean_over_codes() -> None:
    found = [Difference("a", 1, 0.4, 0.6, 0, 0), Difference("b", 1, 0.8, 0.8, 0, 0)]
    assert macro(found) == (pytest.approx(0.6), pytest.approx(0.7))
    assert macro([]) == (0.0, 0.0)


def test_the_judgement_holds_everything_that_a_person_decides_by() -> None:
    found = judge(verdicts(0.6), verdicts(0.9))
    assert found.challenger > found.champion
    assert (found.rows, found.refusals) == (TALKS * 4, ())
