"""Tokens as numbers: no two share a key, and the table finds what a dict would find."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.classify.gram_table import ABSENT, GramTable, codes_of, keys_of, pack

TOKEN = st.text(min_size=1, max_size=3)


@given(st.lists(TOKEN, unique=True, max_size=80), st.lists(TOKEN, max_size=80))
def test_the_table_answers_as_a_dict(known: list[str], asked: list[str]) -> None:
    numbers = {token: number for number, token in enumerate(known)}
    found = GramTable(keys_of(known)).look_up(keys_of([*asked, *known]))
    assert found.tolist() == [numbers.get(token, ABSENT) for token in [*asked, *known]]


@given(TOKEN, TOKEN)
def test_tokens_share_a_key_only_when_they_are_the_same(one: str, other: str) -> None:
    first, second = keys_of([one, other]).tolist()
    assert (first == second) == (one == other)
    assert first > 0


@given(st.lists(TOKEN, min_size=1, max_size=20))
def test_keys_place_by_place_are_the_keys_of_the_tokens(tokens: list[str]) -> None:
    for token, key in zip(tokens, keys_of(tokens).tolist(), strict=True):
        assert pack(*[np.asarray([ord(mark)]) for mark in token]).tolist() == [key]


def test_one_mark_may_stand_in_the_same_place_of_all() -> None:
    first, last = codes_of("太天"), codes_of("了再")
    assert pack(first, ord("-"), last).tolist() == keys_of(["太-了", "天-再"]).tolist()


@pytest.mark.parametrize("token", ["", "四个字吧", "\x00\x00\x00\x00"], ids=["empty", "four", "four NUL"])
def test_what_is_no_token_has_no_key_and_is_not_found(token: str) -> None:
    assert keys_of([token]).tolist() == [0]
    assert GramTable(keys_of([token, "贵"])).look_up(keys_of(["贵"])).tolist() == [1]


@pytest.mark.parametrize("text", ["", "\x00", "太贵🙂", "\ud800了"], ids=["empty", "NUL", "emoji", "lone surrogate"])
def test_code_points_are_those_of_the_text(text: str) -> None:
    assert codes_of(text).tolist() == [ord(mark) for mark in text]


def test_an_empty_table_knows_nothing() -> None:
    assert GramTable(keys_of([])).look_up(keys_of(["贵"])).tolist() == [ABSENT]
    assert GramTable(keys_of(["贵"])).look_up(keys_of([])).tolist() == []


def test_a_crowded_table_still_finds_everything() -> None:
    keys = np.arange(1, 5_001, dtype=np.int64) << 40  # differ in their high bits alone
    table = GramTable(keys)
    assert table.look_up(keys[::-1]).tolist() == list(range(4_999, -1, -1))
    assert (table.look_up(keys + 1) == ABSENT).all()
