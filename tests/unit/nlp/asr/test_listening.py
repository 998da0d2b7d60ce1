"""Finished stretches come out of a stream as soon as there is a pause, each once, wherever the frames are cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray
from nlp.asr.listening import OPTIONS, Listener, Piece
from nlp.asr.voice import Stretch, VoiceOptions

QUIET_MS = 400


def loud_stretches(audio: FloatArray, options: VoiceOptions) -> list[Stretch]:
    """A detector that takes loud for voice, with the padding and the pause of the real one."""
    block = SAMPLE_RATE_HZ // 100
    loud = [bool(np.abs(audio[i : i + block]).max(initial=0) > 0.1) for i in range(0, audio.size, block)]
    found: list[Stretch] = []
    for i in (i for i, on in enumerate(loud) if on):
        start, end = i * block, (i + 1) * block
        if found and start - found[-1].end < options.pause_ms * SAMPLE_RATE_HZ // 1000:
            found[-1] = Stretch(found[-1].start, end)
        else:
            found.append(Stretch(start, end))
    pad = options.pad_ms * SAMPLE_RATE_HZ // 1000
    return [Stretch(max(0, s.start - pad), min(audio.size, s.end + pad)) for s in found]


def sound(*parts: tuple[float, bool]) -> bytes:
    """Seconds of speech (True) and of silence (False) as 16-bit samples."""
    pieces = [np.full(int(seconds * SAMPLE_RATE_HZ), 8_000 if on else 0, "<i2") for seconds, on in parts]
    return np.concatenate(pieces).tobytes()


def listen(pcm: bytes, frame_bytes: int) -> tuple[list[Piece], list[Piece]]:
    listener = Listener(loud_stretches)
    during = [piece for at in range(0, len(pcm), frame_bytes) for piece in listener.feed(pcm[at : at + frame_bytes])]
    return during, listener.finish()


def test_a_stretch_is_known_soon_after_its_pause() -> None:
    during, rest = listen(sound((0.5, False), (1.0, True), (1.0, False)), 3_200)
    assert [(round(p.start_ms, -2), round(p.end_ms, -2)) for p in during] == [(300, 1700)]
    assert during[0].waited_ms <= 600
    assert rest == []


def test_what_is_being_said_at_the_end_comes_out_at_the_end() -> None:
    during, rest = listen(sound((0.5, False), (1.0, True)), 3_200)
    assert during == []
    assert [round(p.end_ms, -2) for p in rest] == [1500]


def test_silence_gives_nothing_and_is_not_kept() -> None:
    listener = Listener(loud_stretches)
    for _ in range(60):
        assert listener.feed(sound((1.0, False))) == []
    assert listener.heard_ms == 60_000
    assert listener._kept.size <= 2 * SAMPLE_RATE_HZ


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.3, 2.0), st.floats(0.9, 2.0)), min_size=1, max_size=5),
    st.integers(100, 20_000),
)
def test_wherever_frames_are_cut_every_stretch_comes_out_once_and_in_its_place(
    talk: list[tuple[float, float]], samples: int
) -> None:
    pcm = sound(*(part for spoken, quiet in talk for part in ((spoken, True), (quiet, False))))
    during, rest = listen(pcm, 2 * samples)
    pieces = during + rest
    assert len(pieces) == len(talk)
    at = 0.0
    for (spoken, quiet), piece in zip(talk, pieces, strict=True):
        assert abs(piece.start_ms - at * 1000) <= 230
        assert abs(piece.end_ms - (at + spoken) * 1000) <= 230
        assert abs(piece.audio.size * 1000 // SAMPLE_RATE_HZ - (piece.end_ms - piece.start_ms)) <= 1
        at += spoken + quiet


@pytest.mark.parametrize("options", [OPTIONS])
def test_noise_is_no_speech_to_the_real_detector(options: VoiceOptions) -> None:
    noise = (np.random.default_rng(1).standard_normal(3 * SAMPLE_RATE_HZ) * 300).astype("<i2")
    listener = Listener(options=options)
    assert listener.feed(noise.tobytes()) == []
    assert listener.finish() == []
