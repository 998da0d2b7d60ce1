"""Where a tone belongs: on the words that name somebody, or on the whole turn where their times do not tell."""

import pytest

from nlp.redaction import PADDING_MS, find_beeps
from nlp.text.masking import load_masker
from nlp.types import Turn, Word

MASKER = load_masker()
PHONE = "13800001234"


def spoken(text: str, *words: tuple[str, int, int], start: int = 0, end: int = 10_000) -> Turn:
    return Turn(0, text, "rep", start_ms=start, end_ms=end, words=tuple(Word(*word) for word in words))


def test_the_tone_stands_on_the_words_that_name_somebody() -> None:
    words = (("好的", 0, 400), ("电话", 1_000, 1_400), (PHONE, 1_500, 4_000), ("再见", 5_000, 5_400))
    turn = spoken(f"好的，电话{PHONE}，再见", *words)
    assert find_beeps([turn], MASKER) == [(1_500 - PADDING_MS, 4_000 + PADDING_MS)]


def test_a_number_over_many_words_is_covered_from_first_to_last() -> None:
    digits = [(digit, 1_000 + 200 * i, 1_200 + 200 * i) for i, digit in enumerate(PHONE)]
    turn = spoken(f"电话{PHONE}", ("电话", 500, 900), *digits)
    assert find_beeps([turn], MASKER) == [(1_000 - PADDING_MS, 3_200 + PADDING_MS)]


@pytest.mark.parametrize(
    "words",
    [(), (("电话", 0, 400),), (("电话", 0, 400), ("一三八", 500, 900)), (("别的话", 0, 400),)],
    ids=["no words", "the number is no word", "the number was put right afterwards", "words of another text"],
)
def test_where_words_do_not_tell_the_whole_turn_is_covered(words: tuple[tuple[str, int, int], ...]) -> None:
    turn = spoken(f"电话{PHONE}", *words, start=2_000, end=6_000)
    assert find_beeps([turn], MASKER) == [(2_000 - PADDING_MS, 6_000 + PADDING_MS)]


def test_stretches_that_touch_become_one_and_begin_at_nought() -> None:
    turns = [spoken(f"电话{PHONE}", start=50, end=3_000), spoken("我叫王建国", start=3_100, end=4_000)]
    assert find_beeps(turns, MASKER) == [(0, 4_000 + PADDING_MS)]


def test_what_names_nobody_is_not_covered_and_needs_no_times() -> None:
    assert find_beeps([Turn(0, "太贵了"), spoken("下周再说")], MASKER) == []


def test_a_turn_that_names_somebody_and_has_no_times_is_refused() -> None:
    with pytest.raises(ValueError, match="no times"):
        find_beeps([Turn(0, f"电话{PHONE}")], MASKER)
