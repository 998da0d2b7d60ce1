"""Every tick item fits the visits it was written for and is not among the three chosen for its near misses."""

from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.coaching.checklists import Tick, choose_ticks
from service.domain.content.bundle import Content
from service.domain.content.checklists import ChecklistItem
from service.domain.content.examples import Example

CONTENT = load_content(Path(__file__).parents[2] / "prompts")
FIRES = [pytest.param(item, case, id=item.id) for item in CONTENT.checklist_items for case in item.examples.fires]
SILENT = [
    pytest.param(item, case, id=item.id) for item in CONTENT.checklist_items for case in item.examples.stays_silent
]


def ticks_of(items: tuple[ChecklistItem, ...], example: Example) -> list[Tick]:
    """The example's last visit is the one about to begin; only its stage is known."""
    visits = example.records()
    return choose_ticks(items, history=visits[:-1], now=example.at, stage=visits[-1].stage)


@pytest.mark.parametrize(("item", "example"), FIRES)
def test_an_item_fits_the_visit_it_was_written_for(item: ChecklistItem, example: Example) -> None:
    assert [tick.item for tick in ticks_of((item,), example)] == [item.id]


@pytest.mark.parametrize(("item", "example"), SILENT)
def test_an_item_is_not_chosen_for_its_near_miss(item: ChecklistItem, example: Example) -> None:
    assert item.id not in {tick.item for tick in ticks_of(CONTENT.checklist_items, example)}


def test_there_are_at_least_21_items_and_three_a_skill(content: Content) -> None:
    skills = [item.skill for item in content.checklist_items]
    assert len(skills) >= 21
    assert all(skills.count(code) >= 3 for code in content.taxonomy.skills)


def test_three_items_can_be_read_in_eight_seconds(content: Content) -> None:
    longest = sorted(len(item.text) for item in content.checklist_items)[-3:]
    assert sum(longest) <= 60  # seven to eight characters a second, read silently
