"""A tenant under load: sends visits, and reads each event that tells of one exactly once."""

import ssl
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httpx

from tests.chaos.driver import VISIT
from tests.chaos.installation import Installation

SAID = (
    ("rep", "骆主任，上次的手柄报价您这边怎么看？"),
    ("customer", "两万八一把太贵了，能不能再便宜一点？"),
    ("rep", "可以分期，十二个月，利息我们出。"),
    ("customer", "下周三之前我得跟邵院长汇报，预算在他手里。"),
    ("rep", "好，我周五之前把分期方案发给您。"),
)
TURNS = [{"role": role, "text": text} for role, text in SAID * 8]
REPS, ACCOUNTS = 20, 100  # a thousand visits in a month are a team's work, and not one person's at one customer
PATIENCE_S = 300.0  # for one answer: five hundred clients and a runner share two cores
TRIES = 5
REST_S = 2.0
PAGE = 200
UNUSED_TLS = ssl.create_default_context()  # a client makes its own otherwise: 30 ms of CPU each, for plain HTTP


class Tenant:
    """One tenant's client. `sent` visits were acknowledged with their transcript; `told_at`: when each was told of."""

    def __init__(self, name: str, key: str, client: httpx.Client) -> None:
        self.name, self.key, self.client = name, key, client
        self.sent = 0
        self.told_at: list[str] = []
        self.refused: Counter[str] = Counter()
        self.put_off: Counter[str] = Counter()
        self._after = ""

    @property
    def told(self) -> int:
        """Visits that were told of, as far as was read."""
        return len(self.told_at)

    @property
    def waiting(self) -> int:
        """Visits that were sent and not told of, as far as was read."""
        return self.sent - self.told

    def send(self) -> bool:
        """One visit with a transcript of forty turns; whether both were taken. A refusal is counted by its code.

        503 is an honest answer of a machine that is busy, and asks to come back: so a client does, a few times.
        """
        name = f"{self.name}-{self.sent}"
        by = {"rep_id": f"rep-{self.sent % REPS}", "account_id": f"acc-{self.sent % ACCOUNTS}"}
        made = self._patiently("POST", "/v1/visits", {**VISIT, **by, "external_id": name})
        if made is None:
            return False
        if self._patiently("PUT", f"/v1/visits/{made['id']}/transcript", {"turns": TURNS}) is None:
            return False
        self.sent += 1
        return True

    def _patiently(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        for _ in range(TRIES):
            try:
                answer = self.client.request(method, path, json=body)
            except httpx.HTTPError as error:
                self.refused[type(error).__name__] += 1
                return None
            if answer.is_success:
                return dict(answer.json())
            told = f"{answer.status_code} {answer.json().get('code', '')}"
            if answer.status_code != 503:
                break
            self.put_off[told] += 1
            time.sleep(REST_S)
        self.refused[told] += 1
        return None

    def read(self) -> int:
        """How many visits were told of since the last time: only what is new is read."""
        before = self.told
        while True:
            items = self.client.get(f"/v1/events?limit={PAGE}{self._after}").raise_for_status().json()["items"]
            self.told_at += [event["timestamp"] for event in items if event["type"] == "visit.analyzed"]
            if items:
                self._after = f"&after={items[-1]['id']}"
            if len(items) < PAGE:
                return self.told - before

    def until(self, wanted: int, *, quiet_s: float = 300.0) -> bool:
        """Read until `wanted` were told of; False when nothing was told for `quiet_s`, however long it took before."""
        moved_at = time.monotonic()
        while self.told < wanted:
            with suppress(httpx.TimeoutException):  # a busy machine: asked again until it is quiet for too long
                if self.read():
                    moved_at = time.monotonic()
            if time.monotonic() - moved_at > quiet_s:
                return False
            time.sleep(0.2)
        return True


def new_tenants(installation: Installation, names: Sequence[str]) -> list[Tenant]:
    """Tenants with keys of their own."""
    keys = installation.keys(*names)
    return [Tenant(name, key, client_of(installation, key)) for name, key in zip(names, keys, strict=True)]


def client_of(installation: Installation, key: str) -> httpx.Client:
    """A client that waits long and knows no proxy."""
    return httpx.Client(
        base_url=installation.address,
        headers={"Authorization": f"Bearer {key}"},
        timeout=PATIENCE_S,
        trust_env=False,
        verify=UNUSED_TLS,
    )


def jain(shares: Sequence[int]) -> float:
    """How evenly work was shared: 1 when all got the same, 1/n when one of n got everything.

    Source: R. Jain, D. Chiu, W. Hawe, "A Quantitative Measure of Fairness", 1984.
    """
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 0.0
