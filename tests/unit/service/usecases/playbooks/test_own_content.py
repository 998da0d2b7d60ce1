"""A tenant's own processes, scorecards, metrics and office hours: versions, faults by line, and what follows."""

from dataclasses import replace
from typing import get_args

import pytest

from service.domain.content.owned import OWNED, OwnedName
from service.domain.content_store import ContentVersion
from service.domain.errors import Conflict, Invalid, NotFound
from service.usecases.crm.read_metrics import find_metric, read_metric
from service.usecases.crm.read_process import read_health, read_standing
from service.usecases.crm.receive_events import receive_events
from service.usecases.playbooks.edit_content import (
    add_item,
    check_item,
    find_item,
    list_items,
    put_item,
    roll_back_item,
)
from service.usecases.playbooks.edit_playbooks import Edit
from tests.support.builders import OTHER_TENANT, TENANT
from tests.support.playbooks import World, a_rule, china
from tests.support.shelf import shipped_content

EDIT = Edit(TENANT, "ops-1", "试试")
OFFICE = """
id: standard
title: 工作时间
status: active
description: 单休，八点开门，司庆日放假，一个周日补班。
owner: 销售运营
date: 2026-03-01
hours: {open: "08:00", close: "18:00", free: [sunday], closed: [2026-03-03], worked: [2026-03-08]}
"""
OWN_PROCESS = """
id: own_process
title: 自己的流程
status: active
description: 两步。
owner: 销售运营
date: 2026-03-01
applies: {pipeline: own}
stages:
  - id: first_step
    title: 第一步
    names: [第一步]
    nodes:
      - {id: signed, title: 签字, evidence: {types: [evidence.submitted], where: {node: signed}}, way_out: 去签字}
  - {id: second_step, title: 第二步, names: [第二步]}
"""
OWN_CARD = """
id: own_health
title: 健康度
status: active
description: 少一个签字扣40分。
owner: 销售运营
date: 2026-03-01
process: own_process
rules:
  - {id: unsigned, note: 没签字, points: -40, when: {on: missing_node, node: signed}}
bands:
  - {id: red, title: 红, color: red, below: 70}
  - {id: green, title: 绿, color: green}
"""


def put(world: World, kind: str, text: str) -> ContentVersion:
    """The text as the tenant's, whether there was one with its id or not."""
    item_id = text.split("id: ", 1)[1].split("\n", 1)[0]
    with world.services.uow() as tx:
        known = {each.item.id for each in list_items(tx, world.services, TENANT, kind)}
        if item_id in known:
            return put_item(tx, world.services, EDIT, kind, item_id, text)
        return add_item(tx, world.services, EDIT, kind, text)


def test_every_kind_has_a_name_in_the_api() -> None:
    assert set(get_args(OwnedName)) == set(OWNED)


@pytest.mark.parametrize("kind", list(OWNED))
def test_what_is_shipped_can_be_read_changed_and_brought_back(kind: str) -> None:
    world = World()
    with world.services.uow() as tx:
        first = list_items(tx, world.services, TENANT, kind)[0]
        assert (first.version, first.text != "") == (None, True)
        changed = first.text.replace("title: ", "title: 本地", 1)
        stored = put_item(tx, world.services, EDIT, kind, first.item.id, changed)
        assert (stored.version, stored.author, stored.note) == (1, "ops-1", "试试")
        now = find_item(tx, world.services, TENANT, kind, first.item.id)
        assert (now.item.title, now.text, now.version) == (f"本地{first.item.title}", changed, stored)
        theirs = find_item(tx, world.services, OTHER_TENANT, kind, first.item.id)
        assert theirs.item.title == first.item.title, "another tenant keeps the shipped one"

        roll_back_item(tx, world.services, EDIT, kind, first.item.id, 0)
        assert find_item(tx, world.services, TENANT, kind, first.item.id).item == first.item
        roll_back_item(tx, world.services, EDIT, kind, first.item.id, 1)
        assert find_item(tx, world.services, TENANT, kind, first.item.id).text == changed
        versions = tx.contents.of_item(TENANT, kind, first.item.id)
        assert [(each.version, each.text == changed) for each in versions] == [(3, True), (2, False), (1, True)]


