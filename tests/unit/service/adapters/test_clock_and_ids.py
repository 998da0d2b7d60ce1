"""Time that can run faster, and ids that sort by time and cannot be guessed."""

import re
import threading
from datetime import UTC, timedelta

from service.adapters.clock import SystemClock
from service.adapters.ids import SortableIds
from tests.support.fakes import FakeClock


def test_now_is_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_two_clocks_of_one_epoch_run_alike_and_faster() -> None:
    epoch = SystemClock().now() - timedelta(seconds=10)
    first, second = (SystemClock(scale=100, epoch=epoch) for _ in range(2))

    assert timedelta(seconds=1000) <= first.now() - epoch < timedelta(seconds=1100)
    assert abs(second.now() - first.now()) < timedelta(seconds=50)


def test_ids_have_their_form() -> None:
    assert re.fullmatch(r"run_[0-9a-f]{32}", SortableIds(FakeClock()).new("run"))


def test_ids_sort_by_creation_even_within_a_millisecond_and_after_the_clock_went_back() -> None:
    clock = FakeClock()
    ids = SortableIds(clock)
    made = [ids.new("run") for _ in range(500)]
    clock.forward(seconds=-3600)
    made += [ids.new("run") for _ in range(500)]
    clock.forward(seconds=7200)
    made.append(ids.new("run"))

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_two_processes_in_the_same_millisecond_make_different_ids() -> None:
    clock = FakeClock()
    made = [SortableIds(clock).new("run") for _ in range(1000)]

    assert len(set(made)) == 1000


def test_threads_share_one_order() -> None:
    ids = SortableIds(FakeClock())
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend(ids.new("x") for _ in range(200))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 800


def test_secrets_have_the_length_asked_for_and_differ() -> None:
    ids = SortableIds(FakeClock())

    assert len(ids.secret(32)) == 32
    assert ids.secret(32) != ids.secret(32)
