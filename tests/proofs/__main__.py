"""`make proofs`: what takes minutes to prove, by hand; prints figures, and ends with 1 when a promise was broken.

reruns (P2), broker and hour (P4), once (P5), database (P6), commits (P8), fuzz (P18), rolling (P20); the test
suite runs a slice of each.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC
from datetime import datetime as clock
from pathlib import Path

from service.settings import ROOT
from tests.proofs import broker, commits, database, fuzz, long_stage, reruns, rolling
from tests.proofs.profiles import PROFILES, Told

BROKERS = ("redis", "rabbitmq")
LONG_STAGE_S = 150.0
EVERY_S = 20.0
KEPT = ROOT / "build" / "fuzz"

Given = argparse.Namespace
Proof = Callable[[Path, Given], Iterator[Told]]


def _brokers(given: Given) -> list[str]:
    return [name.removeprefix("pg+") for name in given.profile or PROFILES if name != "embedded"]


def _reruns(folder: Path, given: Given) -> Iterator[Told]:
    for name in given.profile or PROFILES:
        place = folder / name
        place.mkdir()
        yield reruns.prove(place, name, kills=given.kills or 50, scale=given.scale or 1.0, seed=given.seed)


def _broker(folder: Path, given: Given) -> Iterator[Told]:
    for name in _brokers(given):
        yield broker.prove(folder / name, name, faults=given.faults, seed=given.seed)


def _hour(folder: Path, given: Given) -> Iterator[Told]:
    for name in _brokers(given):
        yield broker.prove_an_hour(folder / name, name, scale=given.scale or 4.0, minutes=given.minutes or 60.0)


def _once(folder: Path, given: Given) -> Iterator[Told]:
    for name in _brokers(given):
        yield long_stage.prove(folder / name, name, seconds=LONG_STAGE_S)


def _database(folder: Path, given: Given) -> Iterator[Told]:
    for name in [each for each in given.profile or PROFILES if each != "embedded"]:
        place = folder / name
        place.mkdir()
        yield database.prove(place, name, stops=given.stops, seed=given.seed)


def _commits(folder: Path, given: Given) -> Iterator[Told]:
    yield commits.prove(folder, kills=given.kills or 200, seed=given.seed)


def _fuzz(_: Path, given: Given) -> Iterator[Told]:
    yield fuzz.fuzz(KEPT, seed=given.seed, minutes=given.minutes, cases=given.cases)


def _rolling(folder: Path, given: Given) -> Iterator[Told]:
    for name in given.profile or PROFILES:
        place = folder / name
        place.mkdir()
        yield rolling.prove(place, name, restarts=given.kills or 30, every_s=EVERY_S, seed=given.seed)


PROOFS: dict[str, Proof] = {
    "reruns": _reruns,
    "broker": _broker,
    "hour": _hour,
    "once": _once,
    "database": _database,
    "commits": _commits,
    "fuzz": _fuzz,
    "rolling": _rolling,
}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("proof", choices=PROOFS)
    options.add_argument("--profile", choices=PROFILES, action="append", help="all that the proof is about")
    options.add_argument("--seed", type=int, default=20261122)
    options.add_argument(
        "--kills", type=int, default=0, help="in each profile: 50 of reruns, 200 of commits, 30 of rolling"
    )
    options.add_argument("--faults", type=int, default=50, help="of each broker")
    options.add_argument("--stops", type=int, default=10, help="of the database, in each profile")
    options.add_argument("--scale", type=float, default=0.0, help="how much faster time runs: 1 of reruns, 4 of hour")
    options.add_argument("--minutes", type=float, default=0.0, help="of fuzzing; without a broker: 60 of hour")
    options.add_argument("--cases", type=int, default=0, help="of fuzzing, at least")
    given = options.parse_args()
    if given.proof == "fuzz" and not (given.minutes or given.cases):
        options.error("fuzz --minutes 60, or --cases 1000")
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="fieldcue-proofs-") as folder:
        for said, faults in PROOFS[given.proof](Path(folder), given):
            broken += faults
            load = ", ".join(f"{each:.0f}" for each in os.getloadavg())
            said.append(f"  {_now()}, load {load}, {os.cpu_count()} cores; faults: {len(faults)}")
            sys.stdout.write("\n".join([*said, *(f"  fault: {fault}" for fault in faults[:20])]) + "\n")
            sys.stdout.flush()
    return 1 if broken else 0


def _now() -> str:
    return clock.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


if __name__ == "__main__":
    sys.exit(main())
