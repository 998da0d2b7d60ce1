"""Three items for this visit: what this customer said comes first, of different skills, nothing known already."""

from typing import Any

import pytest

from service.domain.coaching.checklists import Tick, choose_ticks
from service.domain.content.checklists import ChecklistItem
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_talk, day

QUIET = {"visits": [{"on": "2026-03-11", "talk": ["c|||坐。"]}]}
LAST = a_talk("c|price||太贵了。", "c||budget_info|有两百万。", on=day(11))


def an_item(
    item_id: str, skill: str = "closing", *, weight: int = 50, status: str = "active", **when: Any
) -> ChecklistItem:
    return ChecklistItem.model_validate(
        {
            "id": item_id,
            "title": item_id,
            "status": status,
            "description": item_id,
            "owner": "销售赋能组",
            "date": "2026-11-21",
            "skill": skill,
            "text": "问清了",
            "when": when,
            "weight": weight,
            "examples": {"fires": [QUIET], "stays_silent": [QUIET]},
        }
    )


def chosen(*items: ChecklistItem, history: tuple[VisitRecord, ...] = (LAST,), stage: str = "") -> list[Tick]:
    return choose_ticks(items, history=history, now=NOW, stage=stage)


def test_what_the_customer_said_beats_a_heavier_general_item() -> None:
    said = an_item("answered", weight=50, said={"objection": "price"})
    ticks = chosen(an_item("general", weight=80), said)
    assert [tick.item for tick in ticks] == ["answered", "general"]
    assert [proof.quote for proof in ticks[0].because] == ["太贵了。"]
    assert ticks[1].because == ()


@pytest.mark.parametrize(
    ("when", "history", "stage", "fits"),
    [
        pytest.param({"said": {"objection": "trust"}}, (LAST,), "", False, id="nobody_said_that"),
        pytest.param({"unless": [{"signal": "budget_info"}]}, (LAST,), "", False, id="known_already"),
        pytest.param({"unless": [{"signal": "decision_maker"}]}, (LAST,), "", True, id="not_known_yet"),
        pytest.param({"first_visit": True}, (LAST,), "", False, id="not_the_first"),
        pytest.param({"first_visit": True}, (), "", True, id="the_first"),
        pytest.param({"first_visit": False}, (), "", False, id="needs_an_earlier_visit"),
        pytest.param({"stages": ["contract"]}, (LAST,), "contract", True, id="its_stage"),
        pytest.param({"stages": ["contract"]}, (LAST,), "", False, id="stage_unknown"),
        pytest.param({}, (), "", True, id="always"),
    ],
)
def test_an_item_fits_only_its_visits(
    when: dict[str, Any], history: tuple[VisitRecord, ...], stage: str, fits: bool
) -> None:
    assert bool(chosen(an_item("item", **when), history=history, stage=stage)) is fits


def test_items_of_different_skills_come_before_a_second_one_of_the_same() -> None:
    items = [
        an_item("item_a", weight=90),
        an_item("item_b", weight=80),
        an_item("item_c", "value", weight=10),
        an_item("item_d", weight=70),
    ]
    assert [tick.item for tick in chosen(*items)] == ["item_a", "item_c", "item_b"]


def test_never_more_than_three() -> None:
    assert len(chosen(*(an_item(f"item_{letter}") for letter in "abcdef"))) == 3


def test_deprecated_items_are_not_asked() -> None:
    assert chosen(an_item("old", status="deprecated")) == []
