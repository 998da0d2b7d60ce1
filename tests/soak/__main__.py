"""`make soak`: an installation under load; prints what was measured, and ends with 1 when a bound was broken.

Bounds: memory after the last visit at most 15% over that after the first tenth; every request answered, none with
5xx; while all tenants wait they are served evenly, and a tenant that comes with one visit need not wait for the rest.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from service.usecases.services import Limits
from tests.chaos.installation import PROFILES, Inbox, installed, receiving
from tests.soak.phases import Measured, crowd, memory, shares
from tests.soak.tenants import new_tenants


def soak(
    folder: Path, *, profile: str, visits: int, clients: int, queued: int, tenants: int, finished: int,
    tell: Callable[[str], object],
) -> list[str]:  # fmt: skip
    """All phases on one fresh installation; the broken bounds."""
    broken: list[str] = []

    def report(measured: Measured) -> None:
        said, faults = measured
        broken.extend(faults)
        tell("\n".join([*said, *(f"  fault: {fault}" for fault in faults)]))

    with ExitStack() as stack:
        port = stack.enter_context(receiving(Inbox()))
        installation = stack.enter_context(installed(folder, profile, port))
        alone, newcomer, *several = new_tenants(
            installation, ["alone", "newcomer", *(f"t{number}" for number in range(tenants))]
        )
        for tenant in (alone, newcomer, *several):
            stack.enter_context(closing(tenant.client))
        installation.start()
        report(memory(installation, alone, visits))
        if "runner" in installation.parts:
            installation.end("runner")
        report(shares(installation, several, newcomer, queued=queued, finished=finished))
        report(crowd(installation, alone.key, clients))  # last: what was queued still waits, and is worked on
        broken += [f"{part} ended by itself" for part in installation.ended_by_themselves]
    return broken


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--profile", choices=PROFILES, default="embedded")
    options.add_argument("--visits", type=int, default=1_000, help="one after another, for memory and pace")
    options.add_argument("--clients", type=int, default=500, help="at once, while the queue is full")
    options.add_argument("--queued", type=int, default=1_000, help="waiting at once, of all tenants")
    options.add_argument("--tenants", type=int, default=10, help="that share the queue")
    options.add_argument("--finished", type=int, default=500, help="visits over which the shares are counted")
    given = options.parse_args()
    if given.queued > given.tenants * (most := Limits().queued_visits):
        options.error(f"a tenant may have {most} visits waiting: give more --tenants")
    if given.finished > given.queued // 2:
        options.error("all tenants must still wait when the shares are counted: give fewer --finished")
    with tempfile.TemporaryDirectory(prefix="fieldcue-soak-") as folder:
        return 1 if soak(Path(folder), **vars(given), tell=_print) else 0


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
