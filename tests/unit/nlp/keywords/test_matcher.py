"""The matcher's rules one by one: aliases, mishearings, opt-in, overlaps, offsets."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.pack import KeywordPack, Term
from nlp.keywords.resources import Lexicon, load_lexicon

PACK = KeywordPack(
    "power",
    (
        Term("峰谷电价", aliases=("分时电价",), asr_confusions=("丰姑店价",), category="tariff", severity="notice"),
        Term("电价", category="tariff"),
        Term("储能", pinyin=True),
        Term("光伏"),
        Term("ERP系统", aliases=("ERP",)),
        Term("便宜没好货"),
    ),
)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.fixture(scope="module")
def matcher(lexicon: Lexicon) -> KeywordMatcher:
    return KeywordMatcher.build([PACK], lexicon=lexicon)


def _said(matcher: KeywordMatcher, text: str) -> list[tuple[str, str, str]]:
    return [(hit.term, hit.surface, hit.match) for hit in matcher.match(text)]


def test_an_alias_is_reported_under_its_term(matcher: KeywordMatcher) -> None:
    assert _said(matcher, "分时电价怎么算") == [("峰谷电价", "分时电价", "exact")]


def test_a_listed_mishearing_counts_as_heard_by_sound(matcher: KeywordMatcher) -> None:
    assert _said(matcher, "丰姑店价怎么算") == [("峰谷电价", "丰姑店价", "pinyin")]


def test_an_alias_is_found_by_sound_too(matcher: KeywordMatcher) -> None:
    assert _said(matcher, "分时店价怎么算") == [("峰谷电价", "分时店价", "pinyin")]


def test_the_longest_term_wins(matcher: KeywordMatcher) -> None:
    assert _said(matcher, "峰谷电价") == [("峰谷电价", "峰谷电价", "exact")]


def test_two_characters_match_by_sound_only_where_the_pack_says_so(matcher: KeywordMatcher) -> None:
    assert _said(matcher, "这个除能不错") == [("储能", "除能", "pinyin")]
    assert _said(matcher, "这个光浮板不错") == []


def test_mixed_terms_are_found_whatever_the_case_and_width(matcher: KeywordMatcher) -> None:
    assert _said(matcher, "ｅｒｐ系統上線") == [("ERP系统", "ｅｒｐ系統", "exact")]
    assert _said(matcher, "erp上线") == [("ERP系统", "erp", "exact")]


def test_hits_carry_what_the_pack_says_of_the_term(matcher: KeywordMatcher) -> None:
    hit = matcher.match("看看峰谷电价")[0]
    assert (hit.start, hit.end, hit.category, hit.severity, hit.pack) == (2, 6, "tariff", "notice", "power")


def test_a_word_read_otherwise_in_context_is_found_by_that_reading(lexicon: Lexicon) -> None:
    assert "".join(lexicon.syllables.of_term("便宜没好货")) != lexicon.syllables.of_text("便宜没好货")


def test_a_deprecated_pack_is_silent(lexicon: Lexicon) -> None:
    old = KeywordPack("old", (Term("光伏"),), status="deprecated")
    assert KeywordMatcher.build([old], lexicon=lexicon).match("屋顶光伏") == []


def test_without_terms_nothing_is_found(lexicon: Lexicon) -> None:
    assert KeywordMatcher.from_terms([], lexicon=lexicon).match("屋顶光伏") == []


@given(st.text(alphabet="峰丰谷电价店储除能柜，a1ＥＲＰerp系統统", max_size=20))
def test_surfaces_are_the_text_between_the_offsets_and_do_not_overlap(text: str) -> None:
    hits = _MATCHER.match(text)
    assert all(text[hit.start : hit.end] == hit.surface for hit in hits)
    assert all(a.end <= b.start for a, b in itertools.pairwise(hits))


_MATCHER = KeywordMatcher.build([PACK], lexicon=load_lexicon())
