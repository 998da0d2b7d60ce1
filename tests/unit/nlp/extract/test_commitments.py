"""Promises: the action in the speaker's words and the day it is due, seen from Wednesday 2026-03-11."""

from datetime import date

import pytest

from nlp.extract.commitments import read_commitment
from nlp.types import Turn

VISIT = date(2026, 3, 11)
DUE = [
    ("好的，明天上午把报价单发您。", "2026-03-12"),
    ("行，下周三我带工程师过来", "2026-03-18"),
    ("周五前给您书面答复", "2026-03-13"),
    ("三天内给您准信", "2026-03-14"),
    ("五个工作日内出方案", "2026-03-16"),
    ("月底前把合同寄到", "2026-03-31"),
    ("今晚发您微信", "2026-03-11"),
    ("二十号以前三样一起送到", "2026-03-20"),
    ("过两天我再打给您", "2026-03-13"),
    ("下个月给您排上", "2026-04-30"),
    ("我今晚让法务改，明天中午之前到您手上", "2026-03-12"),
    ("今天写邮件，下礼拜三之前没说法我自己来", "2026-03-18"),
    ("我这就发您", None),
    ("上周说的那份我补给您", None),
    ("质保三年我们写进合同", None),
]


@pytest.mark.parametrize(("text", "due"), DUE, ids=[text for text, _ in DUE])
def test_the_day_a_promise_is_due(text: str, due: str | None) -> None:
    found = read_commitment(Turn(0, text, "rep"), (0, len(text)), visit_date=VISIT)
    assert (found.due.isoformat() if found.due else None) == due


def test_the_promise_is_the_sentence_of_the_deciding_words() -> None:
    turn = Turn(3, "这个价真做不了。那我明天把方案改一版发您。您先忙。", "rep")
    found = read_commitment(turn, (9, 12), visit_date=VISIT)
    assert turn.text[slice(*found.span)] == "那我明天把方案改一版发您。"
    assert found.what == "我明天把方案改一版发您"
    assert found.who == "rep"


def test_a_day_said_elsewhere_in_the_turn_counts_when_the_sentence_has_none() -> None:
    turn = Turn(0, "下周二行吗？我带样机过来。", "rep")
    assert read_commitment(turn, (6, 12), visit_date=VISIT).due == date(2026, 3, 17)


def test_a_promise_without_words_left_keeps_what_was_said() -> None:
    assert read_commitment(Turn(0, "好的", "customer"), (0, 2), visit_date=VISIT).what == "好的"
