"""Every keyword pack finds something in its own sentences and nothing in its near misses."""

from pathlib import Path

import pytest

from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.pack import KeywordPack, load_packs
from nlp.keywords.resources import load_lexicon
from service.adapters.content.loader import load_content
from service.domain.content.bundle import Content

CONTENT = load_content(Path(__file__).parents[2] / "prompts")
PACKS = [pytest.param(pack, id=pack.id) for pack in CONTENT.keyword_packs]


def spellings(pack: KeywordPack) -> list[str]:
    return [spelling for term in pack.terms for spelling in (term.text, *term.aliases, *term.asr_confusions)]


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_finds_a_term_in_each_of_its_sentences_and_none_in_its_near_misses(pack: KeywordPack) -> None:
    words = spellings(pack)
    assert all(any(word in sentence for word in words) for sentence in pack.fires)
    assert not [(sentence, word) for sentence in pack.stays_silent for word in words if word in sentence]


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_has_at_least_20_terms_with_category_and_some_confusions(pack: KeywordPack) -> None:
    assert len(pack.terms) >= 20
    assert all(term.category for term in pack.terms)
    assert sum(bool(term.aliases) for term in pack.terms) >= len(pack.terms) // 2


def test_there_are_at_least_eight_packs_and_the_tariff_is_known_in_the_users_words(content: Content) -> None:
    assert len(content.keyword_packs) >= 8
    tariff = {spelling for pack in content.keyword_packs if pack.id == "power" for spelling in spellings(pack)}
    assert {"峰谷电价", "风谷电价"} <= tariff


def test_the_matchers_own_reader_reads_the_same_packs(content: Content, prompts: Path) -> None:
    read = sorted(load_packs(prompts / "keywords"), key=lambda pack: pack.id)
    assert read == list(content.keyword_packs)


@pytest.fixture(scope="module")
def matcher() -> KeywordMatcher:
    return KeywordMatcher.build(CONTENT.keyword_packs, lexicon=load_lexicon())


@pytest.mark.parametrize("pack", PACKS)
def test_the_matcher_marks_each_sentence_of_a_pack_with_one_of_its_terms(
    matcher: KeywordMatcher, pack: KeywordPack
) -> None:
    for sentence in pack.fires:
        assert pack.id in {hit.pack for hit in matcher.match(sentence)}, sentence


@pytest.mark.parametrize("pack", PACKS)
def test_the_matcher_marks_nothing_in_a_packs_near_misses(matcher: KeywordMatcher, pack: KeywordPack) -> None:
    assert [(sentence, hit.term) for sentence in pack.stays_silent for hit in matcher.match(sentence)] == []


@pytest.mark.parametrize(
    ("heard", "term"),
    [
        pytest.param("我们这边风谷电价差六毛", "峰谷电价", id="tariff_misheard"),
        pytest.param("院内准人卡住了", "院内准入", id="admission_misheard"),
        pytest.param("掌期能给六十天吗", "账期", id="payment_term_misheard"),
        pytest.param("先把抱价发我", "报价", id="quote_misheard"),
    ],
)
def test_what_recognisers_mishear_is_still_found(matcher: KeywordMatcher, heard: str, term: str) -> None:
    assert term in {hit.term for hit in matcher.match(heard)}


def test_ordinary_talk_raises_few_false_alarms(matcher: KeywordMatcher) -> None:
    talk = ["今天路上堵得厉害", "孩子上三年级了", "您先喝口水", "窗户开一点吧", "昨天那场雨真大", "下回一起吃饭"]
    assert [(sentence, hit.term) for sentence in talk for hit in matcher.match(sentence)] == []
