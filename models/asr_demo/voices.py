"""The synthesiser's voices, and one sentence spoken by one of them with the syllables it really said.

Invariant: a held-out voice is never trained on. Labels are the synthesiser's own, so that a character it reads in an
unexpected way does not teach the network a wrong sound.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from models.asr_demo import espeak
from models.asr_demo.espeak import Sound

RATE_HZ = 16_000
UP, DOWN = 320, 441  # from the synthesiser's 22,050 Hz
# The demonstration recording speaks with m3 and f2: they are among those that judge, so it is measured on equal terms.
TEST_VOICES = ("m3", "f2", "m7", "f4", "linda", "pedro", "Andy", "steph")
VALID_VOICES = ("klatt2", "edward", "Marco", "belinda")
TRAIN_VOICES = (
    *("m1", "m2", "m4", "m5", "m6", "m8", "f1", "f3", "f5", "klatt", "klatt3", "klatt4", "adam", "Alex", "Alicia"),
    *("Andrea", "Annie", "antonio", "aunty", "benjamin", "boris", "caleb", "david", "Denis", "Diogo", "ed", "Gene"),
    *(
        "gustave",
        "Henrique",
        "Hugo",
        "iven",
        "Jacky",
        "john",
        "kaukovalta",
        "Lee",
        "marcelo",
        "Mario",
        "max",
        "Michael",
    ),
    *("michel", "miguel", "Mike", "Nguyen", "pablo", "paul", "quincy", "rob", "robert", "sandro", "shelby"),
    *("steph2", "travis", "victor", "zac", "grandma", "grandpa", "norbert", "anika", "Storm", "Tweaky", "edward2"),
)

Signal = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence as sound: float32, mono, 16,000 Hz, peak 1, no silence around it; syllables and sounds in order."""

    signal: Signal
    syllables: tuple[str, ...]
    sounds: tuple[Sound, ...]


def speak(text: str, *, voice: str, speed: int, pitch: int, size: float = 1.0) -> Spoken:
    """`text` said by `voice` at `speed` words a minute and `pitch` of 0 to 99.

    Args:
        size: of the speaker: above 1 everything is slower and deeper, as if a tape ran slowly.

    Raises:
        OSError: espeak-ng is not installed. ValueError: it has no such voice.
    """
    said = espeak.say(text, voice=voice, speed=speed, pitch=pitch)
    up = round(UP * size)
    signal = resample_poly(said.signal, up, DOWN).astype(np.float32)
    loud = np.flatnonzero(np.abs(signal) > 0.01 * max(1.0, float(np.abs(signal).max(initial=0.0))))
    first = int(loud[0]) if loud.size else 0
    if loud.size:
        signal = signal[first : loud[-1] + 1]
    moved = tuple(replace(sound, start=round(sound.start * up / DOWN) - first) for sound in said.sounds)
    return Spoken(signal / max(1e-6, float(np.abs(signal).max(initial=0.0))), said.syllables, moved)
