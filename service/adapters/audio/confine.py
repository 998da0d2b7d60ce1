"""What a child does to itself before it touches anything: limits, a leash to its parent, no network, a clean stdout.

Invariant: runs first in the child, in the child's only thread, before any media or model library is imported.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import BinaryIO

from nlp.errors import ModelMissing, NlpError
from service.adapters.audio.lines import Message, read_message, write_message
from service.domain.errors import Permanent, Transient

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
DISK_FULL = "disk_full"
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

Emit = Callable[[Message], None]
Handler = Callable[[Message, Emit], Message]


@dataclass(frozen=True, slots=True)
class Confinement:
    """Limits a child puts on itself; `cpu_s` 0 means none, because a model may rightly work for hours."""

    parent_pid: int
    cpu_s: int
    file_bytes: int
    open_files: int
    network: bool

    def to_argument(self) -> str:
        """As one command-line argument."""
        return json.dumps(asdict(self))


def confine(confinement: Confinement) -> BinaryIO:
    """Apply all limits; the stream for answers. Prints of libraries go to standard error from now on."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if not confinement.network and libc.unshare(CLONE_NEWNET) != 0:
            # Without privileges a network namespace needs a user namespace; where both are forbidden we go on.
            libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    if os.getppid() != confinement.parent_pid:
        # The parent died before the leash was on.
        os._exit(1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, confinement.open_files)
    _limit(resource.RLIMIT_FSIZE, confinement.file_bytes)
    if confinement.cpu_s:
        _limit(resource.RLIMIT_CPU, confinement.cpu_s)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (ceiling, ceiling))


def serve(handler: Handler) -> None:
    """Answer requests from standard input until it ends; errors of the language core travel by their code.

    So does a full disk. Anything else ends the process: the parent sees a crash, which it is.
    """
    answers = confine(Confinement(**json.loads(sys.argv[1])))
    requests = os.fdopen(os.dup(0), "rb")

    def emit(message: Message) -> None:
        write_message(answers, message)

    while (request := read_message(requests)) is not None:
        try:
            result = handler(request, emit)
        except NlpError as exc:
            remedy = exc.remedy if isinstance(exc, ModelMissing) else ""
            emit({"type": "error", "code": exc.code, "message": str(exc)[:2000], "remedy": remedy})
        except (Transient, Permanent) as exc:
            emit({"type": "error", "code": exc.code, "category": exc.category, "message": exc.detail[:2000]})
        except OSError as exc:
            if exc.errno != errno.ENOSPC:
                raise
            emit({"type": "error", "code": DISK_FULL, "message": "there is no room on the disk for the decoded sound"})
        else:
            emit({"type": "result", **result})
