"""P4: without a broker, or with one that goes wrong, work begins at most 15 s later, and nobody restarts anything.

Jobs come in as the API takes them: the row, then a ring through a proxy that goes wrong. One runner works them off;
it hears rings, and looks for itself. How late a job begins is read from a file that its first stage leaves.
"""

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from service.adapters.doorbell import CeleryDoorbell
from service.domain.ports import UnitOfWorkFactory
from service.runner.celery_app import make_celery
from tests.integration.conftest import Profile
from tests.integration.runner.test_kill import accept, runs_of
from tests.proofs.profiles import Told, on_postgres, opened, program_in
from tests.support.brokers import OwnRabbit, OwnRedis, own_rabbit, own_redis
from tests.support.builders import an_id
from tests.support.fault_proxy import FAULTS, Fault, FaultProxy
from tests.support.runner_program import Crew, Program, wait_for

ADDED_S = 15.0
POLL_S = 15.0
WARM_UP = 12
LONGEST_FAULT_S = 12.0
LONGEST_REST_S = 5.0
EVERY_S = 3.0  # far below what one runner takes: a job that waits for another says nothing of the broker
HEARD_WITHIN_S = 300.0  # a connection that is half open is given up by its heartbeat, after two minutes at most
LAST_STAGE = "coach"


@dataclass
class Jobs:
    """Recordings that are accepted, and when; `began` tells when the first stage of each began."""

    uow: UnitOfWorkFactory
    bell: CeleryDoorbell
    program: Program
    accepted_at: dict[int, float] = field(default_factory=dict)

    def accept(self) -> int:
        """One more, committed and rung for."""
        number = len(self.accepted_at) + 1
        accept(self.uow, number, self.program)
        self.accepted_at[number] = time.time()
        self.bell.ring("asr", an_id("run", number))
        return number

    def began(self, number: int) -> float | None:
        """Seconds of service time from the commit to the start."""
        marker = self.program.folder / f"started-{an_id('run', number)}-1"
        if not marker.exists():
            return None
        return (marker.stat().st_mtime - self.accepted_at[number]) * self.program.scale

    def has_begun(self, number: int) -> bool:
        return self.began(number) is not None

    def all_began(self) -> bool:
        return all(map(self.has_begun, self.accepted_at))

    def ended(self, number: int) -> bool:
        return any(run.stage == LAST_STAGE and run.state == "succeeded" for run in runs_of(self.uow, number))

    def rung_for(self, number: int) -> bool:
        """Whether the run was begun for a ring, not found by looking."""
        return (self.program.folder / f"rung-{an_id('vis', number)}").exists()


class Arrivals(threading.Thread):
    """Accepts a job every now and then until it is told to halt."""

    def __init__(self, jobs: Jobs, every_s: float) -> None:
        super().__init__(daemon=True)
        self.halt = threading.Event()
        self.broken: list[str] = []
        self._jobs, self._every_s = jobs, every_s

    def run(self) -> None:
        while not self.halt.wait(self._every_s):
            try:
                self._jobs.accept()
            except Exception as error:  # noqa: BLE001 - whatever stops an acceptance breaks the promise
                self.broken.append(f"P4: a job was not accepted: {type(error).__name__}")


@contextmanager
def a_runner_behind(
    proxy: FaultProxy,
    broker: str,
    database: str,
    folder: Path,
    *,
    prefix: str = "",
    scale: float = 1.0,
    poll_s: float = POLL_S,
) -> Iterator[tuple[Jobs, Crew]]:
    """One runner process that reaches its broker through `proxy`, and the API's side of it."""
    scheme = {"redis": "redis://127.0.0.1:{}/0", "rabbitmq": "amqp://guest:guest@127.0.0.1:{}//"}[broker]
    profile = Profile(f"{broker} behind a proxy", database, scheme.format(proxy.port), prefix)
    program = program_in(profile, folder, scale=scale, poll_s=poll_s)
    bell = CeleryDoorbell(make_celery(profile.broker_url or "", prefix=profile.prefix), prefix=profile.prefix)
    crew = Crew([program])
    try:
        with opened(profile) as uow:
            yield Jobs(uow, bell, program), crew
    finally:
        bell.close()
        crew.kill()


def rings_are_heard(jobs: Jobs, *, within_s: float) -> float | None:
    """Seconds until a job was begun for its ring; None when none was in time."""
    began = time.monotonic()
    while time.monotonic() - began < within_s:
        number = jobs.accept()
        if not wait_for(partial(jobs.has_begun, number), 60):
            return None
        if jobs.rung_for(number):
            return time.monotonic() - began
        # The next comes when the runner is idle again: while it works, it finds what is new by itself, rung or not.
        wait_for(partial(jobs.ended, number), 60)
        time.sleep(0.5)
    return None


Strike = Callable[[float], None]
"""Go wrong for so many seconds."""


