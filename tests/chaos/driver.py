"""The workload, the kills and the checker: what was acknowledged is finished once, and told under one id.

A run is named by its profile, seed and number of kills; the same three give the same sequence of choices.
"""

import random
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.chaos.installation import ROOT, Inbox, Installation, installed, receiving

RECORDING = ROOT / "service" / "demo" / "assets" / "recording.ogg"
CONSENT = {"basis": "consent", "method": "verbal", "given_at": "2026-03-02T10:00:00+08:00"}
VISIT = {"rep_id": "rep-1", "account_id": "acc-1", "visited_at": "2026-03-02T10:00:00+08:00", "consent": CONSENT}
ENDED = {"succeeded", "failed", "quarantined", "cancelled"}
RECORDING_ENDED = {"waiting_for_model", "done", "failed", "quarantined"}
PATIENCE_S = 60.0  # for one answer: beside other tests a machine may be slow, and slow is not lost


@dataclass
class Acknowledged:
    """What the API answered with 2xx."""

    visits: list[str] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """What the checker found; `faults` is empty when every promise was kept."""

    profile: str
    seed: int
    kills: Counter[str]
    visits: int
    recordings: int
    events: int
    deliveries: int
    repeated: int
    seconds: float
    faults: list[str]


class Load(threading.Thread):
    """Sends visits until told to stop or `most` were sent, and remembers only what was acknowledged."""

    def __init__(self, installation: Installation, key: str, number: int, most: int) -> None:
        super().__init__(daemon=True)
        self.done = Acknowledged()
        self.halt = threading.Event()
        self._client = httpx.Client(
            base_url=installation.address,
            headers={"Authorization": f"Bearer {key}"},
            timeout=PATIENCE_S,
            trust_env=False,
        )
        self._number, self._most = number, most

    def run(self) -> None:
        count = 0
        while not self.halt.is_set() and count < self._most:
            count += 1
            with suppress(httpx.HTTPError):
                self._send(count)
            self.halt.wait(0.05)
        self._client.close()

    def _send(self, count: int) -> None:
        name = f"{self._number}-{count}"
        made = self._client.post("/v1/visits", json={**VISIT, "external_id": name}, headers={"Idempotency-Key": name})
        if not made.is_success:
            return
        visit_id = made.json()["id"]
        if count % 10 == 0:
            files = {"file": ("a.ogg", RECORDING.read_bytes())}
            taken = self._client.post(f"/v1/visits/{visit_id}/recording", files=files)
            if taken.is_success:
                self.done.recordings.append(taken.json()["id"])
            return
        turns = [{"role": "customer", "text": f"第{name}次，这个价格还是太贵了，再便宜一点我就定。"}]
        if self._client.put(f"/v1/visits/{visit_id}/transcript", json={"turns": turns}).is_success:
            self.done.visits.append(visit_id)


def run(
    folder: Path, profile: str, *, seed: int, kills: int, settle_s: float = 240.0, visits_each: int = 1_000_000
) -> Outcome:
    """Kill `kills` times while three clients send at most `visits_each` visits, let it settle, and check."""
    began, chance, inbox = time.monotonic(), random.Random(seed), Inbox()
    struck: Counter[str] = Counter()
    with receiving(inbox) as port, installed(folder, profile, port) as installation:
        key = installation.run("keys", "create", "--tenant", "chaos")
        installation.start()
        with httpx.Client(
            base_url=installation.address,
            headers={"Authorization": f"Bearer {key}"},
            timeout=PATIENCE_S,
            trust_env=False,
        ) as client:
            hook = {"url": f"http://127.0.0.1:{port}/", "event_types": ["visit.analyzed"]}
            client.post("/v1/webhook-endpoints", json=hook).raise_for_status()
            loads = [Load(installation, key, number, visits_each) for number in range(3)]
            for load in loads:
                load.start()
            for _ in range(kills):
                time.sleep(chance.uniform(0.05, 1.5))
                struck[_strike(installation, chance)] += 1
                installation.start()
            for load in loads:
                load.halt.set()
                load.join(PATIENCE_S)
            done = Acknowledged(
                [visit for load in loads for visit in load.done.visits],
                [recording for load in loads for recording in load.done.recordings],
            )
            faults, events = _check(client, installation, inbox, done, settle_s)
    repeated = len(inbox.ids) - len(set(inbox.ids))
    return Outcome(profile, seed, struck, len(done.visits), len(done.recordings), events, len(inbox.ids), repeated,
                   time.monotonic() - began, faults)  # fmt: skip


def _strike(installation: Installation, chance: random.Random) -> str:
    part = chance.choice(installation.parts)
    if chance.random() < 0.25 and installation.kill_a_child(part):
        return f"child of {part}"
    installation.kill(part)
    return part


def _check(
    client: httpx.Client, installation: Installation, inbox: Inbox, done: Acknowledged, settle_s: float
) -> tuple[list[str], int]:
    until = time.monotonic() + settle_s
    visits, told = set(done.visits), dict[str, list[str]]()
    open_visits, open_recordings = set(visits), set(done.recordings)
    while time.monotonic() < until:
        installation.start()
        with suppress(httpx.HTTPError):  # asked again until the time is up
            open_visits = {visit for visit in open_visits if not _ended(client, visit)}
            open_recordings = {one for one in open_recordings if _state(client, one) not in RECORDING_ENDED}
            told = _told(client)
            owed = {event for visit, events in told.items() for event in events if visit in visits}
            if not open_visits and not open_recordings and owed <= set(inbox.ids):
                break
        time.sleep(0.5)
    faults = [f"P1: {visit} never ended" for visit in sorted(open_visits)]
    faults += [f"P1: recording {one} is {_state(client, one)}" for one in sorted(open_recordings)]
    for visit in done.visits:
        events = told.get(visit, [])
        if len(events) != 1:
            faults.append(f"P3: {visit} was told of by {len(events)} events")
        faults += [f"P13: {event} was never delivered" for event in events if event not in inbox.ids]
    return faults, sum(map(len, told.values()))


def _state(client: httpx.Client, recording_id: str) -> str:
    return str(_json(client, f"/v1/recordings/{recording_id}")["state"])


def _json(client: httpx.Client, path: str) -> dict[str, Any]:
    answer = client.get(path).raise_for_status()
    return dict(answer.json())


def _ended(client: httpx.Client, visit_id: str) -> bool:
    runs: list[dict[str, Any]] = _json(client, f"/v1/visits/{visit_id}")["runs"]
    return {run["stage"]: run["state"] for run in runs}.get("coach") in ENDED


def _told(client: httpx.Client) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    after = ""
    while True:
        page = _json(client, f"/v1/events?limit=200{after}")
        for event in page["items"]:
            if event["type"] == "visit.analyzed":
                found.setdefault(event["visit_id"], []).append(event["id"])
        if page["next_cursor"] is None:
            return found
        after = f"&after={page['next_cursor']}"
