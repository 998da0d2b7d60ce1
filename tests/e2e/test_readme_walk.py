"""The README, word by word: its commands run as they stand, and the finding it shows is in the answer."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WALK = re.search(r"^```\n(KEY=.*?)^```$", README, re.MULTILINE | re.DOTALL)
SHOWN = re.search(r"^```json\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Host and port, and the first key, as `fieldcue serve` prints them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FIELDCUE_")}
    environment |= {
        "FIELDCUE_STORAGE__DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "FIELDCUE_STORAGE__MIN_FREE_BYTES": "0",
        "FIELDCUE_API__PORT": "0",
        "FIELDCUE_LOG__LEVEL": "error",
    }
    command = [sys.executable, "-c", "from service.cli import main; main()", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = ""
        while "listening" not in told and (line := process.stderr.readline()):
            told += line
        address = re.search(r"listening on http://([\d.]+:\d+)", told)
        key = re.search(r"^fcue_\S+$", told, re.MULTILINE)
        try:
            assert address is not None
            assert key is not None
            yield address[1], key[0]
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def answer(service: tuple[str, str]) -> dict[str, Any]:
    """What the walk's last command prints."""
    if not shutil.which("curl") or not shutil.which("bash"):
        pytest.skip("the README's commands need bash and curl")
    address, key = service
    assert WALK is not None
    script = re.sub(r"^KEY=\S+.*$", f"KEY={key}", WALK[1].replace("localhost:8080", address), flags=re.MULTILINE)
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail"], input=script.replace("sleep 2", "sleep 6"), cwd=ROOT, env=environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"state":"received"' in done.stdout
    decoder, values, rest = json.JSONDecoder(), [], done.stdout
    while rest.strip():
        value, end = decoder.raw_decode(rest.lstrip())
        values.append(value)
        rest = rest.lstrip()[end:]
    return dict(values[-1])


def test_the_last_answer_is_an_analysis_with_its_coaching(answer: dict[str, Any]) -> None:
    assert answer["transcript_version"] == 1
    assert answer["skills"]
    assert all(turn["text"][slice(*found["span"])] == found["quote"]
               for found in answer["findings"] for turn in [answer["turns"][found["turn"]]])  # fmt: skip


def test_the_finding_it_shows_is_really_found(answer: dict[str, Any]) -> None:
    assert SHOWN is not None
    shown = json.loads(SHOWN[1])
    same = ("kind", "code", "turn", "role", "span", "quote", "start_ms", "end_ms")
    found = [found for found in answer["findings"] if all(found[name] == shown[name] for name in same)]
    assert len(found) == 1
    assert set(shown) <= set(found[0])
    assert found[0]["explanation"]["detector"] == shown["explanation"]["detector"]
    assert abs(found[0]["score"] - shown["score"]) < 0.1
