"""P6: a database that dies under load costs time. The API answers 503 with when to come back, nobody restarts ours.

An API and a runner work on a PostgreSQL of their own, which is stopped without warning and started again, some times
for as long as a lease lasts. Clients insist until what they sent is taken; then each visit must end, once.
"""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.chaos.checker import Acknowledged, Checker
from tests.chaos.driver import RECORDING, VISIT
from tests.chaos.installation import Inbox, Installation, receiving
from tests.proofs.profiles import Told
from tests.support.own_postgres import OwnPostgres, own_postgres

LEASE_S = 60.0
SHORTEST_S, SHORT_S = 0.5, 10.0
EVERY_NTH_LONG = 4  # of ten stops the second, the sixth and the tenth
REST_S = (4.0, 12.0)
CLIENTS = 2
EVERY_S = 1.0
INSIST_S = 120.0
ANSWER_WITHIN_S = 60.0
ASKED = ("/v1/visits?limit=1", "/v1/events?limit=1", "/v1/limits", "/metrics")


def is_honest(answer: httpx.Response) -> bool:
    """Whether a refusal is one that the promise allows: not now, and when to come back."""
    return answer.status_code == 503 and answer.headers.get("Retry-After", "").isdigit()


@dataclass
class Answers:
    """What all clients were told; `broken` counts what no client should ever see."""

    away: int = 0
    slowest_s: float = 0.0
    broken: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, client: httpx.Client, method: str, path: str, **given: object) -> httpx.Response | None:
        """The answer when it is a success, None when it has to be asked again."""
        kind = f"{method} {path.partition('?')[0].rpartition('/')[2]}"
        began = time.monotonic()
        try:
            answer = client.request(method, path, **given)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            self._count(f"{kind}: {type(error).__name__}")
            return None
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        if answer.is_success:
            return answer
        if is_honest(answer):
            with self.lock:
                self.away += 1
        else:
            self._count(f"{kind}: {answer.status_code} {answer.text[:200]}")
        return None

    def _count(self, what: str) -> None:
        with self.lock:
            self.broken[what] += 1


class Sender(threading.Thread):
    """One visit after the other, each request repeated under its key until it was taken."""

    def __init__(self, client: httpx.Client, answers: Answers, number: int) -> None:
        super().__init__(daemon=True)
        self.done = Acknowledged()
        self.halt = threading.Event()
        self._client, self._answers, self._number = client, answers, number

    def run(self) -> None:
        count = 0
        while not self.halt.wait(EVERY_S):
            count += 1
            self._send(count)

    def _send(self, count: int) -> None:
        name = f"{self._number}-{count}"
        made = self._insist(
            "POST", "/v1/visits", json={**VISIT, "external_id": name}, headers={"Idempotency-Key": name}
        )
        if made is None:
            return
        visit = f"/v1/visits/{made.json()['id']}"
        if count % 10 == 0:
            taken = self._insist("POST", f"{visit}/recording", files={"file": ("a.ogg", RECORDING.read_bytes())})
            if taken is not None:
                self.done.recordings.append(taken.json()["id"])
            return
        turns = [{"role": "customer", "text": f"第{name}次，这个价格还是太贵了，再便宜一点我就定。"}]
        if self._insist("PUT", f"{visit}/transcript", json={"turns": turns}) is not None:
            self.done.visits.append(made.json()["id"])

    def _insist(self, method: str, path: str, **given: object) -> httpx.Response | None:
        until = time.monotonic() + INSIST_S
        while time.monotonic() < until:
            answer = self._answers.ask(self._client, method, path, **given)
            if answer is not None:
                return answer
            time.sleep(EVERY_S)  # sooner than it was told: the more are turned away
        return None


class Asker(threading.Thread):
    """Reads all the while, and asks the probes what they think."""

    def __init__(self, client: httpx.Client, answers: Answers) -> None:
        super().__init__(daemon=True)
        self.halt = threading.Event()
        self.well_at = 0.0
        self._client, self._answers = client, answers

    def run(self) -> None:
        while not self.halt.wait(0.2):
            for path in ASKED:
                if self._answers.ask(self._client, "GET", path) is not None and path == ASKED[0]:
                    self.well_at = time.monotonic()
            if self._client.get("/healthz").status_code != 200:
                self._answers.broken["/healthz is red, though the process is well"] += 1