def strikes_of(proxy: FaultProxy, own: OwnRedis | OwnRabbit) -> dict[str, Strike]:
    """Every way to go wrong, by name."""

    def through_the_proxy(fault: Fault) -> Strike:
        def strike(seconds: float) -> None:
            with proxy.failing(fault):
                time.sleep(seconds)

        return strike

    def killed(seconds: float) -> None:
        own.kill()
        time.sleep(seconds)
        own.start()

    found: dict[str, Strike] = {fault: through_the_proxy(fault) for fault in FAULTS}
    found["broker killed and started"] = killed
    if isinstance(own, OwnRedis):
        found["flushed"] = lambda _: own.flush()
    return found


def prove(folder: Path, broker: str, *, faults: int, seed: int) -> Told:
    """So many faults during load, with the durations of an installation."""
    chance = random.Random(seed)
    with _all_of(folder, broker) as (proxy, own, database), \
            a_runner_behind(proxy, broker, database, folder) as (jobs, crew):  # fmt: skip
        before = _warmed_up(jobs)
        strikes = strikes_of(proxy, own)
        arrivals = Arrivals(jobs, EVERY_S)
        arrivals.start()
        counts = dict.fromkeys(strikes, 0)
        for number in range(faults):
            # Each in turn, so that all come often; a broker of its own takes its time to start.
            name = sorted(strikes)[number % len(strikes)]
            counts[name] += 1
            strikes[name](chance.uniform(1.0, LONGEST_FAULT_S))
            time.sleep(chance.uniform(0.5, LONGEST_REST_S))
        arrivals.halt.set()
        arrivals.join()
        heard_s = rings_are_heard(jobs, within_s=HEARD_WITHIN_S)
        said, broken = _judge(jobs, crew, before, heard_s)
    kinds = ", ".join(f"{count} × {name}" for name, count in counts.items())
    return [f"pg+{broker}: seed {seed}, {kinds}", *said], broken + arrivals.broken


def prove_an_hour(folder: Path, broker: str, *, scale: float, minutes: float = 60.0) -> Told:
    """So many minutes without a broker, `scale` times as fast, with jobs all the while."""
    with _all_of(folder, broker) as (proxy, _, database), \
            a_runner_behind(proxy, broker, database, folder, scale=scale) as (jobs, crew):  # fmt: skip
        before = _warmed_up(jobs)
        arrivals = Arrivals(jobs, 5.0)
        with proxy.failing("down"):
            arrivals.start()
            time.sleep(minutes * 60 / scale)
        arrivals.halt.set()
        arrivals.join()
        heard_s = rings_are_heard(jobs, within_s=HEARD_WITHIN_S)
        said, broken = _judge(jobs, crew, before, heard_s)
    return [
        f"pg+{broker}: {minutes:g} minutes without a broker, {scale:g} times as fast",
        *said,
    ], broken + arrivals.broken


@contextmanager
def _all_of(folder: Path, broker: str) -> Iterator[tuple[FaultProxy, OwnRedis | OwnRabbit, str]]:
    folder.mkdir()
    with ExitStack() as stack:
        own: OwnRedis | OwnRabbit
        if broker == "redis":
            own = stack.enter_context(own_redis())
        else:
            own = stack.enter_context(own_rabbit(folder / "rabbit"))
        database = stack.enter_context(on_postgres())
        yield stack.enter_context(FaultProxy(own.port)), own, database


def _warmed_up(jobs: Jobs) -> list[float]:
    """How soon jobs begin while all is well, after the runner has begun to listen."""
    heard = rings_are_heard(jobs, within_s=120)
    if heard is None:
        raise RuntimeError("no ring is heard while all is well")
    numbers = []
    for _ in range(WARM_UP):
        numbers.append(jobs.accept())
        time.sleep(EVERY_S)
    if not wait_for(jobs.all_began, 120):
        raise RuntimeError("jobs do not begin while all is well")
    return [seconds for number in numbers if (seconds := jobs.began(number)) is not None]


def _judge(jobs: Jobs, crew: Crew, before: Sequence[float], heard_s: float | None) -> Told:
    wait_for(jobs.all_began, 60)
    times = {number: jobs.began(number) for number in jobs.accepted_at}
    known = [seconds for seconds in times.values() if seconds is not None]
    wait_for(lambda: all(jobs.ended(number) for number in jobs.accepted_at), 180)
    unended = [number for number in jobs.accepted_at if not jobs.ended(number)]
    usual = statistics.median(before)
    heard = "never" if heard_s is None else f"{heard_s:.0f} s after the last fault"
    said = (
        f"  {len(times)} jobs; begun {usual:.1f} s after their commit while all was well, {max(known):.1f} s at most "
        f"with faults ({max(known) - usual:.1f} s added; half within {statistics.median(known):.1f} s); rings heard "
        f"again {heard}; {len(unended)} jobs did not end"
    )
    faults = [f"P4: job {n} began {seconds:.1f} s after its commit" for n, seconds in times.items()
              if seconds is not None and seconds - usual > ADDED_S]  # fmt: skip
    faults += [f"P4: job {number} was never begun" for number, seconds in times.items() if seconds is None]
    faults += [f"P4: job {number} did not end" for number in unended]
    if heard_s is None:
        faults.append("P4: no ring is heard any more")
    if not all(process.is_alive() for process in crew.processes):
        faults.append("P4: the runner ended")
    return [said], faults
