"""Looks at what an installation stands on, one thing at a time, and says what to do about each that is not well.

Invariant: a check never raises, never changes anything, and names no secret; what it cannot find out is a failure.
"""

import re
import shutil
import socket
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from sqlalchemy import Engine, text

from nlp.errors import NlpError
from service.domain.errors import ServiceError
from service.storage.engine import verify_engine
from service.storage.migrate import current_revision, newest_revision
from service.storage.run_office import SqlRunOffice

Health = Literal["ok", "warn", "fail"]
CLOCK_SKEW_S = 5.0
FREE_SHARE = 0.10
FLOORS = {"starlette": "1.3.1", "python-multipart": "0.0.27", "av": "18.1.0"}
"""Versions below these have known holes: limits on forms that were ignored, parts without bound, an older FFmpeg."""
BROKER_PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` is empty when it is well."""

    name: str
    health: Health
    said: str
    remedy: str = ""


Look = Callable[[], Finding]


def check_up(looks: Sequence[tuple[str, Look]]) -> list[Finding]:
    """What every look finds; one that breaks is a finding too."""
    return [_safely(name, look) for name, look in looks]


def _safely(name: str, look: Look) -> Finding:
    try:
        return look()
    except ServiceError as error:
        return Finding(name, "fail", error.detail, "mend what is named, then ask again")
    except NlpError as error:
        return Finding(name, "fail", str(error), str(getattr(error, "remedy", "")) or "restore the files it names")
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, the next check still runs
        remedy = "check its address, its server and its rights"
        return Finding(name, "fail", f"cannot be used ({type(error).__name__})", remedy)


def look_at_database(engine: Engine) -> Finding:
    """It answers, keeps what it confirms, and has the newest schema."""
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        return Finding("database", "warn", "there is none yet", "`fieldcue serve` makes it at first start")
    verify_engine(engine)
    here, newest = current_revision(engine), newest_revision()
    if here != newest:
        said = f"schema {here or 'empty'}, this version wants {newest}"
        return Finding("database", "warn", said, "start any fieldcue command once: it brings the schema up to date")
    return Finding("database", "ok", f"{engine.dialect.name}, schema {here}, durable")


def look_at_clock(engine: Engine, now: datetime) -> Finding:
    """This machine's clock and the database's, which decides leases, agree within seconds."""
    if engine.dialect.name == "sqlite":
        return Finding("clock", "ok", "the database is in this process")
    with engine.connect() as connection:
        statement = text("SELECT clock_timestamp()").execution_options(system="depth")
        theirs = connection.execute(statement).scalar_one()
    skew_s = abs((theirs.astimezone(UTC) - now).total_seconds())
    if skew_s > CLOCK_SKEW_S:
        remedy = "set the time by NTP on both machines: robots' signatures and webhook timestamps use this one"
        return Finding("clock", "warn", f"differs from the database's by {skew_s:.0f} s", remedy)
    return Finding("clock", "ok", f"within {skew_s:.1f} s of the database's")


def look_at_broker(url: str) -> Finding:
    """Something answers at its address; without one, runners look into the database by themselves."""
    if not url:
        return Finding("broker", "ok", "none: API and runner live in one process")
    parts = urlsplit(url)
    port = parts.port or BROKER_PORTS[parts.scheme]
    try:
        socket.create_connection((parts.hostname or "localhost", port), timeout=3).close()
    except OSError as error:
        remedy = "start it or mend FIELDCUE_BROKER__URL; until then work goes on, up to FIELDCUE_RUNNER__POLL_S later"
        said = f"nobody answers at {parts.hostname}:{port} ({error.strerror or error})"
        return Finding("broker", "fail", said, remedy)
    return Finding("broker", "ok", f"{parts.scheme} answers at {parts.hostname}:{port}")


def look_at_packages(version_of: Callable[[str], str] = metadata.version) -> Finding:
    """No library that reads what strangers send is older than the version that closed its known holes."""
    here = {name: version_of(name) for name in FLOORS}
    old = [name for name, least in FLOORS.items() if release_of(here[name]) < release_of(least)]
    said = ", ".join(f"{name} {here[name]}" for name in FLOORS)
    if old:
        remedy = f"install what requirements.lock names: {', '.join(f'{name} >= {FLOORS[name]}' for name in old)}"
        return Finding("packages", "fail", said, remedy)
    return Finding("packages", "ok", said)


def release_of(version: str) -> tuple[int, ...]:
    """The numbers of a version such as `0.0.27`, to compare."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def look_at_disk(directory: Path, min_free_bytes: int) -> Finding:
    """There is room for recordings, and the directory is for this user alone."""
    if not directory.is_dir():
        return Finding("disk", "warn", f"{directory} is not there yet", "`fieldcue serve` makes it at first start")
    usage = shutil.disk_usage(directory)
    said = f"{usage.free / 2**30:.1f} GiB free of {usage.total / 2**30:.1f} in {directory}"
    if usage.free < min_free_bytes:
        return Finding("disk", "fail", said, "recordings are refused with 507: free room, or lower retention")
    if stat.S_IMODE(directory.stat().st_mode) & 0o077:
        return Finding("disk", "warn", f"{said}; others may read it", f"chmod 700 {directory}")
    if usage.free < usage.total * FREE_SHARE:
        return Finding("disk", "warn", said, "less than a tenth is free: plan for more")
    return Finding("disk", "ok", said)


def look_at_bucket(bucket: str, look: Callable[[], None]) -> Finding:
    """The bucket that keeps recordings answers, where there is one."""
    if not bucket:
        return Finding("bucket", "ok", "recordings lie in the data directory")
    try:
        look()
    except ServiceError as error:
        remedy = "look at FIELDCUE_STORAGE__S3_BUCKET, _S3_ENDPOINT, _S3_REGION and the credentials in AWS_..."
        return Finding("bucket", "fail", str(error), remedy)
    return Finding("bucket", "ok", f"{bucket} answers")


def look_at_key(given: str, file: Path, *, shared: bool) -> Finding:
    """The key that seals secrets is one, and does not lie beside what it seals when that is copied."""
    if not given and shared:
        remedy = "set FIELDCUE_STORAGE__SECRET_KEY, the same in every process; `fieldcue keys secret` makes one"
        return Finding("keys", "fail", "no secret key is given", remedy)
    key = given.encode() if given or not file.exists() else file.read_bytes().strip()
    if key and not _is_key(key):
        return Finding("keys", "fail", "the secret key is none", "restore it from a backup: secrets are sealed with it")
    if not given:
        remedy = "set FIELDCUE_STORAGE__SECRET_KEY, so that a copy of the data cannot be read"
        return Finding("keys", "warn", "the secret key lies in the data directory", remedy)
    return Finding("keys", "ok", "the secret key is given by the environment")


def _is_key(key: bytes) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def look_at_models(versions: Sequence[tuple[str, str]]) -> Finding:
    """The text models are there, each file the one its manifest names."""
    return Finding("models", "ok", ", ".join(f"{name} {version}" for name, version in sorted(versions)))


def look_at_speech(missing: str) -> Finding:
    """There is a speech model; recordings wait without one, and transcripts do not need it."""
    if missing:
        return Finding("speech", "warn", "recordings wait for a model", missing)
    return Finding("speech", "ok", "a speech model is set up")


def look_at_queues(engine: Engine, now: datetime) -> Finding:
    """Every queue proved within a minute that it moves."""
    absent = engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists()
    if absent or current_revision(engine) is None:
        return Finding("queues", "warn", "no runner has answered yet", "start `fieldcue serve`")
    with engine.execution_options(write=False).connect() as connection:
        signs = SqlRunOffice(connection).signs_of_life(now)
    ages = {queue: sign.age_s(now) for queue, sign in signs.items() if not sign.is_alive(now)}
    still = [f"{queue} ({'never' if age is None else f'{age:.0f} s ago'})" for queue, age in sorted(ages.items())]
    if still:
        return Finding("queues", "warn", f"no sign of life: {', '.join(still)}", "start `fieldcue runner` (or `serve`)")
    return Finding("queues", "ok", "all queues move")
