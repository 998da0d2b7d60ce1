"""Whether more work may be taken in, and when it would begin: decided before a byte of it is read.

Invariant: a tenant that fills its own share is told so (429); only when all shares together are full is everybody
(503). Whoever is refused learns when to come back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.errors import TooManyRequests, Unavailable

SEEN = timedelta(minutes=10)  # how far back the pace of work is measured
UNKNOWN_PACE = 1 / 60  # runs a second where nothing was finished lately: one a minute
SOONEST_S = 60
LATEST_S = 3_600


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """What waits in one queue: this tenant's runs, all runs, the tenants they belong to; and what ended lately."""

    own: int
    everybodys: int
    tenants: int
    ended_lately: int


def expected_wait(load: QueueLoad) -> timedelta:
    """How long a run that is queued now waits, at the pace of the last ten minutes.

    Tenants take turns, so one with little waiting is not behind another's long queue.
    """
    ahead = min(load.everybodys, load.own * max(1, load.tenants))
    pace = load.ended_lately / SEEN.total_seconds() or UNKNOWN_PACE
    return timedelta(seconds=ahead / pace)


def admit(load: QueueLoad, now: datetime, *, own_at_most: int, all_at_most: int) -> None:
    """Refuse when a share is full.

    Raises:
        TooManyRequests: this tenant's is (`queue_full`). Unavailable: everybody's is (`service_full`). Both carry
            `retry_after_s` and `estimated_start`.
    """
    if load.own < own_at_most and load.everybodys < all_at_most:
        return
    wait = expected_wait(load)
    told = {
        "retry_after_s": round(min(max(wait.total_seconds(), SOONEST_S), LATEST_S)),
        "estimated_start": (now + wait).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    if load.own >= own_at_most:
        raise TooManyRequests("too many of your visits are waiting", code="queue_full", **told)
    raise Unavailable("too many visits are waiting", code="service_full", **told)
