"""The whole service with an invented team behind a real Chromium; screenshots are kept in `build/screenshots`."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page

from service.bootstrap import Installation, build, demo_settings, server_config
from service.demo.seed import seed_demo
from service.domain.people import Person
from service.settings import ROOT
from service.usecases.console.enter_console import make_console_link
from tests.browser.contact_sheet import write_sheet
from tests.support.chromium import MISSING, chromium, find_chromium

SHOTS = ROOT / "build" / "screenshots"
DESKTOP, PHONE = {"width": 1360, "height": 900}, {"width": 390, "height": 844}
TENANT, NEIGHBOUR = "demo", "neighbour"
PATIENCE_S = 120  # a page with its charts is four megabytes, and a busy machine takes its time
TASK_DAYS = 10  # tasks and daily reports are most of the demo's events; two weeks of them fill every page
A_WEDNESDAY = datetime(2026, 11, 18, 2, 30, tzinfo=UTC)  # what is open on a board depends on the day it is looked at


class OtherDayClock:
    """Runs like this machine's clock, from another day on."""

    def __init__(self, start: datetime) -> None:
        self._behind = datetime.now(UTC) - start

    def now(self) -> datetime:
        return datetime.now(UTC) - self._behind


@dataclass
class Served:
    """The service at an address, and what tests look up in it."""

    address: str
    installation: Installation

    def link(self, person_id: str, tenant_id: str = TENANT) -> str:
        services = self.installation.services
        with services.uow() as tx:
            ticket, _ = make_console_link(tx, services.clock, services.ids, tenant_id=tenant_id, person_id=person_id)
        return f"{self.address}/console/enter/{ticket}"

    def visit_of(self, external_id: str) -> Any:
        with self.installation.services.uow(write=False) as tx:
            visit = tx.visits.by_external(TENANT, external_id)
        assert visit is not None
        return visit


@dataclass
class Someone:
    """One person at a browser window; complaints of the page fail the test that made them."""

    page: Page
    served: Served
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.served.address}/console{path}")
        return self.page

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression holds; asked from outside, as the page's policy forbids `eval` in it."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.page.evaluate(condition):
            assert time.monotonic() < deadline, f"never true: {condition}"
            self.page.wait_for_timeout(20)

    def leave(self) -> None:
        """Close the window and hold its pages to what they may do."""
        self.page.context.close()
        assert self.complaints == []
        assert self.hosts <= {self.served.address.removeprefix("http://")}, "a page asked another host"

    def shoot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if find_chromium() is None:
        pytest.skip(MISSING)
    installation = build(demo_settings(tmp_path_factory.mktemp("console"), crm_port=1), host=OtherDayClock(A_WEDNESDAY))
    seed_demo(installation, tenant_id=TENANT, count=24, task_days=TASK_DAYS, told=lambda done, of: None)
    now = installation.services.clock.now()
    with installation.services.uow() as tx:
        tx.people.put(Person("mgr-he", NEIGHBOUR, "邻居主管", "manager", now, "华东一组", row_id="per_" + "9" * 32))
    server = uvicorn.Server(server_config(installation.app(), host="127.0.0.1", port=0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    yield Served(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", installation)
    server.should_exit = True
    thread.join(10)
    installation.close()
    write_sheet(SHOTS)


@pytest.fixture(scope="module")
def browser(served: Served) -> Iterator[Browser]:
    """Of a module alone: while it is open its event loop runs in this thread, and nobody else's could."""
    del served
    with chromium() as opened:
        yield opened


@pytest.fixture
def enter(browser: Browser, served: Served) -> Iterator[Callable[..., Someone]]:
    """Somebody signs in by a link, at a desk or with a phone in hand."""
    people: list[Someone] = []

    def make(person_id: str, *, tenant_id: str = TENANT, size: Any = None) -> Someone:
        people.append(sign_in(browser, served, person_id, tenant_id, size))
        return people[-1]

    yield make
    for person in people:
        person.leave()


def sign_in(browser: Browser, served: Served, person_id: str, tenant_id: str = TENANT, size: Any = None) -> Someone:
    """A window of its own, past the door."""
    context = browser.new_context(viewport=size or DESKTOP, locale="zh-CN")
    context.set_default_timeout(PATIENCE_S * 1_000)
    person = Someone(context.new_page(), served)
    person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
    person.page.on("request", lambda request: person.hosts.add(request.url.split("/")[2]))
    person.page.goto(served.link(person_id, tenant_id))
    person.page.click("main button.primary")
    person.page.wait_for_selector("header nav")
    return person
