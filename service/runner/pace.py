"""How often a runner looks, beats and gives up; every duration in one value, so that tests can run time faster."""

from dataclasses import dataclass

from service.domain.stages import HEARTBEAT


@dataclass(frozen=True, slots=True)
class Pace:
    """Durations in seconds of service time; `scale` says how many of them pass in one second of the host."""

    heartbeat_s: float = HEARTBEAT.total_seconds()
    poll_s: float = 15.0
    relay_poll_s: float = 2.0
    tick_s: float = 1.0
    drain_s: float = 1800.0
    stop_grace_s: float = 25.0
    stalled_s: float = 3600.0
    scale: float = 1.0

    def host(self, service_s: float) -> float:
        """Seconds of the host in which `service_s` of service time pass."""
        return service_s / self.scale
