"""P23: three processes take the ticks of a clock that runs a thousand times as fast, and any of them may be killed.

Each tick leaves a row in the transaction that takes it: a moment that two took would leave two.
"""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess

from service.storage.engine import make_engine
from service.storage.unit_of_work import make_unit_of_work
from tests.support.builders import a_visit
from tests.support.fakes import NOON, FakeIds
from tests.support.seal import SEAL

EVERY, SPEED = timedelta(seconds=100), 1000
LASTS_S, KILLS = 6.0, 8
DICE = random.Random(23)


def take_ticks(url: str, began: float, place: int) -> None:
    """Takes what is due until it is killed; the row tells the moment as this process's clock had it."""
    number, seconds = place * 10_000, 0.0
    engine = make_engine(url)
    uow = make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])

    def read_clock() -> datetime:
        nonlocal seconds
        seconds = SPEED * (time.time() - began)
        return NOON + timedelta(seconds=seconds)

    while True:
        with uow() as tx:
            if tx.ticks.take("report", EVERY, read_clock):
                number += 1
                tx.visits.add(a_visit(number, external_id=f"{place}:{seconds}"))
        time.sleep(0.003)


def begin(url: str, began: float, place: int) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=take_ticks, args=(url, began, place), daemon=True)
    process.start()
    return process


def test_each_tick_is_taken_by_one_process_whichever_is_killed(url: str) -> None:
    began = time.time()
    living = [begin(url, began, place) for place in range(3)]
    for killed in range(KILLS):
        time.sleep(LASTS_S / KILLS)
        victim = living.pop(DICE.randrange(3))
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGKILL)
        victim.join(10)
        living.append(begin(url, began, 3 + killed))
    for process in living:
        process.kill()
        process.join(10)

    engine = make_engine(url)
    with engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT external_id FROM visit").scalars().all()
    engine.dispose()
    taken = sorted((float(seconds), place) for place, seconds in (line.split(":") for line in told))
    first = taken[0][0]
    moments = [int((seconds - first) // EVERY.total_seconds()) for seconds, _ in taken]
    assert [moment for moment, count in Counter(moments).items() if count > 1] == []
    assert len({place for _, place in taken}) > 3, "those that were begun later take them too"
    assert moments[-1] > moments[0] + LASTS_S * SPEED / EVERY.total_seconds() / 2, "ticks go on to the end"
