"""P2: what a dead worker worked on runs again within 90 s of its death, by the wall clock.

Each of several runner processes works on a long stage and is killed at a moment of its own; others, that have nothing
to do, take the work over. Durations are those of an installation: lease 60 s, heartbeat 15 s, reaper every 10 s.
"""

import os
import random
import signal
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from service.domain.ports import UnitOfWorkFactory
from tests.integration.conftest import Profile
from tests.integration.runner.test_kill import accept
from tests.proofs.profiles import Told, in_profile, opened, program_in
from tests.support.builders import an_id
from tests.support.runner_program import Crew, wait_for

BOUND_S = 90.0
SPREAD_S = 30.0  # two heartbeats: so kills meet a lease of every age
HEIRS = 2
SIDE_BY_SIDE = 17
PATIENCE = 2.0  # times the bound; what takes longer is late, and the others are still counted


def kill_in_a_long_stage(profile: Profile, folder: Path, *, kills: int, scale: float, seed: int) -> list[float | None]:
    """Seconds of service time from each death to the start of the run's next attempt; None where none began.

    The moment before the signal counts as the death, so that a measured time is never too short.
    """
    chance = random.Random(seed)
    program = program_in(profile, folder, scale=scale, blocked_stage="decode")
    numbers = range(1, kills + 1)
    heirs = None
    with opened(profile) as uow:
        for number in numbers:
            accept(uow, number, program)
        victims = Crew([program] * kills)
        try:
            if not wait_for(lambda: all((folder / f"blocked-{an_id('run', n)}").exists() for n in numbers), 240):
                raise RuntimeError("not every process has begun a stage")
            heirs = Crew([program] * HEIRS)
            pids = _pids(uow, numbers)
            died: dict[int, float] = {}
            for number in chance.sample(list(numbers), kills):
                time.sleep(chance.uniform(0, SPREAD_S / scale / kills))
                died[number] = time.time()
                os.kill(pids[number], signal.SIGKILL)
            started = {n: folder / f"started-{an_id('run', n)}-2" for n in numbers}
            wait_for(lambda: all(marker.exists() for marker in started.values()), PATIENCE * BOUND_S / scale)
            return [(started[n].stat().st_mtime - died[n]) * scale if started[n].exists() else None for n in numbers]
        finally:
            victims.kill()
            if heirs is not None:
                heirs.kill()


def _pids(uow: UnitOfWorkFactory, numbers: Sequence[int]) -> dict[int, int]:
    """The process that works on each run: its owner's name ends with it."""
    with uow(write=False) as tx:
        owners = {n: next(r for r in tx.runs.of_visit("ten_huadong", an_id("vis", n)) if r.stage == "decode").owner
                  for n in numbers}  # fmt: skip
    return {number: int(owner.rpartition("-")[2]) for number, owner in owners.items()}


def judged(name: str, seconds: Sequence[float | None], *, seed: int) -> Told:
    """The longest, the median, and what was late."""
    known = [each for each in seconds if each is not None]
    never = len(seconds) - len(known)
    said = f"{name}: seed {seed}, {len(seconds)} kills in a long stage"
    if known:
        said += f"; run again after {statistics.median(known):.1f} s (median), {max(known):.1f} s at most"
    faults = [f"P2: {never} runs did not begin again"] if never else []
    return [said], faults + [f"P2: a run began again after {each:.1f} s" for each in known if each > BOUND_S]


def prove(folder: Path, name: str, *, kills: int, scale: float, seed: int) -> Told:
    """`kills` in one profile, a few at a time side by side."""
    seconds: list[float | None] = []
    while len(seconds) < kills:
        place = folder / f"round-{len(seconds)}"
        place.mkdir()
        with in_profile(name, place) as profile:
            count = min(SIDE_BY_SIDE, kills - len(seconds))
            seconds += kill_in_a_long_stage(profile, place, kills=count, scale=scale, seed=seed + len(seconds))
    return judged(name, seconds, seed=seed)
