"""`fieldcue serve`, killed without warning again and again: whatever it accepted is finished, once."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDING = ROOT / "service" / "demo" / "assets" / "recording.ogg"
VISIT = {
    "rep_id": "rep-1",
    "account_id": "acc-1",
    "visited_at": "2026-03-02T10:00:00+08:00",
    "consent": {"basis": "consent", "method": "verbal", "given_at": "2026-03-02T10:00:00+08:00"},
}
ENDED = {"succeeded", "failed", "quarantined", "cancelled"}


class Serving:
    """One installation that is started and killed; only the process it started is ever signalled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.key = ""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> httpx.Client:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FIELDCUE_")}
        environment |= {
            "FIELDCUE_STORAGE__DATA_DIR": str(self.folder / "data"),
            "FIELDCUE_STORAGE__MIN_FREE_BYTES": "0",
            "FIELDCUE_API__PORT": str(self.port),
            "FIELDCUE_RUNNER__POLL_S": "0.3",
            "FIELDCUE_LOG__LEVEL": "error",
        }
        command = [sys.executable, "-c", "from service.cli import main; main()", "serve"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log, stdout=log)
        client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10, trust_env=False)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if client.get("/healthz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        log_text = (self.folder / "log").read_text(encoding="utf-8")
        self.key = self.key or next(line for line in log_text.splitlines() if line.startswith("fcue_"))
        client.headers["Authorization"] = f"Bearer {self.key}"
        return client

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def accept(client: httpx.Client, number: int) -> str:
    visit_id = str(client.post("/v1/visits", json={**VISIT, "external_id": f"crm-{number}"}).json()["id"])
    turns = [{"role": "customer", "text": f"第{number}次来，这个价格还是太贵了，再便宜一点我就定。"}]
    client.put(f"/v1/visits/{visit_id}/transcript", json={"turns": turns}).raise_for_status()
    return visit_id


def runs_of(client: httpx.Client, visit_id: str) -> list[dict[str, Any]]:
    return list(client.get(f"/v1/visits/{visit_id}").json()["runs"])


def finished(client: httpx.Client, visit_id: str) -> bool:
    states = {run["stage"]: run["state"] for run in runs_of(client, visit_id)}
    return states.get("coach") in ENDED


@pytest.mark.slow
def test_whatever_was_accepted_is_finished_once_however_often_the_service_is_killed(tmp_path: Path) -> None:
    serving = Serving(tmp_path)
    chance = random.Random(20261121)
    accepted: list[str] = []
    try:
        for _ in range(3):
            client = serving.start()
            accepted += [accept(client, len(accepted) + i) for i in range(4)]
            time.sleep(chance.uniform(0.0, 0.5))
            serving.kill()
            client.close()
        client = serving.start()
        with RECORDING.open("rb") as file:
            kept = client.post(f"/v1/visits/{accepted[0]}/recording", files={"file": ("a.ogg", file)}).json()
        until = time.monotonic() + 150
        while not all(finished(client, visit_id) for visit_id in accepted) and time.monotonic() < until:
            time.sleep(0.5)
        for visit_id in accepted:
            stages = [run["stage"] for run in runs_of(client, visit_id) if run["state"] == "succeeded"]
            assert sorted(stages)[:2] == ["analyse", "coach"]
        told = [event["visit_id"] for event in client.get("/v1/events?limit=200").json()["items"]
                if event["type"] == "visit.analyzed"]  # fmt: skip
        assert sorted(told) == sorted(accepted)
        serving.kill()
        client.close()
        client = serving.start()
        assert client.get(f"/v1/recordings/{kept['id']}/audio").content == RECORDING.read_bytes()
        client.close()
    finally:
        serving.kill()
