"""The checker itself: it sees what a broken service would do, and takes a promised quarantine for no loss."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos.checker import Acknowledged, Checker
from tests.chaos.driver import give_turns
from tests.chaos.installation import Inbox, Installation


@dataclass
class Service:
    """What a service shows of its visits; a run that is tried again succeeds."""

    coach: dict[str, str]
    events: list[tuple[str, str]] = field(default_factory=list)
    recordings: dict[str, str] = field(default_factory=dict)
    crashes: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        kind, *names = request.url.path.removeprefix("/v1/").split("/")
        if kind == "runs" and request.method == "POST":
            self.coach[names[0]] = "succeeded"
            self.events.append((f"evt-{names[0]}", names[0]))
            return httpx.Response(202, json={})
        return httpx.Response(200, json=self._shown(kind, names, request))

    def _shown(self, kind: str, names: list[str], request: httpx.Request) -> dict[str, Any]:
        if kind == "recordings":
            return {"state": self.recordings[names[0]]}
        if kind == "visits":
            return {"runs": [{"stage": "coach", "state": self.coach[names[0]]}]}
        if kind == "runs":
            wanted = request.url.params["state"]
            items = [{"id": visit, "visit_id": visit, "stage": "coach", "crashes": self.crashes}
                     for visit, state in self.coach.items() if state == wanted]  # fmt: skip
        else:
            items = [{"type": "visit.analyzed", "visit_id": visit, "id": event} for event, visit in self.events]
        return {"items": items, "next_cursor": None}


def checked(service: Service, *, delivered: list[str]) -> Checker:
    client = httpx.Client(base_url="http://service", transport=httpx.MockTransport(service))
    running = Installation(Path("unused"), profile="embedded", database="", inbox_port=1)
    running.parts = ()
    done = Acknowledged(list(service.coach), list(service.recordings))
    return Checker(client, running, Inbox(ids=delivered), done, quiet_s=0.05, look_s=0.01)


def test_visits_that_ended_and_were_told_of_once_are_no_fault() -> None:
    service = Service({"a": "succeeded"}, [("evt-a", "a")], {"r": "waiting_for_model"})
    assert checked(service, delivered=["evt-a", "evt-a"]).faults() == []


@pytest.mark.parametrize(
    ("service", "delivered", "fault"),
    [
        (Service({"a": "running"}), [], "P1: a never ended"),
        (Service({"a": "failed"}), [], "P1: a is failed"),
        (Service({"a": "succeeded"}), [], "P3: a was told of by 0 events"),
        (Service({"a": "succeeded"}, [("x", "a"), ("y", "a")]), ["x", "y"], "P3: a was told of by 2 events"),
        (Service({"a": "succeeded"}, [("x", "a")]), [], "P13: x was never delivered"),
        (Service({}), ["z"], "P3: z was delivered and is no event"),
        (Service({}, recordings={"r": "processing"}), [], "P1: recording r is processing"),
        (Service({}, recordings={"r": "failed"}), [], "P1: recording r is failed"),
    ],
    ids=["stuck", "failed", "untold", "told twice", "undelivered", "invented", "recording stuck", "recording failed"],
)
def test_a_broken_promise_is_a_fault(service: Service, delivered: list[str], fault: str) -> None:
    assert fault in checked(service, delivered=delivered).faults()


def test_a_quarantined_visit_is_tried_again_and_then_owed_like_the_others() -> None:
    checker = checked(Service({"a": "quarantined"}), delivered=["evt-a"])
    assert checker.faults() == []
    assert checker.rescued == 1


def test_turns_are_spread_over_the_time_that_is_left_and_none_is_kept_back() -> None:
    given: list[float] = []

    class Turns(threading.Semaphore):
        def release(self, n: int = 1) -> None:
            given.append(time.monotonic())
            super().release(n)

    began = time.monotonic()
    give_turns(Turns(0), 5, until=began + 0.2)
    give_turns(Turns(0), 2, until=began)  # late already: given at once

    assert len(given) == 7
    assert given[1] - began >= 0.03
    assert given[4] - began >= 0.15


def test_a_visit_that_is_quarantined_again_is_a_fault() -> None:
    class Stubborn(Service):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            return super().__call__(request) if request.method == "GET" else httpx.Response(202, json={})

    assert "P1: a is quarantined" in checked(Stubborn({"a": "quarantined"}), delivered=[]).faults()


@pytest.mark.parametrize(("crashes", "found"), [(0, []), (2, ["P20: coach of a counts 2 crashes"])])
def test_a_crash_that_a_restart_should_not_have_counted_is_named(crashes: int, found: list[str]) -> None:
    assert checked(Service({"a": "succeeded"}, crashes=crashes), delivered=[]).crashes() == found
