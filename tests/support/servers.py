"""Real servers on loopback: found or skipped with the way to start them, a fresh database per test, dropped after."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest

from service.storage.engine import make_engine
from service.storage.migrate import upgrade

START = "start it with `sh tests/support/system_services.sh`"
POSTGRES = "postgresql://postgres@127.0.0.1:5432"


def listening(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def need(name: str, port: int) -> None:
    """Skip the test when no server answers."""
    if not listening(port):
        pytest.skip(f"no {name} answers on 127.0.0.1:{port}; {START}")


@contextmanager
def postgres_database(template: str | None = None) -> Iterator[str]:
    """The URL of a new database, a copy of `template` if one is named; dropped at the end."""
    need("PostgreSQL", 5432)
    name = f"fieldcue_test_{secrets.token_hex(8)}"
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        try:
            yield f"{POSTGRES}/{name}"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def migrated_template() -> Iterator[str]:
    """The name of a migrated database that others are copied from: far cheaper than migrating each."""
    with postgres_database() as url:
        engine = make_engine(url)
        upgrade(engine)
        engine.dispose()
        yield url.rsplit("/", 1)[1]
