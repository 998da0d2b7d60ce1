"""What is measured under load; each phase answers what to print, and which bounds were broken."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx

from tests.chaos.installation import Installation
from tests.soak.tenants import Tenant, client_of, jain

GROWTH = 1.15
EVEN = 0.95  # the least Jain index between tenants that all wait
AHEAD_EACH = 3  # of each waiting tenant, so many visits may be told of before a newcomer's first
REFILLS = 20

Measured = tuple[list[str], list[str]]


def memory(installation: Installation, tenant: Tenant, visits: int) -> Measured:
    """Visits through one process: its memory after a tenth and after all, and how many it works through in an hour."""
    tenth = max(20, visits // 10)
    for _ in range(tenth):
        tenant.send()
    tenant.until(tenant.sent)
    first, began, before = resident(installation), time.monotonic(), tenant.told
    for _ in range(tenth, visits):
        tenant.send()
    tenant.until(tenant.sent)
    pace = (tenant.told - before) / (time.monotonic() - began) * 3_600
    last = resident(installation)
    grown = ", ".join(f"{part} {first[part]:.0f} → {last[part]:.0f} MiB" for part in first)
    said = f"memory: {grown} from {tenth} to {tenant.told} visits; {pace:.0f} visits an hour{_put_off([tenant])}"
    faults = [f"memory of {part} grew from {first[part]:.0f} to {last[part]:.0f} MiB"
              for part in first if last[part] > first[part] * GROWTH]  # fmt: skip
    faults += [f"{tenant.waiting} visits were not finished"] if tenant.waiting else []
    return [said], faults + refusals([tenant])


def shares(
    installation: Installation, tenants: Sequence[Tenant], newcomer: Tenant, *, queued: int, finished: int,
    within_s: float = 900.0,
) -> Measured:  # fmt: skip
    """All tenants wait with as much, then another sends one visit: who is served how soon, and how evenly.

    With a runner of its own, that is started when everything waits; embedded it works from the start, and what it
    finishes meanwhile is sent again, so that `queued` wait all the same.
    """
    began, share = time.monotonic(), queued // len(tenants)
    with ThreadPoolExecutor(len(tenants)) as pool:
        list(pool.map(lambda tenant: fill(tenant, share), tenants))
    filled_s = time.monotonic() - began
    installation.start()
    for tenant in tenants:
        tenant.read()
    waiting = sum(tenant.waiting for tenant in tenants)
    marks = [tenant.told for tenant in tenants]
    newcomer.send()
    began, told_s, done = time.monotonic(), 0.0, 0
    while time.monotonic() - began < within_s and (not told_s or done < finished):
        if not told_s and not newcomer.read():
            time.sleep(0.2)
            continue
        done += sum(tenant.read() for tenant in tenants)
        if not told_s:
            told_s = time.monotonic() - began
        time.sleep(2.0)  # looking costs what is measured
    got = [tenant.told - mark for tenant, mark in zip(tenants, marks, strict=True)]
    ahead = sum(at <= newcomer.told_at[0] for tenant, mark in zip(tenants, marks, strict=True)
                for at in tenant.told_at[mark:]) if told_s else 0  # fmt: skip
    left = sum(tenant.waiting for tenant in tenants)
    served = f"told of after {told_s:.1f} s and {ahead} visits of theirs" if told_s else "not told of"
    said = [
        f"queue: {waiting} visits of {len(tenants)} tenants waited, sent within {filled_s:.0f} s{_put_off(tenants)}",
        f"newcomer: one visit of one more tenant was {served}, while {left} waited",
        f"shares: of {sum(got)} finished each tenant had {min(got)} to {max(got)}; Jain index {jain(got):.3f}",
    ]
    faults = [] if told_s and ahead <= AHEAD_EACH * len(tenants) else [f"the newcomer's visit was {served}"]
    if min(tenant.waiting for tenant in tenants) == 0:
        faults.append("a tenant had nothing left: the shares say nothing; queue more")
    elif jain(got) < EVEN:
        faults.append(f"tenants that all waited got {got}")
    return said, faults + refusals([*tenants, newcomer])


def fill(tenant: Tenant, share: int) -> None:
    """Send until `share` wait at once, however many were finished meanwhile."""
    for _ in range(REFILLS):
        tenant.read()
        short = share - tenant.waiting
        if short <= share // 100:
            return
        for _ in range(short):
            tenant.send()


def crowd(installation: Installation, key: str, clients: int) -> Measured:
    """That many clients at once, five requests each; times include what the clients themselves cost."""
    statuses: Counter[int | str] = Counter()
    times: list[float] = []
    lock, gate = threading.Lock(), threading.Barrier(clients)

    def ask(number: int) -> None:
        with closing(client_of(installation, key)) as client:
            gate.wait(600)
            for turn in range(5):
                began = time.monotonic()
                body = {"from": "customer", "text": f"第{number}-{turn}次问：价格能不能再谈？"}
                try:
                    status: int | str = client.post("/v1/messages/triage", json=body).status_code
                except httpx.HTTPError as error:
                    status = type(error).__name__
                with lock:
                    statuses[status] += 1
                    times.append(time.monotonic() - began)

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(ask, range(clients)))
    p95 = statistics.quantiles(times, n=20)[18]
    median = statistics.median(times)
    said = f"{clients} clients at once: {dict(statuses)}; median {median * 1000:.0f} ms, 95% within {p95 * 1000:.0f} ms"
    return [said], [f"{n} × {status}" for status, n in statuses.items() if status != 200]


def resident(installation: Installation) -> dict[str, float]:
    """MiB of memory that each running part holds."""
    sizes = {}
    for part, process in installation.processes.items():
        status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
        sizes[part] = int(status.split("VmRSS:")[1].split()[0]) / 1024
    return sizes


def refusals(tenants: Sequence[Tenant]) -> list[str]:
    """What was not taken, as faults: the load stays within the published limits."""
    return [f"{n} × {code} where a visit was sent" for code, n in _together(tenant.refused for tenant in tenants)]


def _put_off(tenants: Sequence[Tenant]) -> str:
    """What was taken only when it was asked for again; nothing where nothing was."""
    told = [f"{n} × {code}" for code, n in _together(tenant.put_off for tenant in tenants)]
    return f"; asked again after {', '.join(told)}" if told else ""


def _together(counters: Iterable[Counter[str]]) -> list[tuple[str, int]]:
    together: Counter[str] = Counter()
    for counter in counters:
        together.update(counter)
        counter.clear()
    return sorted(together.items())
