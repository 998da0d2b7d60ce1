"""One trace from the request over the runner to the child, and not a word of anybody in it."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from service.adapters import tracing
from service.adapters.logs import configure_logging
from service.adapters.tracing import Tracing, span, visit_context
from service.bootstrap import build
from service.settings import LogSettings, Settings, StorageSettings
from service.usecases.operations.manage_keys import create_key
from tests.support.api import VISIT, a_wav


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    made = Tracing(exporter)
    tracing.use(made)
    yield exporter
    made.flush()
    tracing.use(Tracing(None))


@pytest.mark.slow
def test_request_stage_and_child_of_one_visit_are_one_trace_and_logs_hold_no_words(
    tmp_path: Path, spans: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = StorageSettings(data_dir=tmp_path, min_free_bytes=0)
    installation = build(Settings(storage=storage, log=LogSettings(level="debug")))
    tracing.use(Tracing(spans))  # building configured the one the settings name, which is none
    try:
        with installation.services.uow() as tx:
            key = create_key(tx, installation.services, tenant_id="t", scopes=["admin"], label="")
        client = TestClient(installation.app(), headers={"Authorization": f"Bearer {key}"})
        visit_id = client.post("/v1/visits", json={**VISIT, "place": "金丝雀大厦"}).json()["id"]
        client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("金丝雀.wav", a_wav(2))}).raise_for_status()
        other = client.post("/v1/visits", json=VISIT).json()["id"]
        turns = [{"role": "customer", "text": "金丝雀说价格太高了，电话13812345678"}]
        client.put(f"/v1/visits/{other}/transcript", json={"turns": turns}).raise_for_status()
        runner = installation.process().runner
        for queue in ("asr", "fast", "fast"):
            runner.answer(queue)  # type: ignore[arg-type]
        assert client.get(f"/v1/visits/{other}/analysis").status_code == 200
    finally:
        installation.close()
        tracing._Current.tracing.flush()

    finished = spans.get_finished_spans()
    of_visit = [s for s in finished if s.context.trace_id == visit_context(visit_id).trace_id]
    names = {s.name for s in of_visit}
    assert {"http POST", "stage.decode"} <= names
    assert any(name.startswith("child") for name in names)
    child = next(s for s in of_visit if s.name.startswith("child"))
    parents = {s.context.span_id: s.name for s in of_visit}
    assert parents[child.parent.span_id] in {"stage.decode", "http POST"}
    of_other = {s.name for s in finished if s.context.trace_id == visit_context(other).trace_id}
    assert {"http PUT", "stage.analyse", "stage.coach"} <= of_other
    written = json.dumps([json.loads(s.to_json()) for s in finished], ensure_ascii=False) + capsys.readouterr().err
    for words in ("金丝雀", "13812345678", "价格太高", key, "rep-1", "acc-1"):
        assert words not in written


def test_an_error_is_a_kind_in_a_span_and_its_message_is_not_kept(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="金丝雀"), span("stage.turns", about="vis_1", attempt=2, nothing=None):
        raise ValueError("金丝雀说的话")
    tracing._Current.tracing.flush()
    (found,) = spans.get_finished_spans()
    assert dict(found.attributes) == {"attempt": 2, "error.type": "ValueError"}
    assert "金丝雀" not in found.to_json()


def test_without_an_endpoint_nothing_is_recorded() -> None:
    tracing.configure("")
    with span("x", about="vis_1") as opened:
        assert not opened.is_recording()


def test_a_logged_failure_names_kind_and_place_and_repeats_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug")
    try:
        try:
            raise ValueError("金丝雀说的话")
        except ValueError:
            structlog.get_logger().exception("stage_broke", stage="turns")
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers.clear()
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["error"], line["stage"]) == ("stage_broke", "ValueError", "turns")
    assert "test_traces.py" in line["at"]
    assert "金丝雀" not in json.dumps(line, ensure_ascii=False)
