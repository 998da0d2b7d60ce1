"""From a raw event to its action where no row's own scenario shows it: freeze, course, channels, chains, zones."""

import json

from service.adapters.channels.all import robot_channels
from service.adapters.clock import SystemClock
from service.adapters.urls import UrlRules
from service.usecases.coaching.manage_courses import approve_course
from service.usecases.delivery.deliver_events import Deliverer
from tests.support.builders import TENANT, an_endpoint
from tests.support.fakes import FakeClock, FakeIds, FakeSender
from tests.support.playbooks import World, a_reader, a_rule, china, rule_text
from tests.support.robots import SECRETS, a_robot

OWNER = {"owner_id": "rep-1", "manager_id": "mgr-1"}


def test_a_contract_without_a_decision_maker_freezes_the_stage_until_there_is_one() -> None:
    world = World("contract_without_decision_maker", start="2026-03-02 09:00")
    world.send("opportunity.created", "o-1", name="手柄首单", stage="报价", **OWNER)
    assert world.decisions == []
    world.send("opportunity.updated", "o-1", contract_requested_at="2026-03-02 09:00")
    (frozen,) = world.decisions
    assert (frozen.kind, frozen.subject_id, frozen.data) == ("freeze_stage", "o-1", {"stage": "合同谈判"})
    assert frozen.ended_at is None
    world.forward(days=1, hours=1)
    assert world.told()[-1]["recipient_ids"] == [{"role": "manager", "person": "mgr-1"}]

    world.send("opportunity.updated", "o-1", decision_maker="周主任")

    (thawed,) = world.decisions
    assert thawed.ended_at == world.clock.now()
    assert "end_freeze_stage" in [event.data["action"] for event in world.events("action.taken")]


def test_what_is_decided_already_is_left_alone() -> None:
    world = World("contract_without_decision_maker", start="2026-03-02 09:00")
    world.send("opportunity.created", "o-1", stage="输单", contract_requested_at="2026-03-02 09:00", **OWNER)
    assert (world.alerts, world.decisions) == ([], [])


def rejected(world: World, *numbers: str) -> None:
    for number in numbers:
        world.send("quote.rejected", f"q-{number}", quote_no=number, owner_id="rep-1")
        world.forward(days=1)


def test_three_rejected_quotes_propose_a_course_that_a_trainer_approves_once() -> None:
    world = World("quotes_rejected", start="2026-03-02 09:00")
    rejected(world, "a", "a", "b")
    assert world.alerts == []
    rejected(world, "c")
    with world.services.uow() as tx:
        (course,) = tx.coaching.courses.find(TENANT)
        assert (course.rep_id, course.course, course.skill, course.state) == ("rep-1", "price_unfold", "objection",
                                                                              "proposed")  # fmt: skip
        assert course.source == "rule"
        assert "3张报价" in course.reason
        given = approve_course(tx, world.services, tenant_id=TENANT, assignment_id=course.id, by="trainer-1")
        assert given.state == "assigned"
    told = {said["action"]: said for said in world.told()}
    assert told["assign_course"]["details"]["assignments"] == [course.id]
    assert told["assign_course"]["recipient_ids"] == [{"role": "owner", "person": "rep-1"}]

    world.forward(days=31)
    rejected(world, "d", "e", "f")

    assert len(world.alerts) == 2
    with world.services.uow(write=False) as tx:
        assert len(tx.coaching.courses.find(TENANT)) == 1, "the course is still open for them"


def test_a_trial_of_a_rule_proposes_no_course() -> None:
    text = rule_text("rejected: {count: [quote.rejected], within: 30d}", "rejected.n >= 1", subject="person",
                     status="test", more="cause: [rejected]")  # fmt: skip
    text = text.replace("actions:\n", "actions:\n  - assign_course: {to: [owner], course: price_unfold, text: 学}\n")
    world = World(a_reader().read(text, source="trial_rule.yaml"), start="2026-03-02 09:00")
    rejected(world, "a")
    assert [alert.trial for alert in world.alerts] == [True]
    with world.services.uow(write=False) as tx:
        assert tx.coaching.courses.find(TENANT) == []


