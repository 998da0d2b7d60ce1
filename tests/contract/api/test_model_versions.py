"""Versions of the text models over HTTP: compared, promoted when worse on nothing, taken back, written down."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.evaluation.versions import VERDICTS, pack, unpack
from service.adapters.model_registry import Registry
from service.settings import ROOT
from tests.support.api import OTHER_TENANT, Api


def challenger(api: Api, tmp_path: Path, *, forgets: int = 0) -> int:
    """The shipped churn model as a new version that calls `forgets` of every four visits wrongly low."""
    made = tmp_path / "made"
    shutil.rmtree(made, ignore_errors=True)
    shutil.copytree(ROOT / "models" / "churn", made)
    kept = unpack((made / VERDICTS).read_bytes())
    wrong = np.arange(len(kept.keys)) % 4 < forgets
    kept.called[wrong] = kept.codes.index("low") == np.arange(len(kept.codes))
    (made / VERDICTS).write_bytes(pack(kept))
    registry = api.services.model_versions
    assert isinstance(registry, Registry)
    return registry.add("churn", made, now=api.clock.now(), about={"corrections": "march.json"}).number


def audited(api: Api) -> list[dict[str, Any]]:
    items = api.client("audit:read").get("/v1/audit").json()["items"]
    return [item for item in items if item["action"].startswith("model.")]


def test_a_challenger_is_compared_promoted_and_taken_back(api: Api, tmp_path: Path) -> None:
    number = challenger(api, tmp_path)
    client = api.client("models:read", "models:write")
    listed = client.get("/v1/models/churn/versions").json()
    assert (listed["champion"], listed["challenger"]) == (0, number)
    assert [(one["version"], one["alias"]) for one in listed["versions"]] == [(0, "champion"), (number, "challenger")]
    assert listed["versions"][1]["about"] == {"corrections": "march.json"}

    compared = client.get("/v1/models/churn/comparison").json()
    assert (compared["champion"], compared["challenger"], compared["refusals"]) == (0, number, [])
    assert {one["code"] for one in compared["differences"]} == {"low", "medium", "high"}
    assert all(one["difference_95"] == [0.0, 0.0] and not one["worse"] for one in compared["differences"])

    promoted = client.post("/v1/models/churn/promote", json={"why": "三月的更正"}).json()
    assert (promoted["champion"], promoted["challenger"]) == (number, None)
    back = client.post("/v1/models/churn/rollback", json={"why": "误报"}).json()
    assert [(move["what"], move["before"], move["after"]) for move in back["moves"]] == [
        ("promote", 0, number),
        ("roll back", number, 0),
    ]
    assert {move["by"] for move in back["moves"]} == {item["actor"] for item in audited(api)}
    assert [(item["action"], item["object"], item["why"]) for item in audited(api)] == [
        ("model.rolled_back", "model:churn", "误报"),
        ("model.promoted", "model:churn", "三月的更正"),
    ]


def test_a_worse_version_is_refused_with_every_reason_and_nothing_is_written_down(api: Api, tmp_path: Path) -> None:
    challenger(api, tmp_path, forgets=3)
    client = api.client()
    compared = client.get("/v1/models/churn/comparison").json()
    refused = client.post("/v1/models/churn/promote", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "model_worse")
    assert refused.json()["refusals"] == compared["refusals"]
    assert any("high is worse" in reason for reason in compared["refusals"])
    assert client.get("/v1/models/churn/versions").json()["champion"] == 0
    assert audited(api) == []


def test_a_repeated_request_moves_the_alias_once(api: Api, tmp_path: Path) -> None:
    challenger(api, tmp_path)
    client = api.client()
    first, again = (
        client.post("/v1/models/churn/promote", json={}, headers={"Idempotency-Key": "march"}) for _ in range(2)
    )
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(audited(api)) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/models/speech/versions", 404, "model_task_unknown"),
        ("GET", "/v1/models/churn/comparison", 409, "no_challenger"),
        ("GET", "/v1/models/churn/comparison?version=7", 404, "model_version_unknown"),
        ("POST", "/v1/models/churn/promote", 409, "no_challenger"),
        ("POST", "/v1/models/churn/rollback", 409, "model_incomplete"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_code(api: Api, method: str, path: str, status: int, code: str) -> None:
    answer = api.client().request(method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_damaged_version_is_not_put_in_use(api: Api, tmp_path: Path) -> None:
    number = challenger(api, tmp_path)
    (tmp_path / "versions" / "churn" / f"v{number}" / "weights.json").write_text("{}")
    answer = api.client().post("/v1/models/churn/promote", json={"version": number})
    assert (answer.status_code, answer.json()["code"]) == (409, "model_damaged")


@pytest.mark.parametrize("path", ["versions", "comparison"])
def test_models_that_all_share_are_one_tenants_business(api: Api, path: str) -> None:
    answer = api.client(tenant=OTHER_TENANT).get(f"/v1/models/churn/{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, "models_shared")


def test_reading_versions_does_not_move_them(api: Api, tmp_path: Path) -> None:
    challenger(api, tmp_path)
    reader = api.client("models:read")
    assert reader.get("/v1/models/churn/versions").status_code == 200
    for what in ("promote", "rollback"):
        answer = reader.post(f"/v1/models/churn/{what}", json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_drift_is_told_of_the_callers_own_visits(api: Api) -> None:
    answer = api.client("models:read").get("/v1/model-drift?days=7").json()
    assert (answer["visits"], answer["visits_before"], answer["codes"]) == (0, 0, [])
    assert api.client("visits:read").get("/v1/model-drift").json()["code"] == "scope_missing"
    assert api.client().get("/v1/model-drift?days=0").status_code == 422
