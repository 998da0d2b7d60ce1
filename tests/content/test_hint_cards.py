"""Every hint card speaks in its own examples, keeps quiet in its near misses, and quotes only what was said."""

import re
from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.coaching.hints import Hint, propose_hints
from service.domain.content.bundle import Content
from service.domain.content.facts import TalkExample
from service.domain.content.hint_cards import HintCard
from service.domain.crm.facts import example_records, known_facts

CONTENT = load_content(Path(__file__).parents[2] / "prompts")
FIRES = [
    pytest.param(card, example, id=f"{card.id}-{number}")
    for card in CONTENT.hint_cards
    for number, example in enumerate(card.examples.fires, start=1)
]
SILENT = [
    pytest.param(card, example, id=f"{card.id}-{number}")
    for card in CONTENT.hint_cards
    for number, example in enumerate(card.examples.stays_silent, start=1)
]


def hints_of(card: HintCard, example: TalkExample) -> list[Hint]:
    visits = example.records()
    facts = known_facts(CONTENT.fact_cards, example_records(example.crm), now=example.at)
    return propose_hints(
        [card], visit=visits[-1], history=visits[:-1], now=example.at, titles=CONTENT.titles, facts=facts
    )


@pytest.mark.parametrize(("card", "example"), FIRES)
def test_a_card_speaks_in_the_visits_it_was_written_for(card: HintCard, example: TalkExample) -> None:
    (hint,) = hints_of(card, example)
    assert example.says in hint.text


@pytest.mark.parametrize(("card", "example"), SILENT)
def test_a_card_keeps_quiet_in_its_near_misses(card: HintCard, example: TalkExample) -> None:
    assert hints_of(card, example) == []


@pytest.mark.parametrize(("card", "example"), FIRES)
def test_every_quoted_word_of_a_hint_was_said_in_one_of_the_visits(card: HintCard, example: TalkExample) -> None:
    (hint,) = hints_of(card, example)
    said = {turn.text for visit in example.records() for turn in visit.analysis.turns}
    own_words = set(re.findall(r"“([^”{}]+)”", card.text))
    for quote in set(re.findall(r"“([^”]+)”", hint.text)) - own_words:
        assert any(quote.removesuffix("…") in text for text in said), quote


@pytest.mark.parametrize(("card", "example"), FIRES)
def test_every_hint_names_a_turn_that_contains_its_quote(card: HintCard, example: TalkExample) -> None:
    (hint,) = hints_of(card, example)
    turns = {(visit.visit_id, turn.i): turn.text for visit in example.records() for turn in visit.analysis.turns}
    assert hint.because
    assert all(proof.quote in turns[proof.visit_id, proof.turn] for proof in hint.because)


def test_there_are_at_least_25_cards_and_two_examples_each_way(content: Content) -> None:
    assert len(content.hint_cards) >= 25
    assert all(len(card.examples.fires) >= 2 for card in content.hint_cards)
    assert all(len(card.examples.stays_silent) >= 2 for card in content.hint_cards)


def test_every_objection_type_has_a_card_that_answers_it(content: Content) -> None:
    answered = {
        code for card in content.hint_cards for chosen in card.trigger.when.values() for code in chosen.objection
    }
    assert answered >= set(content.taxonomy.objections)


WITH_FACTS = [pytest.param(card, id=card.id) for card in CONTENT.hint_cards if card.trigger.facts]


def test_several_cards_read_the_crm_and_each_talks_of_another_fact() -> None:
    read = [name for card in CONTENT.hint_cards for name in card.trigger.facts]
    assert len(read) >= 5
    assert len(set(read)) == len(read)


@pytest.mark.parametrize("card", WITH_FACTS)
def test_a_card_that_reads_the_crm_is_silent_without_it_and_names_the_events_behind_it(card: HintCard) -> None:
    for example in card.examples.fires:
        (hint,) = hints_of(card, example)
        told = {event.event_id for fact in hint.facts for event in fact.because}
        assert [fact.fact for fact in hint.facts] == list(card.trigger.facts)
        assert told <= {event.id for event in example_records(example.crm).events}
        assert told
        assert hints_of(card, example.model_copy(update={"crm": ()})) == []
