"""Every account fact is known where its examples say so, unknown in its near misses, and somebody asks for it."""

from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.content.facts import FACT_SLOT, FactCard, FactExample
from service.domain.crm.facts import KnownFact, example_records, known_facts

CONTENT = load_content(Path(__file__).parents[2] / "prompts")
FIRES = [
    pytest.param(card, example, id=f"{card.id}-{number}")
    for card in CONTENT.fact_cards
    for number, example in enumerate(card.examples.fires, start=1)
]
SILENT = [
    pytest.param(card, example, id=f"{card.id}-{number}")
    for card in CONTENT.fact_cards
    for number, example in enumerate(card.examples.stays_silent, start=1)
]


def known(card: FactCard, example: FactExample) -> KnownFact | None:
    return known_facts([card], example_records(example.crm), now=example.now).get(card.id)


@pytest.mark.parametrize(("card", "example"), FIRES)
def test_a_fact_is_known_and_told_in_the_words_of_its_example(card: FactCard, example: FactExample) -> None:
    fact = known(card, example)
    assert fact is not None
    assert example.says in fact.text
    assert not FACT_SLOT.search(fact.text)
    assert fact.because


@pytest.mark.parametrize(("card", "example"), SILENT)
def test_a_fact_is_unknown_in_its_near_misses(card: FactCard, example: FactExample) -> None:
    assert known(card, example) is None


def test_every_fact_is_asked_for_by_a_hint_card_or_a_talk_track() -> None:
    asked = {name for card in CONTENT.hint_cards for name in (*card.trigger.facts, *card.trigger.unless_facts)}
    asked |= {name for track in CONTENT.talktracks for name in track.facts}
    assert {card.id for card in CONTENT.fact_cards} == asked


@pytest.mark.parametrize("card", CONTENT.fact_cards, ids=lambda card: card.id)
def test_two_examples_each_way(card: FactCard) -> None:
    assert min(len(card.examples.fires), len(card.examples.stays_silent)) >= 2
