"""V8: short consultations in a store; the same question three days running is a potential with an action."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.crm_office import ACTION, Office

RULE = "same_question_three_days"
STORE = "store/s-1"
PEOPLE: dict[str, Any] = {"owner_id": "rep-1", "market_id": "mkt-1"}
TRADE_IN = ("旧沙发能以旧换新吗", "沙发能不能以旧换新", "旧沙发可以以旧换新吗")
BESIDE = ("停车收费吗", "床垫有没有乳胶的", "今天能送货上门吗")


def day(office: Office, number: int, *questions: str, store: str = STORE) -> None:
    """What customers asked on the day, an hour apart."""
    for hour, question in enumerate(questions, 10):
        office.until(f"2026-03-{number:02} {hour}:00")
        office.tell("store.question_asked", store, question=question, **PEOPLE)


def test_the_same_question_in_other_words_three_days_running_tags_the_store_and_proposes_an_action(
    office: Office,
) -> None:
    for number in range(2):
        day(office, 3 + number, BESIDE[number], TRADE_IN[number], "几点关门" if number else "有没有茶几")
    assert office.standing("tag") == []
    day(office, 5, BESIDE[2], TRADE_IN[2])

    (mark,) = office.standing("tag")
    assert mark["subject"] == {"kind": "store", "id": "s-1"}
    assert mark["data"] == {"tag": f"潜力：{TRADE_IN[0]}", "action": "在门店放一块针对这个问题的说明牌，并备好答法"}
    told = office.one(rule=RULE)
    assert told.people == {"owner": "rep-1", "market": "mkt-1"}
    assert "连续3天" in told.data["text"]
    assert len(told.data["evidence"]) == 3, "one question of each day, to be opened"
    assert office.one(ACTION, rule=RULE, action="tag").data["subject"] == mark["subject"]


@pytest.mark.parametrize(
    ("days", "questions"),
    [((3, 4, 6), TRADE_IN), ((3, 4, 5), BESIDE), ((3, 4), TRADE_IN[:2])],
    ids=["a day between", "another question each day", "two days"],
)
def test_less_than_that_is_no_potential(office: Office, days: tuple[int, ...], questions: tuple[str, ...]) -> None:
    for number, question in zip(days, questions, strict=True):
        day(office, number, question)
    office.until("2026-03-08 09:30")
    assert office.standing("tag") == []


def test_what_two_stores_are_asked_is_not_added_up(office: Office) -> None:
    day(office, 3, TRADE_IN[0])
    day(office, 4, TRADE_IN[1], store="store/s-2")
    day(office, 5, TRADE_IN[2])
    assert office.standing("tag") == []


def test_events_that_come_in_the_wrong_order_say_the_same(office: Office) -> None:
    """A till without a network for two days sends its first two days after the third."""
    office.until("2026-03-05 18:00")
    for late, question in zip((8, 55, 31), (TRADE_IN[2], TRADE_IN[0], TRADE_IN[1]), strict=True):
        office.tell("store.question_asked", STORE, ago=timedelta(hours=late), question=question, **PEOPLE)
    assert [it["data"]["tag"] for it in office.standing("tag")] == [f"潜力：{TRADE_IN[0]}"]
