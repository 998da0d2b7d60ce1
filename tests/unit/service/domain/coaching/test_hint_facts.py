"""What a hint says beyond the words: the CRM's facts that called for it, the link that opens it, and who is "you"."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from service.domain.coaching.hints import Hint, propose_hints
from service.domain.content.hint_cards import HintCard
from service.domain.crm.facts import FactEvent, KnownFact
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_promise, a_talk, day
from tests.unit.service.domain.coaching.test_hints import TITLES, a_card

OVERDUE = KnownFact(
    "payment_overdue",
    "过期未到",
    "款已过付款日",
    "payment",
    "pay-1",
    NOW,
    (FactEvent("cev_1", NOW, "due_at", "3月1日"),),
)
EXPENSIVE = a_talk("c|||坐。", "c|price||太贵了。", on=day(18))


def propose(
    *cards: HintCard, visit: VisitRecord | None, history: tuple[VisitRecord, ...] = (), **more: Any
) -> list[Hint]:
    return propose_hints(cards, visit=visit, history=history, now=NOW, titles=TITLES, **more)


def with_facts(*facts: str, unless: tuple[str, ...] = ()) -> HintCard:
    return a_card(trigger={"when": {"high": {"objection": "price"}}, "facts": facts, "unless_facts": unless})


@pytest.mark.parametrize(
    ("card", "speaks"),
    [
        pytest.param(with_facts("payment_overdue"), True, id="its_fact"),
        pytest.param(with_facts("payment_overdue", "stage_stuck"), False, id="one_of_two"),
        pytest.param(with_facts(unless=("payment_overdue",)), False, id="unless"),
        pytest.param(with_facts(unless=("stage_stuck",)), True, id="unless_another"),
        pytest.param(with_facts(), True, id="asks_for_none"),
    ],
)
def test_what_the_crm_says_lets_a_card_speak(card: HintCard, speaks: bool) -> None:
    assert bool(propose(card, visit=EXPENSIVE, facts={"payment_overdue": OVERDUE})) is speaks


def test_a_hint_carries_the_facts_it_asked_for_and_says_nothing_of_them() -> None:
    other = replace(OVERDUE, fact="stage_stuck")
    (hint,) = propose(
        with_facts("payment_overdue"), visit=EXPENSIVE, facts={"stage_stuck": other, "payment_overdue": OVERDUE}
    )
    assert hint.facts == (OVERDUE,)
    assert OVERDUE.text not in hint.text
    assert [proof.quote for proof in hint.because] == ["太贵了。"]


def test_a_fact_alone_gives_no_hint_because_nobody_said_anything() -> None:
    assert propose(with_facts("payment_overdue"), visit=a_talk("c|||坐。"), facts={"payment_overdue": OVERDUE}) == []


def test_a_hint_opens_its_first_words_at_their_turn() -> None:
    (hint,) = propose(a_card(), visit=EXPENSIVE)
    assert hint.link == "/console/visits/visit_0318?turn=1#turn-1"
    assert hint.because[0].turn == 1


def test_a_hint_stored_without_a_link_has_one_when_it_is_read() -> None:
    (hint,) = propose(a_card(), visit=EXPENSIVE)
    stored = to_jsonable_python(hint)
    read = TypeAdapter(Hint).validate_python({name: stored[name] for name in stored if name not in ("link", "facts")})
    assert (read.link, read.facts) == (hint.link, ())
    assert TypeAdapter(Hint).validate_python(stored) == hint


PROMISED = a_talk("r||commitment|周五把方案发您。", on=day(16), rep="rep_1", promises=(a_promise("发方案", day(20)),))
DUE = a_card(
    trigger={"when": {"promise": {"promise": {"by": "rep", "due": "upcoming"}}}},
    text="{date}{speaker}答应过“{quote}”。",
)


@pytest.mark.parametrize(("rep_id", "who"), [("rep_1", "您"), ("rep_2", "同事"), ("", "您")])
def test_what_a_colleague_said_is_not_put_into_this_reps_mouth(rep_id: str, who: str) -> None:
    (hint,) = propose(DUE, visit=None, history=(PROMISED,), rep_id=rep_id)
    assert hint.text == f"3月16日{who}答应过“周五把方案发您”。"


def test_after_a_visit_its_own_rep_is_you_and_the_one_before_a_colleague() -> None:
    (hint,) = propose(DUE, visit=a_talk("c|||坐。", rep="rep_2"), history=(PROMISED,))
    assert "同事答应过" in hint.text
    (own,) = propose(DUE, visit=replace(PROMISED, visited_at=NOW - timedelta(hours=1)))
    assert "您答应过" in own.text


def test_two_reps_are_given_two_hints_before_the_same_visit() -> None:
    one, other, again = (propose(a_card(), visit=None, history=(EXPENSIVE,), rep_id=who)[0].id for who in "aba")
    assert one == again != other
