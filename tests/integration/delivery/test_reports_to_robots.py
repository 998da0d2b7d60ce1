"""The morning's report in the groups of all three vendors: at the tenant's hour, once, however many look."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.adapters.channels.all import robot_channels
from service.adapters.clock import SystemClock
from service.adapters.ids import SortableIds
from service.adapters.urls import UrlRules
from service.domain.people import Person
from service.runner.upkeep import Upkeep
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.crm.crm_chores import crm_chores
from service.usecases.crm.make_reports import make_reports
from service.usecases.delivery.deliver_events import Deliverer
from service.usecases.services import Services
from tests.support.builders import TENANT, an_endpoint
from tests.support.fakes import FakeClock, FakeIds, FakeSender
from tests.support.playbooks import World
from tests.support.robots import SECRETS, Robot, a_robot
from tests.support.seal import SEAL
from tests.support.service import services_over
from tests.support.shelf import shipped_content, shipped_shelf

KINDS = ("wecom", "dingtalk", "feishu")
PAGE = "https://fieldcue.example/console/reports/daily?day=2026-03-02"


@contextmanager
def three_groups() -> Iterator[dict[str, Robot]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(a_robot(kind)) for kind in KINDS}


def a_busy_monday() -> World:
    """Monday 2 March: one win, one deal that has stood still since Wednesday, one person who did nothing."""
    world = World(start="2026-02-25 09:00")
    with world.services.uow() as tx:
        for person, name in (("rep-1", "林晓岚"), ("rep-2", "周启明")):
            tx.people.put(Person(person, TENANT, name, "rep", world.clock.now()))
    world.take([
        world.event("opportunity.created", "slow", owner_id="rep-2", stage="报价", amount=880_000,
                    name="青桐[医院](http://evil.example)呼吸机"),
    ])  # fmt: skip
    world.clock.at = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    world.take([
        world.event("opportunity.created", "quick", owner_id="rep-1", stage="报价", name="云杉储能一期"),
        world.event("opportunity.won", "quick", status="won"),
    ])  # fmt: skip
    world.clock.at = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)  # eight the next morning
    return world


def deliverer_for(world: World, robots: dict[str, Robot]) -> Deliverer:
    rules = UrlRules(allowed_hosts=[robot.receiver.host for robot in robots.values()])
    with world.services.uow() as tx:
        for number, (kind, robot) in enumerate(robots.items(), 1):
            tx.endpoints.add(an_endpoint(number, kind=kind, event_types=("report.ready",), payload="thin",
                                         secrets=(robot.url, SECRETS[kind])))  # fmt: skip
    # Robots check their signature's time against the host's; at full and half hours DingTalk wants quiet.
    now = SystemClock().now()
    clock = FakeClock(now.replace(minute=now.minute // 30 * 30 + 7))
    return Deliverer(world.services.uow, clock, FakeSender(), "me", FakeIds(10_000), jitter=lambda: 0.0,
                     robots=robot_channels(rules), public_url="https://fieldcue.example/")  # fmt: skip


def test_every_vendors_group_reads_the_same_report_with_names_and_a_way_to_the_page() -> None:
    world = a_busy_monday()
    with three_groups() as robots:
        deliverer = deliverer_for(world, robots)
        assert [make_reports(world.services) for _ in range(3)] == [2, 0, 0]
        while deliverer.deliver_one():
            pass
        for kind, robot in robots.items():
            daily = next(text for text in robot.texts() if "销售日报" in text)
            assert "赢单：云杉储能一期，林晓岚" in daily, kind
            assert "青桐" in daily
            assert "880,000元" in daily
            assert "没有任何动作：周启明" in daily
            assert "](http://evil" not in daily, "a name from the CRM is no link"
            assert PAGE in json.dumps(robot.seen, ensure_ascii=False), kind
            assert sorted("周报" in text for text in robot.texts()) == [False, True], "the week's too, each once"


def test_names_are_those_of_the_moment_of_sending() -> None:
    world = a_busy_monday()
    with three_groups() as robots:
        deliverer = deliverer_for(world, robots)
        make_reports(world.services)
        with world.services.uow() as tx:
            tx.people.put(Person("rep-1", TENANT, "rep-1", "rep", world.clock.now()))  # their name was erased meanwhile
        while deliverer.deliver_one():
            pass
        assert all("云杉储能一期，rep-1" in "".join(robot.texts()) for robot in robots.values())
        assert all("林晓岚" not in "".join(robot.texts()) for robot in robots.values())


@pytest.mark.timeout(120)
def test_three_processes_tell_of_each_report_once_over_nine_days(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'reports.db'}"
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    start = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    with ExitStack() as stack:
        crew = [stack.enter_context(a_process(url, start)) for _ in range(3)]
        world = World(start="2026-03-01 10:00", uow=crew[0][0].uow)
        world.take([world.event("opportunity.created", "o-1", owner_id="rep-1", stage="报价")])
        for step in range(1, 9 * 12 + 1):
            now = start + step * timedelta(hours=2)
            for _, clock, _ in crew:
                clock.at = now
            together([upkeep.step for _, _, upkeep in crew])
        with crew[0][0].uow(write=False) as tx:
            told = [event.data for event in tx.events.after(TENANT, None, 1_000) if event.type == "report.ready"]
    assert Counter((it["report"], it["of"]) for it in told) == Counter(
        [*(("daily", f"2026-03-0{day}") for day in range(1, 10)), ("weekly", "2026-02-23"), ("weekly", "2026-03-02")]
    )


@contextmanager
def a_process(url: str, start: datetime) -> Iterator[tuple[Services, FakeClock, Upkeep]]:
    """What one process has of its own: its connections, its clock, its tick thread's work."""
    clock = FakeClock(start)
    ids, engine = SortableIds(clock), make_engine(url)
    uow = make_unit_of_work(engine, ids=ids, secret_keys=[SEAL])
    services = services_over(content=shipped_content(), uow=uow, clock=clock, ids=ids, playbooks=shipped_shelf())
    chores = [chore for chore in crm_chores(services) if chore[0] == "make_reports"]
    yield services, clock, Upkeep(uow=uow, clock=clock, chores=chores)
    engine.dispose()


def together(steps: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=step) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
