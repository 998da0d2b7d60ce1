"""Try rules on a tenant's stored events: what would have fired, for whom, how often, how needlessly.

Invariant: subjects are read a few at a time, so memory does not grow with the number of events; what was not looked at
when the time was over is said, never guessed.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from service.domain.playbooks.backtest import BacktestReport, Trial
from service.domain.playbooks.rules import Rule, book_of
from service.domain.playbooks.timeline import Timeline
from service.domain.ports import UnitOfWork

FACTS_AT_ONCE = 10_000
REQUEST_S = 20.0  # how long somebody at a page or an API waits for an answer


def soon() -> Callable[[], bool]:
    """Says when a request has taken long enough."""
    end = time.monotonic() + REQUEST_S
    return lambda: time.monotonic() >= end


def backtest_rules(
    tx: UnitOfWork,
    tenant_id: str,
    rules: list[Rule],
    *,
    since: datetime | None,
    until: datetime,
    is_over: Callable[[], bool] = lambda: False,
    at_once: int = FACTS_AT_ONCE,
) -> BacktestReport:
    """The report on these rules over the tenant's stored events.

    Args:
        is_over: asked between pieces; once it says so, the report is on the subjects looked at so far.
        at_once: how many events a piece has at least; what is held in memory.
    """
    book = book_of(rules)
    trial, events, subjects = Trial(book, until=until, since=since), 0, 0
    for kind in book.by_subject:
        counts = tx.playbooks.links.counts(tenant_id, kind, until)
        subjects += len(counts)
        # In no order of theirs: a part of them is then a fair sample.
        for piece in sorted(_pieces(counts, at_once), key=lambda piece: sha256(piece.first.encode()).digest()):
            if is_over():
                break
            for subject_id, facts in tx.playbooks.links.of_subjects(tenant_id, kind, piece.first, piece.last, until):
                trial.look_at(Timeline.of((kind, subject_id), facts))
            events += piece.events
    return trial.report(events=events, subjects=subjects)


@dataclass(slots=True)
class _Piece:
    """Subjects that are read together, from the first id to the last, and how many events speak of them."""

    first: str
    last: str
    events: int = 0


def _pieces(counts: Mapping[str, int], at_once: int) -> Iterator[_Piece]:
    piece: _Piece | None = None
    for subject_id in counts:
        piece = piece or _Piece(subject_id, subject_id)
        piece.last, piece.events = subject_id, piece.events + counts[subject_id]
        if piece.events >= at_once:
            yield piece
            piece = None
    if piece is not None:
        yield piece
