"""A language model that does not answer: every visit is analysed all the same, and told of once it has spoken."""

import threading
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from service.bootstrap import build
from service.runner.pace import Pace
from service.settings import LlmSettings, RunnerSettings
from service.usecases.operations.manage_keys import create_key
from tests.integration.pipeline.test_kill_stages import VISIT
from tests.support.llm_server import llm_server
from tests.support.pipeline_program import settings_for
from tests.support.runner_program import wait_for

TALK = {"turns": [{"role": "customer", "text": "价格太高了，再便宜一点。"}, {"role": "rep", "text": "我们可以分期。"}]}


def test_visits_are_analysed_while_the_language_model_thinks_about_the_first(tmp_path: Path) -> None:
    free = threading.Event()

    def thinks(request: dict[str, Any]) -> str:
        free.wait(60)
        return "no JSON at all"

    with llm_server(thinks) as server:
        settings = settings_for(tmp_path / "data").model_copy(
            update={
                "llm": LlmSettings(base_url=server.base_url, model="slow"),
                "runner": RunnerSettings(slots=1, llm_slots=1),
            }
        )
        installation = build(settings)
        with installation.services.uow() as tx:
            key = create_key(tx, installation.services, tenant_id="t", scopes=["admin"], label="")
        process = installation.process(pace=Pace(poll_s=0.2))
        with TestClient(installation.app(), headers={"Authorization": f"Bearer {key}"}) as client:
            visits = [client.post("/v1/visits", json=VISIT).json()["id"] for _ in range(3)]
            for visit in visits:
                client.put(f"/v1/visits/{visit}/transcript", json=TALK).raise_for_status()

            def states(stage: str) -> list[str]:
                runs = [client.get(f"/v1/visits/{visit}").json()["runs"] for visit in visits]
                return [run["state"] for each in runs for run in each if run["stage"] == stage]

            process.start()
            try:
                assert wait_for(lambda: states("analyse") == ["succeeded"] * 3 and len(server.asked) == 1, 120)
                assert states("coach") == []
                assert client.get(f"/v1/visits/{visits[2]}/analysis").json()["findings"]
                free.set()
                assert wait_for(lambda: states("coach") == ["succeeded"] * 3, 120)
            finally:
                free.set()
                process.stop()
            reasons = {each["reason"] for each in client.get(f"/v1/visits/{visits[0]}/analysis").json()["skipped"]}
        installation.close()
    assert "llm_unusable" in reasons
