"""P8: what SQLite has confirmed survives the process that wrote it, killed at any moment.

The writer says each commit aloud, on a pipe, after it was confirmed. Power cuts are not tried: a killed process loses
nothing that the kernel has, so this proves transactions and the log, not `fsync`.
"""

import multiprocessing
import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from service.adapters.clock import SystemClock
from service.adapters.ids import SortableIds
from service.storage.engine import make_engine, verify_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from tests.proofs.profiles import Told
from tests.support.builders import a_run, a_visit, an_id
from tests.support.runner_program import SEAL

LONGEST_S = 0.35  # between the first commit of a writer and its end
PATIENCE_S = 60.0
WHOLE = """
SELECT (SELECT count(*) FROM visit), (SELECT count(*) FROM stage_run),
       (SELECT count(*) FROM visit WHERE id NOT IN (SELECT visit_id FROM stage_run))
"""


@dataclass
class Kept:
    """What was confirmed and what was found."""

    kills: int = 0
    acknowledged: int = 0
    unconfirmed: int = 0
    faults: list[str] = field(default_factory=list)


def write_until_killed(url: str, first: int, pipe: int) -> None:
    """Visits from number `first`, each with its first run in one transaction; a line on the pipe after each commit."""
    engine = make_engine(url)
    verify_engine(engine)
    uow = make_unit_of_work(engine, ids=SortableIds(SystemClock()), secret_keys=[SEAL])
    number = first
    while True:
        with uow() as tx:
            tx.visits.add(a_visit(number, place="骆主任的诊室" * 40))
            tx.runs.enqueue(a_run(number, visit_id=an_id("vis", number), recording_id=None))
        os.write(pipe, f"{number}\n".encode())
        number += 1


def kill_a_writer(url: str, first: int, after_s: float) -> list[int]:
    """The numbers that a writer confirmed before it was killed, `after_s` after its first commit."""
    context = multiprocessing.get_context("fork")
    reading, writing = os.pipe()
    writer = context.Process(target=write_until_killed, args=(url, first, writing), daemon=True)
    writer.start()
    os.close(writing)
    said = os.read(reading, 1)  # waits for the first commit
    time.sleep(after_s)
    if writer.pid is not None and writer.is_alive():
        os.kill(writer.pid, signal.SIGKILL)
    writer.join(PATIENCE_S)
    with os.fdopen(reading, "rb") as rest:
        lines = (said + rest.read()).decode().split("\n")
    return [int(line) for line in lines[:-1]]  # the last line is empty, or was cut


def missing(url: str, confirmed: list[int]) -> tuple[set[str], int, list[str]]:
    """Confirmed visits that are not there, how many are there, and what is not whole."""
    engine = make_engine(url)
    with engine.connect() as connection:
        stored = {row[0] for row in connection.exec_driver_sql("SELECT id FROM visit")}
        check = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        visits, runs, halves = connection.exec_driver_sql(WHOLE).one()
    engine.dispose()
    broken = [] if check == "ok" else [f"P8: integrity_check says {check}"]
    if halves or visits != runs:
        broken.append(f"P8: {halves} visits without their run, {visits} visits and {runs} runs")
    return {an_id("vis", number) for number in confirmed} - stored, len(stored), broken


def kill_writers(folder: Path, *, kills: int, seed: int) -> Kept:
    """`kills` writers one after another on one SQLite file, and a look at it after each."""
    url = f"sqlite:///{folder / 'service.db'}"
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    chance, kept, confirmed = random.Random(seed), Kept(), list[int]()
    for _ in range(kills):
        # Room for what the one before may have written without saying so.
        confirmed += kill_a_writer(url, max(confirmed, default=0) + 10, chance.uniform(0, LONGEST_S))
        lost, there, broken = missing(url, confirmed)
        kept.kills += 1
        kept.faults += broken + [f"P8: {visit} was confirmed and is not there" for visit in sorted(lost)[:5]]
        kept.unconfirmed = there - len(confirmed)
    kept.acknowledged = len(confirmed)
    return kept


def prove(folder: Path, *, kills: int, seed: int) -> Told:
    """As `kill_writers`, told."""
    kept = kill_writers(folder, kills=kills, seed=seed)
    said = (
        f"embedded: seed {seed}, {kept.kills} kills of a writer; {kept.acknowledged} commits confirmed, "
        f"{kept.unconfirmed} more stored and not said; all there and integrity_check ok after each: {not kept.faults}"
    )
    return [said], kept.faults
