"""Databases and brokers on loopback, fresh for each test; absent servers skip with the way to start them."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from kombu import Connection

from service.runner.celery_app import make_celery
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from tests.support.servers import need, postgres_database


@dataclass(frozen=True)
class Profile:
    """One way of running the service: where rows are, and who rings."""

    name: str
    url: str
    broker_url: str | None = None
    prefix: str = ""


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'service.db'}"
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with postgres_database() as url:
        engine = make_engine(url)
        upgrade(engine)
        engine.dispose()
        yield url


@contextlib.contextmanager
def broker(name: str) -> Iterator[tuple[str, str]]:
    """A broker's URL and a queue prefix of this test's own; the queues are deleted at the end."""
    port, url = {
        "redis": (6379, "redis://127.0.0.1:6379/9"),
        "rabbitmq": (5672, "amqp://guest:guest@127.0.0.1:5672//"),
    }[name]
    need(name, port)
    prefix = f"test-{secrets.token_hex(4)}-"
    yield url, prefix
    if name == "redis":
        client = redis.Redis.from_url(url)
        for key in client.scan_iter(f"*{prefix}*"):
            client.delete(key)
        client.close()
        return
    with Connection(url, transport_options=make_celery(url).conf.broker_transport_options) as connection:
        for queue in make_celery(url, prefix=prefix).conf.task_queues:
            bound = queue(connection.default_channel)
            with contextlib.suppress(Exception):
                bound.delete()
            with contextlib.suppress(Exception):
                bound.exchange.delete()


@pytest.fixture(
    params=[
        "embedded",
        pytest.param("pg+redis", marks=[pytest.mark.postgres, pytest.mark.redis]),
        pytest.param("pg+rabbitmq", marks=[pytest.mark.postgres, pytest.mark.rabbitmq]),
    ]
)
def profile(request: pytest.FixtureRequest) -> Iterator[Profile]:
    if request.param == "embedded":
        yield Profile("embedded", request.getfixturevalue("sqlite_url"))
        return
    with broker(request.param.removeprefix("pg+")) as (broker_url, prefix):
        yield Profile(request.param, request.getfixturevalue("postgres_url"), broker_url, prefix)
