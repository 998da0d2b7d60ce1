"""Sounds: merged syllables, one code point a character."""

import pytest

from nlp.keywords.syllables import Syllables, load_syllables, merge


@pytest.fixture(scope="module")
def syllables() -> Syllables:
    return load_syllables()


@pytest.mark.parametrize(
    ("syllable", "merged"),
    [("zhi", "zi"), ("chang", "can"), ("sheng", "sen"), ("ning", "lin"), ("feng", "fen"), ("lan", "lan"), ("n", "n")],
)
def test_mergers_of_mandarin_speech(syllable: str, merged: str) -> None:
    assert merge(syllable) == merged


@pytest.mark.parametrize(("a", "b"), [("峰谷电价", "丰姑店价"), ("招标", "找彪"), ("能力", "楞里"), ("质保", "资饱")])
def test_what_sounds_alike_is_written_alike(a: str, b: str, syllables: Syllables) -> None:
    assert syllables.of_text(a) == syllables.of_text(b)


@pytest.mark.parametrize(("a", "b"), [("风", "红"), ("热", "乐"), ("价", "夹板")])
def test_what_sounds_different_is_written_differently(a: str, b: str, syllables: Syllables) -> None:
    assert syllables.of_text(a) != syllables.of_text(b)


def test_other_characters_and_the_length_stay(syllables: Syllables) -> None:
    text = "A3000，峰谷1"
    coded = syllables.of_text(text)
    assert len(coded) == len(text)
    assert coded[:6] == "A3000，"
    assert coded[-1] == "1"
