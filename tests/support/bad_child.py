"""A child that misbehaves in whichever way it is asked to; `python -m tests.support.bad_child`."""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nlp.errors import BadStream, ModelMissing, NlpError
from service.adapters.audio.confine import Emit, serve
from service.adapters.audio.lines import MAX_LINE, Message

Way = Callable[[Message, Emit], Message]


def crash(_request: Message, _emit: Emit) -> Message:
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(60)
    return {}


def leave(_request: Message, _emit: Emit) -> Message:
    os._exit(0)


def raise_bug(_request: Message, _emit: Emit) -> Message:
    raise KeyError("a bug of ours")


def hang(_request: Message, _emit: Emit) -> Message:
    time.sleep(600)
    return {}


def spin(_request: Message, _emit: Emit) -> Message:
    while True:
        pass


def grow(_request: Message, _emit: Emit) -> Message:
    held = []
    while True:
        held.append(bytearray(b"x" * 16 * 1024 * 1024))
        time.sleep(0.02)


def babble(_request: Message, _emit: Emit) -> Message:
    # Around the protocol: a line without end, straight to the descriptor of the answers.
    answers = next(fd for fd in range(3, 64) if _is_pipe(fd) and fd != 0)
    os.write(answers, b"x")
    while True:
        os.write(answers, b"x" * (MAX_LINE // 4))


def talk_forever(_request: Message, emit: Emit) -> Message:
    while True:
        emit({"type": "progress", "share": 0.1})


def work_a_while(_request: Message, emit: Emit) -> Message:
    emit({"type": "progress", "share": 0.5})
    time.sleep(0.6)
    return {"fine": True}


def print_noise(_request: Message, _emit: Emit) -> Message:
    sys.stdout.write("a library prints to standard output\n")
    sys.stdout.flush()
    ctypes.CDLL(None).puts(b"and so does C")
    return {"fine": True}


def have_a_child(_request: Message, emit: Emit) -> Message:
    child = subprocess.Popen(["/bin/sleep", "600"])
    emit({"type": "pid", "pid": child.pid})
    time.sleep(600)
    return {}


def refuse(request: Message, _emit: Emit) -> Message:
    errors: dict[str, NlpError] = {
        "bad_stream": BadStream("255 channels"),
        "model_missing": ModelMissing("no model", remedy="put one there"),
    }
    raise errors[request["code"]]


def fill_the_disk(_request: Message, _emit: Emit) -> Message:
    with Path("/dev/full").open("wb") as disk:
        disk.write(b"x" * 65_536)
    return {}


def describe(_request: Message, _emit: Emit) -> Message:
    environment = Path("/proc/self/environ").read_text(encoding="utf-8").split("\0")
    return {
        "environment": [entry.split("=")[0] for entry in environment if entry],
        "cwd_is_empty": list(Path.cwd().iterdir()) == [],
        "leads_its_group": os.getpgid(0) == os.getpid(),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[1],
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        "size": resource.getrlimit(resource.RLIMIT_FSIZE)[1],
        "path": sys.path[0],
        "open": sorted(fd for fd in range(3, 64) if _is_open(fd)),
    }


def reach_out(request: Message, _emit: Emit) -> Message:
    try:
        with socket.create_connection(("127.0.0.1", int(request["port"])), timeout=2):
            return {"reached": True}
    except OSError:
        return {"reached": False}


def write_much(_request: Message, _emit: Emit) -> Message:
    with Path("big").open("wb") as file:
        file.writelines(bytes(1024 * 1024) for _ in range(1024))
    return {}


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _is_pipe(fd: int) -> bool:
    return _is_open(fd) and Path(f"/proc/self/fd/{fd}").readlink().name.startswith("pipe:")


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        crash,
        leave,
        raise_bug,
        hang,
        spin,
        grow,
        babble,
        talk_forever,
        print_noise,
        work_a_while,
        have_a_child,
        refuse,
        fill_the_disk,
        describe,
        reach_out,
        write_much,
    )
}

if __name__ == "__main__":
    serve(lambda request, emit: WAYS[request["way"]](request, emit))
