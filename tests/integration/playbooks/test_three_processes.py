"""Three processes on one database, one killed on the way: every due moment is worked on once, none is lost."""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from service.domain.crm.events import CrmEvent, event_id
from service.domain.records import Page
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.usecases.crm.take_events import take_events
from service.usecases.services import Services
from tests.support.builders import TENANT
from tests.support.playbook_program import EPOCH, FastClock, look_after, services_on
from tests.support.servers import postgres_database

OPPORTUNITIES = 15
SCALE = 20_000.0  # four days and a half in about twenty seconds
SPAWN = multiprocessing.get_context("spawn")


def start(url: str, clock: FastClock, folder: Path, name: str) -> BaseProcess:
    process = SPAWN.Process(target=look_after, args=(url, clock, folder / f"ready-{name}", folder / "stop"))
    process.start()
    return process


@pytest.mark.postgres
@pytest.mark.slow
def test_each_alert_and_each_step_happens_once_though_a_process_is_killed(tmp_path: Path) -> None:
    with postgres_database() as url:
        engine = make_engine(url)
        upgrade(engine)
        engine.dispose()
        clock = FastClock(EPOCH, time.time(), SCALE)
        with services_on(url, clock) as services:
            events = [an_opportunity(number) for number in range(OPPORTUNITIES)]
            with services.uow() as tx:
                take_events(tx, TENANT, events)
            work_with_three_and_kill_one(url, clock, tmp_path, services)
            with services.uow(write=False) as tx:
                alerts = tx.playbooks.alerts.page(TENANT, Page(200), rule_id="budget_node_stale")
                pools = tx.playbooks.decisions.page(TENANT, Page(200), kind="move_to_pool")
                told = tx.events.after(TENANT, None, 1_000)
        assert sorted(alert.subject_id for alert in alerts) == sorted(event.entity_id for event in events)
        assert Counter(pool.subject_id for pool in pools) == Counter(event.entity_id for event in events)
        said = Counter(
            (event.data["alert_id"], event.data["action"], event.data["step"])
            for event in told
            if event.type == "alert.raised" and event.data["rule"] == "budget_node_stale"
        )
        assert set(said.values()) == {1}
        assert len(said) == 2 * OPPORTUNITIES  # told once, and the pack once after 24 hours


def an_opportunity(number: int) -> CrmEvent:
    data = {"budget_status": "a", "stage": "proposal", "owner_id": "rep-1"}
    name = f"e{number}"
    return CrmEvent(event_id("/crm", name), "/crm", "opportunity.created", "opportunity", f"opp-{number}", EPOCH, EPOCH,
                    data, name)  # fmt: skip


def work_with_three_and_kill_one(url: str, clock: FastClock, folder: Path, services: Services) -> None:
    crew = [start(url, clock, folder, f"{number}") for number in range(3)]
    wait_until(lambda: len(list(folder.glob("ready-*"))) == 3 and some_alert(services))
    victim = random.choice(crew)
    os.kill(victim.pid or 0, signal.SIGKILL)
    crew.append(start(url, clock, folder, "successor"))
    wait_until(lambda: all_in_the_pool(services))
    (folder / "stop").touch()
    for process in crew:
        process.join(20)


def all_in_the_pool(services: Services) -> bool:
    with services.uow(write=False) as tx:
        return len(tx.playbooks.decisions.page(TENANT, Page(200), kind="move_to_pool")) >= OPPORTUNITIES


def some_alert(services: Services) -> bool:
    with services.uow(write=False) as tx:
        return bool(tx.playbooks.alerts.page(TENANT, Page(1)))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 180
    while not holds():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.1)