def test_the_digest_of_results_changes_with_the_tenants_content() -> None:
    world = World()
    with world.services.uow() as tx:
        shipped = world.services.content_for(tx, TENANT).digest
    put(world, "office", OFFICE)
    with world.services.uow() as tx:
        own = world.services.content_for(tx, TENANT).digest
        assert own != shipped
        assert world.services.content_for(tx, OTHER_TENANT).digest == shipped
        roll_back_item(tx, world.services, EDIT, "office", "standard", 0)
        assert world.services.content_for(tx, TENANT).digest == shipped


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("office", OFFICE.replace("[sunday]", "[sonntag]"), "office:8: key `hours.free.0`"),
        ("office", OFFICE.replace("hours:", "hourz:"), "office:8: key `hourz`: unknown key"),
        ("office", OFFICE.replace("08:00", "19:00"), "opens before it closes"),
        ("office", OFFICE.replace("{open", "{zone: Mars/Olympus, open"), "'Mars/Olympus' is no time zone"),
        ("office", OFFICE.replace("2026-03-08", "2026-03-03"), "2026-03-03 is both closed and worked"),
        ("health", OWN_CARD, "health:8: key `process`: process 'own_process' is not in processes/"),
        ("processes", OWN_PROCESS.replace("second_step", "first_step"), "share the id 'first_step'"),
        ("metrics", "id: x\nid: y", "metrics:2"),
        ("metrics", "a: &x 1\nb: *x", "metrics:1"),
        ("metrics", "- 1", "metrics:1: expected keys"),
        ("metrics", "id: " + "量" * 99_000, "more than 256 KiB"),
    ],
)  # fmt: skip
def test_a_wrong_text_is_refused_with_its_line_and_stored_nowhere(kind: str, text: str, fault: str) -> None:
    world = World()
    with world.services.uow() as tx:
        assert any(fault in line for line in check_item(tx, world.services, TENANT, kind, text))
        with pytest.raises(Invalid) as refused:
            add_item(tx, world.services, EDIT, kind, text)
        assert refused.value.code == "content_invalid"
        assert tx.contents.stamp(TENANT) == 0


def test_ids_are_kept_apart() -> None:
    world = World()
    with world.services.uow() as tx:
        with pytest.raises(Conflict):
            add_item(tx, world.services, EDIT, "office", OFFICE)
        with pytest.raises(NotFound):
            put_item(tx, world.services, EDIT, "processes", "own_process", OWN_PROCESS)
        with pytest.raises(Invalid, match="keep trace_rate"):
            put_item(tx, world.services, EDIT, "metrics", "trace_rate",
                     find_item(tx, world.services, TENANT, "metrics", "response_time").text)  # fmt: skip
        with pytest.raises(Invalid) as refused:
            add_item(tx, world.services, EDIT, "weather", OFFICE)
        assert refused.value.code == "content_kind_unknown"
        with pytest.raises(NotFound):
            find_item(tx, world.services, TENANT, "weather", "standard")
        with pytest.raises(NotFound):
            roll_back_item(tx, world.services, EDIT, "office", "standard", 7)


def test_an_own_process_with_its_score_judges_opportunities() -> None:
    world = World()
    put(world, "processes", OWN_PROCESS)
    put(world, "health", OWN_CARD)
    with world.services.uow() as tx:
        told = [world.event("opportunity.created", "o1", pipeline="own", stage="第二步")]
        receive_events(tx, world.services, TENANT, told)
        content = world.services.content_for(tx, TENANT)
        standing = read_standing(tx, content, TENANT, "o1", now=world.clock.now())
        assert [node.node.id for node in standing.state.missing] == ["signed"]
        _, score = read_health(tx, content, TENANT, "o1", now=world.clock.now())
        assert (score.value, score.band.id) == (60, "red")
    assert world.events("stage.frozen")[0].data["process"] == "own_process", "the gate decides by the tenant's process"


def test_what_others_need_cannot_be_taken_away() -> None:
    world = World()
    put(world, "processes", OWN_PROCESS)
    put(world, "processes", OWN_PROCESS.replace("id: signed", "id: stamped"))
    put(world, "health", OWN_CARD.replace("node: signed", "node: stamped"))
    with world.services.uow() as tx:
        with pytest.raises(Conflict, match="change that one first"):
            roll_back_item(tx, world.services, EDIT, "processes", "own_process", 1)
        (fault,) = check_item(tx, world.services, TENANT, "health", OWN_CARD)
        assert fault.startswith("health:10: key `rules.0.when.node`: rule 'unsigned' names node 'signed', which ")


