"""A spoken phone number is under a tone, and the rest of the recording is what was said; decoded by the real child."""

import io
import shutil
import subprocess
import threading
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from nlp.asr.audio import SAMPLE_RATE_HZ
from nlp.redaction import find_beeps
from nlp.text.masking import load_masker
from nlp.types import Span, Turn, Word
from service.adapters.audio.beeping import TONE_HZ, Beeper
from service.domain.errors import Unavailable
from tests.support.media import a_tone, to_pcm, wav_bytes

pytestmark = pytest.mark.filterwarnings("error")
NUMBER = "13800001234"


def samples_of(wav: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (SAMPLE_RATE_HZ, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())


def redacted(path: Path, stretches: list[Span], room: Path) -> bytes:
    sound = Beeper(room)(path, stretches)
    try:
        whole = b"".join(sound.chunks())
        assert len(whole) == sound.size_bytes
        return whole
    finally:
        sound.close()
        assert list(room.iterdir()) == []


def strongest_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples.astype(float) * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)[spectrum.argmax()])


def say(text: str) -> np.ndarray:
    """The words in a synthetic voice, int16 at 16,000 Hz."""
    spoken = subprocess.run(["espeak-ng", "-v", "cmn", "--stdout", text], check=True, capture_output=True).stdout
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    with av.open(io.BytesIO(spoken)) as container:
        pieces = [piece.to_ndarray()[0] for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate(pieces)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="no espeak-ng on this machine")
def test_the_tone_stands_where_the_phone_number_was_said_and_nowhere_else(tmp_path: Path) -> None:
    parts = [say("您好我的电话是"), say("一三八零零零零一二三四"), say("明天上午联系我")]
    ends = np.cumsum([len(part) for part in parts]) * 1_000 // SAMPLE_RATE_HZ
    whole = np.concatenate(parts)
    (tmp_path / "talk.wav").write_bytes(wav_bytes(whole.astype(np.float32) / 32_767))
    words = (Word("您好我的电话是", 0, int(ends[0])), Word(NUMBER, int(ends[0]), int(ends[1])),
             Word("明天上午联系我", int(ends[1]), int(ends[2])))  # fmt: skip
    turn = Turn(0, f"您好我的电话是{NUMBER}，明天上午联系我", "customer", start_ms=0, end_ms=int(ends[2]), words=words)
    ((start, end),) = find_beeps([turn], load_masker())
    assert (start, end) == (ends[0] - 150, ends[1] + 150)
    heard = samples_of(redacted(tmp_path / "talk.wav", [(start, end)], tmp_path / "room"))[:, 0]
    assert len(heard) == len(whole)
    first, last = start * 16, end * 16
    stretch = heard[first:last]
    assert strongest_hz(stretch) == pytest.approx(TONE_HZ, abs=2)
    tone = np.sin(2 * np.pi * TONE_HZ / SAMPLE_RATE_HZ * np.arange(first, last))
    assert np.abs(stretch / np.abs(stretch).max() - tone).max() < 0.01, "nothing of the voice is left under it"
    original = to_pcm(whole.astype(np.float32) / 32_767)
    assert np.array_equal(heard[:first], original[:first])
    assert np.array_equal(heard[last:], original[last:])


def test_two_channels_are_both_covered(tmp_path: Path) -> None:
    left, right = a_tone(2.0, hz=300), a_tone(2.0, hz=500)
    left[:SAMPLE_RATE_HZ] = 0
    right[SAMPLE_RATE_HZ:] = 0
    (tmp_path / "two.wav").write_bytes(wav_bytes(np.stack([left, right], axis=1), channels=2))
    heard = samples_of(redacted(tmp_path / "two.wav", [(500, 600), (1_500, 1_600)], tmp_path / "room"))
    for channel in range(heard.shape[1]):
        for begun in (500, 1_500):
            assert strongest_hz(heard[begun * 16 : (begun + 100) * 16, channel]) == pytest.approx(TONE_HZ, abs=10)


def test_while_the_answer_is_made_its_samples_lie_sealed(tmp_path: Path) -> None:
    noise = np.random.default_rng(6).uniform(-0.4, 0.4, 2 * SAMPLE_RATE_HZ).astype(np.float32)
    (tmp_path / "a.wav").write_bytes(wav_bytes(noise))
    sound = Beeper(tmp_path / "room")(tmp_path / "a.wav", [])
    pieces = sound.chunks()
    begun = next(pieces) + next(pieces)
    (file,) = [path for path in (tmp_path / "room").rglob("*") if path.is_file()]
    assert begun[44 + 1_000 : 44 + 1_032] == to_pcm(noise).tobytes()[1_000:1_032]
    assert begun[44 + 1_000 : 44 + 1_032] not in file.read_bytes()
    sound.close()


def test_stretches_behind_the_end_and_none_at_all_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav_bytes(a_tone(1.0)))
    original = to_pcm(a_tone(1.0))
    for stretches in ([], [(1_000, 9_000)]):
        assert np.array_equal(samples_of(redacted(tmp_path / "a.wav", stretches, tmp_path / "room"))[:, 0], original)


def test_more_than_may_are_asked_to_come_back(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav_bytes(a_tone(1.0)))
    beeper = Beeper(tmp_path / "room", slots=threading.BoundedSemaphore(1))
    first = beeper(tmp_path / "a.wav", [])
    with pytest.raises(Unavailable) as caught:
        beeper(tmp_path / "a.wav", [])
    assert caught.value.code == "redaction_busy"
    first.close()
    first.close()
    beeper(tmp_path / "a.wav", []).close()


def test_what_cannot_be_decoded_leaves_nothing_behind_and_frees_its_slot(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEjunk")
    beeper = Beeper(tmp_path / "room", slots=threading.BoundedSemaphore(1))
    for _ in range(2):
        with pytest.raises(Exception, match=r"."):
            beeper(tmp_path / "a.wav", [])
    assert list((tmp_path / "room").iterdir()) == []
