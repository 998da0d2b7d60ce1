"""Packed tokens come out as they went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.classify.vocabulary import Vocabulary

TOKENS = st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"), min_size=1, max_size=4), min_size=1)


@given(TOKENS)
def test_lines_give_the_tokens_of_a_split(tokens: list[str]) -> None:
    packed = Vocabulary.of_lines("\n".join(tokens))
    assert list(packed) == tokens == [packed[n] for n in range(len(packed))]
    assert packed.lengths.tolist() == [len(token) for token in tokens]
    assert [packed.joined[begin:][:1] for begin in packed.begins.tolist()] == [token[0] for token in tokens]


@given(st.lists(st.text(max_size=4), max_size=20))
def test_a_list_is_packed_and_kept(tokens: list[str]) -> None:
    packed = Vocabulary.of(tokens)
    assert list(packed) == tokens
    assert packed[1:] == tokens[1:]
    assert Vocabulary.of(packed) is packed


def test_an_empty_text_holds_one_empty_token_as_a_split_does() -> None:
    assert list(Vocabulary.of_lines("")) == [""]


def test_places_count_from_both_ends_and_no_further() -> None:
    packed = Vocabulary.of(["太贵", "便宜", "🙂"])
    assert (packed[-1], packed[-3], packed.index("便宜")) == ("🙂", "太贵", 1)
    for beyond in (3, -4):
        with pytest.raises(IndexError):
            packed[beyond]


@given(TOKENS, st.data())
def test_many_tokens_are_cut_as_each_alone(tokens: list[str], data: st.DataObject) -> None:
    packed = Vocabulary.of(tokens)
    numbers = data.draw(st.lists(st.integers(0, len(tokens) - 1), max_size=6))
    assert packed.cut(numbers) == [packed[number] for number in numbers]
