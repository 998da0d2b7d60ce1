"""A quote is evidence only where it stands; days and quotes are told as a colleague would."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.evidence import evidence_of, find_evidence, local_day, shorten, spoken_day
from tests.support.talks import a_talk


def test_a_quote_that_stands_in_its_turn_is_evidence() -> None:
    visit = a_talk("c|||太贵了，报不上去。")
    evidence = find_evidence(visit, turn=0, quote="太贵了")
    assert evidence is not None
    assert (evidence.visit_id, evidence.turn, evidence.role) == (visit.visit_id, 0, "customer")


@pytest.mark.parametrize(
    ("turn", "quote"),
    [
        pytest.param(0, "便宜", id="words_nobody_said"),
        pytest.param(7, "太贵了", id="a_turn_that_does_not_exist"),
        pytest.param(0, "", id="no_words"),
    ],
)
def test_what_cannot_be_found_is_no_evidence(turn: int, quote: str) -> None:
    assert find_evidence(a_talk("c|||太贵了。"), turn=turn, quote=quote) is None


LONG = (
    "你们这个方案我看了三遍还是没看懂。不过说实话，你们报价比别家高了一大截，我没法往上报。我们厂今年还要盖新车间呢。"
)
MIDDLE = "不过说实话，你们报价比别家高了一大截，我没法往上报。"
RIVAL = "可是恒屿也报了，便宜十五万。"


@pytest.mark.parametrize(
    ("text", "said", "told"),
    [
        pytest.param(RIVAL, "便宜十五万", RIVAL, id="short_turn_whole"),
        pytest.param(LONG, "高了一大截", MIDDLE, id="sentence_of_a_long_one"),
        pytest.param(LONG, "盖新车间呢。", "我们厂今年还要盖新车间呢。", id="last_sentence"),
        pytest.param("啊" * 60, "啊啊", "啊" * 60, id="no_punctuation_at_all"),
    ],
)
def test_a_finding_is_quoted_in_words_a_person_can_read(text: str, said: str, told: str) -> None:
    visit = a_talk(f"c|price||{text}")
    start = text.index(said)
    finding = replace(visit.analysis.findings[0], quote=said, span=(start, start + len(said)))
    evidence = evidence_of(visit, finding)
    assert evidence is not None
    assert evidence.quote == told


def test_a_finding_over_two_sentences_keeps_both() -> None:
    visit = a_talk(f"c|price||{LONG}")
    finding = replace(visit.analysis.findings[0], quote=LONG[10:30], span=(10, 30))
    evidence = evidence_of(visit, finding)
    assert evidence is not None
    assert LONG[10:30] in evidence.quote


def test_a_finding_whose_words_are_not_there_has_no_evidence() -> None:
    visit = a_talk("c|price||太贵了。")
    assert evidence_of(visit, replace(visit.analysis.findings[0], quote="没说过")) is None


def test_the_moment_is_the_second_in_the_recording() -> None:
    visit = a_talk("c|||太贵了。")
    turns = (replace(visit.analysis.turns[0], start_ms=61_500),)
    timed = replace(visit, analysis=replace(visit.analysis, turns=turns))
    evidence = find_evidence(timed, turn=0, quote="太贵了")
    assert evidence is not None
    assert evidence.said_at - visit.visited_at == timedelta(milliseconds=61_500)


def test_the_day_is_the_customers_not_greenwichs() -> None:
    assert local_day(datetime(2026, 3, 10, 17, tzinfo=UTC)) == date(2026, 3, 11)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        pytest.param(date(2026, 3, 11), "3月11日", id="this_year"),
        pytest.param(date(2025, 12, 30), "2025年12月30日", id="last_year_says_so"),
    ],
)
def test_a_day_is_told_with_its_year_only_when_it_is_another(day: date, told: str) -> None:
    assert spoken_day(day, today=date(2026, 3, 18)) == told


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        pytest.param("太贵了。", "太贵了", id="short_loses_its_full_stop"),
        pytest.param("什么时候能到？", "什么时候能到？", id="a_question_stays_one"),
        pytest.param(
            "这个价我报不上去，" + "真的" * 30, "这个价我报不上去" + "，" + "真的" * 16 + "真…", id="one_long_clause"
        ),
        pytest.param(
            "手术室排期太紧张了主任没空，" + "啊" * 40, "手术室排期太紧张了主任没空…", id="cut_at_the_last_clause"
        ),
    ],
)
def test_long_quotes_are_cut_at_a_clause(quote: str, shown: str) -> None:
    assert shorten(quote) == shown


@given(st.text(alphabet="客户说太贵，。！？ 的了", min_size=1, max_size=200))
def test_a_shortened_quote_is_still_what_was_said(quote: str) -> None:
    assert shorten(quote).removesuffix("…") in quote
    assert len(shorten(quote)) <= 43
