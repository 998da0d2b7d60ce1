"""The real stages, killed at every boundary: an accepted recording is finished, and told of, once."""

import wave
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.adapters.clock import SystemClock
from service.bootstrap import build
from service.domain.stages import CHAIN
from service.usecases.operations.manage_keys import create_key
from tests.support.pipeline_program import serve, settings_for
from tests.support.runner_program import Crew, Point, Program, Strike, wait_for
from tests.support.tiny_whisper import build_tiny_whisper

RECORDING = Path(__file__).resolve().parents[3] / "service" / "demo" / "assets" / "recording.ogg"
BOUNDARIES: tuple[Point, ...] = ("work", "committed")  # all done and nothing written; all written and nothing told
STAGES = tuple(stage for stage in CHAIN if stage not in {"fetch", "assist"})
VISIT = {
    "rep_id": "rep-1",
    "account_id": "acc-1",
    "visited_at": "2026-03-02T10:00:00+08:00",
    "consent": {"basis": "consent", "method": "verbal", "given_at": "2026-03-02T10:00:00+08:00"},
}


def long_recording(path: Path) -> Path:
    """Twenty-one minutes, which are three windows, with a tone at the end."""
    rate, tone = 8_000, bytes(value for n in range(8_000) for value in (0, (n % 16) * 4))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        for _ in range(21):
            file.writeframes(bytes(2 * rate * 60))
        file.writeframes(tone * 5)
    return path


@pytest.mark.slow
def test_a_runner_killed_within_a_window_repeats_that_window_alone(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data", model=str(build_tiny_whisper(tmp_path / "model")))
    installation = build(settings)
    with installation.services.uow() as tx:
        key = create_key(tx, installation.services, tenant_id="t", scopes=["admin"], label="")
    with TestClient(installation.app(), headers={"Authorization": f"Bearer {key}"}) as client:
        visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
        with long_recording(tmp_path / "long.wav").open("rb") as file:
            sent = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("long.wav", file)}).json()
        strikes: frozenset[Strike] = frozenset({(sent["id"], "transcribe", "window")})
        program = Program(
            url="", folder=tmp_path, epoch=SystemClock().now(), scale=25.0, queues=("asr", "fast"), strikes=strikes
        )
        crew = Crew([program], target=partial(serve, settings))

        def ended() -> bool:
            crew.revive()
            return client.get(f"/v1/recordings/{sent['id']}").json()["state"] in {"done", "failed"}

        try:
            assert wait_for(ended, 180), client.get(f"/v1/visits/{visit_id}").json()
        finally:
            crew.kill()
        found = client.get(f"/v1/recordings/{sent['id']}").json()
        told = [e for e in client.get("/v1/events?limit=200").json()["items"] if e["type"] == "recording.progress"]
    installation.close()

    assert crew.deaths == 1
    assert found["state"] == "done" or found["detail_code"] == "no_speech"
    windows = (tmp_path / "windows").read_text().splitlines()
    assert windows == ["transcribe 0", "transcribe 1", "transcribe 2"]  # one before the kill, two by the successor
    assert [round(event["data"]["share"], 1) for event in told] == [0.5, 0.9]


@pytest.mark.slow
def test_a_recording_outlives_a_runner_killed_at_every_boundary_of_its_stages(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    settings = settings_for(folder, model=str(build_tiny_whisper(tmp_path / "model")))
    installation = build(settings)
    with installation.services.uow() as tx:
        key = create_key(tx, installation.services, tenant_id="t", scopes=["admin"], label="")
    with TestClient(installation.app(), headers={"Authorization": f"Bearer {key}"}) as client:
        visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
        with RECORDING.open("rb") as file:
            sent = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.ogg", file)}).json()
        strikes = frozenset((sent["id"], stage, point) for stage in STAGES for point in BOUNDARIES)
        program = Program(
            url="", folder=tmp_path, epoch=SystemClock().now(), scale=25.0, queues=("asr", "fast"), strikes=strikes
        )
        crew = Crew([program], target=partial(serve, settings))

        def ended() -> bool:
            crew.revive()
            state = client.get(f"/v1/recordings/{sent['id']}").json()["state"]
            return state in {"done", "failed"} and crew.deaths == len(strikes)

        try:
            assert wait_for(ended, 180), client.get(f"/v1/visits/{visit_id}").json()
        finally:
            crew.kill()  # the last strike was a moment ago: its successor may not have begun to listen for a stop
        visit = client.get(f"/v1/visits/{visit_id}").json()
        events = Counter(event["type"] for event in client.get("/v1/events?limit=200").json()["items"])
        analysis = client.get(f"/v1/visits/{visit_id}/analysis")
    installation.close()

    assert {run["stage"]: run["state"] for run in visit["runs"]} == dict.fromkeys(STAGES, "succeeded")
    assert len(visit["runs"]) == len(STAGES)
    assert events["visit.analyzed"] == 1
    assert analysis.status_code == 200
