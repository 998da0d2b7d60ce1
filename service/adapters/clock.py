"""The host's clock, optionally run faster, so that a two-hour story passes in a short test."""

from datetime import UTC, datetime, timedelta


class SystemClock:
    """`now` in UTC; with `scale` s, time runs s times as fast since `epoch`, alike in every process given both."""

    def __init__(self, *, scale: float = 1.0, epoch: datetime | None = None) -> None:
        self._scale = scale
        self._epoch = epoch or self._host_now()

    def now(self) -> datetime:
        passed = self._host_now() - self._epoch
        return self._epoch + timedelta(seconds=passed.total_seconds() * self._scale)

    def _host_now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one clock
