"""The synthesiser in this process: sound, how each syllable was read, and which sound was made when.

It is the shared library of espeak-ng, which says when each sound begins; the program does not. Invariant: the library
keeps one state for the process, so calls must not overlap.
"""

import ctypes
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

LANGUAGE = "cmn-latn-pinyin"
LIBRARY = "libespeak-ng.so.1"
_SYNCHRONOUS, _PHONEME_EVENTS, _UTF8 = 2, 1, 1
_SPEED, _PITCH, _PHONEME = 1, 3, 7
SILENCES = ("_", "_:", "_|")
# Everything in the printed phonemes that is no sound and no tone.
_MARKS = re.compile(r"[',_|%=]")
_DIGITS = re.compile(r"\d+")
# A third tone is cut short before others and a light one takes its height from what is before: one label for each.
TONES = {"55": "1", "35": "2", "214": "3", "21": "3", "51": "4", "11": "5", "22": "5", "33": "5", "44": "5"}

NO_TONE = "0"  # a word that is no syllable


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound: its name, the position (from 1) of the character it belongs to, and its first sample."""

    name: str
    character: int
    start: int


@dataclass(frozen=True, slots=True)
class Said:
    """What was said: int16 values as float32 at `rate_hz`, the syllables, and the sounds in order."""

    signal: NDArray[np.float32]
    rate_hz: int
    syllables: tuple[str, ...]
    sounds: tuple[Sound, ...]


def syllables_of(phonemes: str) -> tuple[str, ...]:
    """Syllables, each with the number of its tone at the end, from what the synthesiser prints.

    >>> syllables_of("l'uo51_| ts.'u214_| t@44_|")
    ('luo4', 'ts.u3', 't@5')
    """
    return tuple(_with_tone(word) for word in _MARKS.sub("", phonemes).split())


def _with_tone(word: str) -> str:
    tones = _DIGITS.findall(word)
    return _DIGITS.sub("", word) + (TONES.get(tones[0], NO_TONE) if len(tones) == 1 else NO_TONE)


def say(text: str, *, voice: str, speed: int, pitch: int) -> Said:
    """`text` said by a variant `voice` at `speed` words a minute and `pitch` of 0 to 99.

    Raises:
        OSError: the library is not installed.
        ValueError: it has no such voice.
    """
    return _engine().say(text, voice, speed, pitch)


def read(text: str) -> tuple[str, ...]:
    """The syllables of `text` without its sound, a fiftieth of the time; tones as if each syllable stood alone.

    Raises:
        OSError: the library is not installed.
    """
    return _engine().read(text)


class _Name(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int), ("unique", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int), ("sample", ctypes.c_int), ("user_data", ctypes.c_void_p), ("id", _Name),
    )  # fmt: skip


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Engine:
    """The loaded library; what it hands over during a call is collected here."""

    def __init__(self) -> None:
        self._library, self._system = ctypes.CDLL(LIBRARY), ctypes.CDLL(None)
        self._system.open_memstream.restype = ctypes.c_void_p
        self._system.fclose.argtypes = self._system.free.argtypes = [ctypes.c_void_p]
        self._library.espeak_SetPhonemeTrace.argtypes = [ctypes.c_int, ctypes.c_void_p]
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS))
        self._pieces: list[NDArray[np.int16]] = []
        self._sounds: list[Sound] = []
        self._callback = _Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_SetVoiceByName(LANGUAGE.encode())

    def _take(self, wave: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]") -> int:
        if count > 0:
            self._pieces.append(np.ctypeslib.as_array(wave, (count,)).copy())
        i = 0
        while events[i].type:
            event = events[i]
            if event.type == _PHONEME:
                self._sounds.append(Sound(event.id.string.decode(), event.text_position, event.sample))
            i += 1
        return 0

    def say(self, text: str, voice: str, speed: int, pitch: int) -> Said:
        if self._library.espeak_SetVoiceByName(f"{LANGUAGE}+{voice}".encode()):
            raise ValueError(f"espeak-ng has no voice {voice!r}")
        self._library.espeak_SetParameter(_SPEED, speed, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._pieces.clear()
        self._sounds.clear()
        printed = self._printed(text.encode())
        signal = np.concatenate([np.zeros(0, np.int16), *self._pieces]).astype(np.float32)
        return Said(signal, self._rate, syllables_of(printed), tuple(self._sounds))

    def read(self, text: str) -> tuple[str, ...]:
        content = ctypes.create_string_buffer(text.encode())
        clause = ctypes.c_void_p(ctypes.addressof(content))
        found: list[str] = []
        while clause.value:
            printed = self._library.espeak_TextToPhonemes(ctypes.byref(clause), _UTF8, 0)
            found += syllables_of((printed or b"").decode())
        return tuple(found)

    def _printed(self, text: bytes) -> str:
        """Say it, and return the phonemes that the library writes to a file: one in memory."""
        content, size = ctypes.c_char_p(), ctypes.c_size_t()
        file = self._system.open_memstream(ctypes.byref(content), ctypes.byref(size))
        self._library.espeak_SetPhonemeTrace(1, file)
        self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
        self._library.espeak_SetPhonemeTrace(0, None)
        self._system.fclose(file)
        printed = (content.value or b"").decode()
        self._system.free(ctypes.cast(content, ctypes.c_void_p))
        return printed


@cache
def _engine() -> _Engine:
    return _Engine()
