"""The installation's own runner, with its real stages, in a process that dies where a test says.

Invariant: each strike happens once: a marker file is made before the process dies, so its successor passes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from service.adapters.clock import SystemClock
from service.bootstrap import Installation, build
from service.domain.ports import StageHandler, StageHandlers, StageResult, Supervisor, UnitOfWork
from service.domain.stages import StageRun
from service.runner.pace import Pace
from service.settings import AsrSettings, DatabaseSettings, LogSettings, Settings, StorageSettings
from service.usecases.visits.advance_visit import Advance
from tests.support.runner_program import AdvanceStruckAtClaim, Program
from tests.support.seal import SEAL_TEXT


@dataclass(frozen=True, slots=True)
class AdvanceStruckTwice(AdvanceStruckAtClaim):
    """Dies inside the claiming transaction, and inside the one that writes what a stage led to."""

    def complete(self, tx: UnitOfWork, run: StageRun, result: StageResult) -> bool:
        done = Advance.complete(self, tx, run, result)
        tx.after_commit(lambda: self.program.strike(run, "committed"))
        self.program.strike(run, "commit")
        return done


@dataclass(frozen=True)
class StrikingHandler:
    """A real stage; the process dies before its first act, in its second window, or between its last and the commit.

    Which windows were stored is noted in the file `windows`, a line each.
    """

    stage: StageHandler
    program: Program

    def __call__(self, run: StageRun, supervisor: Supervisor) -> StageResult:
        self.program.strike(run, "start")
        stored: list[str] = []

        def checkpoint(key: str, value: Mapping[str, Any]) -> None:
            supervisor.checkpoint(key, value)
            stored.append(key)
            with (self.program.folder / "windows").open("a") as file:
                file.write(f"{run.stage} {key}\n")

        def progress(value: Mapping[str, Any]) -> None:
            supervisor.progress(value)
            if stored:
                self.program.strike(run, "window")

        result = self.stage(run, replace(supervisor, checkpoint=checkpoint, progress=progress))
        self.program.strike(run, "work")
        return result


@dataclass(frozen=True, slots=True)
class StrikingInstallation(Installation):
    """The installation as it is wired, its stages wrapped."""

    program: Program

    def handlers(self) -> StageHandlers:
        real: Mapping[Any, StageHandler] = Installation.handlers(self)
        return {name: StrikingHandler(stage, self.program) for name, stage in real.items()}


def settings_for(folder: Path, *, url: str = "", model: str = "") -> Settings:
    """An installation in `folder`; the same for the test and for the processes that it starts."""
    return Settings(
        storage=StorageSettings(data_dir=folder, min_free_bytes=0, secret_key=SEAL_TEXT),
        database=DatabaseSettings(url=url),
        asr=AsrSettings(model=model, local_files_only=True, threads=1),
        log=LogSettings(level="error"),
    )


def serve(settings: Settings, program: Program) -> None:
    """Work as `fieldcue runner` does, `program.scale` times as fast, until SIGTERM or a strike."""
    built = build(settings)
    clock: SystemClock = program.clock()
    parts = {name: getattr(built, name) for name in Installation.__dataclass_fields__}
    installation = StrikingInstallation(**{**parts, "services": replace(built.services, clock=clock)}, program=program)
    advance = AdvanceStruckTwice(clock, built.services.ids, built.doorbell, program)
    process = installation.process(pace=Pace(scale=program.scale, poll_s=program.poll_s), advance=advance)
    process.run_until_told()
    installation.close()
