"""P5: a stage starts once, however short the broker's patience is: a ring is acknowledged before the work begins.

`late` acknowledges after the work instead, as the settings forbid: then the broker still holds the ring, which shows
that a trial can see it. The row decides even so, and the stage starts once.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.adapters.doorbell import CeleryDoorbell
from service.runner.celery_app import make_celery
from tests.integration.conftest import Profile
from tests.integration.runner.test_kill import accept, all_done, runs_of
from tests.proofs.profiles import Told, on_postgres, opened, program_in
from tests.support.brokers import own_rabbit, own_redis
from tests.support.builders import an_id
from tests.support.runner_program import Crew, wait_for

VISIBILITY_S = 5
CONSUMER_TIMEOUT_MS = 60_000
PATIENCE_OF = {"redis": f"{VISIBILITY_S} s", "rabbitmq": f"{CONSUMER_TIMEOUT_MS // 1_000} s"}
NEVER_S = 1e6  # no process looks for itself: only rings are answered
RUN = an_id("run", 1)
NOBODY = an_id("run", 99)


@contextmanager
def a_long_stage(profile: Profile, folder: Path, *, late: bool = False) -> Iterator[Crew]:
    """One runner process that was rung for, and works on a stage until the file `go` is there."""
    celery: dict[str, object] = {"task_acks_late": late}
    if (profile.broker_url or "").startswith("redis"):
        options = make_celery(profile.broker_url or "").conf.broker_transport_options
        celery["broker_transport_options"] = {**options, "visibility_timeout": VISIBILITY_S}
    program = program_in(profile, folder, scale=1.0, poll_s=NEVER_S, blocked_stage="decode", celery=celery)
    crew = Crew([program])
    bell = CeleryDoorbell(make_celery(profile.broker_url or "", prefix=profile.prefix), prefix=profile.prefix)
    try:
        # A process looks once when it starts: the run comes after that, so that its ring is what begins it.
        if not wait_for(lambda: _heard(bell, folder), 60, every_s=0.5):
            raise RuntimeError("no ring is heard")
        with opened(profile) as uow:
            accept(uow, 1, program)
        bell.ring("asr", RUN)
        if not wait_for((folder / f"blocked-{RUN}").exists, 60):
            raise RuntimeError("the stage was not begun")
        yield crew
    finally:
        bell.close()
        crew.kill()


def _heard(bell: CeleryDoorbell, folder: Path) -> bool:
    bell.ring("asr", NOBODY)
    return (folder / "rings").exists()


def prove(folder: Path, broker: str, *, seconds: float) -> Told:
    """How often a stage of `seconds` starts beside a broker that is impatient, and how often it was rung for."""
    folder.mkdir()
    own = own_redis() if broker == "redis" else own_rabbit(folder / "rabbit", consumer_timeout_ms=CONSUMER_TIMEOUT_MS)
    with own as server, on_postgres() as database:
        profile = Profile(f"pg+{broker}", database, server.url)
        with a_long_stage(profile, folder), opened(profile) as uow:
            time.sleep(seconds)
            (folder / "go").touch()
            ended = wait_for(lambda: all_done(uow, range(1, 2)), 120)
            starts = Counter(path.name.split("-")[1] for path in folder.glob("started-*"))
            decode = next(run for run in runs_of(uow, 1) if run.stage == "decode")
    rings = (folder / "rings").read_text().split().count(RUN)
    said = (
        f"pg+{broker}: a stage of {seconds:.0f} s beside a broker that is patient for {PATIENCE_OF[broker]}: "
        f"{starts[RUN]} start, {rings} ring for it, {decode.crash_count} crashes"
    )
    alone = (starts[RUN], decode.attempt, decode.crash_count, rings, ended) == (1, 1, 0, 1, True)
    return [said], [] if alone else [f"P5: {starts[RUN]} starts and {rings} rings of one stage, ended: {ended}"]