def test_an_alert_reaches_the_group_of_every_vendor_with_its_severity() -> None:
    world = World("delivery_at_risk", start="2026-03-12 09:00")
    with a_robot("wecom") as wecom, a_robot("dingtalk") as ding, a_robot("feishu") as feishu:
        robots = {"wecom": wecom, "dingtalk": ding, "feishu": feishu}
        with world.services.uow() as tx:
            for number, (kind, robot) in enumerate(robots.items(), 1):
                tx.endpoints.add(an_endpoint(number, kind=kind, event_types=("alert.raised",),
                                             secrets=(robot.url, SECRETS[kind])))  # fmt: skip
        world.send("opportunity.created", "o-1", name="手柄首单", delivery_date="2026-03-15", production_pct=20,
                   production_id="pro-1", **OWNER)  # fmt: skip
        now = SystemClock().now()
        deliverer = Deliverer(
            world.services.uow, FakeClock(now.replace(minute=now.minute // 30 * 30 + 7)), FakeSender(), "me",
            FakeIds(10_000), jitter=lambda: 0.0, public_url="https://fieldcue.example/",
            robots=robot_channels(UrlRules(allowed_hosts=[robot.receiver.host for robot in robots.values()])),
        )  # fmt: skip
        while deliverer.deliver_one():
            pass
        for kind, robot in robots.items():
            assert "手柄首单" in "".join(robot.texts()), kind
        assert '"red"' in json.dumps(feishu.seen), "critical is red"
        assert 'color="warning"' in wecom.texts()[0]


def test_a_chain_goes_from_step_to_step_and_ends_where_somebody_acts() -> None:
    chain = """clock:
  respond_within: 1h
  then:
    - actions: [{notify: {to: [manager], text: 第一步}}]
    - after: 30m
      actions: [{notify: {to: [director], text: 第二步}}]
    - after: 30m
      actions: [{move_to_pool: {pool: 待激活池}}, {notify: {to: [sales_ops], text: 第三步}}]"""
    rule = a_rule("stage: {field: stage}\nfixed: {event: [opportunity.fixed]}", 'stage.text == "stuck"',
                  more=f"done_when: fixed.present && fixed.age < days(1)\ncause: [stage]\n{chain}")  # fmt: skip
    world = World(rule, start="2026-03-02 09:00")
    for name in ("o-1", "o-2"):
        world.send("opportunity.created", name, stage="stuck", **OWNER)
    said = len(world.told())
    world.until("2026-03-02 10:01")
    assert [each["text"] for each in world.told()[said:]] == ["第一步", "第一步"]
    world.send("opportunity.fixed", "o-2")
    world.until("2026-03-02 12:00")
    assert [(each["text"], each["subject"]["id"]) for each in world.told()[said + 2 :]] == [
        ("第二步", "o-1"), ("第三步", "o-1"),
    ]  # fmt: skip
    assert [one.subject_id for one in world.decisions] == ["o-1"]


def deadline(more: str, *, start: str) -> World:
    rule = a_rule("stage: {field: stage}", "stage.present", more=f"cause: [stage]\nclock: {more}")
    world = World(rule, start=start)
    world.send("opportunity.created", "o-1", stage="a", **OWNER)
    return world


STEP = "then: [{actions: [{notify: {to: [manager], text: 超时}}]}]"


def test_a_clock_stands_still_over_the_national_day_and_runs_on_the_make_up_day() -> None:
    # 2025: off from 1 to 8 October, worked on Saturday 11 October.
    world = deadline(f"{{respond_within: 4h, hours: business, {STEP}}}", start="2025-09-30 16:00")
    world.until("2025-10-09 10:59")
    assert "超时" not in [said["text"] for said in world.told()]
    world.until("2025-10-09 11:01")
    assert [said["text"] for said in world.told()][-1] == "超时"

    world = deadline(f"{{respond_within: 10h, hours: business, {STEP}}}", start="2025-10-10 09:00")
    assert world.alerts[0].respond_by == china("2025-10-11 10:00")


def test_a_clock_in_another_zone_counts_that_zones_working_day() -> None:
    hours = "business: {zone: Europe/Berlin, open: 9:00, close: 17:00}"
    # 18:00 in China is 11:00 in Berlin; four working hours later it is 15:00 there, 22:00 in China.
    world = deadline(f"{{respond_within: 4h, hours: business, {hours}, {STEP}}}", start="2026-03-02 18:00")
    world.until("2026-03-02 21:59")
    assert len(world.told()) == 1
    world.until("2026-03-02 22:01")
    assert [said["text"] for said in world.told()][-1] == "超时"
    # After the change of clocks on 29 March it is an hour earlier in China.
    world = deadline(f"{{respond_within: 4h, hours: business, {hours}, {STEP}}}", start="2026-03-30 18:00")
    assert world.alerts[0].respond_by == china("2026-03-30 22:00")
    world = deadline(f"{{respond_within: 8h, hours: business, {hours}, {STEP}}}", start="2026-03-27 22:00")
    assert world.alerts[0].respond_by == china("2026-03-30 21:00"), "over the weekend in which clocks change"


def test_a_cooldown_swallows_nothing_it_only_waits() -> None:
    rule = a_rule("load: {event: [content.downloaded]}", "load.present", subject="account",
                  more="cause: [load]\ncooldown: 1d")  # fmt: skip
    world = World(rule, start="2026-03-02 09:00")
    for _ in range(3):
        world.send("content.downloaded", "a-1")
        world.forward(hours=1)
    assert len(world.alerts) == 1
    world.until("2026-03-03 09:01")
    assert len(world.alerts) == 2, "the newest cause, once the day is over"
    world.forward(days=5)
    assert len(world.alerts) == 2
