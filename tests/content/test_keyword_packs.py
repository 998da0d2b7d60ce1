"""Every keyword pack finds something in its own sentences and nothing in its near misses."""

from pathlib import Path

import pytest

from nlp.keywords.pack import KeywordPack, load_packs
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
