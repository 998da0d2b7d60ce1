"""Brokers of a test's own on free ports of loopback, that may be killed, emptied and started again."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import pytest
import redis

from tests.support.ports import free_port
from tests.support.runner_program import wait_for
from tests.support.servers import START, listening

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the server itself; the one on the path starts another user


class OwnBroker(Protocol):
    """A broker that may be killed: `url` is its address with `port` in it."""

    port: int

    @property
    def url(self) -> str: ...

    def start(self) -> None: ...

    def kill(self) -> None: ...


class OwnRedis:
    """A Redis that keeps nothing on the disk."""

    def __init__(self) -> None:
        self.executable = shutil.which("redis-server")
        if self.executable is None:
            pytest.skip(f"no redis-server on this machine; {START}")
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [str(self.executable), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        assert wait_for(lambda: listening(self.port), 30)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def flush(self) -> None:
        """Forget everything, as an operator's FLUSHALL does."""
        with closing(redis.Redis.from_url(self.url)) as client:
            client.flushall()


class OwnRabbit:
    """A RabbitMQ node with a folder, a name and ports of its own; its queues outlive a kill."""

    def __init__(self, folder: Path, *, consumer_timeout_ms: int = 1_800_000) -> None:
        if not RABBITMQ.exists():
            pytest.skip(f"no rabbitmq-server on this machine; {START}")
        self.port, self._between = free_port(), free_port()
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\nconsumer_timeout = {consumer_timeout_ms}\n"
        )
        self.start()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        folder = self._folder
        names = {
            "RABBITMQ_NODENAME": f"fieldcue-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._between),
            "RABBITMQ_MNESIA_BASE": str(folder / "rows"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "HOME": str(folder),
        }
        with (folder / "out").open("ab") as out:
            self.process = subprocess.Popen(
                [str(RABBITMQ)], env={**os.environ, **names}, stdout=out, stderr=out, start_new_session=True
            )
        assert wait_for(lambda: listening(self.port), 180), (folder / "out").read_text()[-2_000:]

    def kill(self) -> None:
        """End the node and the shell that started it: they are one session, which nobody else is in."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """Ended with the block."""
    own = OwnRedis()
    try:
        yield own
    finally:
        own.kill()


@contextmanager
def own_rabbit(folder: Path, *, consumer_timeout_ms: int = 1_800_000) -> Iterator[OwnRabbit]:
    """Ended with the block."""
    own = OwnRabbit(folder, consumer_timeout_ms=consumer_timeout_ms)
    try:
        yield own
    finally:
        own.kill()
