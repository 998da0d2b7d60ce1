"""How pages write days, seconds, scores and figures; how words are marked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.console.rendering import day, elapsed, figure, kind_name, measured, moment, percent, score, seconds
from service.usecases.console.view_visit import cut_pieces

LATE = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)


def test_days_are_those_where_the_team_works() -> None:
    assert (day(LATE), moment(LATE), day(None)) == ("2026-03-11", "03-11 00:30", "—")


@pytest.mark.parametrize(("ms", "shown"), [(None, ""), (0, "0:00"), (65_900, "1:05"), (3_600_000, "60:00")])
def test_seconds(ms: int | None, shown: str) -> None:
    assert seconds(ms) == shown


@pytest.mark.parametrize(("passed", "shown"), [
    (timedelta(0), "00:00:00"), (timedelta(hours=23, minutes=59, seconds=59.9), "23:59:59"),
    (timedelta(days=1), "1 天 00:00:00"), (timedelta(days=3, hours=1, minutes=5, seconds=7), "3 天 01:05:07"),
    (timedelta(seconds=-5), "00:00:00"),
])  # fmt: skip
def test_time_that_has_passed(passed: timedelta, shown: str) -> None:
    assert elapsed(passed, "天") == shown


def test_a_kind_nobody_named_stands_as_it_is() -> None:
    assert (kind_name("task"), kind_name("novelty")) == ("任务", "novelty")


def test_numbers() -> None:
    assert (score(None), score(71.5), percent(0.856), percent(None)) == ("—", "72", "86%", "—")
    assert figure(0.5, "talk_ratio") == figure(0.5, "reuse_rate") == "50%"
    assert (figure(49.2, "question_rate"), figure(1_500, "patience_ms")) == ("49", "1.5")
    assert figure(None, "talk_ratio") == "—"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [(0.5, "share", "50%"), (4.2, "hours", "4.2"), (90.0, "days", "90"), (3.0, "number", "3")],
)
def test_metrics_are_numbers_without_idle_digits_and_shares_are_percent(value: float, unit: str, shown: str) -> None:
    assert measured(value, unit) == shown


@given(st.text(max_size=12), st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=5))
def test_marking_loses_and_repeats_no_character(text: str, spans: list[tuple[int, int]]) -> None:
    pieces = cut_pieces(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    marked = {at for begin, end in spans for at in range(begin, min(end, len(text)))}
    flags = [piece.marked for piece in pieces for _ in piece.text]
    assert {at for at, flag in enumerate(flags) if flag} == marked
