"""A rival's name is remembered: earlier and later turns that share it, nothing where no name recurs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.classify.rivals import LABELS, MENTION, OBJECTION, RivalMemory, features, pairs_of, recalled, recurring
from nlp.classify.turns import TurnModels
from nlp.classify.verdicts import Label
from nlp.types import Role, Turn
from tests.support.tiny_linear import THRESHOLDS, a_scorer

COMMON = frozenset({"我们", "们用", "好的"})
WEIGHTS = np.asarray([[1.0, 3.0, 2.0, 0.0, 0.0, 0.0], [1.0, 3.0, 2.0, 0.0, 4.0, 0.0]])
MEMORY = RivalMemory(COMMON, WEIGHTS)
TALK = ("我们用瀚博", "好的", "瀚博哪里好")


def models(memory: RivalMemory | None) -> TurnModels:
    """Whoever says 报价 speaks of a rival, and nothing else is known."""
    labels = [
        Label(OBJECTION, "objection", frozenset({"customer"}), dict(THRESHOLDS)),
        Label(MENTION, "signal", frozenset({"customer", "rep"}), dict(THRESHOLDS)),
    ]
    scorer = a_scorer({"报价": (0.0, 4.0)}, bias=(-2.0, -2.0))
    return TurnModels("tiny-1", labels, np.asarray([[1.0, 0.0], [1.0, 0.0]]), linear=scorer, rivals=memory)


def said(memory: RivalMemory | None, *texts: str, roles: tuple[Role, ...] = ()) -> np.ndarray:  # type: ignore[type-arg]
    spoken: list[Role] = [*roles] or ["customer" for _ in texts]
    return models(memory).probabilities([Turn(i, t, spoken[i]) for i, t in enumerate(texts)])


def test_only_letters_side_by_side_make_a_pair() -> None:
    assert pairs_of("用 瀚博,A1级bc") == {"瀚博", "级b", "bc"}
    assert pairs_of("") == pairs_of("好") == set()


def test_pairs_of_everyday_talk_are_no_names() -> None:
    assert MEMORY.names(TALK) == [{"用瀚", "瀚博"}, set(), {"瀚博", "博哪", "哪里", "里好"}]


def test_a_turn_recalls_the_strongest_of_the_turns_before_that_share_a_name() -> None:
    assert recalled([{"a"}, {"a", "b"}, {"b"}, {"c"}, {"a"}], [0.2, 0.9, 0.1, 0.5, 0.3]) == [0.0, 0.2, 0.9, 0.0, 0.9]


@given(st.lists(st.tuples(st.sets(st.sampled_from("abc")), st.floats(0, 1)), max_size=8))
def test_nothing_is_recalled_that_nobody_thought(talk: list[tuple[set[str], float]]) -> None:
    names, thought = [own for own, _ in talk], [said for _, said in talk]
    for at, value in enumerate(recalled(names, thought)):
        assert value == max((thought[j] for j in range(at) if names[j] & names[at]), default=0.0)


def test_features_look_both_ways_and_at_the_objection_before() -> None:
    rows = features([{"a"}, {"b"}, {"a"}], np.asarray([0.8, 0.1, 0.3]), np.asarray([0.7, 0.0, 0.2]))
    assert rows.tolist() == [[0.0, 0.3, 0.7, 0.0], [0.0, 0.0, 0.0, 0.7], [0.8, 0.0, 0.2, 0.0]]


def test_a_name_that_stood_for_a_rival_stands_for_it_again() -> None:
    bare, remembered = (said(memory, "瀚博报价低", "好的", "瀚博哪里好") for memory in (None, MEMORY))
    assert remembered[2, 1] > 0.3 > bare[2, 1]
    assert remembered[2, 0] > bare[2, 0]
    assert remembered[1, 1] == pytest.approx(bare[1, 1], abs=0.06)


def test_a_talk_without_names_is_scored_by_its_turns_alone() -> None:
    plain = RivalMemory(COMMON, np.asarray([[1.0, 3.0, 2.0, 0.0, 0.0, 0.0]] * 2))
    assert said(plain, "报价", "好的") == pytest.approx(said(None, "报价", "好的"))


def test_a_role_that_cannot_speak_of_rivals_neither_gains_nor_gives() -> None:
    texts = ("瀚博报价低", "瀚博哪里好")
    silent = said(MEMORY, *texts, roles=("other", "customer"))
    assert silent == pytest.approx(said(None, *texts, roles=("other", "customer")))
    objecting = said(MEMORY, *texts, roles=("customer", "rep"))
    assert objecting[1, 0] == pytest.approx(said(None, *texts, roles=("customer", "rep"))[1, 0])


def test_no_turns_are_no_scores() -> None:
    assert models(MEMORY).probabilities([]).shape == (0, 2)
    assert MEMORY.weigh([], np.zeros((0, 2))).shape == (0, 2)


def test_the_memory_is_read_as_it_was_written() -> None:
    rows = dict(zip(LABELS, WEIGHTS.tolist(), strict=True))
    read = RivalMemory.of_files(rows, "\n".join(sorted(COMMON)))
    assert read.common == COMMON
    assert np.array_equal(read.weights, WEIGHTS)


def test_what_only_one_turn_says_is_no_name_to_remember() -> None:
    assert recurring([{"瀚博", "用瀚"}, set(), {"瀚博", "博哪"}]) == [{"瀚博"}, set(), {"瀚博"}]


@given(st.lists(st.sets(st.sampled_from("甲乙丙丁戊"), max_size=4), max_size=6), st.data())
def test_names_of_one_turn_change_no_memory(names: list[set[str]], data: st.DataObject) -> None:
    chances = st.lists(st.floats(0, 1), min_size=len(names), max_size=len(names))
    mention, objection = (np.asarray(data.draw(chances), dtype=np.float64) for _ in range(2))
    if names:
        kept, whole = (features(own, mention, objection) for own in (recurring(names), names))
        assert kept.tolist() == whole.tolist()
