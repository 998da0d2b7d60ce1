"""Speech as it arrives: samples in, finished stretches out, each as soon as the speaker pauses.

Invariant: every stretch comes out once and in order; what is kept is bounded by the longest stretch, however long the
talk goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray, to_float
from nlp.asr.voice import Stretch, VoiceOptions, find_voice

LOOK_MS = 300
"""How much new sound is worth another look for pauses."""
CONTEXT_MS = 1_000
"""What is kept of silence, so that a first syllable is not cut."""
OPTIONS = VoiceOptions(pause_ms=400, pad_ms=200, longest_s=12.0)


@dataclass(frozen=True, slots=True)
class Piece:
    """A finished stretch: its samples and its place in the talk; `waited_ms` is how much later it was known."""

    audio: FloatArray
    start_ms: int
    end_ms: int
    waited_ms: int


class Listener:
    """One channel of a talk that is going on.

    Args:
        find: the voice detector.
        options: what it counts as a stretch; its pause decides how soon one is finished.
    """

    def __init__(
        self,
        find: Callable[[FloatArray, VoiceOptions], Sequence[Stretch]] | None = None,
        *,
        options: VoiceOptions = OPTIONS,
    ) -> None:
        self._find = find or (lambda audio, options: find_voice(audio, options=options))
        self._options = options
        self._kept: FloatArray = np.zeros(0, np.float32)
        self._from = 0
        self._new = 0

    @property
    def heard_ms(self) -> int:
        """How much of the talk has arrived."""
        return (self._from + self._kept.size) * 1000 // SAMPLE_RATE_HZ

    def feed(self, pcm: bytes) -> list[Piece]:
        """Stretches that are finished now.

        Args:
            pcm: little-endian 16-bit samples, mono, 16,000 Hz; an even number of bytes.
        """
        samples = to_float(np.frombuffer(pcm, dtype="<i2"))
        self._kept = np.concatenate([self._kept, samples])
        self._new += samples.size
        if self._new * 1000 < LOOK_MS * SAMPLE_RATE_HZ:
            return []
        self._new = 0
        return self._take(whole=False)

    def finish(self) -> list[Piece]:
        """What was being said when the talk ended."""
        return self._take(whole=True)

    def _take(self, *, whole: bool) -> list[Piece]:
        stretches = list(self._find(self._kept, self._options))
        quiet = (self._options.pause_ms - self._options.pad_ms) * SAMPLE_RATE_HZ // 1000
        pieces: list[Piece] = []
        used = 0
        for n, stretch in enumerate(stretches):
            followed = n + 1 < len(stretches)
            if whole or followed or self._kept.size - stretch.end >= quiet:
                pieces.append(self._piece(stretch))
                used = stretch.end
        if not stretches:
            used = max(0, self._kept.size - CONTEXT_MS * SAMPLE_RATE_HZ // 1000)
        self._kept = self._kept[used:].copy()
        self._from += used
        return pieces

    def _piece(self, stretch: Stretch) -> Piece:
        start, end = (self._from + stretch.start, self._from + stretch.end)
        waited = (self._kept.size - stretch.end) * 1000 // SAMPLE_RATE_HZ
        audio = self._kept[stretch.start : stretch.end].copy()
        return Piece(audio, start * 1000 // SAMPLE_RATE_HZ, end * 1000 // SAMPLE_RATE_HZ, waited)
