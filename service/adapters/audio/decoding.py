"""Recordings as callers sent them, checked and decoded in a short-lived child.

Invariant: this process never parses a byte of them; whatever they contain, the answer is a report, a typed error about
the recording, or `ChildCrashed`.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp.asr.audio import AudioReport, AudioWindow, DecodedAudio
from nlp.errors import AudioEmpty
from service.adapters.audio.lines import Message
from service.adapters.audio.process import MIB, Child, ChildLimits
from service.adapters.sealing import plain_size

MODULE = "service.adapters.audio.child"


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """Limits on one recording and on the process that decodes it."""

    min_s: float = 0.5
    max_s: float = 6 * 3600.0
    rss_bytes: int = 1536 * MIB
    cpu_s: int = 60 + 6 * 3600 // 20  # 60 s and 5% of the longest recording
    wall_s: float = 1800.0
    silent_s: float = 120.0
    probe_wall_s: float = 30.0


DEFAULT_LIMITS = DecodeLimits()
KeyOf = Callable[[Path], bytes | None]
"""The key that opens a stored file, None for one that is not sealed."""


def no_key(path: Path) -> bytes | None:
    """For files that are stored as they came."""
    del path
    return None


def probe(path: Path, *, limits: DecodeLimits = DEFAULT_LIMITS, key_of: KeyOf = no_key) -> AudioReport:
    """What the recording claims to be, after decoding its first second; cheap enough for an upload request.

    Raises:
        AudioError: empty, no audio, no sound track, impossible stream, a codec we do not decode.
        ChildCrashed: the decoder died of it; worth another try.
    """
    key = key_of(path)
    with _input(path, key) as input_fd:
        answer = _ask(
            {"op": "probe", "input_fd": input_fd, "key": key.hex() if key else ""},
            limits=_child_limits(limits, wall_s=limits.probe_wall_s),
            fds=(input_fd,),
        )
    return _report(answer["report"])


def decode(
    path: Path,
    out_dir: Path,
    *,
    limits: DecodeLimits = DEFAULT_LIMITS,
    on_progress: Callable[[float], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    key_of: KeyOf = no_key,
    work_key: bytes = b"",
) -> DecodedAudio:
    """The recording as windows of 16,000 Hz s16le in `out_dir`, one file per window and kept channel.

    Running it again overwrites the same files. Memory is bounded by one window, whatever the length.

    Args:
        out_dir: an existing directory of ours.
        on_progress: share of the input read, in [0, 1].
        should_stop: asked ten times a second; the child is killed.
        key_of: the key of a sealed file; the child opens it, piece by piece, and nothing plain touches a disk.
        work_key: seals the windows; empty: they lie open.
    Raises:
        AudioError: what is wrong with the recording; too long and too short by the count of decoded samples.
        Cancelled: `should_stop` said so.
        ChildCrashed: the decoder died, hung or grew; worth another try.
    """
    directory_fd = os.open(out_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        key = key_of(path)
        with _input(path, key) as input_fd:
            answer = _ask(
                {
                    "op": "decode",
                    "key": key.hex() if key else "",
                    "work_key": work_key.hex(),
                    "input_fd": input_fd,
                    "directory_fd": directory_fd,
                    "min_s": limits.min_s,
                    "max_s": limits.max_s,
                },
                limits=_child_limits(limits, wall_s=limits.wall_s),
                fds=(input_fd, directory_fd),
                on_progress=on_progress,
                should_stop=should_stop,
            )
    finally:
        os.close(directory_fd)
    on_progress(1.0)
    windows = tuple(
        AudioWindow(int(w["index"]), int(w["start_ms"]), int(w["end_ms"]), tuple(w["files"])) for w in answer["windows"]
    )
    return DecodedAudio(out_dir, _report(answer["report"]), answer["channel_use"], windows, work_key)


@contextmanager
def _input(path: Path, key: bytes | None) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        if (plain_size(size) if key else size) == 0:
            raise AudioEmpty("the file is empty")
        yield descriptor
    finally:
        os.close(descriptor)


def _child_limits(limits: DecodeLimits, *, wall_s: float) -> ChildLimits:
    return ChildLimits(
        rss_bytes=limits.rss_bytes,
        wall_s=wall_s,
        silent_s=min(limits.silent_s, wall_s),
        cpu_s=limits.cpu_s,
        file_bytes=32 * MIB,  # a window of ten minutes has 19.2 MB
    )


def _ask(
    request: Message,
    *,
    limits: ChildLimits,
    fds: tuple[int, ...],
    on_progress: Callable[[float], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Message:
    child = Child(MODULE, limits=limits, environment={"OMP_NUM_THREADS": "1"}, pass_fds=fds)
    try:
        return child.converse(
            request, on_message=lambda message: on_progress(float(message["share"])), should_stop=should_stop
        )
    finally:
        child.kill()


def _report(data: Mapping[str, Any]) -> AudioReport:
    return AudioReport(**data)
