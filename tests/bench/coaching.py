"""Coaching while somebody waits: the cue for a sentence, and the briefing before a visit, over real connections."""

import json
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta

import httpx
from websockets.sync.client import connect

from nlp.types import Transcript, Turn
from service.bootstrap import Installation
from service.domain.records import AnalysisRecord
from service.domain.visit import Consent, Visit

SENTENCES = 300
VISITS, TURNS_A_VISIT = 20, 120
BRIEFINGS = 60
Row = tuple[str, str, str, str]


def rows(installation: Installation, address: str, key: str, hour: Transcript) -> Iterator[Row]:
    """One line of the table each; `hour` is where the sentences come from."""
    yield _live(address, key, hour)
    yield _briefing(installation, address, key, hour)


def _live(address: str, key: str, hour: Transcript) -> Row:
    spent, cues = [], 0
    with connect(
        f"{address.replace('http', 'ws', 1)}/v1/live",
        additional_headers={"Authorization": f"Bearer {key}"},
        proxy=None,
    ) as socket:
        socket.send(json.dumps({"type": "start", "rep_id": "bench", "account_id": "bench"}))
        socket.recv()
        for turn in hour.turns[:SENTENCES]:
            begun = time.perf_counter()
            socket.send(json.dumps({"type": "sentence", "text": turn.text, "role": turn.role}))
            cues += len(json.loads(socket.recv())["cues"])
            spent.append((time.perf_counter() - begun) * 1_000)
        socket.send(json.dumps({"type": "end"}))
    return f"live cue over the socket, {SENTENCES} sentences, {cues} cues", _spread(spent), "", "50 ms"


def _briefing(installation: Installation, address: str, key: str, hour: Transcript) -> Row:
    """A customer of twenty visits; the analyses are stored as the pipeline stores them."""
    _visited(installation, hour)
    spent = []
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, trust_env=False) as client:
        for _ in range(BRIEFINGS):
            begun = time.perf_counter()
            client.post("/v1/briefings", json={"rep_id": "bench", "account_id": "bench"}).raise_for_status()
            spent.append((time.perf_counter() - begun) * 1_000)
    return f"briefing over HTTP, {VISITS} visits of {TURNS_A_VISIT} turns", _spread(spent[1:]), "", "100 ms"


def _visited(installation: Installation, hour: Transcript) -> None:
    services = installation.services
    now = services.clock.now()
    for number in range(VISITS):
        at = now - timedelta(days=7 * (number + 1))
        visit = Visit(services.ids.new("vis"), "demo", "bench", "bench", at, at, consent=Consent("c", "verbal", at))
        said = hour.turns[number * 10 : number * 10 + TURNS_A_VISIT]
        turns = tuple(Turn(i, turn.text, turn.role, 1.0, i * 9_000, i * 9_000 + 8_000) for i, turn in enumerate(said))
        analysis = installation.core.analyzer.analyze(Transcript(turns), context=visit.context())
        with services.uow() as tx:
            tx.visits.add(visit)
            tx.analyses.put(AnalysisRecord(visit.id, "demo", 0, 1, analysis, at))


def _spread(spent: list[float]) -> str:
    ordered = sorted(spent)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"p50 {statistics.median(ordered):.1f} ms, p99 {p99:.1f} ms"
