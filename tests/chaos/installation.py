"""One installation of real processes in one of three profiles, whose parts may be killed and started again.

Only processes that were started here, and their own children, are ever signalled.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
from cryptography.fernet import Fernet

from tests.support.servers import postgres_database

ROOT = Path(__file__).resolve().parents[2]
BROKERS = {"pg+redis": "redis://127.0.0.1:6379/9", "pg+rabbitmq": "amqp://guest:guest@127.0.0.1:5672//"}
PROFILES = ("embedded", *BROKERS)
MAKE_KEYS = """
import sys
from service.bootstrap import load_settings, open_store
from service.usecases.operations.manage_keys import create_key
store = open_store(load_settings())
for tenant in sys.argv[1:]:
    with store.uow() as tx:
        print(create_key(tx, store, tenant_id=tenant, scopes=["admin"], label="load"))
store.close()
"""
GRACE_S = 30.0  # within which a part that is asked to stop has stopped (P20)
START_WITHIN_S = 600.0  # a machine that is busy with other things starts slowly


@dataclass
class Inbox:
    """A receiver that remembers each webhook's id, and fails now and then, but no webhook twice: the wait before a
    third attempt is five minutes, longer than a checker should have to sit."""

    ids: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    fail_every: int = 5
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, webhook_id: str) -> int:
        with self.lock:
            self.asked += 1
            if self.asked % self.fail_every == 0 and webhook_id not in self.refused:
                self.refused.add(webhook_id)
                return 500
            self.ids.append(webhook_id)
            return 204


@contextmanager
def receiving(inbox: Inbox) -> Iterator[int]:
    """The port at which `inbox` listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(inbox.take(self.headers["webhook-id"]))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class Installation:
    """`parts` are the commands that make it up; each is one process."""

    def __init__(self, folder: Path, *, profile: str, database: str, inbox_port: int) -> None:
        self.port, self.metrics_port = _free_port(), _free_port()
        self.parts: tuple[str, ...] = ("serve",) if profile == "embedded" else ("api", "runner")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("FIELDCUE_")} | {
            "FIELDCUE_STORAGE__DATA_DIR": str(folder / "data"),
            "FIELDCUE_STORAGE__MIN_FREE_BYTES": "0",
            "FIELDCUE_STORAGE__SECRET_KEY": Fernet.generate_key().decode(),
            "FIELDCUE_API__PORT": str(self.port),
            "FIELDCUE_RUNNER__POLL_S": "0.5",
            "FIELDCUE_RUNNER__METRICS_PORT": str(self.metrics_port),
            "FIELDCUE_WEBHOOK__ALLOW_HTTP_HOSTS": f'["127.0.0.1:{inbox_port}"]',
            "FIELDCUE_LOG__LEVEL": "error",
        }
        if profile != "embedded":
            self.environment |= {
                "FIELDCUE_DATABASE__URL": database,
                "FIELDCUE_BROKER__URL": BROKERS[profile],
                "FIELDCUE_BROKER__QUEUE_PREFIX": f"chaos-{secrets.token_hex(4)}-",
            }
        self.log = folder / "log"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.ended_by_themselves: list[str] = []
        self.slowest_end_s = 0.0

    def run(self, *arguments: str) -> str:
        """What a command prints."""
        command = self._command(*arguments)
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode()[-2_000:])
        return done.stdout.decode().strip()

    def keys(self, *tenants: str) -> list[str]:
        """A key for each tenant, made by one process: a dozen starts of the program cost a minute."""
        done = subprocess.run(
            [sys.executable, "-c", MAKE_KEYS, *tenants],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode()[-2_000:])
        return done.stdout.decode().split()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", "from service.cli import main; main()", *arguments]

    def start(self) -> None:
        """Start whatever is not running, and wait until all of it works: a part that still loads its models is no
        target. What ended without having been killed is started too, and remembered."""
        for part in self.parts:
            process = self.processes.get(part)
            if process is not None and process.poll() is not None:
                self.ended_by_themselves.append(f"{part} ({process.returncode})")
            if process is None or process.poll() is not None:
                with self.log.open("ab") as log:
                    self.processes[part] = subprocess.Popen(
                        self._command(part), cwd=ROOT, env=self.environment, stdout=log, stderr=log
                    )
        for part in self.parts:
            self._wait_for(part)

    def _wait_for(self, part: str) -> None:
        port, path = (self.metrics_port, "metrics") if part == "runner" else (self.port, "healthz")
        until = time.monotonic() + START_WITHIN_S
        while time.monotonic() < until:
            with suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/{path}", trust_env=False).status_code == 200:
                    return
            if self.processes[part].poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"{part} does not start: {self.log.read_text('utf-8')[-2_000:]}")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self, part: str) -> None:
        """End one part without warning."""
        process = self.processes.pop(part)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def end(self, part: str) -> None:
        """End one part as an operator would, and remember how long the slowest took."""
        process, began = self.processes.pop(part), time.monotonic()
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.slowest_end_s = max(self.slowest_end_s, time.monotonic() - began)

    def kill_a_child(self, part: str) -> bool:
        """End one process that a part started itself; whether there was one."""
        parent = self.processes[part].pid
        with suppress(OSError):
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            for task in Path(f"/proc/{parent}/task").iterdir():
                children += (task / "children").read_text().split()
            for child in children:
                os.kill(int(child), signal.SIGKILL)
                return True
        return False

    def stop(self) -> None:
        """End everything that was started here."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def installed(folder: Path, profile: str, inbox_port: int) -> Iterator[Installation]:
    """An installation that is not started yet; ended with the block, its database dropped."""
    if profile == "embedded":
        made = Installation(folder, profile=profile, database="", inbox_port=inbox_port)
        try:
            yield made
        finally:
            made.stop()
        return
    with postgres_database() as url:
        database = url.replace("postgresql://", "postgresql+psycopg://")
        made = Installation(folder, profile=profile, database=database, inbox_port=inbox_port)
        try:
            yield made
        finally:
            made.stop()
