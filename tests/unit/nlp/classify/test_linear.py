"""The graph adds what it should, where it should: own words, the turn before, the turn after."""

import numpy as np
import pytest

from nlp.classify.situation import NAMES, SCALE, situations
from nlp.types import Role
from tests.support.tiny_linear import a_scorer

PLAIN: list[Role] = ["customer", "rep"]


def run(texts: list[str], **weights: object) -> np.ndarray:  # type: ignore[type-arg]
    scorer = a_scorer(weights.pop("own", {}), **weights)  # type: ignore[arg-type]
    roles: list[Role] = [PLAIN[at % 2] for at in range(len(texts))]
    return scorer.run(scorer.grams.of_all(texts), situations(texts, roles))[0]


def test_a_turn_without_known_words_scores_its_bias() -> None:
    assert run(["㍿"], bias=(-1.0, 2.0)).tolist() == [[-1.0, 2.0]]


def test_own_words_count_for_their_own_turn_only() -> None:
    margins = run(["太贵了", "便宜"], own={"太贵": (1.0, 0.0)})
    assert margins[0, 0] > 0
    assert margins[1, 0] == 0


def test_words_of_the_turn_before_count_for_the_next() -> None:
    margins = run(["贵", "便宜"], before={"贵": (1.0, 0.0)})
    assert margins[0, 0] == 0
    assert margins[1, 0] > 0


def test_words_of_the_turn_after_count_for_the_one_before() -> None:
    margins = run(["便宜", "贵"], after={"贵": (0.0, 1.0)})
    assert margins[0, 1] > 0
    assert margins[1, 1] == 0


def test_no_turns_give_no_margins() -> None:
    scorer = a_scorer({})
    margins, parts = scorer.run([], situations([], []))
    assert margins.shape == (0, 2)
    assert parts == []


def test_contributions_add_up_to_the_margin() -> None:
    scorer = a_scorer({"太贵": (2.0, 0.0), "贵": (1.0, -1.0)})
    texts = ["太贵了", "贵"]
    margins, parts = scorer.run(scorer.grams.of_all(texts), situations(texts, ["customer", "rep"]))
    assert [len(part) for part in parts] == [len(hit.ids) for hit in scorer.grams.of_all(texts)]
    for margin, part in zip(margins, parts, strict=True):
        assert part.sum(axis=0) == pytest.approx(margin, abs=1e-5)


def test_a_talk_scores_like_its_turns_alone_when_neighbours_weigh_nothing() -> None:
    own = {"太贵": (1.0, 0.5), "明天": (0.0, 2.0)}
    together = run(["太贵了", "我明天发您", "便宜"], own=own)
    alone = np.concatenate([run([text], own=own) for text in ("太贵了", "我明天发您", "便宜")])
    assert together == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "name", "set_"),
    [
        ("贵吗", "question", True),
        ("贵了", "question", False),
        ("三百", "digits", False),
        ("300", "digits", True),
        ("好", "under_6", True),
        ("好" * 25, "from_25", True),
        ("好" * 24, "from_25", False),
    ],
    ids=["question", "statement", "written number", "digits", "short", "long", "just short of long"],
)
def test_situation_of_a_turn_alone(text: str, name: str, set_: bool) -> None:
    row = situations([text], ["customer"])[0]
    assert row[NAMES.index(name)] == (SCALE if set_ else 0)


def test_situation_knows_who_spoke_before_and_after() -> None:
    rows = situations(["a", "b", "c"], ["rep", "customer", "other"])
    held = [{name for name, value in zip(NAMES, row, strict=True) if value} for row in rows]
    assert {"rep", "first", "after_customer"} <= held[0]
    assert {"customer", "before_rep"} <= held[1]
    assert "after_rep" not in held[1]
    assert {"before_customer", "last"} <= held[2]
