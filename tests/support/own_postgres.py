"""A PostgreSQL cluster of a test's own, on a port of its own, that may be stopped without warning and started again.

The machine's cluster is never touched. PostgreSQL refuses to run as root: then its own user owns the folder.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support.ports import free_port
from tests.support.runner_program import wait_for
from tests.support.servers import START

SERVER_USER = "postgres"
SETTINGS = {"unix_socket_directories": "''", "listen_addresses": "'127.0.0.1'", "max_wal_size": "128MB"}


def _programs() -> Path | None:
    """Where the newest version's programs are; Debian keeps them off the path."""
    found = shutil.which("pg_ctl")
    if found is not None:
        return Path(found).parent
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")]
    return max(versions, key=lambda path: int(path.parent.name), default=None)


class OwnPostgres:
    """One cluster in `folder`; its database is `postgres`."""

    def __init__(self, folder: Path) -> None:
        programs = _programs()
        if programs is None:
            pytest.skip(f"no PostgreSQL server on this machine; {START}")
        self._programs, self._rows, self.port = programs, folder / "rows", free_port()
        self._user = SERVER_USER if os.geteuid() == 0 else None
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        with (self._rows / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in {**SETTINGS, "port": self.port}.items())
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start, recover what the last stop left, and return once it answers."""
        self._run("pg_ctl", "start", "--wait", "--timeout=120", f"--log={self._rows.parent / 'log'}")
        assert wait_for(self.answers, 60, every_s=0.1)

    def stop_at_once(self) -> None:
        """As a crash: no connection is told, no checkpoint is written."""
        self._run("pg_ctl", "stop", "--mode=immediate", "--wait")

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), f"--pgdata={self._rows}", *arguments]
        out = subprocess.DEVNULL  # a pipe would stay open as long as the server that inherits it
        done = subprocess.run(command, stdout=out, stderr=out, user=self._user, cwd=self._rows.parent, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} ended with {done.returncode}; see {self._rows.parent}")


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Ended with the block; in a folder of its own, since its user may not enter ours."""
    with tempfile.TemporaryDirectory(prefix="fieldcue-postgres-") as folder:
        own = OwnPostgres(Path(folder))
        try:
            yield own
        finally:
            if own.answers():
                own.stop_at_once()
