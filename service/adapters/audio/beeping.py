"""A recording as a WAV in which a tone stands where somebody is named: decoded in the child, written as it is sent.

Invariant: what was sent is never passed on byte by byte, so nothing hidden in its container leaves with it; memory is
one piece, whatever the length; the decoded samples lie in a directory of their own, sealed under a key that only this
process has, and go when the answer ends.
"""

import math
import struct
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.asr.audio import SAMPLE_RATE_HZ, DecodedAudio
from nlp.types import Span
from service.adapters.audio.decoding import KeyOf, decode, no_key
from service.adapters.audio.work_files import new_work_key, opened, size_of
from service.domain.errors import Unavailable

REDACTIONS = 2
"""How many one process makes at a time."""
TONE_HZ = 1_000
TONE_LEVEL = 6_000
PIECE_SAMPLES = 65_536
SAMPLE_BYTES = 2
RIFF_MOST = 2**32 - 64
Samples = NDArray[np.int16]


class BeepedRecording:
    """Bytes of a WAV: 16,000 Hz, 16 bits, as many channels as were kept; `size_bytes` in all."""

    def __init__(self, decoded: DecodedAudio, stretches: Sequence[Span], folder: "tempfile.TemporaryDirectory[str]",
                 slot: threading.Semaphore) -> None:  # fmt: skip
        self._decoded, self._stretches, self._folder, self._slot = decoded, stretches, folder, slot
        self._open = True
        files = [decoded.directory / window.files[0] for window in decoded.windows]
        self._data_bytes = sum(size_of(file, decoded.key) for file in files) * decoded.channels
        self.size_bytes = len(self._header()) + self._data_bytes

    def chunks(self) -> Iterator[bytes]:
        """Header and samples in order; read once."""
        yield self._header()
        begun = 0
        for window in self._decoded.windows:
            paths = [self._decoded.directory / name for name in window.files[: self._decoded.channels]]
            for samples in _read_together(paths, self._decoded.key):
                _beep(samples, begun, self._stretches)
                begun += len(samples)
                yield samples.astype("<i2", copy=False).tobytes()

    def close(self) -> None:
        """Remove the decoded samples and let the next one begin; a second time does nothing."""
        if self._open:
            self._open = False
            self._folder.cleanup()
            self._slot.release()

    def _header(self) -> bytes:
        channels = self._decoded.channels
        align = channels * SAMPLE_BYTES
        size = min(self._data_bytes, RIFF_MOST)
        form = struct.pack("<HHIIHH", 1, channels, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * align, align, 8 * SAMPLE_BYTES)
        return b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", size)


@dataclass(frozen=True, slots=True)
class Beeper:
    """Makes them, `slots` at a time; safe to use from several threads.

    Attributes:
        room: the directory in which decoded samples lie meanwhile.
    """

    room: Path
    key_of: KeyOf = no_key
    slots: threading.Semaphore = field(default_factory=lambda: threading.BoundedSemaphore(REDACTIONS))

    def __call__(self, path: Path, stretches: Sequence[Span]) -> BeepedRecording:
        """The recording with a tone on `stretches`, [start, end) in milliseconds; whoever asked closes it.

        Raises:
            Unavailable: as many as may are being made (`redaction_busy`).
            AudioError, ChildCrashed: as `decode`.
        """
        if not self.slots.acquire(blocking=False):
            raise Unavailable("other recordings are being redacted: ask again", code="redaction_busy", retry_after_s=30)
        self.room.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix="beep-", dir=self.room)
        try:
            decoded = decode(path, Path(folder.name), key_of=self.key_of, work_key=new_work_key())
            return BeepedRecording(decoded, stretches, folder, self.slots)
        except BaseException:
            folder.cleanup()
            self.slots.release()
            raise


def _read_together(paths: Sequence[Path], key: bytes) -> Iterator[Samples]:
    """Samples of all channels side by side, shape (n, channels), a piece at a time."""
    files = [opened(path.open("rb"), key) for path in paths]
    try:
        while pieces := [np.frombuffer(file.read(PIECE_SAMPLES * SAMPLE_BYTES), dtype="<i2") for file in files]:
            shortest = min(len(piece) for piece in pieces)
            if not shortest:
                return
            yield np.stack([piece[:shortest] for piece in pieces], axis=1).astype(np.int16)
    finally:
        for file in files:
            file.close()


def _beep(samples: Samples, begun: int, stretches: Sequence[Span]) -> None:
    """Write the tone over the part of `samples` that lies in a stretch; `begun` is the first sample's place."""
    for start_ms, end_ms in stretches:
        first = max(0, start_ms * SAMPLE_RATE_HZ // 1_000 - begun)
        last = min(len(samples), -(-end_ms * SAMPLE_RATE_HZ // 1_000) - begun)
        if first < last:
            at = np.arange(begun + first, begun + last)
            tone = TONE_LEVEL * np.sin(2 * math.pi * TONE_HZ / SAMPLE_RATE_HZ * at)
            samples[first:last] = tone.astype(np.int16)[:, None]
