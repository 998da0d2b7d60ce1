"""`/v1/speech` as a tenant's administrator uses it."""

from dataclasses import replace
from typing import Any

import pytest

from service.domain.speech.choice import SpeechOffer, SpeechOption
from tests.support.api import OTHER_TENANT, Api

TURBO = SpeechOption("faster-whisper", "large-v3-turbo")
SENSE = SpeechOption("sherpa-onnx", "sense-voice")


@pytest.fixture
def offering(api: Api) -> Api:
    api.services = replace(api.services, speech=lambda: SpeechOffer(TURBO, (TURBO, SENSE)))
    return api


def _json(option: SpeechOption) -> dict[str, str]:
    return {"engine": option.engine, "model": option.model}


def test_without_a_choice_the_default_is_in_force(offering: Api) -> None:
    told = offering.client("visits:read").get("/v1/speech").json()
    assert told == {
        **_json(TURBO),
        "chosen_by": "installation",
        "chosen_at": None,
        "available": True,
        "options": [_json(TURBO), _json(SENSE)],
    }


def test_a_choice_is_in_force_for_its_tenant_until_it_is_taken_back(offering: Api) -> None:
    client = offering.client()
    chosen = client.put("/v1/speech", json=_json(SENSE))
    assert chosen.status_code == 200, chosen.text
    assert (chosen.json()["engine"], chosen.json()["chosen_by"]) == ("sherpa-onnx", "tenant")
    assert client.get("/v1/speech").json() == chosen.json()
    assert offering.client(tenant=OTHER_TENANT).get("/v1/speech").json()["chosen_by"] == "installation"
    assert client.delete("/v1/speech").status_code == 204
    assert client.get("/v1/speech").json()["engine"] == "faster-whisper"
    again = client.delete("/v1/speech")
    assert (again.status_code, again.json()["code"]) == (404, "speech_not_chosen")


def test_what_is_chosen_and_vanishes_is_told(offering: Api) -> None:
    offering.client().put("/v1/speech", json=_json(SENSE))
    offering.services = replace(offering.services, speech=lambda: SpeechOffer(TURBO, (TURBO,)))
    told = offering.client().get("/v1/speech").json()
    assert (told["model"], told["available"]) == ("sense-voice", False)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"engine": "sherpa-onnx", "model": "large-v3-turbo"}, "speech_not_offered", id="not installed"),
        pytest.param({"engine": "kaldi", "model": "sense-voice"}, "invalid", id="no such engine"),
        pytest.param({"engine": "sherpa-onnx", "model": "../../etc"}, "invalid", id="a path"),
        pytest.param({"engine": "sherpa-onnx", "model": "/models/sense-voice"}, "invalid", id="an absolute path"),
        pytest.param({"engine": "sherpa-onnx"}, "invalid", id="no model"),
    ],
)
def test_what_is_not_offered_is_refused(offering: Api, given: dict[str, Any], code: str) -> None:
    refused = offering.client().put("/v1/speech", json=given)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert offering.client().get("/v1/speech").json()["chosen_by"] == "installation"


def test_choosing_needs_an_administrator(offering: Api) -> None:
    assert offering.client("visits:read").put("/v1/speech", json=_json(SENSE)).status_code == 403
    assert offering.client("visits:write").delete("/v1/speech").status_code == 403


def test_an_installation_without_a_model_says_so(api: Api) -> None:
    told = api.client().get("/v1/speech").json()
    assert (told["engine"], told["model"], told["available"], told["options"]) == (None, None, False, [])
