"""What makes a turn worth telling: length, figures, the customer, what was found; promises are told elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.summarize.salience import salience
from nlp.types import Explanation, Finding, FindingKind, Role, Turn

PLAIN = "这个事情我们这边还要再看一看情况怎么样"


def chance(text: str = PLAIN, role: Role = "customer", *found: tuple[FindingKind, str, float], central: float = 1.0,
           at: int = 0, of: int = 4) -> float:  # fmt: skip
    turns = [Turn(i, text, role) for i in range(of)]
    findings = [
        Finding(f"f{n}", kind, code, score, at, role, (0, 2), text[:2], Explanation("turns", "1"))
        for n, (kind, code, score) in enumerate(found)
    ]
    return salience(turns, {at: findings}, [central / of] * of)[at]


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (chance(PLAIN + PLAIN), chance()),
        (chance("预算一共是二十万，" + PLAIN), chance("预算一共没多少，" + PLAIN)),
        (chance(), chance(PLAIN, "rep")),
        (chance(PLAIN, "customer", ("objection", "price", 0.9)), chance()),
        (
            chance(PLAIN, "customer", ("objection", "price", 0.9)),
            chance(PLAIN, "customer", ("objection", "price", 0.4)),
        ),
        (chance(PLAIN, "customer", ("signal", "timeline", 0.9)), chance()),
        (chance(), chance(PLAIN, "customer", ("signal", "commitment", 0.9))),
        (chance(central=3.0), chance()),
        (chance(at=3), chance(at=0)),
    ],
    ids=[
        "longer",
        "a figure",
        "the customer",
        "an objection",
        "a surer one",
        "a date",
        "no promise",
        "central",
        "late",
    ],
)
def test_what_a_manager_would_rather_read(more: float, less: float) -> None:
    assert more > less


@pytest.mark.parametrize(
    "other", [("keyword", "price", 1.0), ("entity", "money", 1.0), ("signal", "discovery_question", 0.9)]
)
def test_what_is_not_weighed_changes_nothing(other: tuple[FindingKind, str, float]) -> None:
    assert chance(PLAIN, "customer", other) == chance()


def test_the_surest_finding_of_a_topic_counts_once() -> None:
    once = chance(PLAIN, "customer", ("objection", "price", 0.9))
    assert chance(PLAIN, "customer", ("objection", "price", 0.9), ("objection", "trust", 0.5)) == once


def test_beyond_eighty_characters_a_turn_gains_nothing() -> None:
    assert chance("说" * 80) == chance("说" * 4_000)


@given(st.lists(st.text(max_size=90), min_size=1, max_size=8))
def test_it_is_a_chance_whatever_was_said(texts: list[str]) -> None:
    turns = [Turn(i, text, "customer") for i, text in enumerate(texts)]
    told = salience(turns, {}, [1 / len(turns)] * len(turns))
    assert len(told) == len(turns)
    assert all(0 < value < 1 for value in told)
