"""What FunASR publishes for trying a transcription server, as requests of our own: Python's `urllib` and plain `curl`.

Its smoke test asks `/health`, `/v1/models` and `/v1/audio/transcriptions` (multipart, `response_format=verbose_json` or
`json`), without an SDK, and takes any 2xx with JSON for success; its recipes read `text` and each segment's `start`,
`end` and `text`. One thing is added here: the key, without which this server tells nobody what was said.
Source: modelscope/FunASR, examples/openai_api (smoke_test.py, smoke_test.sh, CLIENTS.md), read in November 2026.
"""

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.adapters.audio.short_speech import LocalShortSpeech
from service.api.app import create_app
from tests.support.api import Api, a_wav
from tests.support.served_app import serving
from tests.support.short_speech import ScriptedEngine, ScriptedEngines
from tests.support.speech import a_segment

SAID = [a_segment("甚至出现交易几乎停滞的情况。", 300, 2_600, confidence=0.9)]
BOUNDARY = "----smoke-0b5e"
WAV = a_wav(3)


@pytest.fixture
def server(api: Api) -> Iterator[str]:
    engines = ScriptedEngines(ScriptedEngine([SAID]))
    speech = LocalShortSpeech(engines, lambda transcript: transcript)
    api.services = replace(api.services, short_speech=speech, speech=engines.offer)
    with serving(create_app(api.services)) as address:
        yield address


def get(address: str, *, key: str = "") -> Any:
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as response:
        return json.loads(response.read().decode("utf-8"))


def multipart(fields: dict[str, str]) -> bytes:
    """The file first and the fields behind it, each with the fewest headers that the standard allows."""
    head = 'Content-Disposition: form-data; name="file"; filename="sample.wav"\r\nContent-Type: audio/x-wav\r\n\r\n'
    parts = [head.encode() + WAV]
    parts += [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()
    ]
    return b"".join(f"--{BOUNDARY}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


def transcribe(address: str, key: str, **fields: str) -> Any:
    body = multipart(fields)
    headers = {
        "Accept": "application/json",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(body)),
        "Authorization": f"Bearer {key}",
    }
    request = urllib.request.Request(f"{address}/v1/audio/transcriptions", data=body, method="POST", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read().decode("utf-8"))


def test_the_smoke_test_goes_through(api: Api, server: str) -> None:
    key = api.key("speech")
    assert get(f"{server}/health")["status"] == "ok"
    models = get(f"{server}/v1/models", key=key)["data"]
    speech = [model["id"] for model in models if model["kind"] == "speech"]
    assert speech
    for model in speech:
        answer = transcribe(server, key, model=model, response_format="verbose_json")
        assert answer["text"] == "甚至出现交易几乎停滞的情况。"
        assert [(s["start"], s["end"], s["text"]) for s in answer["segments"]] == [(0.3, 2.6, answer["text"])]
        assert transcribe(server, key, model=model, response_format="json")["text"] == answer["text"]


@pytest.mark.parametrize("alias", ["sensevoice", "paraformer", "fun-asr-nano"])
def test_an_alias_that_is_not_installed_is_refused_with_what_is(api: Api, server: str, alias: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        transcribe(server, api.key("speech"), model=alias, response_format="verbose_json")
    with refused.value as answer:
        assert answer.code == 404
        assert "GET /v1/models" in json.loads(answer.read())["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/models", "/v1/audio/transcriptions"])
def test_without_a_key_only_health_is_told(server: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(server + path)
    with refused.value as answer:
        assert answer.code in {401, 405}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_same_from_a_shell(api: Api, server: str, tmp_path: Path) -> None:
    sample = tmp_path / "sample.wav"
    sample.write_bytes(WAV)

    def curl(*arguments: str) -> Any:
        done = subprocess.run(["curl", "-fsS", "--max-time", "60", *arguments], capture_output=True, check=True)
        return json.loads(done.stdout)

    assert curl(f"{server}/health") == {"status": "ok"}
    form = ["-F", f"file=@{sample}", "-F", "model=whisper-1", "-F", "response_format=verbose_json"]
    key = ["-H", f"Authorization: Bearer {api.key('speech')}"]
    assert curl(f"{server}/v1/audio/transcriptions", *key, *form)["text"] == "甚至出现交易几乎停滞的情况。"
