"""A whole database as one file, and back: SQLite copies itself while others write, PostgreSQL by its own tools.

Invariant: the password stands in no argument, where every user of the machine could read it.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url

from service.domain.errors import Permanent

SQLITE_FILE, POSTGRES_FILE = "fieldcue.db", "database.dump"
_QUERY = {"host": "PGHOST", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
          "sslkey": "PGSSLKEY"}  # fmt: skip


def dump_database(url: str, folder: Path) -> Path:
    """The database as it stood at one moment, in a file of `folder`.

    Raises:
        Permanent: the tools of PostgreSQL are not there (`tool_missing`) or fail (`dump_failed`).
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        target = folder / SQLITE_FILE
        with (
            closing(sqlite3.connect(f"file:{parsed.database}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        return target
    target = folder / POSTGRES_FILE
    _run("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"], parsed)
    return target


def load_database(url: str, folder: Path) -> None:
    """Fill an empty database from what `dump_database` left in `folder`.

    Raises:
        Permanent: `folder` holds another kind of database (`dump_of_another_kind`), or as above.
    """
    parsed = make_url(url)
    name = SQLITE_FILE if parsed.get_backend_name() == "sqlite" else POSTGRES_FILE
    source = folder / name
    if not source.is_file():
        raise Permanent(f"this backup holds no {name}: it was made of another kind of database",
                        code="dump_of_another_kind")  # fmt: skip
    if name == SQLITE_FILE:
        shutil.copyfile(source, str(parsed.database))
        return
    arguments = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(source)]
    _run("pg_restore", [f"--dbname={parsed.database}", *arguments], parsed)


def _run(tool: str, arguments: Sequence[str], url: URL) -> None:
    path = shutil.which(tool)
    if path is None:
        raise Permanent(f"{tool} is not installed: it comes with PostgreSQL's client", code="tool_missing")
    known = {"PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
             "PGDATABASE": url.database, **{name: url.query.get(key) for key, name in _QUERY.items()}}  # fmt: skip
    known["PGHOST"] = url.host or known["PGHOST"]
    environment = {"PATH": os.defpath, **{name: str(value) for name, value in known.items() if value}}
    done = subprocess.run([path, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise Permanent(f"{tool} failed: {reason}", code="dump_failed")
