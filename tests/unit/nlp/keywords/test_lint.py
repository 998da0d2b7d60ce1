"""Collisions between terms are named, not guessed away."""

import pytest

from nlp.keywords.lint import Collision, find_collisions
from nlp.keywords.pack import KeywordPack, Term
from nlp.keywords.resources import Lexicon, load_lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def test_one_spelling_in_two_packs_is_named(lexicon: Lexicon) -> None:
    packs = [KeywordPack("a", (Term("维保", aliases=("保养",)),)), KeywordPack("b", (Term("保养"),))]
    assert find_collisions(packs, lexicon=lexicon) == [Collision("same_spelling", "保养", "b", "维保", "a")]


def test_one_sound_in_two_terms_is_named(lexicon: Lexicon) -> None:
    packs = [KeywordPack("a", (Term("需量电费"), Term("续量电费")))]
    assert find_collisions(packs, lexicon=lexicon) == [Collision("same_sound", "续量电费", "a", "需量电费", "a")]


def test_a_dictionary_word_that_sounds_like_an_opted_in_term_is_named(lexicon: Lexicon) -> None:
    packs = [KeywordPack("a", (Term("立项", pinyin=True), Term("试用")))]
    found = find_collisions(packs, lexicon=lexicon, words=["理想", "使用", "立项"])
    assert found == [Collision("sounds_like_word", "立项", "a", "理想")]


def test_the_same_term_in_two_packs_is_no_collision(lexicon: Lexicon) -> None:
    packs = [KeywordPack("a", (Term("交期"),)), KeywordPack("b", (Term("交期"),))]
    assert find_collisions(packs, lexicon=lexicon) == []
