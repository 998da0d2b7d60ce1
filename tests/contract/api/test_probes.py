"""P30: ready means that every queue moves; metrics say how fast, and of nobody in particular."""

import threading

import pytest

from nlp.types import Skipped
from service.adapters.metrics import note_analysis, note_attempt, note_stage
from service.domain.delivery.deliveries import Event
from service.runner.pace import Pace
from service.runner.runner import Runner
from service.usecases.operations.keep_house import Housekeeping, chores_of
from service.usecases.operations.run_canary import run_canary
from service.usecases.visits.advance_visit import Advance
from tests.support.api import TENANT, Api
from tests.support.builders import an_analysis, an_endpoint, an_event


def runner_over(api: Api, **handlers: object) -> Runner:
    services = api.services
    advance = Advance(services.clock, services.ids, services.doorbell)
    return Runner(
        uow=services.uow, handlers={"canary": run_canary, **handlers}, clock=services.clock, advance=advance,
        owner="me", slots={"fast": 1, "asr": 1, "llm": 1, "io": 1}, pace=Pace(),
    )  # type: ignore[arg-type]  # fmt: skip


def plant(api: Api) -> None:
    services = api.services
    advance = Advance(services.clock, services.ids, services.doorbell)
    house = Housekeeping(services.uow, services.clock, services.doorbell, advance, {})
    {name: work for name, _, work in chores_of(house)}["plant_canaries"]()


def ready(api: Api) -> tuple[int, dict[str, str]]:
    response = api.anonymous().get("/readyz")
    return response.status_code, response.json()["checks"]


def test_before_a_runner_has_answered_nothing_is_ready(api: Api) -> None:
    plant(api)
    status, checks = ready(api)
    assert status == 503
    assert checks["database"] == "ok"
    assert "no runner" in checks["queue.asr"]


def test_a_runner_that_works_keeps_every_queue_ready(api: Api) -> None:
    runner = runner_over(api)
    for _ in range(5):
        plant(api)
        for queue in ("fast", "asr", "llm", "io"):
            assert runner.answer(queue) == 1  # type: ignore[arg-type]
        assert ready(api) == (
            200,
            {"database": "ok", "queue.asr": "ok", "queue.fast": "ok", "queue.io": "ok", "queue.llm": "ok"},
        )
        api.clock.forward(seconds=45)


def test_a_wedged_pool_is_red_within_a_minute_while_the_process_still_answers(api: Api) -> None:
    free = threading.Event()

    def wedged(*given: object, **more: object) -> object:
        free.wait(30)
        return run_canary(*given, **more)  # type: ignore[arg-type]

    healthy, stuck = runner_over(api), runner_over(api, canary=wedged)
    plant(api)
    for queue in ("fast", "asr", "llm", "io"):
        healthy.answer(queue)  # type: ignore[arg-type]
    api.clock.forward(seconds=30)
    plant(api)
    thread = threading.Thread(target=stuck.answer, args=("asr",))
    thread.start()
    try:
        for queue in ("fast", "llm", "io"):
            healthy.answer(queue)  # type: ignore[arg-type]
        api.clock.forward(seconds=31)
        status, checks = ready(api)
        assert api.anonymous().get("/healthz").status_code == 200
    finally:
        free.set()
        thread.join(10)

    assert status == 503
    assert checks["queue.asr"] != "ok"
    assert (checks["queue.fast"], checks["queue.io"]) == ("ok", "ok")


def test_a_dead_database_is_red_and_named_without_its_address(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*, write: bool = True) -> object:
        raise OSError("postgresql://secret@host/")

    monkeypatch.setattr(api.database, "__call__", gone)
    object.__setattr__(api.services, "uow", gone)
    status, checks = ready(api)
    assert (status, checks) == (503, {"database": "failed: OSError"})


def test_metrics_count_stages_deliveries_queues_and_scores(api: Api) -> None:
    with api.database() as tx:
        tx.endpoints.add(an_endpoint())
        tx.events.add(an_event())
    plant(api)
    note_stage("transcribe", "complete", 30.0, audio_ms=60_000)
    note_attempt("wecom", "dead")
    note_analysis(an_analysis())
    api.clock.forward(seconds=20)
    said = api.anonymous().get("/metrics").text

    for line in (
        'fieldcue_queue_runs{queue="asr"} 1.0',
        'fieldcue_queue_oldest_seconds{queue="asr"} 20.0',
        'fieldcue_deliveries{state="pending"} 1.0',
        "fieldcue_delivery_oldest_seconds 20.0",
        'fieldcue_stage_seconds_bucket{le="60.0",outcome="complete",stage="transcribe"}',
        'fieldcue_real_time_factor_bucket{le="0.5",stage="transcribe"}',
        'fieldcue_webhook_exhausted_total{kind="wecom"}',
        'fieldcue_model_score_bucket{kind="objection",le="1.0"}',
        "fieldcue_churn_probability_count",
    ):
        assert line in said, line


def test_metrics_name_no_tenant_person_or_word(api: Api) -> None:
    with api.database() as tx:
        tx.endpoints.add(an_endpoint())
        tx.events.add(Event("evt_1", TENANT, "visit.failed", api.clock.now(), "vis_1", 1, {"detail": "客户王建国"}))
    note_analysis(an_analysis())
    said = api.anonymous().get("/metrics").text
    assert all(word not in said for word in (TENANT, "vis_1", "价格太高了", "王建国", "crm.example"))


def test_what_degraded_is_counted_by_reason(api: Api) -> None:
    analysis = an_analysis()
    object.__setattr__(analysis, "skipped", (Skipped("llm_summary", "llm_down", "…"),))
    note_analysis(analysis)
    said = api.anonymous().get("/metrics").text
    assert 'fieldcue_degraded_total{reason="llm_down",what="llm_summary"}' in said
