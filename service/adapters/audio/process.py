"""The parent's side of a child: start it clean, watch its memory and its silence, kill it with all it started.

Invariant: whatever the child does (crash, hang, grow, babble), a conversation ends with its result, with the error it
reported, with `Cancelled`, or with `ChildCrashed`; and no process outlives it unless it is kept on purpose.
"""

import contextlib
import os
import queue
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import nlp
from nlp import errors
from nlp.errors import Cancelled, ModelMissing, NlpError
from service.adapters.audio.confine import DISK_FULL, Confinement
from service.adapters.audio.errors import ChildCrashed
from service.adapters.audio.lines import BadLine, Message, read_message, write_message
from service.adapters.tracing import span
from service.domain.errors import Permanent, Transient

POLL_S = 0.1
RSS_EVERY_S = 0.5
STDERR_TAIL = 2000
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """How much a child may take. `wall_s` and `silent_s` bound one conversation: in all, and between two messages."""

    rss_bytes: int = 1536 * MIB
    wall_s: float = 3600.0
    silent_s: float = 120.0
    cpu_s: int = 0
    file_bytes: int = 64 * MIB
    open_files: int = 64
    network: bool = False


class Child:
    """One spawned Python process that runs `module` and speaks JSON lines."""

    def __init__(
        self,
        module: str,
        *,
        limits: ChildLimits,
        environment: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.limits = limits
        self._module = module
        self._environment = dict(environment or {})
        self._pass_fds = tuple(pass_fds)
        self._messages: queue.Queue[Message | BadLine | None] = queue.Queue(maxsize=256)
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        # The thread that starts the child also reads it to its end: the kernel's parent-death signal follows the
        # starting *thread*, and a caller's thread may end long before a child that is kept warm.
        self._thread = threading.Thread(target=self._run, name=f"child {module}", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise ChildCrashed(f"the child could not be started: {self._failure}", reason="exited")

    def _run(self) -> None:
        cwd = tempfile.mkdtemp(prefix="child-")
        try:
            process = self._spawn(cwd)
        except OSError as exc:
            self._failure = exc
            return
        else:
            self._process = process
            self._started.set()
            self._read(process)
        finally:
            self._started.set()
            shutil.rmtree(cwd, ignore_errors=True)

    def _spawn(self, cwd: str) -> subprocess.Popen[bytes]:
        confinement = Confinement(
            parent_pid=os.getpid(),
            cpu_s=self.limits.cpu_s,
            file_bytes=self.limits.file_bytes,
            open_files=self.limits.open_files,
            network=self.limits.network,
        )
        root = str(Path(nlp.__file__).parent.parent)
        return subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
            [sys.executable, "-P", "-s", "-B", "-m", self._module, confinement.to_argument()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            cwd=cwd,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": root, **self._environment},
            pass_fds=self._pass_fds,
            start_new_session=True,
        )

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        stdout = process.stdout
        assert stdout is not None  # noqa: S101 - opened above
        with stdout:
            while True:
                try:
                    message = read_message(stdout)  # type: ignore[arg-type]
                except BadLine as exc:
                    self._messages.put(exc)
                    break
                if message is None:
                    break
                self._messages.put(message)
        process.wait()
        self._messages.put(None)

    @property
    def pid(self) -> int:
        """The child's process id, which is its group's id too."""
        assert self._process is not None  # noqa: S101 - the constructor waits for it
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not ended."""
        return self._process is not None and self._process.poll() is None

    def rss_bytes(self) -> int:
        """Resident memory now; 0 where the system does not tell."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * resource.getpagesize()

    def kill(self) -> None:
        """End the child and everything it started; safe to call twice."""
        if self._process is None:
            return
        # The group's id stays taken until the leader is reaped, so it cannot name somebody else.
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        while self._thread.is_alive():
            # The reader may wait for room in the queue.
            with contextlib.suppress(queue.Empty):
                self._messages.get(timeout=POLL_S)
        self._thread.join()
        if not self._stderr.closed:
            self._stderr.close()

    def converse(
        self, request: Message, *, on_message: Callable[[Message], None], should_stop: Callable[[], bool]
    ) -> Message:
        """The child's result for `request`; every other message goes to `on_message`.

        Raises:
            NlpError: the error that the child reported, as its class.
            Transient: the child found no room on the disk.
            Cancelled: `should_stop` said so; the child is dead.
            ChildCrashed: it ended, hung, grew or broke the protocol; the child is dead.
        """
        with span(f"child {self._module.rsplit('.', 1)[-1]}", pid=self.pid):
            return self._converse(request, on_message=on_message, should_stop=should_stop)

    def _converse(
        self, request: Message, *, on_message: Callable[[Message], None], should_stop: Callable[[], bool]
    ) -> Message:
        assert self._process is not None  # noqa: S101
        assert self._process.stdin is not None  # noqa: S101
        if self._process.stdin.closed:
            raise ChildCrashed("the child was ended before it was asked", reason="killed")
        with contextlib.suppress(BrokenPipeError):  # a child that is already dead is told apart below
            write_message(self._process.stdin, request)  # type: ignore[arg-type]
        begun = heard = weighed = time.monotonic()
        while True:
            if should_stop():
                self.kill()
                raise Cancelled("the work was stopped")
            try:
                message = self._messages.get(timeout=POLL_S)
            except queue.Empty:
                message = {}
            now = time.monotonic()
            if now - weighed >= RSS_EVERY_S:
                weighed = now
                self._check_memory()
            if isinstance(message, dict) and message:
                heard = now
                if message.get("type") == "result":
                    return message
                if message.get("type") == "error":
                    raise rebuild_error(message)
                on_message(message)
                heard = time.monotonic()  # a slow listener is not the child's silence
            elif message is None or isinstance(message, BadLine):
                raise self._crash("protocol" if message else "exited")
            if now - begun > self.limits.wall_s or now - heard > self.limits.silent_s:
                raise self._crash("hung")

    def _check_memory(self) -> None:
        if self.rss_bytes() > self.limits.rss_bytes:
            raise self._crash("memory")

    def _crash(self, reason: str) -> ChildCrashed:
        """Kill what is left and say what happened."""
        assert self._process is not None  # noqa: S101
        by_itself = reason == "exited"
        if not by_itself and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        tail = self._tail()
        self.kill()
        name = signal.Signals(-code).name if code < 0 else None
        if by_itself and name is not None:
            reason = "killed"
        return ChildCrashed(
            f"the {self._module.rpartition('.')[2]} process ended without a result ({reason}, {name or code})",
            reason=reason,
            signal=name,
            exit_code=code if code >= 0 else None,
            stderr_tail=tail,
        )

    def _tail(self) -> str:
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - STDERR_TAIL))
        return self._stderr.read().decode("utf-8", "replace")


def rebuild_error(message: Message) -> NlpError | Transient | Permanent:
    """The error that a child reported: its class of the language core, a plain `NlpError` for a code we do not know.

    A full disk is `Transient`: somebody will make room, and the recording is still there.
    """
    text = str(message.get("message", ""))
    if message.get("code") == DISK_FULL:
        return Transient(text, code="storage_full")
    if message.get("category") in {Transient.category, Permanent.category}:
        kind = Transient if message["category"] == Transient.category else Permanent
        return kind(text, code=str(message.get("code", "")))
    classes = {cls.code: cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, NlpError)}
    cls = classes.get(str(message.get("code")), NlpError)
    if issubclass(cls, ModelMissing):
        return cls(text, remedy=str(message.get("remedy", "")))
    return cls(text)
