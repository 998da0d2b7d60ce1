"""Character error rate: the fewest edits, punctuation aside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.evaluation import character_errors

SPOKEN = st.text(alphabet="我要三台散吧的了", max_size=20)


@pytest.mark.parametrize(
    ("reference", "heard", "edits"),
    [
        ("我要三台", "我要三台", (0, 0, 0)),
        ("我要三台", "我要散台", (1, 0, 0)),
        ("我要三台", "我要台", (0, 1, 0)),
        ("我要三台", "我要三台吧", (0, 0, 1)),
        ("我要，三台。", "我要三台", (0, 0, 0)),
        ("ＡＢ", "ab", (0, 0, 0)),
        ("", "啊", (0, 0, 1)),
    ],
    ids=["same", "wrong", "missing", "extra", "punctuation", "width and case", "out of silence"],
)
def test_edits_by_kind(reference: str, heard: str, edits: tuple[int, int, int]) -> None:
    found = character_errors(reference, heard)
    assert (found.substitutions, found.deletions, found.insertions) == edits


@pytest.mark.parametrize(
    ("reference", "heard", "rate"),
    [
        ("我要三台", "我要散", 0.5),
        ("", "", 0.0),
        ("", "啊", float("inf")),
        ("好", "", 1.0),
    ],
    ids=["half", "both empty", "out of silence", "nothing heard"],
)
def test_rate(reference: str, heard: str, rate: float) -> None:
    assert character_errors(reference, heard).rate == rate


@given(SPOKEN, SPOKEN)
def test_lengths_and_edits_agree(reference: str, heard: str) -> None:
    found = character_errors(reference, heard)
    assert found.length - found.deletions + found.insertions == len(heard)
    assert found.substitutions + found.deletions + found.insertions <= max(len(reference), len(heard))


@given(SPOKEN)
def test_nothing_is_wrong_with_the_same_words(text: str) -> None:
    assert character_errors(text, text).rate == 0.0
