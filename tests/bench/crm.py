"""CRM events coming in, in batches and one at a time, beside storing the same bytes as plain rows; and over HTTP.

The former on a database of its own: beside them playbooks are judged, which has a line of its own.
"""

import json
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet

from service.bootstrap import Installation
from service.domain.crm.cloudevents import from_envelope
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.crm.receive_events import receive_events
from service.usecases.services import Services

BATCHES, BATCH, SINGLE, WARM_UP = 20, 100, 200, 5
STAGES = ("产品选型", "院内准入", "招标备案", "合同谈判")
Row = tuple[str, str, str, str]


def rows(installation: Installation, folder: Path) -> Iterator[Row]:
    """One line of the table each."""
    told = [[an_event(batch * BATCH + i) for i in range(BATCH)] for batch in range(BATCHES)]
    plain = _plain(folder / "plain.db", told)
    engine = make_engine(f"sqlite:///{folder / 'crm.db'}")
    upgrade(engine)
    uow = make_unit_of_work(engine, ids=installation.services.ids, secret_keys=[Fernet.generate_key()])
    services = replace(installation.services, uow=uow)
    begun = time.perf_counter()
    for batch in told:
        _take(services, batch)
    ours = BATCHES * BATCH / (time.perf_counter() - begun)
    yield (
        f"CRM events in batches of {BATCH}: stored, added up, gates decided",
        f"{ours:.0f}/s ({ours / plain:.3f} of baseline)",
        f"{plain:.0f}/s: the same JSON as plain rows",
        "",
    )
    spent = []
    for i in range(SINGLE):
        begun = time.perf_counter()
        _take(services, [an_event(BATCHES * BATCH + i)])
        spent.append((time.perf_counter() - begun) * 1_000)
    engine.dispose()
    yield f"one CRM event, parsed and committed, {SINGLE} of them", _spread(spent), "", ""


def over_http(address: str, key: str) -> Iterator[Row]:
    """One line: single events over one real connection, each beside the bare `/healthz` of the same app."""
    ours, bare = [], []
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, trust_env=False) as client:
        for i in range(-WARM_UP, SINGLE):
            event = an_event(BATCHES * BATCH + SINGLE + WARM_UP + i)
            health = _timed(partial(client.get, "/healthz"))
            taken = _timed(partial(client.post, "/v1/events", json=event))
            if i >= 0:
                bare.append(health)
                ours.append(taken)
    ratio = statistics.median(ours) / statistics.median(bare)
    yield (
        f"CRM events over HTTP, one at a time, {SINGLE} of them, while rules are judged beside",
        f"{_spread(ours)} ({ratio:.1f} times the baseline)",
        f"{_spread(bare)}: /healthz, in turns on the same connection",
        "202 in milliseconds",
    )


def _timed(call: Callable[[], httpx.Response]) -> float:
    begun = time.perf_counter()
    call().raise_for_status()
    return (time.perf_counter() - begun) * 1_000


def _spread(spent: list[float]) -> str:
    return f"p50 {statistics.median(spent):.1f} ms, p99 {sorted(spent)[int(len(spent) * 0.99)]:.1f} ms"


def _take(services: Services, told: list[dict[str, Any]]) -> None:
    events = [from_envelope(envelope, now=services.clock.now()) for envelope in told]
    with services.uow() as tx:
        receive_events(tx, services, "bench", events)


def an_event(number: int) -> dict[str, Any]:
    """One of many events of two hundred hospital opportunities, some of them evidence, some late."""
    opportunity = f"opp-{number % 200}"
    late = timedelta(hours=number * 7 % 48)
    head = {
        "specversion": "1.0",
        "id": f"bench-{number}",
        "source": "/bench",
        "time": (datetime.now(UTC) - late).isoformat(),
    }
    if number % 5 == 0:
        data = {"opportunity_id": opportunity, "node": "clinical_report", "file": f"{number}.pdf"}
        return {**head, "type": "evidence.submitted", "subject": f"task/t-{number}", "data": data}
    fields = {"pipeline": "hospital", "stage": STAGES[number % 4], "amount": number, "owner_id": f"rep-{number % 12}"}
    return {**head, "type": "opportunity.updated", "subject": f"opportunity/{opportunity}", "data": fields}


def _plain(path: Path, told: list[list[dict[str, Any]]]) -> float:
    """Events a second into one table by id, one durable transaction a batch."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE event (id TEXT PRIMARY KEY, body TEXT)")
        begun = time.perf_counter()
        for batch in told:
            connection.executemany("INSERT INTO event VALUES (?, ?)", [(it["id"], json.dumps(it)) for it in batch])
            connection.commit()
        return sum(map(len, told)) / (time.perf_counter() - begun)
