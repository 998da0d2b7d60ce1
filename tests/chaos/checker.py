"""After the kills: waits while anything moves, has quarantined runs tried again, compares with what was promised."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.chaos.installation import Inbox, Installation

GIVEN_UP = ("quarantined", "failed", "cancelled")
RECORDING_ENDED = {"waiting_for_model", "done", "failed", "quarantined"}


@dataclass
class Acknowledged:
    """What the API answered with 2xx."""

    visits: list[str] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)


@dataclass
class Checker:
    """One installation after its kills. `quiet_s`: when nothing moved for so long, nothing will.

    A run that was killed three times is quarantined, as promised (P19): no loss, since an operator may have it tried
    again. So it is, once, and after that its visit must end like the others.
    """

    client: httpx.Client
    installation: Installation
    inbox: Inbox
    done: Acknowledged
    quiet_s: float
    look_s: float = 0.5
    rescued: int = 0
    events: dict[str, list[str]] = field(default_factory=dict)

    def faults(self) -> list[str]:
        """Every broken promise; empty when all were kept."""
        self._settle()
        self.rescued = self._try_quarantined_again()
        if self.rescued:
            self._settle()
        faults = [f"P1: {visit} never ended" for visit in self.done.visits if self._end_of(visit) is None]
        faults += [f"P1: {visit} is {end}" for visit in self.done.visits if (end := self._end_of(visit)) in GIVEN_UP]
        for recording in self.done.recordings:
            state = self._state_of(recording)
            if state not in RECORDING_ENDED or state in GIVEN_UP:
                faults.append(f"P1: recording {recording} is {state}")
        for visit in self.done.visits:
            events = self.events.get(visit, [])
            if len(events) != 1:
                faults.append(f"P3: {visit} was told of by {len(events)} events")
            faults += [f"P13: {event} was never delivered" for event in events if event not in self.inbox.ids]
        known = {event for events in self.events.values() for event in events}
        return faults + [f"P3: {event} was delivered and is no event" for event in sorted({*self.inbox.ids} - known)]

    def crashes(self) -> list[str]:
        """Runs that count a crash: who is asked to stop hands its work back instead (P20)."""
        ended = self._pages("/v1/runs?state=succeeded&limit=200")
        return [f"P20: {run['stage']} of {run['visit_id']} counts {run['crashes']} crashes"
                for run in ended if run["crashes"]]  # fmt: skip

    def _settle(self) -> None:
        visits, recordings = set(self.done.visits), set(self.done.recordings)
        seen, moved_at = (0, 0, 0), time.monotonic()
        while time.monotonic() - moved_at < self.quiet_s:
            self.installation.start()
            with suppress(httpx.HTTPError):  # asked again until nothing moves
                visits = {visit for visit in visits if self._end_of(visit) is None}
                recordings = {one for one in recordings if self._state_of(one) not in RECORDING_ENDED}
                self.events = self._told()
                owed = {event for visit in self.done.visits for event in self.events.get(visit, [])}
                missing = owed - set(self.inbox.ids)
                if not visits and not recordings and not missing:
                    return
                now = (len(visits), len(recordings), len(self.inbox.ids))
                if now != seen:
                    seen, moved_at = now, time.monotonic()
            time.sleep(self.look_s)

    def _try_quarantined_again(self) -> int:
        runs = list(self._pages("/v1/runs?state=quarantined&limit=200"))
        for run in runs:
            headers = {"Idempotency-Key": f"again-{run['id']}"}
            self.client.post(f"/v1/runs/{run['id']}/retry", headers=headers).raise_for_status()
        return len(runs)

    def _end_of(self, visit_id: str) -> str | None:
        """How a visit ended, None while it is worked on."""
        runs: Sequence[dict[str, Any]] = self._json(f"/v1/visits/{visit_id}")["runs"]
        states = {run["stage"]: str(run["state"]) for run in runs}
        given_up = [state for state in states.values() if state in GIVEN_UP]
        if given_up:
            return given_up[0]
        return "succeeded" if states.get("coach") == "succeeded" else None

    def _state_of(self, recording_id: str) -> str:
        return str(self._json(f"/v1/recordings/{recording_id}")["state"])

    def _told(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for event in self._pages("/v1/events?limit=200"):
            if event["type"] == "visit.analyzed":
                found.setdefault(event["visit_id"], []).append(event["id"])
        return found

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        after = ""
        while True:
            page = self._json(f"{path}{after}")
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            after = f"&after={page['next_cursor']}"

    def _json(self, path: str) -> dict[str, Any]:
        return dict(self.client.get(path).raise_for_status().json())
