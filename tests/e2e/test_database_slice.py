"""A short slice of `make proofs ARGS=database`, and what its judge lets pass."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.proofs.database import Answers, is_honest, lengths_of, prove
from tests.support.own_postgres import own_postgres


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_a_database_that_dies_under_load_costs_an_installation_time_and_nothing_else(tmp_path: Path) -> None:
    said, faults = prove(tmp_path, "pg+redis", stops=1, seed=6, longest_s=4.0, quiet_s=240)

    assert faults == []
    assert "acknowledged 0 visits" not in "".join(said)


@pytest.mark.postgres
@pytest.mark.slow
def test_a_cluster_of_a_tests_own_is_gone_when_it_is_stopped_and_keeps_its_rows() -> None:
    with own_postgres() as own:
        with psycopg.connect(own.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        own.stop_at_once()
        assert not own.answers()
        own.start()
        with psycopg.connect(own.url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


@pytest.mark.parametrize(
    ("status", "headers", "honest"),
    [(503, {"Retry-After": "5"}, True), (503, {}, False), (503, {"Retry-After": "soon"}, False),
     (500, {"Retry-After": "5"}, False), (504, {"Retry-After": "5"}, False)],
    ids=["not now", "no word when", "no number", "a fault of ours", "a gateway's"],
)  # fmt: skip
def test_only_a_503_that_says_when_to_come_back_is_honest(status: int, headers: dict[str, str], honest: bool) -> None:
    assert is_honest(httpx.Response(status, headers=headers)) is honest


def test_every_fourth_stop_lasts_as_long_as_a_lease() -> None:
    lengths = lengths_of(10, random.Random(1))
    assert [number for number, length in enumerate(lengths) if length == 60.0] == [1, 5, 9]
    assert all(0.5 <= length <= 10 for length in lengths if length != 60.0)


@contextmanager
def answering(statuses: list[int]) -> Iterator[str]:
    """An address that answers with each status in turn; 0 closes the connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = statuses.pop(0)
            if status:
                self.send_response(status)
                self.send_header("Retry-After", "5")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_the_judge_counts_what_no_client_should_see() -> None:
    answers = Answers()
    with answering([200, 503, 500, 0]) as address, httpx.Client(base_url=address, trust_env=False) as client:
        taken = [answers.ask(client, "GET", "/v1/visits?limit=1") is not None for _ in range(4)]

    assert taken == [True, False, False, False]
    assert answers.away == 1
    assert answers.broken == Counter({"GET visits: 500 ": 1, "GET visits: RemoteProtocolError": 1})
