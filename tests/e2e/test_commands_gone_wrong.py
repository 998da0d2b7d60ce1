"""What a person sees who types something wrong: one line that says what to do, a status, and no traceback."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.seal import SEAL_TEXT

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-c", "from service.cli import main; main()"]
PATIENCE_S = 120  # a busy machine is slow, not wrong
MESSAGE = '{"id": "1", "from": "customer", "text": "太贵了"}\n'


@pytest.fixture(autouse=True)
def interrupts_are_heard() -> Iterator[None]:
    """Whoever is started in the background by a shell ignores SIGINT, and so do its children: these shall not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def environment(folder: Path, **changes: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FIELDCUE_")}
    settings = {"FIELDCUE_STORAGE__DATA_DIR": str(folder / "data"), "FIELDCUE_STORAGE__MIN_FREE_BYTES": "0", **changes}
    return {**clean, **settings, "COLUMNS": "200"}


def run(folder: Path, *arguments: str, given: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], cwd=folder, env=environment(folder, **changes), input=given, capture_output=True,
        text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


WRONG = {
    "input missing": (["triage", "none.jsonl"], {}, "none.jsonl: cannot be read"),
    "input a directory": (["triage", "."], {}, "Is a directory"),
    "output in no directory": (["triage", "-", "-o", "no/such/out.jsonl"], {}, "out.jsonl: cannot be written"),
    "output a directory": (["triage", "-", "-o", "."], {}, "is a directory"),
    "recording missing": (["transcribe", "none.wav"], {}, "none.wav: there is no such file"),
    "terms missing": (["spot", "-", "--pack", "none.txt"], {}, "none.txt"),
    "no tenant": (["keys", "create", "--tenant", ""], {}, "a tenant is 1 to 64"),
    "a path for a tenant": (["keys", "create", "--tenant", "../other"], {}, "a tenant is 1 to 64"),
    "unknown scope": (["keys", "create", "--tenant", "a", "--scopes", "root"], {}, "scopes are"),
    "data directory a file": (["check"], {"FIELDCUE_STORAGE__DATA_DIR": "/dev/null"}, "/dev/null"),
    "no such database": (
        ["check"],
        {
            "FIELDCUE_DATABASE__URL": "postgresql+psycopg://someone:hunter2@127.0.0.1:1/x",
            "FIELDCUE_STORAGE__SECRET_KEY": SEAL_TEXT,
        },
        "FIELDCUE_DATABASE__URL",
    ),
    "port taken by a word": (["serve"], {"FIELDCUE_API__PORT": "http"}, "FIELDCUE_API__PORT"),
}


@pytest.mark.parametrize(("arguments", "changes", "said"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_named_in_a_line_without_a_traceback(
    tmp_path: Path, arguments: list[str], changes: dict[str, str], said: str
) -> None:
    done = run(tmp_path, *arguments, given=MESSAGE, **changes)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
    assert done.stdout == ""


def test_transcribing_without_a_model_names_the_option_of_this_command(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    done = run(tmp_path, "transcribe", "a.wav")
    assert done.returncode == 1
    assert "--model" in done.stderr
    assert "PUT /v1" not in done.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    assert re.fullmatch(r"fieldcue \d+\.\d+\.\d+\n", run(tmp_path, "--version").stdout)


def test_windows_line_ends_a_byte_order_mark_and_empty_lines_are_read(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(b"\xef\xbb\xbf" + (MESSAGE.strip() + "\r\n\r\n").encode() * 2)
    done = run(tmp_path, "triage", "in.jsonl")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(MESSAGE, encoding="utf-8")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PROGRAM, "triage", "in.jsonl"], cwd=tmp_path, env=environment(tmp_path), stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "fieldcue: No space left on device\n")


def test_whoever_reads_only_the_first_line_hears_no_complaint(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(MESSAGE * 20_000, encoding="utf-8")
    with subprocess.Popen([*PROGRAM, "triage", "in.jsonl"], cwd=tmp_path, env=environment(tmp_path),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"id":"1"')
        process.stdout.close()
        assert process.stderr.read() == b""


def test_an_interrupted_command_leaves_no_half_file(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(MESSAGE * 500_000, encoding="utf-8")
    arguments = [*PROGRAM, "triage", "in.jsonl", "-o", "out.jsonl"]
    with subprocess.Popen(arguments, cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + PATIENCE_S
        while not list(tmp_path.glob(".out.jsonl.*.part")) and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_a_taken_port_ends_the_start_before_a_key_is_shown(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(tmp_path, "serve", FIELDCUE_API__PORT=port)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "FIELDCUE_API__PORT" in done.stderr
    assert "fcue_" not in done.stderr
    assert "listening" not in done.stderr


def test_port_0_tells_the_port_that_was_found_and_an_interrupt_ends_it_cleanly(tmp_path: Path) -> None:
    with subprocess.Popen([*PROGRAM, "serve"], cwd=tmp_path, env=environment(tmp_path, FIELDCUE_API__PORT="0"),
                          stderr=subprocess.PIPE, text=True) as process:  # fmt: skip
        assert process.stderr is not None
        told = ""
        while "listening" not in told and (line := process.stderr.readline()):
            told += line
        port = int(re.search(r"listening on http://127\.0\.0\.1:(\d+)", told)[1])  # type: ignore[index]
        with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:  # the socket waits until it is served
            assert client.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(PATIENCE_S) == 130
    assert port > 0
    assert "Traceback" not in rest
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
