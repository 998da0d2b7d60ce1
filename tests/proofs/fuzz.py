"""P18: hostile media ends in sound or in a typed refusal, under the decoding child's own limits.

Each case is decoded in a process that is forked for it and confines itself as the child does: so tens of thousands
fit into an hour. Every `BY_THE_SERVICE`-th is decoded by the service as well, and must end alike.
Invariant: a case is named by one number; whatever breaks a promise is made smaller and kept under `build/fuzz/`.
"""

import json
import os
import resource
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlp.errors import AudioError, NlpError
from service.adapters.audio.child import handle
from service.adapters.audio.confine import Confinement, confine
from service.adapters.audio.decoding import DEFAULT_LIMITS, decode
from service.adapters.audio.errors import ChildCrashed
from service.adapters.audio.process import MIB
from tests.proofs.mutations import mutated
from tests.proofs.profiles import Told

BY_THE_SERVICE = 50
LONG_S = 60.0  # for a second or two of sound; the child's own limit is for hours of it
LOOK_S = 0.004
WEIGH_EVERY_S = 0.2
FILE_BYTES = 32 * MIB
REFUSED = ("invalid", "too_large", "unsupported")
SMALLER_RUNS = 150
BYTES_A_MS = 32  # s16 at 16,000 Hz


@dataclass
class Found:
    """How the cases ended, and those that broke a promise: how, by which number, where it is kept."""

    ends: Counter[str] = field(default_factory=Counter)
    containers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    longest_s: float = 0.0
    largest_mib: float = 0.0


def fuzz(folder: Path, *, seed: int, minutes: float = 0.0, cases: int = 0) -> Told:
    """Cases `seed`, `seed + 1`, … until the minutes are over, or so many of them."""
    found, began, number = Found(), time.monotonic(), seed
    while number - seed < cases or time.monotonic() - began < minutes * 60:
        name, data = mutated(number)
        found.containers[name] += 1
        end = ended(data, found)
        found.ends[end] += 1
        if end.startswith("!"):
            kept = _keep(folder, smaller(data, end), f"{number}-{end[1:].split(':')[0].replace(' ', '-')}")
            found.faults.append(f"P18: case {number} ({name}): {end[1:]}; {kept}")
        elif (number - seed) % BY_THE_SERVICE == 0 and (theirs := by_the_service(data)) != end:
            found.faults.append(f"P18: case {number} ({name}): {end} when forked, {theirs} by the service")
        number += 1
    tried = number - seed
    said = (
        f"fuzz: {tried} cases from {seed} over {len(found.containers)} recordings in "
        f"{(time.monotonic() - began) / 60:.1f} minutes; the longest took {found.longest_s:.1f} s, the largest "
        f"{found.largest_mib:.0f} MiB; {-(-tried // BY_THE_SERVICE)} of them by the service as well"
    )
    ends = ", ".join(f"{count} × {end}" for end, count in found.ends.most_common())
    return [said, f"  ends: {ends}"], found.faults


def ended(data: bytes, found: Found | None = None) -> str:
    """`sound`, the code of the refusal, or `!` and the broken promise."""
    with tempfile.TemporaryDirectory(prefix="fieldcue-fuzz-") as folder:
        path, out = Path(folder) / "in", Path(folder) / "out"
        path.write_bytes(data)
        out.mkdir()
        if not data:
            return "audio_empty"
        answers, theirs = os.pipe()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            os.close(answers)
            _decode(path, out, theirs, parent)
        os.close(theirs)
        try:
            return _judged(child, answers, out, found or Found())
        finally:
            os.close(answers)


def _decode(path: Path, out: Path, answers: int, parent: int) -> None:
    """In the forked child: what the child of the service does, and the end of the process."""
    try:
        os.dup2(answers, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        stream = confine(
            Confinement(parent_pid=parent, cpu_s=DEFAULT_LIMITS.cpu_s, file_bytes=FILE_BYTES, open_files=64,
                        network=False)
        )  # fmt: skip
        request = {
            "op": "decode",
            "key": "",
            "work_key": "",  # windows lie open, so that their lengths can be read off
            "input_fd": os.open(path, os.O_RDONLY),
            "directory_fd": os.open(out, os.O_RDONLY | os.O_DIRECTORY),
            "min_s": DEFAULT_LIMITS.min_s,
            "max_s": DEFAULT_LIMITS.max_s,
        }
        try:
            told: dict[str, Any] = {"windows": handle(request, lambda _: None)["windows"]}
        except NlpError as error:
            told = {"code": error.code, "category": error.category}
        except Exception:  # noqa: BLE001 - in the service it would end the child
            told = {"broke": traceback.format_exc().strip().splitlines()[-1][:200]}
        stream.write(json.dumps(told).encode())
        stream.flush()
    finally:
        os._exit(0)


def _judged(child: int, answers: int, out: Path, found: Found) -> str:
    began = weighed = time.monotonic()
    while (gone := os.waitpid(child, os.WNOHANG))[0] == 0:
        now = time.monotonic()
        if now - weighed > WEIGH_EVERY_S:
            weighed = now
            rss = _rss(child)
            found.largest_mib = max(found.largest_mib, rss / MIB)
            if rss > DEFAULT_LIMITS.rss_bytes or now - began > LONG_S:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return "!memory" if rss > DEFAULT_LIMITS.rss_bytes else "!hung"
        time.sleep(LOOK_S)
    found.longest_s = max(found.longest_s, time.monotonic() - began)
    if gone[1]:
        return f"!killed by {signal.Signals(os.WTERMSIG(gone[1])).name}"
    told = json.loads(os.read(answers, 1 << 20) or b"{}")
    if "windows" in told:
        return _checked(told["windows"], out)
    if "broke" in told:
        return f"!broke: {told['broke']}"
    if not told or told["category"] not in REFUSED:
        return f"!{told.get('code', 'silent')}"
    return str(told["code"])


def _checked(windows: list[dict[str, Any]], out: Path) -> str:
    """Sound is what lies there: each window's files as long as it says, and no file beside them."""
    said = {name: (w["end_ms"] - w["start_ms"]) * BYTES_A_MS for w in windows for name in w["files"]}
    there = {path.name: path.stat().st_size for path in out.iterdir()}
    if set(said) != set(there):
        return "!files beside the windows"
    if any(abs(said[name] - size) > 2 * BYTES_A_MS for name, size in there.items()):
        return "!windows that are not as long as they say"
    return "sound"


def by_the_service(data: bytes) -> str:
    """How the service itself ends with it: as `ended`."""
    with tempfile.TemporaryDirectory(prefix="fieldcue-fuzz-") as folder:
        path, out = Path(folder) / "in", Path(folder) / "out"
        path.write_bytes(data)
        out.mkdir()
        try:
            decode(path, out)
        except AudioError as refused:
            return refused.code
        except ChildCrashed as crashed:
            return f"!{crashed.detail}"
        return "sound"


def smaller(data: bytes, end: str, *, look: Callable[[bytes], str] = ended, runs: int = SMALLER_RUNS) -> bytes:
    """As few bytes as were found in `runs` tries that still end in the same way."""
    kind, size = end.split(":", maxsplit=1)[0], len(data) // 2
    while size >= 1 and runs > 0:
        at = 0
        while at < len(data) and runs > 0:
            runs -= 1
            less = data[:at] + data[at + size :]
            if less and look(less).split(":", maxsplit=1)[0] == kind:
                data = less
            else:
                at += size
        size //= 2
    return data


def _keep(folder: Path, data: bytes, name: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return f"{len(data)} bytes in {folder / name}"


def _rss(pid: int) -> int:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * resource.getpagesize()
    return 0