def lengths_of(stops: int, chance: random.Random, *, longest_s: float = LEASE_S) -> list[float]:
    """How long the database is away each time: mostly for seconds, some times for a whole lease."""
    return [longest_s if number % EVERY_NTH_LONG == 1 else min(longest_s, chance.uniform(SHORTEST_S, SHORT_S))
            for number in range(stops)]  # fmt: skip


def prove(
    folder: Path, name: str, *, stops: int, seed: int, longest_s: float = LEASE_S, quiet_s: float = 420.0
) -> Told:
    """Stop the database of an installation `stops` times under load, and check what it had acknowledged.

    Args:
        quiet_s: nothing moves any more after so long; longer than the five minutes before a third delivery.
    """
    chance, inbox = random.Random(seed), Inbox()
    lengths = lengths_of(stops, chance, longest_s=longest_s)
    with own_postgres() as own, receiving(inbox) as port:
        database = own.url.replace("postgresql://", "postgresql+psycopg://")
        installation = Installation(folder, profile=name, database=database, inbox_port=port)
        try:
            said, faults = _judged(installation, own, (inbox, port), lengths, chance, quiet_s)
        finally:
            installation.stop()
    longest = sum(each >= longest_s for each in lengths)
    return [f"{name}: seed {seed}, {stops} stops, {longest} of them for {longest_s:.0f} s", *said], faults


def _judged(
    installation: Installation,
    own: OwnPostgres,
    receiver: tuple[Inbox, int],
    lengths: list[float],
    chance: random.Random,
    quiet_s: float,
) -> Told:
    inbox, port = receiver
    key = installation.run("keys", "create", "--tenant", "proof")
    installation.start()
    began_as = {part: process.pid for part, process in installation.processes.items()}
    headers, answers = {"Authorization": f"Bearer {key}"}, Answers()
    with httpx.Client(
        base_url=installation.address, headers=headers, timeout=ANSWER_WITHIN_S, trust_env=False
    ) as client:
        hook = {"url": f"http://127.0.0.1:{port}/", "event_types": ["visit.analyzed"]}
        client.post("/v1/webhook-endpoints", json=hook).raise_for_status()
        asker = Asker(client, answers)
        senders = [Sender(client, answers, number) for number in range(CLIENTS)]
        back_s = _struck(own, lengths, chance, asker, senders)
        done = Acknowledged([each for sender in senders for each in sender.done.visits],
                            [each for sender in senders for each in sender.done.recordings])  # fmt: skip
        checker = Checker(client, installation, inbox, done, quiet_s)
        faults = checker.faults() + [fault.replace("P20", "P6") for fault in checker.crashes()]
    faults += [f"P6: {count} × {what}" for what, count in answers.broken.items()]
    faults += [f"P3: {visit} was told of by {len(events)} events" for visit, events in checker.events.items()
               if len(events) > 1 and visit not in done.visits]  # fmt: skip
    if max(back_s) >= ANSWER_WITHIN_S:
        faults.append("P6: the API was not well again after the database was")
    if began_as != {part: process.pid for part, process in installation.processes.items()}:
        faults.append(f"P6: ended by themselves: {installation.ended_by_themselves}")
    repeated = len(inbox.ids) - len(set(inbox.ids))
    said = (
        f"  acknowledged {len(done.visits)} visits and {len(done.recordings)} recordings; {answers.away} times 503 "
        f"with Retry-After and {sum(answers.broken.values())} times anything else; the slowest answer took "
        f"{answers.slowest_s:.1f} s; the API well again {max(back_s):.1f} s at most after the database was; "
        f"{len(set(inbox.ids))} events delivered, {repeated} deliveries repeated under their ids; "
        f"{checker.rescued} runs quarantined"
    )
    return [said], faults


def _struck(
    own: OwnPostgres, lengths: list[float], chance: random.Random, asker: Asker, senders: list[Sender]
) -> list[float]:
    """Seconds from each start of the database to the first answer that is well again."""
    for thread in (asker, *senders):
        thread.start()
    time.sleep(REST_S[1])
    back_s = []
    for length in lengths:
        own.stop_at_once()
        time.sleep(length)
        own.start()
        there, until = time.monotonic(), time.monotonic() + ANSWER_WITHIN_S
        while asker.well_at < there and time.monotonic() < until:
            time.sleep(0.05)
        back_s.append(time.monotonic() - there)
        time.sleep(chance.uniform(*REST_S))
    asker.halt.set()
    for sender in senders:
        sender.halt.set()
    for thread in (asker, *senders):
        thread.join(INSIST_S + ANSWER_WITHIN_S)
    return back_s
