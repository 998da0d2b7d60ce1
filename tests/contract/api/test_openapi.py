"""The OpenAPI document tells the truth: generated requests never meet a 5xx or an undeclared status or body."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from service.adapters.content.loader import load_content
from service.api.app import create_app
from service.settings import ROOT
from tests.support.api import VISIT, Api, make_api
from tests.support.service import passing_folder

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
PUBLIC = {"/healthz", "/readyz", "/metrics", "/v1/audio"}
METHODS = {"get", "post", "put", "patch", "delete", "head"}
CASES = int(os.environ.get("OPENAPI_CASES", "25"))  # an operation; 140 make the 20,000 of a release


def build() -> tuple[Any, Api, str]:
    folder = passing_folder()
    api = make_api(folder, load_content(ROOT / "prompts"))
    with api.database() as tx:  # a runner has answered lately: readiness is no surprise
        tx.office.plant_canaries(api.clock.now())
        for queue in ("fast", "asr", "llm", "io"):
            run = tx.runs.claim(queue, "runner", api.clock.now())
            tx.runs.finish(run.id, run.fence, {})
    app = create_app(api.services, auth_failures_per_minute=1_000_000)
    return schemathesis.openapi.from_asgi("/openapi.json", app), api, api.key()


schemathesis.serializer("application/offset+octet-stream")(
    lambda ctx, value: value if isinstance(value, bytes) else b"x"
)
schema, service, key = build()


@schema.parametrize()
@settings(max_examples=CASES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_generated_request_meets_a_surprise(case: schemathesis.Case) -> None:
    case.headers["Authorization"] = f"Bearer {key}"
    response = case.call()
    # These are refusals too, which the check for bad data does not know.
    checks = CHECKS if response.status_code in {413, 414, 431} else (*CHECKS, negative_data_rejection)
    case.validate_response(response, checks=checks)


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths = service.services and schema.raw_schema["paths"]
    return [(path, method, op) for path, found in paths.items() for method, op in found.items() if method in METHODS]


@pytest.mark.parametrize(("path", "method", "operation"), operations(), ids=lambda value: str(value)[:60])
def test_every_operation_is_described_and_guarded(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["description"], f"{method} {path} has no description"
    if path not in PUBLIC:
        assert operation.get("x-required-scope") or operation.get("x-signed-by")
        assert {"401", "403", "422", "429"} <= set(operation["responses"])


def has_example(operation: dict[str, Any]) -> bool:
    media = [m for r in operation["responses"].values() for m in r.get("content", {}).values()]
    media += list(operation.get("requestBody", {}).get("content", {}).values())
    return any("example" in m or "examples" in m for m in media)


def test_every_operation_with_a_body_shows_an_example() -> None:
    bare = []
    for path, method, operation in operations():
        ok = [r for status, r in operation["responses"].items() if status.startswith("2")]
        talks = any("application/json" in r.get("content", {}) for r in ok)
        if talks and path not in PUBLIC and not has_example(operation):
            bare.append(f"{method} {path}")
    assert bare == []


def test_without_a_key_every_operation_but_the_probes_says_401() -> None:
    client = service.anonymous()
    app = create_app(service.services, auth_failures_per_minute=1_000_000)
    client.app = app
    for path, method, _ in operations():
        if path not in PUBLIC:
            address = path.replace("{visit_id}", "x").replace("{", "").replace("}", "")
            assert client.request(method, address, json=VISIT).status_code in {401, 429}, (method, path)


def test_row_58_nothing_that_a_spreadsheet_would_run_is_ever_sent() -> None:
    """No route answers with cells: exports are JSON in an archive, so `=HYPERLINK(…)` stays a text. One that did would
    have to quote them first, and this test to say so.
    """
    _, api, _ = build()
    document = api.anonymous().get("/openapi.json").json()
    answers = {media for methods in document["paths"].values() for route in methods.values()
               for answer in route["responses"].values() for media in answer.get("content", {})}  # fmt: skip
    assert "application/json" in answers
    assert [media for media in answers if any(cells in media for cells in ("csv", "sheet", "excel", "tab-sep"))] == []
