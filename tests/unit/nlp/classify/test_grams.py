"""Tokens: four families, unit lengths, and places that point at the words they came from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.classify.gram_table import text_of
from nlp.classify.grams import (
    APART,
    CHARACTERS,
    CUE,
    CUE_MARK,
    FAMILY_WEIGHTS,
    GAP_MARK,
    MAX_CHARACTERS,
    SYLLABLES,
    Grams,
    build_vocabulary,
    families_of,
    family_of,
    gram_place,
    parse_syllables,
    raw_grams,
    read,
)
from tests.support.tiny_linear import TEXTS, a_spelling, some_grams

TALK = st.text(alphabet="太贵跪便宜点明天发您吧了，。？a3 ", max_size=60)


@pytest.mark.parametrize(
    ("gram", "family"),
    [
        ("贵", CHARACTERS),
        ("太贵", CHARACTERS),
        ("^太", CHARACTERS),
        ("\ue000\ue001", SYLLABLES),
        ("a\ue003", SYLLABLES),
        (f"太{GAP_MARK}了", APART),
        (f"{CUE_MARK}expensive", CUE),
    ],
    ids=["one", "two", "begin", "syllables", "mixed syllables", "apart", "cue"],
)
def test_each_token_knows_its_family(gram: str, family: int) -> None:
    assert family_of(gram) == family


def test_sound_alikes_share_syllable_tokens() -> None:
    right, wrong = set(raw_grams("太贵了", a_spelling())), set(raw_grams("态跪了", a_spelling()))
    assert {gram for gram in right & wrong if family_of(gram) == SYLLABLES}


def test_different_sounds_share_no_syllable_pair() -> None:
    one, other = set(raw_grams("太贵", a_spelling())), set(raw_grams("明天", a_spelling()))
    assert not {gram for gram in one & other if family_of(gram) == SYLLABLES and len(gram) == 2}


@given(TALK)
def test_every_token_has_a_place_inside_its_text(text: str) -> None:
    for gram in set(raw_grams(text, a_spelling())):
        place = gram_place(gram, read(text, a_spelling()))
        assert place is not None
        assert 0 <= place[0] <= place[1] <= len(text)


@pytest.mark.parametrize(
    ("gram", "words"),
    [
        ("便宜", "便宜"),
        ("\ue001\ue000", "态跪"),
        (f"不{GAP_MARK}贵", "不是太贵"),
        (f"{CUE_MARK}expensive", "太贵"),
        ("^不", "不"),
    ],
    ids=["characters", "sound-alike", "apart", "cue", "beginning"],
)
def test_a_token_is_found_where_it_stands(gram: str, words: str) -> None:
    text = "不是太贵，便宜点，态跪"
    place = gram_place(gram, read(text, a_spelling()))
    assert place is not None
    assert words in {text[slice(*place)], "态跪" if text[slice(*place)] == "太贵" else ""}


@pytest.mark.parametrize("gram", ["没有", f"贵{GAP_MARK}不", f"{CUE_MARK}tomorrow"], ids=["characters", "apart", "cue"])
def test_a_token_that_is_not_there_has_no_place(gram: str) -> None:
    assert gram_place(gram, read("太贵", a_spelling())) is None


def test_places_leave_out_what_the_text_does_not_hold() -> None:
    grams = some_grams()
    ids = [grams.vocabulary.index("太贵"), grams.vocabulary.index("便宜")]
    assert grams.places(ids, grams.read("你们太贵了")) == [(ids[0], (2, 4))]


def test_families_have_the_length_of_their_weight() -> None:
    grams = some_grams()
    hit = grams.of("太贵了")
    for family, weight in enumerate(FAMILY_WEIGHTS):
        own = hit.values[grams.families[hit.ids] == family]
        assert float(np.sqrt((own * own).sum())) == pytest.approx(weight, abs=1e-5)


def test_known_tokens_come_once_and_ascending() -> None:
    hit = some_grams().of("太贵太贵太贵")
    assert list(hit.ids) == sorted(set(hit.ids))


@pytest.mark.parametrize("text", ["", "㍿", "🙂🙂"], ids=["empty", "rare", "emoji"])
def test_a_text_without_known_words_still_scores(text: str) -> None:
    hit = some_grams().of(text)
    assert len(hit.ids) == len(hit.values)
    assert np.isfinite(hit.values).all()


def test_of_all_agrees_with_of() -> None:
    grams = some_grams()
    for text, hit in zip(TEXTS, grams.of_all(TEXTS), strict=True):
        alone = grams.of(text)
        assert np.array_equal(alone.ids, hit.ids)
        assert np.allclose(alone.values, hit.values)


def test_no_texts_give_no_hits() -> None:
    assert some_grams().of_all([]) == []


def test_a_very_long_turn_is_cut() -> None:
    assert len(a_spelling().written("贵" * 5000)) == MAX_CHARACTERS + 2


def test_vocabulary_begins_with_cues_and_then_frequent_characters() -> None:
    vocabulary, idf = build_vocabulary(TEXTS, a_spelling(), minimum=1, context_size=6)
    assert [family_of(gram) for gram in vocabulary[:2]] == [CUE, CUE]
    assert {family_of(gram) for gram in vocabulary[2:6]} == {CHARACTERS}
    assert len(idf) == len(vocabulary) == len(set(vocabulary))


def test_rare_tokens_get_no_weight() -> None:
    every, _ = build_vocabulary(TEXTS, a_spelling(), minimum=1, context_size=4)
    frequent, _ = build_vocabulary(TEXTS, a_spelling(), minimum=2, context_size=4)
    assert set(frequent) < set(every)


def test_rarer_tokens_weigh_more() -> None:
    vocabulary, idf = build_vocabulary(TEXTS, a_spelling(), minimum=1, context_size=4)
    weights = dict(zip(vocabulary, idf.tolist(), strict=True))
    assert weights["点"] > weights["贵"]


def test_syllable_lines_map_each_character_once() -> None:
    table = parse_syllables(["贵跪", "太态"])
    assert table[ord("贵")] == table[ord("跪")] != table[ord("太")]


ANYTHING = st.text(
    alphabet=st.characters(codec="utf-8") | st.sampled_from("太贵跪便宜点明天发您吧^$，。？a3 "), max_size=40
)


def by_dict(texts: list[str], grams: Grams) -> list[list[int]]:
    """The tokens as they were found one by one, in a dict of strings."""
    numbers = {gram: number for number, gram in enumerate(grams.vocabulary)}
    return [sorted({numbers[gram] for gram in raw_grams(text, grams.spelling) if gram in numbers}) for text in texts]


@given(st.lists(ANYTHING, max_size=6))
def test_all_at_once_finds_what_one_by_one_finds(texts: list[str]) -> None:
    grams = some_grams()
    assert [hit.ids.tolist() for hit in grams.of_all(texts)] == by_dict(texts, grams)


@given(st.lists(st.text(alphabet="太贵跪明天$^", max_size=12), min_size=1, max_size=4))
def test_no_token_reaches_from_one_text_into_the_next(texts: list[str]) -> None:
    vocabulary, idf = build_vocabulary(texts, a_spelling(), minimum=1, context_size=4)
    grams = Grams(vocabulary, idf, spelling=a_spelling(), context_size=4)
    assert [hit.ids.tolist() for hit in grams.of_all(texts)] == by_dict(texts, grams)


@given(st.lists(st.text(min_size=1, max_size=4), max_size=30))
def test_families_of_many_are_the_families_of_each(tokens: list[str]) -> None:
    assert families_of(tokens).tolist() == [family_of(token) for token in tokens]


@pytest.mark.parametrize(
    ("token", "family"),
    [("\ue000", SYLLABLES), (f"贵{GAP_MARK}", CHARACTERS), (f"{GAP_MARK}贵了", CHARACTERS), (CUE_MARK, CUE)],
    ids=["a single syllable", "a mark at the end", "a mark in front", "a mark alone"],
)
def test_families_of_odd_tokens(token: str, family: int) -> None:
    assert families_of([token]).tolist() == [family_of(token)] == [family]


@given(st.lists(ANYTHING, max_size=6))
def test_many_texts_are_written_and_sounded_as_each_alone(texts: list[str]) -> None:
    spelling = a_spelling()
    codes, lengths = spelling.written_all(texts)
    written = [spelling.written(text) for text in texts]
    assert lengths == [len(own) for own in written]
    assert text_of(codes) == "".join(written)
    assert text_of(spelling.sounds_of(codes)) == "".join(own.translate(spelling.syllables) for own in written)


def test_where_both_characters_stand_apart_more_than_once_the_nearest_pair_counts() -> None:
    reading = read("贵一二了贵一了", a_spelling())
    assert gram_place(f"贵{GAP_MARK}了", reading) == (4, 7)


@given(st.lists(TALK, max_size=4))
def test_many_texts_are_read_as_each_alone(texts: list[str]) -> None:
    grams = some_grams()
    assert grams.read_all(texts) == [grams.read(text) for text in texts]


def test_a_text_beyond_the_limit_is_read_as_far_as_it_is_scored() -> None:
    grams = some_grams()
    long = "太贵了𠀀" * MAX_CHARACTERS
    assert grams.read_all([long, "便宜"]) == [grams.read(long), grams.read("便宜")]
