"""How hints are ranked, whatever is proposed: not by the order that cards come in, and never against their priority."""

from math import prod
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from service.domain.coaching.hint_learning import Preference
from service.domain.coaching.hints import Hint, propose_hints
from service.domain.content.hint_cards import HintCard
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_talk, day
from tests.unit.service.domain.coaching.test_hints import a_card

OBJECTIONS = ("price", "trust", "delivery")
TALKS = (
    a_talk("c|price||太贵了。", "c|trust||没听过你们。", on=day(3), visit_id="v1"),
    a_talk("c|delivery||三个月太久。", on=day(9), visit_id="v2"),
    a_talk("c|price||还是贵。", "r|||嗯。", on=day(18), visit_id="v3", risk="medium"),
)
LEARNED = Preference({"all": 0, "action:act_1": 1}, (0.05, -0.2), ((0.01, 0.0), (0.0, 0.01)), {"card:card_0": 3})

cards_of = st.lists(
    st.tuples(st.integers(1, 100), st.sampled_from(OBJECTIONS), st.integers(0, 3)), min_size=1, max_size=8
)
preferences = st.sampled_from((Preference(), LEARNED))


def made(rows: list[tuple[int, str, int]]) -> list[HintCard]:
    """A card of each row: its priority, what it waits for, and which action it proposes."""
    return [
        a_card(f"card_{n}", priority=priority, action=f"act_{act}", trigger={"when": {"it": {"objection": code}}})
        for n, (priority, code, act) in enumerate(rows)
    ]


def proposed(
    cards: list[HintCard], *, history: list[VisitRecord] | None = None, preference: Preference = LEARNED, limit: int = 3
) -> list[Hint]:
    earlier = list(TALKS[:-1]) if history is None else history
    return propose_hints(cards, visit=TALKS[-1], history=earlier, now=NOW, preference=preference, limit=limit)


@given(cards_of, st.randoms(use_true_random=False), preferences)
def test_neither_the_order_of_cards_nor_that_of_visits_matters(
    rows: list[tuple[int, str, int]], dice: Random, preference: Preference
) -> None:
    cards, history = made(rows), list(TALKS[:-1])
    before = proposed(cards, history=history, preference=preference)
    dice.shuffle(cards)
    dice.shuffle(history)
    assert proposed(cards, history=history, preference=preference) == before


@given(cards_of, preferences)
def test_who_stands_first_is_worth_most_and_each_hint_is_there_once(
    rows: list[tuple[int, str, int]], preference: Preference
) -> None:
    hints = proposed(made(rows), preference=preference, limit=20)
    worths = [prod(factor.value for factor in hint.ranking) for hint in hints]
    assert worths == sorted(worths, reverse=True)
    assert len({hint.action for hint in hints}) == len(hints)
    assert proposed(made(rows), preference=preference)[0] == hints[0]


@given(cards_of, st.data())
def test_with_all_else_equal_a_higher_priority_never_ranks_lower(
    rows: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    """Before anything is learned: one card is raised, all others and what was said stay."""
    cards = [replace_action(card, f"act_{n}") for n, card in enumerate(made(rows))]
    chosen = data.draw(st.integers(0, len(cards) - 1))
    raised = data.draw(st.integers(cards[chosen].priority, 100))
    lifted = [card.model_copy(update={"priority": raised}) if n == chosen else card for n, card in enumerate(cards)]
    before, after = (place(cards[chosen].id, some) for some in (cards, lifted))
    assert after <= before


@given(st.integers(1, 100), st.integers(1, 100), st.sampled_from(OBJECTIONS))
def test_of_two_cards_for_the_same_words_the_one_of_higher_priority_stands_before(
    one: int, other: int, code: str
) -> None:
    hints = proposed(made([(one, code, 1), (other, code, 2)]), preference=Preference())
    assert [hint.card for hint in hints] == (["card_0", "card_1"] if one >= other else ["card_1", "card_0"])


def replace_action(card: HintCard, action: str) -> HintCard:
    return card.model_copy(update={"action": action})


def place(card_id: str, cards: list[HintCard]) -> int:
    return [hint.card for hint in proposed(cards, preference=Preference(), limit=20)].index(card_id)
