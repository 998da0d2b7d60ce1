"""Milliseconds of a span: from words where there are any, else in proportion."""

from hypothesis import given
from hypothesis import strategies as st

from nlp.turn_time import heard_surely, time_of
from nlp.types import Turn, Word

TURN = Turn(0, "价格太贵了", "customer", 1.0, 1_000, 2_000)
SPOKEN = Turn(
    0,
    "价格，太贵了",
    "customer",
    1.0,
    1_000,
    4_000,
    words=(Word("价格", 1_000, 1_800), Word("太贵", 2_500, 3_000), Word("了", 3_000, 3_900)),
)


def test_without_words_time_runs_evenly_through_the_turn() -> None:
    assert time_of(TURN, (2, 4)) == (1_400, 1_800)


def test_words_say_when_they_were_spoken() -> None:
    assert time_of(SPOKEN, (3, 5)) == (2_500, 3_000)
    assert time_of(SPOKEN, (0, 6)) == (1_000, 3_900)


def test_a_turn_without_times_gives_none() -> None:
    assert time_of(Turn(0, "价格"), (0, 2)) == (None, None)


def test_words_that_are_not_in_the_text_are_left_out() -> None:
    turn = Turn(0, "价格", "rep", 1.0, 0, 1_000, words=(Word("家", 0, 500), Word(" ", 500, 600)))
    assert time_of(turn, (0, 2)) == (0, 1_000)


def test_words_are_sought_in_what_was_heard() -> None:
    turn = Turn(0, "价格", "rep", 1.0, 0, 1_000, raw_text="價格", words=(Word("價", 100, 200), Word("格", 200, 300)))
    assert time_of(turn, (0, 1)) == (100, 200)


@given(st.integers(0, 5), st.integers(0, 5))
def test_times_lie_in_order_inside_the_turn(a: int, b: int) -> None:
    start, end = time_of(TURN, (min(a, b), max(a, b)))
    assert start is not None
    assert end is not None
    assert 1_000 <= start <= end <= 2_000


HEARD = Turn(
    0, "价格，太贵了", "customer", 1.0, 0, 4_000, confidence=0.7,
    words=(Word("价格", 0, 1, 0.9), Word("太贵", 1, 2, 0.3), Word("了", 2, 3)),
)  # fmt: skip


def test_a_span_was_heard_as_surely_as_its_words() -> None:
    assert heard_surely(HEARD, (0, 2)) == 0.9
    assert heard_surely(HEARD, (3, 5)) == 0.3
    assert heard_surely(HEARD, (0, 4)) == 0.7  # two characters at 0.9, one at 0.3
    assert heard_surely(HEARD, (0, 6)) == 0.6


def test_without_words_that_tell_the_turn_tells() -> None:
    assert heard_surely(HEARD, (5, 6)) == 0.7
    assert heard_surely(TURN, (0, 5)) is None
    assert heard_surely(SPOKEN, (0, 5)) is None
