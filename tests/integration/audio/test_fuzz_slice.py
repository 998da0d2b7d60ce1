"""P18, a slice of `make proofs ARGS=fuzz`: recordings changed at random end in sound or in a refusal with its code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.settings import ROOT
from tests.proofs.fuzz import Found, _checked, _judged, smaller
from tests.proofs.mutations import CONTAINERS, mutated, seeds


def test_some_changed_recordings_end_in_sound_or_in_a_refusal() -> None:
    # A process of its own: each case is forked, and this one has threads.
    done = subprocess.run(
        [sys.executable, "-m", "tests.proofs", "fuzz", "--cases", "40", "--seed", "18"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr[-2_000:]
    assert "40 cases from 18" in done.stdout


def test_every_container_that_the_tests_know_is_changed() -> None:
    changed = {mutated(seed)[0] for seed in range(400)}

    assert changed == set(seeds())
    assert {name.split("/")[0] for name in changed if "/" in name} == {container for container, _, _ in CONTAINERS}


def test_a_case_is_its_number() -> None:
    assert mutated(5) == mutated(5)
    assert mutated(5) != mutated(6)


def test_what_breaks_is_made_smaller_while_it_breaks_alike() -> None:
    def look(data: bytes) -> str:
        return "!broke: here" if b"bad" in data else "sound"

    assert smaller(b"x" * 100 + b"bad" + b"y" * 100, "!broke: there", look=look) == b"bad"


@pytest.mark.parametrize(
    ("windows", "end"),
    [
        ([{"start_ms": 0, "end_ms": 1_000, "files": ["0.pcm"]}], "sound"),
        ([{"start_ms": 0, "end_ms": 9_000, "files": ["0.pcm"]}], "!windows that are not as long as they say"),
        ([], "!files beside the windows"),
    ],
    ids=["as it says", "too short", "one more"],
)
def test_sound_is_only_what_lies_there(tmp_path: Path, windows: list[dict[str, object]], end: str) -> None:
    (tmp_path / "0.pcm").write_bytes(b"\0" * 32_000)

    assert _checked(windows, tmp_path) == end


@pytest.mark.parametrize(
    ("say", "end"),
    [
        (b'{"code": "no_audio", "category": "invalid"}', "no_audio"),
        (b'{"code": "child_crashed", "category": "transient"}', "!child_crashed"),
        (b'{"broke": "KeyError"}', "!broke: KeyError"),
        (b"", "!silent"),
        (b"killed", "!killed by SIGKILL"),
    ],
    ids=["refused", "not a refusal", "a bug", "nothing said", "killed"],
)
def test_only_a_refusal_of_the_recording_is_a_good_end(tmp_path: Path, say: bytes, end: str) -> None:
    reading, writing = os.pipe()
    child = subprocess.Popen(["sleep", "30"] if say == b"killed" else ["true"])
    os.write(writing, say)
    os.close(writing)
    if say == b"killed":
        child.kill()
    try:
        assert _judged(child.pid, reading, tmp_path, Found()) == end
    finally:
        os.close(reading)
        child.returncode = 0  # it was waited for
