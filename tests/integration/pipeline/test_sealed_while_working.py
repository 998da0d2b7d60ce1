"""Nothing that can be heard lies on the disk while a recording is decoded and heard: looked for at every step of both.

The same look finds it where sealing is off, which shows that it looks at the right place for the right bytes.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from service.bootstrap import Installation, build, installed_facts
from service.domain.ports import StageHandler, StageHandlers, StageResult, Supervisor
from service.domain.stages import StageRun
from service.usecases.operations.manage_keys import create_key
from service.usecases.privacy.verify_privacy import verify_privacy
from tests.support.media import to_pcm, wav_bytes
from tests.support.pipeline_program import settings_for
from tests.support.tiny_whisper import build_tiny_whisper

VISIT = {
    "rep_id": "rep-1",
    "account_id": "acc-1",
    "visited_at": "2026-03-02T10:00:00+08:00",
    "consent": {"basis": "consent", "method": "verbal", "given_at": "2026-03-02T10:00:00+08:00"},
}
SOUND = np.random.default_rng(11).uniform(-0.4, 0.4, 4 * 16_000).astype(np.float32)
HEARD = [to_pcm(SOUND).tobytes()[at : at + 32] for at in range(8_000, 120_000, 8_000)]
"""Stretches of a millisecond: no two files hold one by chance."""


@dataclass
class Look:
    """What lay open where, by stage and moment."""

    folder: Path
    found: dict[str, list[str]] = field(default_factory=dict)
    windows: dict[str, list[Path]] = field(default_factory=dict)

    def at(self, moment: str) -> None:
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        self.windows[moment] = [path for path in files if path.suffix == ".pcm"]
        for path in files:
            raw = path.read_bytes()
            if any(stretch in raw for stretch in HEARD):
                self.found.setdefault(moment, []).append(path.relative_to(self.folder).parts[1])


@dataclass(frozen=True)
class Looking:
    """A real stage that is looked at whenever it tells how far it is, and when it has done all and written nothing."""

    stage: StageHandler
    look: Look

    def __call__(self, run: StageRun, supervisor: Supervisor) -> StageResult:
        def checkpoint(key: str, value: Mapping[str, Any]) -> None:
            self.look.at(f"{run.stage} checkpoint")
            supervisor.checkpoint(key, value)

        def progress(value: Mapping[str, Any]) -> None:
            self.look.at(f"{run.stage} progress")
            supervisor.progress(value)

        self.look.at(f"{run.stage} begins")
        result = self.stage(run, replace(supervisor, checkpoint=checkpoint, progress=progress))
        self.look.at(f"{run.stage} done")
        return result


@dataclass(frozen=True, slots=True)
class LookedAt(Installation):
    """The installation as it is wired, its stages looked at."""

    look: Look

    def handlers(self) -> StageHandlers:
        return {name: Looking(stage, self.look) for name, stage in Installation.handlers(self).items()}


def heard(folder: Path, model: str, *, encrypt: bool) -> tuple[Look, dict[str, str], dict[str, str]]:
    """What a look found, how the stages ended, and the privacy checklist between them."""
    settings = settings_for(folder / "data", model=model)
    storage = settings.storage.model_copy(update={"encrypt": encrypt})
    built, look = build(settings.model_copy(update={"storage": storage})), Look(folder)
    parts = {name: getattr(built, name) for name in Installation.__dataclass_fields__}
    installation = LookedAt(**parts, look=look)
    with installation.services.uow() as tx:
        key = create_key(tx, installation.services, tenant_id="t", scopes=["admin"], label="")
    runner = installation.process().runner
    with TestClient(installation.app(), headers={"Authorization": f"Bearer {key}"}) as client:
        visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
        client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.wav", wav_bytes(SOUND))}).raise_for_status()
        assert runner.step("asr")
        duties = verify_privacy(installation.services, installed_facts(installation.settings))
        while runner.step("asr"):
            pass
        runs = {run["stage"]: run["state"] for run in client.get(f"/v1/visits/{visit_id}").json()["runs"]}
    installation.close()
    return look, runs, {duty.name.split()[0]: duty.state for duty in duties}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where data and passing files of this process and its children lie."""
    (tmp_path / "all" / "tmp").mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "all" / "tmp"))
    return tmp_path / "all"


@pytest.mark.slow
@pytest.mark.parametrize("encrypt", [True, False], ids=["sealed", "open"])
def test_nothing_that_can_be_heard_lies_open_while_stages_run(tmp_path: Path, folder: Path, encrypt: bool) -> None:
    look, runs, duties = heard(folder, str(build_tiny_whisper(tmp_path / "model")), encrypt=encrypt)
    assert (runs["decode"], runs["transcribe"]) == ("succeeded", "succeeded")
    while_there = {"decode done", "transcribe begins", "transcribe checkpoint", "transcribe done"}
    assert while_there <= {moment for moment, windows in look.windows.items() if windows}, "there was something to find"
    if encrypt:
        assert look.found == {}
        assert duties["Security"] == "ok"
    else:
        assert while_there <= {moment for moment, where in look.found.items() if "work" in where}
        assert duties["Security"] == "fail"
