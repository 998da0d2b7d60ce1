"""Recordings that can be used: every container, true times, true levels, two speakers kept apart."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from nlp.asr.audio import load_window
from nlp.errors import AudioTooLong, Cancelled
from service.adapters.audio.decoding import DecodeLimits, decode, probe
from tests.support.media import a_tone, encoded, saved, silence, wav_bytes

TALK = np.concatenate([a_tone(2), silence(2)])
ANSWER = np.concatenate([silence(2), a_tone(2, hz=300)])


def _dominant_hz(audio: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(audio)).argmax() * 16_000 / audio.size)


@pytest.mark.parametrize(
    ("container", "codec", "rate_hz"),
    [
        ("wav", "pcm_s16le", 16_000),
        ("wav", "pcm_mulaw", 8_000),
        ("wav", "pcm_alaw", 8_000),
        ("w64", "pcm_s16le", 44_100),
        ("aiff", "pcm_s16be", 16_000),
        ("flac", "flac", 48_000),
        ("mp3", "mp3", 44_100),
        ("ipod", "aac", 44_100),
        ("mp4", "aac", 16_000),
        ("adts", "aac", 16_000),
        ("ogg", "libopus", 48_000),
        ("webm", "libopus", 48_000),
        ("amr", "amr_nb", 8_000),
    ],
)
def test_every_container_becomes_the_same_sound(tmp_path: Path, container: str, codec: str, rate_hz: int) -> None:
    path = saved(tmp_path / "in", encoded(a_tone(3, rate_hz=rate_hz), container, codec, rate_hz=rate_hz))
    claimed = probe(path)
    decoded = decode(path, tmp_path)
    assert claimed.sample_rate == decoded.report.sample_rate == rate_hz
    assert decoded.channel_use == "mono"
    assert not decoded.report.partial
    assert abs(decoded.duration_ms - 3_000) < 120
    assert claimed.duration_ms is None or abs(claimed.duration_ms - 3_000) < 120
    audio = load_window(tmp_path, decoded.windows[0], 0)
    assert abs(_dominant_hz(audio) - 440) < 3
    assert -17.5 < (decoded.report.loudness_dbfs or 0) < -14.5
    assert decoded.report.clipping_ratio == 0


def test_two_speakers_stay_on_their_channels(tmp_path: Path) -> None:
    path = saved(tmp_path / "in", encoded(np.stack([TALK, ANSWER]), "flac", "flac"))
    decoded = decode(path, tmp_path)
    assert (decoded.channel_use, decoded.channels, decoded.report.channels) == ("separate", 2, 2)
    left, right = (load_window(tmp_path, decoded.windows[0], channel) for channel in (0, 1))
    assert abs(_dominant_hz(left) - 440) < 3
    assert abs(_dominant_hz(right) - 300) < 3
    assert np.abs(right[: 2 * 16_000]).max() < 0.001


@pytest.mark.parametrize(
    ("left", "right", "use"),
    [
        pytest.param(TALK, TALK, "mixed", id="copies"),
        pytest.param(TALK, -TALK, "mixed", id="opposite phase"),
        pytest.param(TALK, silence(4), "left", id="right is dead"),
        pytest.param(silence(4), TALK, "right", id="left is dead"),
    ],
)
def test_channels_that_say_the_same_become_one_that_is_not_silent(
    tmp_path: Path, left: np.ndarray, right: np.ndarray, use: str
) -> None:
    decoded = decode(saved(tmp_path / "in", encoded(np.stack([left, right]), "flac", "flac")), tmp_path)
    assert (decoded.channel_use, decoded.channels) == (use, 1)
    assert [p.name for p in sorted(tmp_path.glob("*.pcm"))] == ["0000.0.pcm"]
    assert abs(float(np.abs(load_window(tmp_path, decoded.windows[0], 0)).max()) - 0.25) < 0.02


def test_six_channels_are_one_room(tmp_path: Path) -> None:
    data = wav_bytes(np.repeat(a_tone(2)[:, None], 6, axis=1), channels=6)
    decoded = decode(saved(tmp_path / "in", data), tmp_path)
    assert (decoded.report.channels, decoded.channels, decoded.channel_use) == (6, 1, "mono")
    assert decoded.report.loudness_dbfs is not None
    assert decoded.report.loudness_dbfs > -30


def test_a_long_recording_is_cut_into_windows_at_quiet_places_without_losing_a_sample(tmp_path: Path) -> None:
    # 21 minutes of tone with 0.3 s of silence every ten seconds: no cut may fall into a tone.
    beat = np.concatenate([a_tone(9.7, level=0.1), silence(0.3)])
    data = wav_bytes(np.tile(beat, 126))
    told: list[float] = []
    decoded = decode(saved(tmp_path / "in", data), tmp_path, on_progress=told.append)
    assert len(decoded.windows) == 3
    assert decoded.duration_ms == 1_260_000
    for here, there in itertools.pairwise(decoded.windows):
        assert here.end_ms == there.start_ms
        assert 585_000 <= here.end_ms - here.start_ms <= 600_000
        assert 9_700 <= here.end_ms % 10_000 <= 10_000
    joined = np.concatenate([load_window(tmp_path, window, 0) for window in decoded.windows])
    assert joined.size == 1_260 * 16_000
    assert told[-1] == 1.0
    assert told == sorted(told)


def test_a_gap_in_the_stamps_is_kept_as_silence(tmp_path: Path) -> None:
    import av

    path = tmp_path / "gap.mka"
    tone = (a_tone(1) * 32767).astype(np.int16).reshape(1, -1)
    with av.open(str(path), "w", format="matroska") as file:
        stream = file.add_stream("pcm_s16le", rate=16_000)
        stream.layout = "mono"
        for start_s in (0, 4):
            for n in range(0, 16_000, 1_600):
                frame = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(tone[:, n : n + 1_600]), format="s16", layout="mono"
                )
                frame.sample_rate, frame.pts = 16_000, start_s * 16_000 + n
                file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    decoded = decode(path, tmp_path)
    audio = load_window(tmp_path, decoded.windows[0], 0)
    assert abs(decoded.duration_ms - 5_000) < 20
    assert np.abs(audio[int(1.1 * 16_000) : int(3.9 * 16_000)]).max() == 0
    assert np.abs(audio[int(4.1 * 16_000) :]).max() > 0.2


def test_clipping_is_counted(tmp_path: Path) -> None:
    loud = np.clip(a_tone(2, level=3.0), -1, 1)
    decoded = decode(saved(tmp_path / "in", wav_bytes(loud)), tmp_path)
    assert decoded.report.clipping_ratio is not None
    assert decoded.report.clipping_ratio > 0.5


def test_silence_is_a_recording_too(tmp_path: Path) -> None:
    decoded = decode(saved(tmp_path / "in", wav_bytes(silence(2))), tmp_path)
    assert decoded.report.loudness_dbfs == -120.0
    assert decoded.duration_ms == 2_000


def test_length_is_counted_in_samples_not_believed(tmp_path: Path) -> None:
    # Two hours of silence weigh next to nothing; the limit here is one.
    path = saved(tmp_path / "in", encoded(np.zeros(2 * 3600 * 8_000, np.float32), "flac", "flac", rate_hz=8_000))
    assert path.stat().st_size < 2_000_000
    with pytest.raises(AudioTooLong):
        decode(path, tmp_path, limits=DecodeLimits(max_s=3600))


def test_decoding_again_gives_the_same_windows(tmp_path: Path) -> None:
    path = saved(tmp_path / "in", encoded(np.stack([TALK, ANSWER]), "flac", "flac"))
    first = decode(path, tmp_path)
    before = [p.read_bytes() for p in sorted(tmp_path.glob("*.pcm"))]
    assert decode(path, tmp_path) == first
    assert [p.read_bytes() for p in sorted(tmp_path.glob("*.pcm"))] == before


def test_decoding_can_be_stopped(tmp_path: Path) -> None:
    path = saved(tmp_path / "in", wav_bytes(a_tone(5)))
    with pytest.raises(Cancelled):
        decode(path, tmp_path, should_stop=lambda: True)


def test_the_shipped_recording_holds_what_its_transcript_says(tmp_path: Path) -> None:
    import json

    assets = Path(__file__).parents[3] / "service" / "demo" / "assets"
    recording = assets / "recording.ogg"
    assert recording.stat().st_size < 600_000
    transcript = json.loads((assets / "transcript.json").read_text(encoding="utf-8"))
    decoded = decode(recording, tmp_path)
    assert decoded.channel_use == "separate"
    assert abs(decoded.duration_ms - transcript["duration_ms"]) < 50
    channels = [load_window(tmp_path, decoded.windows[0], channel) for channel in (0, 1)]
    spoken = [line.split("\t") for line in (assets / "dialogue.txt").read_text(encoding="utf-8").splitlines()]
    assert [[t["role"], t["text"]] for t in transcript["turns"]] == spoken
    for turn in transcript["turns"]:
        own, other = channels if turn["role"] == "rep" else channels[::-1]
        # 200 ms from either end, where the other speaker may already have begun.
        part = slice((turn["start_ms"] + 200) * 16, (turn["end_ms"] - 200) * 16)
        assert np.sqrt(np.mean(own[part] ** 2)) > 5 * np.sqrt(np.mean(other[part] ** 2))
