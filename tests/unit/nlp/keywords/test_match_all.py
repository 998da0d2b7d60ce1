"""Many texts looked through at once: what each says is what it says alone."""

import pytest

from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.resources import Lexicon, load_lexicon

TERMS = ["报价单", "商机", "产能", "峰谷电价", "ERP", "储能", "现货"]
TEXTS = [
    "看看峰谷电价和報價單",
    "",
    "经销商机会多，商机也有",
    "SERP不是ＥＲＰ，丰谷电价",
    "生产能力和产能",
    "报价",
    "单独说储",
    "能",
    "十一月储能",
]
LONGER = "İ储能，價格"  # in lower case it is one character longer, so nothing of it is folded


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.fixture(scope="module")
def matcher(lexicon: Lexicon) -> KeywordMatcher:
    return KeywordMatcher.from_terms(TERMS, lexicon=lexicon)


@pytest.mark.parametrize("texts", [TEXTS, [*TEXTS, LONGER]])
def test_each_text_is_matched_as_if_it_stood_alone(texts: list[str], matcher: KeywordMatcher) -> None:
    alone = [matcher.match(text) for text in texts]
    assert matcher.match_all(texts) == alone
    assert {hit.term for hits in alone for hit in hits} == {"峰谷电价", "报价单", "商机", "ERP", "产能", "储能"}
    assert all(
        text[hit.start : hit.end] == hit.surface for text, hits in zip(texts, alone, strict=True) for hit in hits
    )


def test_nothing_is_found_across_two_texts(matcher: KeywordMatcher) -> None:
    assert matcher.match_all(["储", "能", "报价", "单"]) == [[], [], [], []]


def test_a_text_with_a_line_break_is_matched_all_the_same(matcher: KeywordMatcher) -> None:
    texts = ["先看储能\n再看报价单", "现货"]
    assert [[hit.term for hit in hits] for hits in matcher.match_all(texts)] == [["储能", "报价单"], ["现货"]]


def test_no_text_gives_no_hits(matcher: KeywordMatcher) -> None:
    assert matcher.match_all([]) == []


def test_without_terms_nothing_is_found(lexicon: Lexicon) -> None:
    assert KeywordMatcher.from_terms([], lexicon=lexicon).match_all(["储能", ""]) == [[], []]
