"""What sealing costs: the processor time of a visit from its transcript to its coaching, sealed and open, by turns.

`python -m tests.bench.sealing`. Processor time, not the clock: what else runs on the machine hardly counts.
"""

import statistics
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from nlp.types import Transcript, Turn
from service.bootstrap import Installation, build, demo_settings
from service.domain.visit import Consent, Visit
from service.runner.runner import Runner
from service.usecases.visits.put_transcript import put_transcript
from tests.bench.__main__ import an_hour

VISITS, TURNS, ACCOUNTS, WARM_UP = 16, 60, 4, 4
QUEUES = ("fast", "llm", "io")


def main() -> None:
    """Measure and print."""
    hour = an_hour()
    with tempfile.TemporaryDirectory() as folder:
        sides = {name: installed(Path(folder) / name, seal=name == "sealed") for name in ("open", "sealed")}
        spent: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(VISITS):
            for name, (installation, runner) in sides.items():
                started = time.process_time()
                work(installation, runner, a_talk(hour, number), number)
                spent[name].append((time.process_time() - started) * 1_000)
        sizes = {name: (Path(folder) / name / "fieldcue.db").stat().st_size / VISITS / 1024 for name in sides}
        for installation, _ in sides.values():
            installation.close()
    middle = {name: statistics.median(values[WARM_UP:]) for name, values in spent.items()}
    console = Console(highlight=False)
    for name, value in middle.items():
        console.print(f"{name}\t{value:.1f} ms of processor time a visit of {TURNS} turns\t{sizes[name]:.0f} KiB")
    console.print(f"ratio\t{middle['sealed'] / middle['open']:.3f}")


def installed(folder: Path, *, seal: bool) -> tuple[Installation, Runner]:
    """An installation of its own, and a runner that works when it is told to."""
    settings = demo_settings(folder, crm_port=1)
    storage = settings.storage.model_copy(update={"encrypt": seal})
    installation = build(settings.model_copy(update={"storage": storage}))
    return installation, installation.process().runner


def a_talk(hour: Transcript, number: int) -> Transcript:
    """A stretch of the hour, another one for every visit."""
    begin = number * 7 % (len(hour.turns) - TURNS)
    said: list[Turn] = [replace(turn, i=i) for i, turn in enumerate(hour.turns[begin : begin + TURNS])]
    return Transcript(tuple(said), "zh", hour.duration_ms)


def work(installation: Installation, runner: Runner, talk: Transcript, number: int) -> None:
    """One visit through every stage that a transcript passes."""
    services = installation.services
    now = services.clock.now()
    at = now - timedelta(days=VISITS - number)
    visit = Visit(services.ids.new("vis"), "bench", "rep", f"acc-{number % ACCOUNTS}", at, now, place="客户现场",
                  competitors=("甲厂",), consent=Consent("contract", "signed", at))  # fmt: skip
    with services.uow() as tx:
        tx.visits.add(visit)
        put_transcript(tx, services, visit, talk)
    while any(runner.step(queue) for queue in QUEUES):  # type: ignore[arg-type]
        pass
    with services.uow(write=False) as tx:
        states = {run.stage: run.state for run in tx.runs.of_visit("bench", visit.id)}
    if set(states.values()) != {"succeeded"}:
        raise SystemExit(f"a stage did not end well: {states}")


if __name__ == "__main__":
    main()
