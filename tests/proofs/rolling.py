"""P20: runners restarted one after the other, as an upgrade does it, lose nothing, and no crash is counted.

Two runner processes share the load (one where all is one process); each restart meets one of them in the middle of a
stage, which it hands back at its last checkpoint. What the runners do is invented, so that a process starts at once
however busy the machine is; how they claim, stop and hand back is the service's own. `make chaos ARGS=--gently`
restarts whole installations.
"""

import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from service.domain.errors import Unavailable
from service.domain.ports import UnitOfWorkFactory
from tests.integration.conftest import Profile
from tests.integration.runner.test_kill import STAGES, accept, runs_of
from tests.proofs.profiles import Told, in_profile, opened, program_in
from tests.support.builders import TENANT
from tests.support.runner_program import Crew, Program, hears_or_is_gone, wait_for

GRACE_S = 30.0
RUNNERS = 2
JOBS_A_RESTART = 3
DRAIN_S = 900.0  # a busy machine drains slowly, and slow is not lost


@dataclass
class Seen:
    """What the restarts showed."""

    stops_s: list[float] = field(default_factory=list)
    codes: Counter[int | None] = field(default_factory=Counter)
    handed_back: int = 0
    jobs: int = 0


def restart_in_turn(
    profile: Profile, folder: Path, *, restarts: int, every_s: float, seed: int, drain_s: float = DRAIN_S
) -> tuple[Seen, list[str]]:
    """What was seen, and the broken promises."""
    chance, seen = random.Random(seed), Seen()
    program = program_in(profile, folder, scale=1.0, blocked_stage="decode", poll_s=1.0)
    crews = [Crew([program]) for _ in range(_runners(profile.name))]
    try:
        with opened(profile) as uow:
            for number in range(restarts):
                due_at = time.monotonic() + every_s
                for _ in range(JOBS_A_RESTART):
                    seen.jobs += 1
                    _accept(uow, seen.jobs, program)
                    time.sleep(chance.uniform(0, every_s / JOBS_A_RESTART / 2))
                _restart(crews, number % len(crews), program, seen)
                seen.handed_back = len(list(folder.glob("blocked-*")))
                time.sleep(max(0.0, due_at - time.monotonic()))
            (folder / "go").touch()
            wait_for(lambda: all(_ended(uow, number) for number in range(1, seen.jobs + 1)), drain_s, every_s=0.5)
            return seen, _faults(uow, seen)
    finally:
        for crew in crews:
            crew.kill()


def _runners(name: str) -> int:
    return 1 if name == "embedded" else RUNNERS  # SQLite carries one process, and this one beside it


def _accept(uow: UnitOfWorkFactory, number: int, program: Program) -> None:
    """As a client does it: what is told 503 is sent again."""
    until = time.monotonic() + DRAIN_S
    while True:
        try:
            accept(uow, number, program)
        except Unavailable:
            if time.monotonic() > until:
                raise
        else:
            return


def _restart(crews: list[Crew], index: int, program: Program, seen: Seen) -> None:
    (process,) = crews[index].processes
    # One that was started a moment ago would simply die of the signal, its runner not yet made.
    wait_for(lambda: hears_or_is_gone(process), 60)
    began = time.monotonic()
    process.terminate()
    process.join(GRACE_S)
    seen.stops_s.append(time.monotonic() - began)
    seen.codes[process.exitcode] += 1
    crews[index].kill()
    crews[index] = Crew([program])


def _ended(uow: UnitOfWorkFactory, number: int) -> bool:
    return any(run.stage == STAGES[-1] and run.state == "succeeded" for run in runs_of(uow, number))


def _faults(uow: UnitOfWorkFactory, seen: Seen) -> list[str]:
    numbers = range(1, seen.jobs + 1)
    faults = [f"P20: job {number} did not end" for number in numbers if not _ended(uow, number)]
    crashed = [run for number in numbers for run in runs_of(uow, number) if run.crash_count]
    faults += [f"P20: {run.stage} of {run.visit_id} counts {run.crash_count} crashes" for run in crashed]
    with uow(write=False) as tx:
        told = Counter((event.data["recording"], event.type) for event in tx.events.after(TENANT, None, 10_000))
    faults += [f"P3: {kind} of {recording} was told {count} times"
               for (recording, kind), count in told.items() if count > 1]  # fmt: skip
    faults += [f"P20: a runner took {seconds:.1f} s to stop" for seconds in seen.stops_s if seconds >= GRACE_S]
    return faults + [f"P20: {count} runners ended with {code}" for code, count in seen.codes.items() if code != 0]


def prove(folder: Path, name: str, *, restarts: int, every_s: float, seed: int) -> Told:
    """So many restarts in one profile."""
    with in_profile(name, folder) as profile:
        seen, faults = restart_in_turn(profile, folder, restarts=restarts, every_s=every_s, seed=seed)
    said = (
        f"{name}: seed {seed}, {restarts} restarts of {_runners(name)} runners in turn, one every {every_s:g} s; "
        f"{seen.jobs} jobs, {seen.handed_back} stages met in the middle; stopped within "
        f"{statistics.median(seen.stops_s):.1f} s (median), {max(seen.stops_s):.1f} s at most"
    )
    return [said], faults
