"""`make chaos`: many kills in each profile; prints one line a run, and ends with 1 when a promise was broken."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos.driver import run
from tests.chaos.installation import PROFILES


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--profile", choices=PROFILES, action="append")
    options.add_argument("--seed", type=int, default=20261122)
    options.add_argument("--kills", type=int, default=100, help="in each profile")
    options.add_argument("--gently", action="store_true", help="ask parts to stop instead, as an upgrade does")
    options.add_argument("--every", type=float, default=0.0, help="seconds from one to the next, at least")
    options.add_argument("--visits", type=int, default=4, help="sent for each kill")
    given = options.parse_args()
    broken = 0
    for profile in given.profile or PROFILES:
        with tempfile.TemporaryDirectory(prefix="fieldcue-chaos-") as folder:
            outcome = run(
                Path(folder),
                profile,
                seed=given.seed,
                kills=given.kills,
                visits_a_kill=given.visits,
                gently=given.gently,
                every_s=given.every,
            )
        kills = ", ".join(f"{count} × {part}" for part, count in sorted(outcome.kills.items()))
        line = (
            f"{profile}: seed {outcome.seed}, killed {kills}; acknowledged {outcome.visits} visits and "
            f"{outcome.recordings} recordings; {outcome.events} events, {outcome.deliveries} deliveries of which "
            f"{outcome.repeated} repeated under their id; {outcome.rescued} runs quarantined after three kills and "
            f"tried again; the slowest stop took {outcome.slowest_end_s:.1f} s; {outcome.seconds:.0f} s; "
            f"faults: {len(outcome.faults)}"
        )
        sys.stdout.write("\n  ".join([line, *outcome.faults[:20]]) + "\n")
        sys.stdout.flush()
        broken += len(outcome.faults)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
