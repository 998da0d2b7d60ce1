"""Recordings that are almost right: every container that the tests have, changed at random places by a seed."""

import random
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from service.settings import ROOT
from tests.support.media import a_tone, encoded, video_only, wav_bytes

HEAD = 2_048  # where containers keep what they promise: half of all changes are made there
MOST_CHANGES = 12
MOST_BYTES = 400_000
INTERESTING = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
CONTAINERS = (
    ("wav", "pcm_s16le", 16_000),
    ("wav", "pcm_mulaw", 8_000),
    ("wav", "pcm_alaw", 8_000),
    ("wav", "adpcm_ms", 16_000),
    ("wav", "adpcm_ima_wav", 16_000),
    ("wav", "pcm_f32le", 48_000),
    ("w64", "pcm_s16le", 44_100),
    ("aiff", "pcm_s16be", 16_000),
    ("flac", "flac", 48_000),
    ("mp3", "mp3", 44_100),
    ("mp3", "mp2", 44_100),
    ("ipod", "aac", 44_100),
    ("ipod", "alac", 44_100),
    ("mp4", "aac", 16_000),
    ("mov", "pcm_s16be", 16_000),
    ("adts", "aac", 16_000),
    ("ogg", "libopus", 48_000),
    ("ogg", "flac", 16_000),
    ("webm", "libopus", 48_000),
    ("matroska", "pcm_s16le", 16_000),
    ("matroska", "libvorbis", 48_000),
    ("amr", "amr_nb", 8_000),
)

Change = Callable[[bytearray, random.Random], None]


@cache
def seeds() -> Mapping[str, bytes]:
    """One short recording in each container and codec that this build can write, and some that no encoder makes."""
    made: dict[str, bytes] = {}
    for container, codec, rate_hz in CONTAINERS:
        tone = a_tone(1.5, rate_hz=rate_hz)
        try:
            made[f"{container}/{codec}"] = encoded(tone, container, codec, rate_hz=rate_hz)
        except (ValueError, OSError):  # an encoder that is not in this build, or wants another sample format
            continue
    stereo = np.stack([a_tone(1), a_tone(1, hz=300)])
    made["wav, six channels"] = wav_bytes(np.repeat(a_tone(1)[:, None], 6, axis=1), channels=6)
    made["flac, stereo"] = encoded(stereo, "flac", "flac")
    made["ogg, twice"] = made["ogg/libopus"] * 2
    made["mp4, video only"] = video_only()
    made["the demo's recording"] = (ROOT / "service" / "demo" / "assets" / "recording.ogg").read_bytes()[:60_000]
    return made


def mutated(seed: int) -> tuple[str, bytes]:
    """The name of the recording that was changed, and its bytes; the same seed gives the same bytes."""
    chance, known = random.Random(seed), seeds()
    name = chance.choice(sorted(known))
    data = bytearray(known[name])
    for _ in range(chance.randint(1, MOST_CHANGES)):
        chance.choice(CHANGES)(data, chance)
        del data[MOST_BYTES:]
    return name, bytes(data)


def _place(data: bytearray, chance: random.Random) -> int:
    return chance.randrange(max(1, min(HEAD, len(data)) if chance.random() < 0.5 else len(data)))


def _flip(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    if at < len(data):
        data[at] ^= 1 << chance.randrange(8)


def _write_a_number(data: bytearray, chance: random.Random) -> None:
    size = chance.choice((1, 2, 4, 8))
    at = _place(data, chance)
    value = chance.choice(INTERESTING) % (1 << 8 * size)
    data[at : at + size] = value.to_bytes(size, chance.choice(("little", "big")))


def _cut_out(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    del data[at : at + chance.randint(1, 64)]


def _put_noise(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    data[at : at + chance.randint(0, 64)] = chance.randbytes(chance.randint(1, 64))


def _repeat(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    piece = data[at : at + chance.randint(1, 512)]
    data[at:at] = piece * chance.randint(1, 40)


def _move(data: bytearray, chance: random.Random) -> None:
    at, size = _place(data, chance), chance.randint(1, 512)
    piece = data[at : at + size]
    del data[at : at + size]
    to = _place(data, chance)
    data[to:to] = piece


def _cut_off(data: bytearray, chance: random.Random) -> None:
    if chance.random() < 0.3:
        del data[chance.randint(1, max(1, len(data))) :]


def _go_on_as_another(data: bytearray, chance: random.Random) -> None:
    other = seeds()[chance.choice(sorted(seeds()))]
    at = _place(data, chance)
    data[at:] = other[chance.randrange(len(other)) :] if chance.random() < 0.5 else other


CHANGES: tuple[Change, ...] = (
    _flip,
    _flip,
    _write_a_number,
    _write_a_number,
    _write_a_number,
    _cut_out,
    _put_noise,
    _repeat,
    _move,
    _cut_off,
    _go_on_as_another,
)
