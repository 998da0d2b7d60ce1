"""Interaction numbers: only from three observations on, and only with times."""

import pytest

from nlp.interaction import is_question, measure_interaction
from nlp.types import Interaction, Role, Turn


def _talk(*rows: tuple[Role, int, int, str]) -> list[Turn]:
    return [Turn(i, text, role, 1.0, start, end) for i, (role, start, end, text) in enumerate(rows)]


TALK = _talk(
    ("rep", 0, 10_000, "您这边现在怎么用的？"),
    ("customer", 11_000, 41_000, "我们一直用老的那套"),
    ("rep", 42_500, 50_000, "平时坏得多吗"),
    ("customer", 50_000, 60_000, "一个月两三回"),
    ("rep", 62_000, 70_000, "我给您看个案例"),
    ("customer", 71_000, 80_000, "嗯"),
    ("rep", 80_500, 90_000, "周四我来"),
)


def test_the_numbers_of_a_short_talk() -> None:
    found = measure_interaction(TALK, duration_ms=120_000)
    assert found.talk_ratio == pytest.approx(35_000 / 84_000, abs=1e-4)
    assert found.longest_monologue_s == 10.0
    assert found.longest_customer_story_s == 30.0
    assert found.patience_ms == 1500
    assert found.interactivity == 3.0
    assert found.question_rate == 60.0


def test_without_times_every_number_is_missing() -> None:
    turns = [Turn(i, "您好", "rep") for i in range(5)]
    assert measure_interaction(turns) == Interaction()


def test_two_observations_are_not_enough() -> None:
    found = measure_interaction(TALK[:2])
    assert found == Interaction()


def test_an_empty_talk_has_no_numbers() -> None:
    assert measure_interaction([]) == Interaction()


def test_neighbouring_turns_of_one_speaker_are_one_stretch() -> None:
    turns = _talk(
        ("rep", 0, 5_000, "a"),
        ("other", 5_000, 6_000, "b"),
        ("rep", 6_000, 12_000, "c"),
        ("customer", 12_000, 13_000, "d"),
        ("rep", 13_000, 14_000, "e"),
        ("customer", 14_000, 15_000, "f"),
        ("rep", 15_000, 16_000, "g"),
    )
    assert measure_interaction(turns).longest_monologue_s == 12.0


def test_an_interruption_counts_as_no_pause() -> None:
    turns = _talk(
        ("customer", 0, 5_000, "a"),
        ("rep", 4_000, 6_000, "b"),
        ("customer", 6_000, 8_000, "c"),
        ("rep", 7_000, 9_000, "d"),
        ("customer", 9_000, 10_000, "e"),
        ("rep", 9_500, 11_000, "f"),
    )
    assert measure_interaction(turns).patience_ms == 0


@pytest.mark.parametrize("text", ["您贵姓？", "现在谁在管", "坏得多吗", "多久能到", "能不能先试", "为什么不用了"])
def test_a_question_is_known_by_signs_or_words(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["明天发您", "好的", "我给您看看", "哪怕贵一点也行"])
def test_a_statement_is_no_question(text: str) -> None:
    assert not is_question(text)
