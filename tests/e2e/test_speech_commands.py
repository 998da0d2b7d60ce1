"""`fieldcue transcribe` with each engine, two engines side by side, and `fieldcue speech`, as somebody types them."""

import json
from pathlib import Path

import pytest

from tests.e2e.test_commands_gone_wrong import run
from tests.support.receiver import receiving
from tests.support.remote_asr import hears
from tests.support.tiny_sherpa import SENTENCE, build_tiny_sherpa
from tests.support.tiny_whisper import build_tiny_whisper

RECORDING = str(Path(__file__).parents[2] / "service" / "demo" / "assets" / "recording.ogg")
pytestmark = pytest.mark.slow


def test_two_engines_hear_one_recording_side_by_side(tmp_path: Path) -> None:
    sherpa, whisper = build_tiny_sherpa(tmp_path / "sense"), build_tiny_whisper(tmp_path / "tiny")
    asked = ["transcribe", RECORDING, "--engine", "sherpa-onnx", "--model", str(sherpa)]
    compared = ["--compare", f"faster-whisper={whisper}"]
    document = json.loads(run(tmp_path, *asked, *compared, "--format", "json").stdout)
    assert [name.split()[0] for name in document["engines"]] == ["sherpa-onnx", "faster-whisper"]
    assert any(SENTENCE[:4] in stretch["left"] for stretch in document["stretches"])
    assert document["edits"] == sum(stretch["edits"] for stretch in document["stretches"])
    assert document["distance"] == round(document["edits"] / document["left_chars"], 4)
    shown = run(tmp_path, *asked, *compared).stdout
    assert f"{document['edits']} edits apart" in shown
    alone = run(tmp_path, *asked)
    assert alone.returncode == 0
    assert SENTENCE[:4] in alone.stdout


def test_a_remote_service_transcribes(tmp_path: Path) -> None:
    with receiving(hears(key="secret")) as server:
        settings = {"FIELDCUE_ASR__REMOTE_URL": f"http://{server.host}/v1", "FIELDCUE_ASR__REMOTE_KEY": "secret"}
        heard = run(tmp_path, "transcribe", RECORDING, "--engine", "remote", "--model", "whisper-1", **settings)
    assert heard.returncode == 0, heard.stderr
    assert "我们想先看交期，再谈合同。" in heard.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(["--engine", "remote", "--model", "whisper-1"], "FIELDCUE_ASR__REMOTE_URL", id="no address"),
        pytest.param(["--engine", "sherpa-onnx", "--model", "none"], "none", id="no such directory"),
        pytest.param(["--compare", "kaldi=x"], "write ENGINE=MODEL", id="no such engine"),
        pytest.param(["--compare", "remote=x", "--format", "srt"], "prints txt or json", id="captions of two"),
    ],
)
def test_what_cannot_be_meant_says_what_can(tmp_path: Path, arguments: list[str], named: str) -> None:
    refused = run(tmp_path, "transcribe", RECORDING, *arguments)
    assert refused.returncode != 0
    assert named in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_operator_chooses_for_a_tenant(tmp_path: Path) -> None:
    build_tiny_sherpa(tmp_path / "models" / "sense")
    settings = {"FIELDCUE_ASR__MODELS_DIR": str(tmp_path / "models")}

    def speech(*arguments: str) -> str:
        done = run(tmp_path, "speech", *arguments, "--tenant", "acme", **settings)
        return done.stdout + done.stderr

    assert "recordings wait for a model" in speech("show")
    assert speech("choose", "--engine", "sherpa-onnx", "--model", "sense") == ""
    assert speech("show").startswith("sherpa-onnx sense (chosen at ")
    assert "not installed here" in speech("choose", "--engine", "sherpa-onnx", "--model", "other")
    assert speech("forget") == ""
    assert "chosen no speech engine" in speech("forget")
