"""How many processors this container may really use; engines that ask the hardware oversubscribe it."""

import math
import os
from pathlib import Path

CGROUP_V2 = Path("/sys/fs/cgroup/cpu.max")
CGROUP_V1 = Path("/sys/fs/cgroup/cpu")


def read_cpu_quota(v2: Path = CGROUP_V2, v1: Path = CGROUP_V1) -> int:
    """Whole processors within the cgroup's quota and the process's affinity; at least 1."""
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        allowed = os.cpu_count() or 1
    quota = _read(v2) if v2.exists() else _read(v1 / "cpu.cfs_quota_us", v1 / "cpu.cfs_period_us")
    return max(1, min(allowed, math.ceil(quota) if quota else allowed))


def _read(*files: Path) -> float | None:
    """Processors that the quota amounts to; None where there is no quota."""
    try:
        quota, period = " ".join(file.read_text(encoding="ascii").strip() for file in files).split()[:2]
        return int(quota) / int(period) if int(quota) > 0 else None
    except (OSError, ValueError):  # absent, or "max"
        return None
