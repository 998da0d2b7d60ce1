"""A day taken over in shorter words is the day that was offered."""

from datetime import date

import pytest

from nlp.extract.agreed_days import settle_agreed_days
from nlp.types import Explanation, Finding, Role, Turn

TUESDAY = date(2026, 3, 10)


def talk(*said: tuple[Role, str]) -> list[Turn]:
    return [Turn(i, text, role) for i, (role, text) in enumerate(said)]


def promise(turn: Turn, due: str | None) -> Finding:
    attributes = {"who": turn.role, "what": turn.text, "due": due}
    span = (0, len(turn.text))
    return Finding("c", "commitment", "commitment", 0.9, turn.i, turn.role, span, turn.text, Explanation("t", "1"),
                   attributes=attributes)  # fmt: skip


def due_after(turns: list[Turn], due: str | None) -> object:
    return settle_agreed_days([promise(turns[-1], due)], turns, visit_date=TUESDAY)[0].attributes["due"]


def test_a_bare_weekday_in_answer_to_next_weeks_is_next_weeks() -> None:
    turns = talk(("rep", "下周三上午我再来一趟，当面听反馈？"), ("customer", "行，周三上午十点，你直接到我办公室。"))
    assert due_after(turns, "2026-03-11") == "2026-03-18"


@pytest.mark.parametrize(
    "turns",
    [
        talk(("rep", "我周五给您方案。"), ("customer", "行，周三上午十点你来。")),
        talk(("rep", "下周三我来？"), ("customer", "不用等，这周三就行。")),
        talk(("customer", "下周三我开会。"), ("rep", "好的。"), ("rep", "嗯。"), ("customer", "那周三你来吧。")),
        talk(("customer", "下周三我不在，周三你来吧。")),
    ],
    ids=["another day", "this week said", "too long ago", "own words"],
)
def test_otherwise_the_day_stays(turns: list[Turn]) -> None:
    assert due_after(turns, "2026-03-11") == "2026-03-11"


def test_a_promise_without_a_day_stays_without_one() -> None:
    turns = talk(("rep", "下周三我来？"), ("customer", "行，你来。"))
    assert due_after(turns, None) is None


def test_other_findings_pass_untouched() -> None:
    turns = talk(("customer", "周三太贵了"))
    finding = Finding("o", "objection", "price", 0.9, 0, "customer", (2, 5), "太贵了", Explanation("t", "1"))
    assert settle_agreed_days([finding], turns, visit_date=TUESDAY) == [finding]
