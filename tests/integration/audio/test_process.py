"""Whatever a child does, its parent gets a typed answer and no process is left behind."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nlp.errors import BadStream, Cancelled, ModelMissing
from service.adapters.audio.errors import ChildCrashed
from service.adapters.audio.lines import Message
from service.adapters.audio.process import MIB, Child, ChildLimits
from service.domain.errors import Transient

Start = Callable[..., Child]
LIMITS = ChildLimits(wall_s=20, silent_s=20)


@pytest.fixture
def start() -> Iterator[Start]:
    children: list[Child] = []

    def begin(**changes: Any) -> Child:
        child = Child("tests.support.bad_child", **{"limits": LIMITS, **changes})
        children.append(child)
        return child

    yield begin
    for child in children:
        child.kill()


def _ask(child: Child, way: str, **more: Any) -> Message:
    return child.converse({"way": way, **more}, on_message=lambda _: None, should_stop=lambda: False)


def _gone(pid: int) -> bool:
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("way", "limits", "reason", "signal"),
    [
        pytest.param("crash", LIMITS, "killed", "SIGSEGV", id="segmentation fault"),
        pytest.param("leave", LIMITS, "exited", None, id="exit 0 without a result"),
        pytest.param("raise_bug", LIMITS, "exited", None, id="an exception of ours"),
        pytest.param("hang", ChildLimits(wall_s=20, silent_s=1), "hung", "SIGKILL", id="silence"),
        pytest.param("talk_forever", ChildLimits(wall_s=1, silent_s=20), "hung", "SIGKILL", id="no end"),
        pytest.param("spin", ChildLimits(wall_s=20, silent_s=20, cpu_s=1), "killed", "SIGKILL", id="processor time"),
        pytest.param("grow", ChildLimits(rss_bytes=200 * MIB), "memory", "SIGKILL", id="memory"),
        pytest.param("babble", LIMITS, "protocol", "SIGKILL", id="a line without end"),
        pytest.param("write_much", LIMITS, "exited", None, id="a file over its limit"),
    ],
)
def test_every_way_to_die_is_one_retryable_error(
    start: Start, way: str, limits: ChildLimits, reason: str, signal: str | None
) -> None:
    child = start(limits=limits)
    with pytest.raises(ChildCrashed) as caught:
        _ask(child, way)
    assert (caught.value.reason, caught.value.signal) == (reason, signal)
    assert (caught.value.category, caught.value.code) == ("transient", "child_crashed")
    assert not child.alive
    assert _gone(child.pid)


def test_what_a_child_wrote_last_is_kept_for_the_operator(start: Start) -> None:
    with pytest.raises(ChildCrashed) as caught:
        _ask(start(), "raise_bug")
    assert "KeyError" in caught.value.stderr_tail
    assert caught.value.exit_code == 1


def test_errors_about_the_recording_travel_as_their_class_and_the_child_lives(start: Start) -> None:
    child = start()
    with pytest.raises(BadStream, match="255 channels"):
        _ask(child, "refuse", code="bad_stream")
    with pytest.raises(ModelMissing) as caught:
        _ask(child, "refuse", code="model_missing")
    assert caught.value.remedy == "put one there"
    assert child.alive


def test_a_full_disk_is_told_as_such_and_may_be_tried_again(start: Start) -> None:
    child = start()
    with pytest.raises(Transient) as caught:
        _ask(child, "fill_the_disk")
    assert caught.value.code == "storage_full"
    assert child.alive


def test_a_child_is_born_with_nothing_of_ours(start: Start) -> None:
    found = _ask(start(environment={"OMP_NUM_THREADS": "1"}), "describe")
    assert set(found["environment"]) == {"PATH", "LANG", "PYTHONPATH", "OMP_NUM_THREADS"}
    assert found["cwd_is_empty"]
    assert found["leads_its_group"]
    assert (found["core"], found["files"], found["size"]) == (0, 64, 64 * MIB)
    assert found["path"]  # an empty first entry would import from the working directory
    assert len(found["open"]) <= 3


def test_prints_of_libraries_do_not_break_the_protocol(start: Start) -> None:
    child = start()
    assert _ask(child, "print_noise") == {"type": "result", "fine": True}
    assert _ask(child, "print_noise")["fine"]


def test_stopping_kills_the_child_and_all_it_started(start: Start) -> None:
    child = start()
    told: list[int] = []
    with pytest.raises(Cancelled):
        child.converse(
            {"way": "have_a_child"}, on_message=lambda m: told.append(m["pid"]), should_stop=lambda: bool(told)
        )
    assert _gone(child.pid)
    assert _gone(told[0])


def test_the_network_is_out_of_reach_unless_it_was_granted(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert _ask(start(limits=ChildLimits(network=True)), "reach_out", port=port)["reached"]
        if os.geteuid() != 0:
            pytest.skip("this system may forbid network namespaces to ordinary users")
        assert not _ask(start(), "reach_out", port=port)["reached"]


def test_a_kept_child_survives_the_thread_that_asked_first(start: Start) -> None:
    kept: list[Child] = []
    thread = threading.Thread(target=lambda: kept.append(start()))
    thread.start()
    thread.join()
    time.sleep(0.3)
    assert _ask(kept[0], "print_noise")["fine"]


def test_a_child_dies_with_its_parent() -> None:
    program = (
        "import os, signal\n"
        "from service.adapters.audio.process import Child, ChildLimits\n"
        "child = Child('tests.support.bad_child', limits=ChildLimits())\n"
        "child.converse({'way': 'print_noise'}, on_message=print, should_stop=lambda: False)\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    assert _gone(int(done.stdout))


def test_a_slow_listener_is_not_taken_for_a_silent_child(start: Start) -> None:
    child = start(limits=ChildLimits(wall_s=20, silent_s=1.5))
    answer = child.converse({"way": "work_a_while"}, on_message=lambda _: time.sleep(2), should_stop=lambda: False)
    assert answer["fine"]


def test_killing_twice_is_fine(start: Start) -> None:
    child = start()
    child.kill()
    child.kill()
    with pytest.raises(ChildCrashed):
        _ask(child, "print_noise")


def test_a_module_that_is_not_there_is_a_crash_not_a_hang() -> None:
    child = Child("tests.support.no_such_child", limits=LIMITS)
    with pytest.raises(ChildCrashed) as caught:
        _ask(child, "describe")
    assert "No module named" in caught.value.stderr_tail
