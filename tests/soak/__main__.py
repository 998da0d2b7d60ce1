"""`make soak`: one `fieldcue serve` under load; prints what was measured, and ends with 1 when a bound was broken.

Bounds: memory after the last visit at most 15% over that after the first tenth; no 5xx; a tenant with one visit is
served while another's thousand wait.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx

from tests.chaos.driver import VISIT
from tests.chaos.installation import Inbox, Installation, installed, receiving

GROWTH = 1.15
SAID = (
    ("rep", "骆主任，上次的手柄报价您这边怎么看？"),
    ("customer", "两万八一把太贵了，能不能再便宜一点？"),
    ("rep", "可以分期，十二个月，利息我们出。"),
    ("customer", "下周三之前我得跟邵院长汇报，预算在他手里。"),
    ("rep", "好，我周五之前把分期方案发给您。"),
)


def client_of(installation: Installation, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=installation.address, headers=headers, timeout=120, trust_env=False)


def send(client: httpx.Client, name: str) -> list[int]:
    """One visit with a transcript of forty turns; the answers' statuses."""
    made = client.post("/v1/visits", json={**VISIT, "external_id": name})
    if not made.is_success:
        return [made.status_code]
    turns = [{"role": role, "text": text} for role, text in SAID * 8]
    put = client.put(f"/v1/visits/{made.json()['id']}/transcript", json={"turns": turns})
    return [made.status_code, put.status_code]


def rss_mib(installation: Installation) -> float:
    status = Path(f"/proc/{installation.processes['serve'].pid}/status").read_text("utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def told(client: httpx.Client, wanted: int, *, within_s: float) -> int:
    """How many visits were told of, once it is `wanted` or the time is over."""
    until, seen, after = time.monotonic() + within_s, 0, ""
    while seen < wanted and time.monotonic() < until:
        items = client.get(f"/v1/events?limit=200{after}").json()["items"]
        seen += sum(event["type"] == "visit.analyzed" for event in items)
        if items:
            after = f"&after={items[-1]['id']}"
        else:
            time.sleep(0.2)
    return seen


def memory(installation: Installation, key: str, visits: int) -> tuple[list[str], list[str]]:
    """Visits one after another through one process: its memory, and how many it works through in an hour."""
    with closing(client_of(installation, key)) as client:
        tenth = max(20, visits // 10)
        for number in range(tenth):
            send(client, f"m{number}")
        told(client, tenth, within_s=600)
        first, began = rss_mib(installation), time.monotonic()
        for number in range(tenth, visits):
            send(client, f"m{number}")
        done = told(client, visits, within_s=1_800)
        pace = (visits - tenth) / (time.monotonic() - began) * 3_600
        last = rss_mib(installation)
    said = [f"memory: {first:.0f} MiB after {tenth} visits, {last:.0f} MiB after {visits}; {pace:.0f} visits an hour"]
    faults = [f"memory grew from {first:.0f} to {last:.0f} MiB"] if last > first * GROWTH else []
    return said, faults + ([f"{visits - done} visits were not finished"] if done < visits else [])


def crowd(installation: Installation, key: str, clients: int) -> tuple[list[str], list[str]]:
    """That many clients at once, five requests each."""
    statuses: Counter[int] = Counter()
    times: list[float] = []
    lock, gate = threading.Lock(), threading.Barrier(clients)

    def ask(number: int) -> None:
        with closing(client_of(installation, key)) as client:
            gate.wait(120)
            for turn in range(5):
                began = time.monotonic()
                body = {"from": "customer", "text": f"第{number}-{turn}次问：价格能不能再谈？"}
                status = client.post("/v1/messages/triage", json=body).status_code
                with lock:
                    statuses[status] += 1
                    times.append(time.monotonic() - began)

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(ask, range(clients)))
    p95 = statistics.quantiles(times, n=20)[18]
    median = statistics.median(times)
    told = f"{clients} clients at once: {dict(statuses)}; median {median * 1000:.0f} ms, 95% within {p95 * 1000:.0f} ms"
    return [told], [f"{n} × {status}" for status, n in statuses.items() if status >= 500]


def fairness(installation: Installation, keys: tuple[str, str], queued: int) -> tuple[list[str], list[str]]:
    """One tenant queues many visits, then another queues one: how much of the first was done when it was told."""
    many, one = (client_of(installation, key) for key in keys)
    with closing(many), closing(one):
        before = len(_analysed(many))
        for number in range(queued):
            send(many, f"f{number}")
        waiting = queued - (len(_analysed(many)) - before)
        began = time.monotonic()
        send(one, "f-one")
        told(one, 1, within_s=600)
        took = time.monotonic() - began
        left = queued - (len(_analysed(many)) - before)
    said = (
        f"fair share: {waiting} visits of one tenant waited when another sent one; it was told after {took:.1f} s, "
        f"while {left} still waited"
    )
    return [said], ["the one visit waited for all the others"] if waiting > 20 and left == 0 else []


def _analysed(client: httpx.Client) -> list[str]:
    found, after = [], ""
    while True:
        items = client.get(f"/v1/events?limit=200{after}").json()["items"]
        found += [event["id"] for event in items if event["type"] == "visit.analyzed"]
        if len(items) < 200:
            return found
        after = f"&after={items[-1]['id']}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--visits", type=int, default=1_000)
    options.add_argument("--clients", type=int, default=500)
    options.add_argument("--queued", type=int, default=1_000)
    given = options.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="fieldcue-soak-") as folder,
        receiving(Inbox()) as port,
        installed(Path(folder), "embedded", port) as installation,
    ):
        keys = installation.run("keys", "create", "--tenant", "a"), installation.run("keys", "create", "--tenant", "b")
        installation.start()
        faults: list[str] = []
        for measured in (
            lambda: memory(installation, keys[0], given.visits),
            lambda: crowd(installation, keys[0], given.clients),
            lambda: fairness(installation, keys, given.queued),
        ):
            said, broken = measured()
            faults += broken
            sys.stdout.write("\n".join([*said, *(f"  fault: {fault}" for fault in broken)]) + "\n")
            sys.stdout.flush()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
