"""What was opened a moment ago is not opened again, and what is not that very text is."""

from collections.abc import Callable

from nlp.types import Analysis
from service.storage.opened import KEPT_S, OpenedAnalyses
from tests.support.builders import an_analysis

PLACE = ("t1", "vis_1", "sealed text")


class Opened:
    """Counts how often something is really read."""

    def __init__(self, **options: int) -> None:
        self.at = 0.0
        self.reads = 0
        self.shelf = OpenedAnalyses(clock=lambda: self.at, **options)

    def of(self, tenant: str, visit: str, stored: str) -> Analysis:
        return self.shelf.of(tenant, visit, stored, self._read(visit))

    def _read(self, visit: str) -> Callable[[], Analysis]:
        def read() -> Analysis:
            self.reads += 1
            return an_analysis(visit)

        return read


def test_the_same_text_is_read_once() -> None:
    opened = Opened()
    assert opened.of(*PLACE) is opened.of(*PLACE)
    assert opened.reads == 1


def test_another_text_tenant_or_visit_is_read_for_itself() -> None:
    opened = Opened()
    for place in (PLACE, ("t2", *PLACE[1:]), ("t1", "vis_2", PLACE[2]), (*PLACE[:2], "words struck out")):
        opened.of(*place)
    assert opened.reads == 4
    opened.of(*PLACE)
    assert opened.reads == 4


def test_after_two_minutes_it_is_gone() -> None:
    opened = Opened()
    opened.of(*PLACE)
    opened.at = KEPT_S - 1
    opened.of(*PLACE)
    assert opened.reads == 1
    opened.at = KEPT_S
    opened.of(*PLACE)
    assert opened.reads == 2


def test_only_so_many_stay_the_last_read_ones() -> None:
    opened = Opened(kept=3)
    for number in range(5):
        opened.of("t1", f"vis_{number}", "text")
    opened.of("t1", "vis_4", "text")
    assert opened.reads == 5
    opened.of("t1", "vis_0", "text")
    assert opened.reads == 6


def test_what_cannot_be_read_is_tried_again() -> None:
    opened = Opened()

    def fails() -> Analysis:
        raise OSError("the key is away")

    for _ in range(2):
        try:
            opened.shelf.of(*PLACE, fails)
        except OSError:
            opened.at += 1
    assert opened.at == 2
    opened.of(*PLACE)
    assert opened.reads == 1
