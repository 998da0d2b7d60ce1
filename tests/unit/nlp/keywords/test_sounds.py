"""Pypinyin's readings as they are written down: the same for characters, words and terms made of them."""

import random

import pytest
from pypinyin import lazy_pinyin
from pypinyin.constants import PHRASES_DICT

from models.training.sounds import sound_files
from nlp.keywords.syllables import FOLDER, Syllables, load_syllables, merge


@pytest.fixture(scope="module")
def syllables() -> Syllables:
    return load_syllables()


def asked(term: str, syllables: Syllables) -> tuple[str, ...]:
    """What pypinyin says of a term, asked at run time."""
    plain, read = syllables.of_text(term), lazy_pinyin(term)
    if len(read) != len(term):
        return (plain,)
    in_context = "".join(syllables.codes.get(merge(name), char) for name, char in zip(read, term, strict=True))
    return (plain,) if in_context == plain else (plain, in_context)


def test_the_files_are_what_the_installed_pypinyin_says() -> None:
    assert {name: (FOLDER / name).read_text("utf-8") for name in sound_files()} == sound_files()


def test_terms_of_several_words_are_read_as_pypinyin_reads_them(syllables: Syllables) -> None:
    draw = random.Random(5)
    words = sorted(PHRASES_DICT)
    joined = ["".join(draw.choices(words, k=draw.randint(1, 3)))[draw.randint(0, 1) :][:8] for _ in range(2_000)]
    told = [syllables.of_term(term) for term in joined]
    assert told == [asked(term, syllables) for term in joined]
    assert sum(len(read) > 1 for read in told) > 50


@pytest.mark.parametrize(
    "term", ["行业a", "A3000重复", "二〇二五", "㐀重复", "重，复", "a", "𠀀长", "重复x银行", "行", "重重复复"]
)
def test_letters_signs_and_rare_characters_are_read_as_pypinyin_reads_them(term: str, syllables: Syllables) -> None:
    assert syllables.of_term(term) == asked(term, syllables)
