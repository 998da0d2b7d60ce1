"""A rep at the customer's door is not kept waiting: generous bounds, that only a program gone badly wrong breaks.

The figures themselves are measured by `make bench`. Here the quickest of several tries is held to the bound, so that a
busy machine does not decide.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from service.bootstrap import Installation, build, demo_settings
from service.demo.corpus_talks import read_talks
from service.domain.records import AnalysisRecord
from service.domain.visit import Consent, Visit
from service.settings import ROOT
from service.usecases.operations.manage_keys import create_key

VISITS, TRIES = 50, 7
MOST_BRIEFING_S, MOST_CUE_S = 1.0, 0.5
DEAR = "两万八一把太贵了，比别家高出一大截。"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service over its own database, which knows fifty visits to one customer."""
    installation = build(demo_settings(tmp_path_factory.mktemp("in_time"), crm_port=1))
    _visited(installation)
    with installation.services.uow() as tx:
        key = create_key(tx, installation.services, tenant_id="demo", scopes=["admin"], label="test")
    with TestClient(installation.app(), headers={"Authorization": f"Bearer {key}"}) as opened:
        yield opened
    installation.close()


def _visited(installation: Installation) -> None:
    services = installation.services
    now = services.clock.now()
    for number, talk in enumerate(read_talks(ROOT / "models" / "corpus")[:VISITS], start=1):
        at = now - timedelta(days=number)
        visit = Visit(services.ids.new("vis"), "demo", "rep-1", "acc-1", at, at, consent=Consent("c", "verbal", at))
        transcript = talk.transcript()
        short = replace(transcript, turns=transcript.turns[:16])
        analysis = installation.core.analyzer.analyze(short, context=visit.context())
        with services.uow() as tx:
            tx.visits.add(visit)
            tx.analyses.put(AnalysisRecord(visit.id, "demo", 0, 1, analysis, at))


def quickest_s(work: Callable[[], object]) -> float:
    """Seconds that the quickest of several tries takes."""
    spent = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begun)
    return min(spent)


def test_a_briefing_over_fifty_visits_is_there_within_a_second(client: TestClient) -> None:
    def brief() -> None:
        answer = client.post("/v1/briefings", json={"rep_id": "rep-1", "account_id": "acc-1"})
        assert answer.status_code == 200
        assert len(answer.json()["visits"]) == 3

    assert quickest_s(brief) < MOST_BRIEFING_S


def test_a_cue_is_there_within_half_a_second_of_its_sentence(client: TestClient) -> None:
    cues = []

    with client.websocket_connect("/v1/live") as socket:
        socket.send_json({"type": "start", "rep_id": "rep-1", "account_id": "acc-1"})
        assert socket.receive_json()["type"] == "ready"

        def hear() -> None:
            socket.send_json({"type": "sentence", "text": DEAR, "role": "customer"})
            cues.extend(socket.receive_json()["cues"])

        assert quickest_s(hear) < MOST_CUE_S
        socket.send_json({"type": "end"})
        assert socket.receive_json()["type"] == "ended"
    assert cues
