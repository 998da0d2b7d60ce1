"""Aggregates over a group beside the group's own past: a product's orders, a team's visits, a store's questions."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.playbooks import World, china

MONDAY = china("2026-01-05 08:00")


def spread(world: World, type_: str, per_period: list[int], *, period: timedelta, **data: Any) -> None:
    """So many events in each period, an hour apart, with time going by between them."""
    for number, count in enumerate(per_period):
        for each in range(count):
            world.until(MONDAY + number * period + timedelta(hours=2 + each))
            world.send(type_, f"{number}-{each}", **data)


@pytest.mark.parametrize(
    ("product", "weekly", "fires"),
    [("手柄A", [1, 1, 1, 1, 1, 1, 0, 0], True), ("手柄B", [10, 10, 10, 10, 10, 10, 6, 6], True),
     ("手柄C", [10, 10, 10, 10, 10, 10, 6, 7], False), ("手柄D", [10, 10, 6, 6], False)],
)  # fmt: skip
def test_a_products_orders_are_held_against_its_own_six_weeks(product: str, weekly: list[int], *, fires: bool) -> None:
    world = World("product_orders_falling", start="2026-01-05 08:00")
    world.send("order.created", "first", product=product, amount=1)
    spread(world, "order.created", weekly, period=timedelta(weeks=1), product=product, amount=10_000)
    world.until(MONDAY + timedelta(weeks=len(weekly), hours=2))

    assert [said["subject"] for said in world.told()] == ([{"kind": "product", "id": product}] if fires else [])
    if fires:
        (said,) = world.told()
        assert said["recipient_ids"] == [{"role": "market", "person": ""}]
        assert "请查原因" in said["text"]
        (task,) = [event.data for event in world.events("action.taken") if event.data["action"] == "create_task"]
        assert (task["title"], task["details"]["due_within_minutes"]) == (f"复盘产品“{product}”下单减少", 3 * 1_440)


def test_only_the_product_that_falls_is_told_of() -> None:
    world = World("product_orders_falling", start="2026-01-05 08:00")
    for week in range(8):
        world.until(MONDAY + timedelta(weeks=week, hours=2))
        for product, amount in (("稳", 100), ("跌", 100 if week < 6 else 40)):
            world.send("order.created", f"{product}-{week}", product=product, amount=amount)
    world.until(MONDAY + timedelta(weeks=8, hours=2))
    assert [said["subject"]["id"] for said in world.told()] == ["跌"]


def test_a_teams_visits_are_published_as_a_score_and_hinted_to_its_manager() -> None:
    world = World("team_visits_falling", start="2026-01-05 08:00")
    spread(world, "visit.completed", [5, 5, 5, 5, 2], period=timedelta(weeks=1), team="华东一组", owner_id="rep-1")
    world.until(MONDAY + timedelta(weeks=5, hours=2))
    (score,) = [one for one in world.decisions if one.kind == "publish_score"]
    assert (score.subject_kind, score.subject_id) == ("team", "华东一组")
    assert score.data == {"name": "visit_activity", "value": pytest.approx(0.4)}
    (hint,) = world.told()
    assert (hint["action"], hint["recipient_ids"][0]["role"]) == ("hint", "manager")
    assert "晨会" in hint["text"]


def test_a_team_that_keeps_its_pace_has_no_score_taken() -> None:
    world = World("team_visits_falling", start="2026-01-05 08:00")
    spread(world, "visit.completed", [5, 5, 5, 5, 3], period=timedelta(weeks=1), team="华东一组")
    world.until(MONDAY + timedelta(weeks=5, hours=2))
    assert world.decisions == []


@pytest.mark.parametrize(("last", "fires"), [(2, False), (3, True)])
def test_a_stores_questions_of_a_day_are_held_against_its_week(last: int, *, fires: bool) -> None:
    world = World("questions_surging", start="2026-01-05 08:00")
    for day, count in enumerate([1, 1, 1, 1, 1, 1, 1, 1, last]):
        for each in range(count):
            world.until(MONDAY + timedelta(days=day, hours=2 + each))
            world.send("store.question_asked", "store-1", question=f"问{day}-{each}")
    world.until(MONDAY + timedelta(days=9, hours=2))
    assert [one.data["tag"] for one in world.decisions] == (["咨询量激增"] if fires else [])
    assert len(world.told()) == int(fires)
