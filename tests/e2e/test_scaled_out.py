"""The service as several processes on PostgreSQL with a broker: the same answers, and a runner may be killed."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from tests.support.servers import need, postgres_database

ROOT = Path(__file__).resolve().parents[2]
BROKERS = {
    "redis": ("Redis", 6379, "redis://127.0.0.1:6379/8"),
    "rabbitmq": ("RabbitMQ", 5672, "amqp://guest:guest@127.0.0.1:5672//"),
}
VISIT = {
    "rep_id": "rep-1",
    "account_id": "acc-1",
    "visited_at": "2026-03-02T10:00:00+08:00",
    "consent": {"basis": "consent", "method": "verbal", "given_at": "2026-03-02T10:00:00+08:00"},
}


class Installation:
    """Processes of one installation; only those it started are ever signalled."""

    def __init__(self, folder: Path, database: str, broker: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("FIELDCUE_")} | {
            "FIELDCUE_DATABASE__URL": database,
            "FIELDCUE_BROKER__URL": broker,
            "FIELDCUE_BROKER__QUEUE_PREFIX": f"e2e-{secrets.token_hex(4)}-",
            "FIELDCUE_STORAGE__DATA_DIR": str(folder / "data"),
            "FIELDCUE_STORAGE__MIN_FREE_BYTES": "0",
            "FIELDCUE_STORAGE__SECRET_KEY": Fernet.generate_key().decode(),
            "FIELDCUE_API__PORT": str(self.port),
            "FIELDCUE_RUNNER__POLL_S": "1",
            "FIELDCUE_LOG__LEVEL": "error",
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", "from service.cli import main; main()", *arguments]

    def start(self, name: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(self.command(name), cwd=ROOT, env=self.environment, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def key(self) -> str:
        made = subprocess.run(
            self.command("keys", "create", "--tenant", "t"),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            check=True,
        )
        return made.stdout.decode().strip()

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key()}"}
        client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=10, trust_env=False)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                client.get("/healthz").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return client
        raise AssertionError("the API did not start")

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            process.wait(40)


@pytest.fixture(params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in BROKERS])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    title, port, url = BROKERS[request.param]
    need(title, port)
    with ExitStack() as stack:
        database = stack.enter_context(postgres_database())
        made = Installation(tmp_path, database.replace("postgresql://", "postgresql+psycopg://"), url)
        stack.callback(made.stop)
        yield made


def send(client: httpx.Client, number: int) -> str:
    visit_id = str(client.post("/v1/visits", json={**VISIT, "external_id": f"crm-{number}"}).json()["id"])
    turns = [{"role": "customer", "text": f"第{number}回了，这个价格还是太贵。"}]
    client.put(f"/v1/visits/{visit_id}/transcript", json={"turns": turns}).raise_for_status()
    return visit_id


def wait_until_told(client: httpx.Client, visits: list[str], *, timeout_s: float) -> list[str]:
    until = time.monotonic() + timeout_s
    told: list[str] = []
    while set(told) != set(visits) and time.monotonic() < until:
        time.sleep(0.3)
        told = [event["visit_id"] for event in client.get("/v1/events?limit=200").json()["items"]]
    return told


@pytest.mark.postgres
@pytest.mark.slow
def test_api_and_runners_work_apart_and_a_killed_runner_loses_nothing(installation: Installation) -> None:
    installation.start("api")
    first = installation.start("runner")
    with closing(installation.client()) as client:
        early = [send(client, n) for n in range(4)]
        assert sorted(wait_until_told(client, early, timeout_s=60)) == sorted(early)
        late = [send(client, n) for n in range(4, 10)]
        first.send_signal(signal.SIGKILL)
        first.wait()
        installation.start("runner")
        told = wait_until_told(client, early + late, timeout_s=120)
        assert sorted(told) == sorted(early + late)
        assert client.get("/readyz").json()["status"] == "ok"


@pytest.mark.postgres
@pytest.mark.slow
def test_a_runner_stops_within_its_grace(installation: Installation) -> None:
    runner = installation.start("runner")
    time.sleep(6)
    started = time.monotonic()
    runner.terminate()
    runner.wait(35)
    assert time.monotonic() - started < 30
