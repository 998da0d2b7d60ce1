"""The workload and the kills: what was acknowledged is remembered, for `checker` to ask after.

A run is named by its profile, seed and number of kills; the same three give the same sequence of choices.
"""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.chaos.checker import Acknowledged, Checker
from tests.chaos.installation import GRACE_S, ROOT, Inbox, Installation, installed, receiving

RECORDING = ROOT / "service" / "demo" / "assets" / "recording.ogg"
CONSENT = {"basis": "consent", "method": "verbal", "given_at": "2026-03-02T10:00:00+08:00"}
VISIT = {"rep_id": "rep-1", "account_id": "acc-1", "visited_at": "2026-03-02T10:00:00+08:00", "consent": CONSENT}
PATIENCE_S = 60.0  # for one answer: beside other tests a machine may be slow, and slow is not lost
AWAY = {503, 507}  # honest answers of a service whose database or disk is away
CLIENTS = 3


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
    rescued: int
    slowest_end_s: float
    seconds: float
    faults: list[str]


class Load(threading.Thread):
    """Sends a visit for each turn it gets, and remembers only what was acknowledged.

    Turns are given with each kill: visits sent without end would outrun a service that is down half of the time, and
    leave nothing to check but its queue. A turn that met nobody is given back: while a part starts again, all would be
    spent on a closed door. `used` counts those that were answered.
    """

    def __init__(self, installation: Installation, key: str, number: int, turns: threading.Semaphore) -> None:
        super().__init__(daemon=True)
        self.done = Acknowledged()
        self.halt = threading.Event()
        self.broken: Counter[int] = Counter()
        self.used = 0
        self._client = _client_of(installation, key)
        self._number, self._turns = number, turns

    def run(self) -> None:
        count = 0
        while not self.halt.is_set():
            if not self._turns.acquire(timeout=0.2):
                continue
            count += 1
            try:
                self._send(count)
            except httpx.HTTPError:
                self._turns.release()
                self.halt.wait(0.2)
            else:
                self.used += 1
        self._client.close()

    def _send(self, count: int) -> None:
        name = f"{self._number}-{count}"
        made = self._client.post("/v1/visits", json={**VISIT, "external_id": name}, headers={"Idempotency-Key": name})
        if not self._taken(made):
            return
        visit_id = made.json()["id"]
        if count % 10 == 0:
            files = {"file": ("a.ogg", RECORDING.read_bytes())}
            taken = self._client.post(f"/v1/visits/{visit_id}/recording", files=files)
            if self._taken(taken):
                self.done.recordings.append(taken.json()["id"])
            return
        turns = [{"role": "customer", "text": f"第{name}次，这个价格还是太贵了，再便宜一点我就定。"}]
        if self._taken(self._client.put(f"/v1/visits/{visit_id}/transcript", json={"turns": turns})):
            self.done.visits.append(visit_id)

    def _taken(self, answer: httpx.Response) -> bool:
        if answer.status_code >= 500 and answer.status_code not in AWAY:
            self.broken[answer.status_code] += 1
        return answer.is_success


def run(
    folder: Path,
    profile: str,
    *,
    seed: int,
    kills: int,
    quiet_s: float = 420.0,
    visits_a_kill: int = 4,
    gently: bool = False,
    every_s: float = 0.0,
) -> Outcome:
    """Kill `kills` times while three clients send, let it settle until nothing moved for `quiet_s`, and check.

    The third attempt of a delivery comes five minutes after the second: `quiet_s` is longer than that.

    Args:
        gently: parts are asked to stop, as an upgrade does it: within the grace, and no run counts it as a crash.
        every_s: from one kill to the next, at least; what was killed starts again within that time.
    """
    began, chance, inbox = time.monotonic(), random.Random(seed), Inbox()
    struck: Counter[str] = Counter()
    with receiving(inbox) as port, installed(folder, profile, port) as installation:
        key = installation.run("keys", "create", "--tenant", "chaos")
        installation.start()
        with _client_of(installation, key) as client:
            hook = {"url": f"http://127.0.0.1:{port}/", "event_types": ["visit.analyzed"]}
            client.post("/v1/webhook-endpoints", json=hook).raise_for_status()
            turns = threading.Semaphore(0)
            loads = [Load(installation, key, number, turns) for number in range(CLIENTS)]
            for load in loads:
                load.start()
            struck_at = time.monotonic() - every_s
            for _ in range(kills):
                due_at = max(time.monotonic() + chance.uniform(0.05, 1.5), struck_at + every_s)
                give_turns(turns, visits_a_kill, until=due_at)
                struck_at = time.monotonic()
                struck[_end(installation, chance) if gently else _strike(installation, chance)] += 1
                installation.start()
            until = time.monotonic() + PATIENCE_S
            while sum(load.used for load in loads) < kills * visits_a_kill and time.monotonic() < until:
                time.sleep(0.1)
            for load in loads:
                load.halt.set()
                load.join(PATIENCE_S)
            done = Acknowledged(
                [visit for load in loads for visit in load.done.visits],
                [recording for load in loads for recording in load.done.recordings],
            )
            checker = Checker(client, installation, inbox, done, quiet_s)
            faults = checker.faults()
            if gently:
                faults += checker.crashes()
            if installation.slowest_end_s >= GRACE_S:
                faults.append(f"P20: a part took more than {GRACE_S:.0f} s to stop")
            faults += [f"P11: {n} × {status}" for load in loads for status, n in load.broken.items()]
            faults += [f"{part} ended by itself" for part in installation.ended_by_themselves]
    repeated = len(inbox.ids) - len(set(inbox.ids))
    events = sum(map(len, checker.events.values()))
    return Outcome(profile, seed, struck, len(done.visits), len(done.recordings), events, len(inbox.ids), repeated,
                   checker.rescued, installation.slowest_end_s, time.monotonic() - began, faults)  # fmt: skip


def give_turns(turns: threading.Semaphore, count: int, *, until: float) -> None:
    """`count` turns, spread over the time until then, so that work is on hand at every moment of it."""
    for left in range(count, 0, -1):
        turns.release()
        time.sleep(max(0.0, until - time.monotonic()) / left)


def _client_of(installation: Installation, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=installation.address, headers=headers, timeout=PATIENCE_S, trust_env=False)


def _end(installation: Installation, chance: random.Random) -> str:
    part = chance.choice(installation.parts)
    installation.end(part)
    return f"{part} asked to stop"


def _strike(installation: Installation, chance: random.Random) -> str:
    part = chance.choice(installation.parts)
    if chance.random() < 0.25 and installation.kill_a_child(part):
        return f"child of {part}"
    installation.kill(part)
    return part