def test_after_an_upgrade_what_no_longer_fits_gives_way_to_what_is_shipped() -> None:
    world = World()
    admission = shipped_content().texts["processes", "hospital_admission"]
    put(world, "processes", admission.replace("title: ", "title: 本地", 1))
    put(world, "office", OFFICE)
    shelf, shipped = world.services.playbooks.contents, shipped_content()
    (card,) = [each for each in shipped.health_cards if each.process == "hospital_admission"]
    node = card.rules[0].when.model_copy(update={"node": "newly_shipped"})
    rules = (card.rules[0].model_copy(update={"when": node}), *card.rules[1:])
    others = tuple(each for each in shipped.health_cards if each is not card)
    upgraded = replace(shipped, health_cards=(*others, card.model_copy(update={"rules": rules})))
    with world.services.uow() as tx:
        shelf._kept.clear()
        content = shelf.content_for(tx, TENANT, upgraded)
    assert [each.title for each in content.processes] == [each.title for each in shipped.processes]
    assert content.office.free == ("sunday",), "what still fits stays"


def test_an_own_metric_threshold_is_what_figures_are_held_against() -> None:
    world = World()
    text = shipped_content().texts["metrics", "fresh_within_72h"]
    put(world, "metrics", text.replace("at_least: 0.93", "at_least: 0.5"))
    for number in range(4):
        world.send("opportunity.created", f"o{number}", stage="proposal", owner_id="rep-1")
    world.clock.forward(hours=80)
    for number in range(3):
        world.send("opportunity.updated", f"o{number}", stage="proposal2")
    with world.services.uow() as tx:
        own = find_metric(world.services.content_for(tx, TENANT), "fresh_within_72h")
        shipped = find_metric(world.services.content, "fresh_within_72h")
        readings = [
            read_metric(tx, world.services, TENANT, metric, now=world.clock.now()).now for metric in (own, shipped)
        ]
    assert [reading.value for reading in readings] == [0.75, 0.75]
    assert [reading.status for reading in readings] == ["good", "bad"]


WORKED = a_rule("budget: {field: budget}", "budget.worked > hours(12)", more="cause: [budget]")
BOUND = a_rule("budget: {field: budget}", "budget.present", id_="bound_rule",
               more="cause: [budget]\nclock: {respond_within: 4h, hours: business}")  # fmt: skip
EVENING = a_rule("budget: {field: budget}", "budget.present", id_="evening_rule", more='every: {at: "18:00"}')


def test_office_hours_of_a_tenant_move_deadlines_ages_and_schedules() -> None:
    shipped, own = World(WORKED, BOUND, EVENING), World(WORKED, BOUND, EVENING)
    put(own, "office", OFFICE)
    for world in (shipped, own):
        world.until("2026-03-07 16:00")  # a Saturday
        world.send("opportunity.created", "o1", budget="a", owner_id="rep-1")
    assert shipped.one_alert("bound_rule").respond_by == china("2026-03-09 13:00")
    assert own.one_alert("bound_rule").respond_by == china("2026-03-08 10:00"), "a Sunday that is worked"
    for world in (shipped, own):
        world.until("2026-03-12 12:00")
    assert shipped.one_alert("trial_rule").at == china("2026-03-10 12:00:01")
    assert own.one_alert("trial_rule").at == china("2026-03-09 08:00:01"), "twelve hours are over as the office closes"
    evenings = [[alert.at for alert in world.alerts if alert.rule_id == "evening_rule"] for world in (shipped, own)]
    assert evenings[0][0] == china("2026-03-09 18:00")
    assert evenings[1][0] == china("2026-03-07 18:00")


def test_a_change_of_office_hours_has_what_waits_looked_at_again() -> None:
    world = World(WORKED)
    world.until("2026-03-07 16:00")
    world.send("opportunity.created", "o1", budget="a")
    world.until("2026-03-09 09:30")
    assert world.alerts == []
    put(world, "office", OFFICE)
    world.settle()
    assert world.one_alert("trial_rule").at == china("2026-03-09 08:00:01")
    assert world.one_alert("trial_rule").state == "raised", "it still holds, so it is told"
