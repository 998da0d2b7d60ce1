"""A recording without a speech model: kept, visible, told to the CRM, and finished by itself once a model is there."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.bootstrap import Installation, build
from service.settings import AsrSettings, LogSettings, RunnerSettings, Settings, StorageSettings
from service.usecases.operations.manage_keys import create_key
from tests.support.tiny_whisper import build_tiny_whisper

RECORDING = Path(__file__).resolve().parents[3] / "service" / "demo" / "assets" / "recording.ogg"
VISIT = {
    "rep_id": "rep-1",
    "account_id": "acc-1",
    "visited_at": "2026-03-02T10:00:00+08:00",
    "consent": {"basis": "consent", "method": "verbal", "given_at": "2026-03-02T10:00:00+08:00"},
}


@contextmanager
def working(folder: Path, model: str = "") -> Iterator[tuple[Installation, TestClient]]:
    settings = Settings(
        storage=StorageSettings(data_dir=folder, min_free_bytes=0),
        asr=AsrSettings(model=model, local_files_only=True, threads=1),
        runner=RunnerSettings(poll_s=0.5),
        log=LogSettings(level="error"),
    )
    installation = build(settings)
    with installation.services.uow() as tx:
        key = create_key(tx, installation.services, tenant_id="t", scopes=["admin"], label="")
    process = installation.process()
    process.start()
    try:
        with TestClient(installation.app(), headers={"Authorization": f"Bearer {key}"}) as client:
            yield installation, client
    finally:
        process.stop()
        installation.close()


def wait_for(client: TestClient, recording_id: str, *states: str, timeout_s: float = 90) -> dict[str, object]:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        recording = dict(client.get(f"/v1/recordings/{recording_id}").json())
        if recording["state"] in states:
            return recording
        time.sleep(0.1)
    raise AssertionError(recording)


@pytest.mark.slow
def test_it_waits_says_the_way_out_and_goes_on_when_a_model_appears(tmp_path: Path) -> None:
    with working(tmp_path / "data") as (_, client):
        visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
        with RECORDING.open("rb") as file:
            sent = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("拜访.ogg", file)})
        assert sent.status_code == 202
        waiting = wait_for(client, sent.json()["id"], "waiting_for_model")
        assert waiting["detail_code"] == "model_missing"
        assert "FIELDCUE_ASR__MODEL" in str(waiting["detail"])
        assert int(str(waiting["duration_ms"])) > 100_000
        assert [event["type"] for event in client.get("/v1/events").json()["items"]] == ["recording.waiting_for_model"]

    model = build_tiny_whisper(tmp_path / "model")
    with working(tmp_path / "data", str(model)) as (_, client):
        ended = wait_for(client, sent.json()["id"], "done", "failed")
        # Random weights hear nothing or nonsense; either way the recording is finished and its audio is still there.
        assert ended["state"] == "done" or ended["detail_code"] == "no_speech"
        runs = client.get(f"/v1/visits/{visit_id}").json()["runs"]
        assert {run["stage"]: run["state"] for run in runs}["transcribe"] == "succeeded"
        assert client.get(f"/v1/recordings/{sent.json()['id']}/audio").content == RECORDING.read_bytes()


def test_a_transcript_sent_meanwhile_is_analysed_while_the_recording_waits(tmp_path: Path) -> None:
    with working(tmp_path / "data") as (_, client):
        visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
        with RECORDING.open("rb") as file:
            recording_id = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.ogg", file)}).json()["id"]
        wait_for(client, recording_id, "waiting_for_model")
        turns = [{"role": "customer", "text": "这个价格太贵了，能不能再便宜点？"}]
        assert client.put(f"/v1/visits/{visit_id}/transcript", json={"turns": turns}).status_code == 202
        until = time.monotonic() + 30
        while client.get(f"/v1/visits/{visit_id}/analysis").status_code != 200 and time.monotonic() < until:
            time.sleep(0.1)
        found = client.get(f"/v1/visits/{visit_id}/analysis").json()
        assert "price" in {finding["code"] for finding in found["findings"]}
        assert client.get(f"/v1/recordings/{recording_id}").json()["state"] == "waiting_for_model"
