"""Which characters sound alike: tones dropped, the usual mergers applied, every character in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.spelling import merged, syllable_lines
from nlp.classify.grams import FIRST_SYLLABLE, GAP_MARK, parse_syllables

LINES = syllable_lines()
LINE_OF = {mark: number for number, line in enumerate(LINES) for mark in line}
INITIALS = ("", "b", "p", "zh", "z", "ch", "c", "sh", "s", "n", "l", "g", "h", "x", "y", "w")
FINALS = ("a", "an", "ang", "en", "eng", "in", "ing", "ong", "ai", "u", "uan", "v", "ve", "iong", "i")


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("zhang", "zan"),
        ("chi", "ci"),
        ("shen", "seng"),
        ("lin", "ning"),
        ("nan", "lang"),
        ("nv", "lv"),
    ],
    ids=["zh", "ch", "sh and ng", "n and l", "n, l and ng", "nü"],
)
def test_what_a_hurried_ear_confuses_is_one_syllable(heard: str, said: str) -> None:
    assert merged(heard) == merged(said)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zhong", "dong"),
        ("hua", "fa"),
        ("jia", "zha"),
        ("gong", "gon"),
        ("an", "en"),
        ("n", "l"),
        ("yuan", "yun"),
    ],
    ids=["initials", "h and f", "j and zh", "ong stays", "vowels", "n alone", "finals"],
)
def test_what_it_tells_apart_stays_apart(one: str, other: str) -> None:
    assert merged(one) != merged(other)


@given(st.sampled_from(INITIALS), st.sampled_from(FINALS))
def test_merging_twice_changes_nothing(initial: str, final: str) -> None:
    assert merged(merged(initial + final)) == merged(initial + final)


@pytest.mark.parametrize(("one", "other"), [("贵", "跪"), ("张", "赞"), ("宁", "林"), ("明", "名")])
def test_sound_alikes_share_a_line(one: str, other: str) -> None:
    assert LINE_OF[one] == LINE_OF[other]


@pytest.mark.parametrize(("one", "other"), [("贵", "天"), ("买", "没"), ("价", "油")])
def test_others_do_not(one: str, other: str) -> None:
    assert LINE_OF[one] != LINE_OF[other]


def test_every_character_stands_in_one_line_only() -> None:
    assert sum(map(len, LINES)) == len(LINE_OF) > 20_000


def test_lines_are_the_same_on_every_run_and_sorted_within() -> None:
    assert syllable_lines() == LINES
    assert all(list(line) == sorted(line) for line in LINES)


def test_syllables_fit_below_the_marks_of_the_other_families() -> None:
    assert FIRST_SYLLABLE + len(LINES) < ord(GAP_MARK)


def test_the_table_survives_its_file() -> None:
    table = parse_syllables("\n".join(LINES).split("\n"))
    assert table == {ord(mark): FIRST_SYLLABLE + number for mark, number in LINE_OF.items()}
