"""Rows 1, 12 and 19–36 of the robustness table: every bad file has its code, and touches nothing else."""

import socket
import struct
from pathlib import Path

import numpy as np
import pytest

from nlp.asr.audio import load_window
from nlp.errors import AudioError
from service.adapters.audio.decoding import decode, probe
from service.adapters.audio.errors import ChildCrashed
from tests.support.media import a_tone, encoded, saved, video_only, wav_bytes

NOISE = np.random.default_rng(11)
TONE = a_tone(3)
W64 = encoded(TONE, "w64", "pcm_s16le")
W64_LENGTH = W64.index(b"data") + 16  # a chunk's name has sixteen bytes, then comes its length
BAD: dict[str, tuple[bytes, set[str]]] = {
    "no byte": (b"", {"audio_empty"}),
    "wav header only": (wav_bytes(a_tone(0)), {"audio_empty"}),
    "a twentieth of a second": (wav_bytes(a_tone(0.05)), {"audio_empty"}),
    "html": (b"<html><body>" + b"visit " * 400 + b"</body></html>", {"not_audio"}),
    "zip": (b"PK\x03\x04" + NOISE.bytes(5_000), {"not_audio"}),
    "pdf": (b"%PDF-1.4\n" + NOISE.bytes(5_000), {"not_audio"}),
    "elf": (b"\x7fELF\x02\x01\x01" + bytes(9) + NOISE.bytes(5_000), {"not_audio"}),
    "text": (("今天拜访了陈厂长，下周再去。\n" * 200).encode(), {"not_audio"}),
    "hls": (
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        {"not_audio"},
    ),
    "dash": (b'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>', {"not_audio"}),
    "sdp": (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 0\r\n", {"not_audio"}),
    "random bytes": (NOISE.bytes(60_000), {"no_samples"}),
    "random bytes after an mp3 sync": (b"\xff\xfb\x90\x64" + NOISE.bytes(60_000), {"no_samples"}),
    "rate 1 Hz": (wav_bytes(TONE, rate_hz=1), {"bad_stream"}),
    "rate 0": (wav_bytes(TONE, rate_hz=0), {"bad_stream"}),
    "rate 2^31-1": (wav_bytes(TONE, rate_hz=2**31 - 1), {"bad_stream"}),
    "no channel": (wav_bytes(TONE, channels=0), {"bad_stream"}),
    "255 channels": (wav_bytes(TONE, channels=255), {"bad_stream"}),
    "65535 channels": (wav_bytes(TONE, channels=65_535), {"bad_stream"}),
    "0 bits": (wav_bytes(TONE, bits=0), {"bad_stream"}),
    "64 bits": (wav_bytes(TONE, bits=64), {"bad_stream"}),
    "m4a without its index": (encoded(TONE, "ipod", "aac")[:8_000], {"unreadable_container"}),
    "w64 whose sound ends beyond every disk": (
        W64[:W64_LENGTH] + struct.pack("<q", 2**62) + W64[W64_LENGTH + 8 :],
        {"unreadable_container"},
    ),
    "video only": (video_only(), {"no_audio"}),
    "wechat silk": (b"\x02#!SILK_V3" + NOISE.bytes(3_000), {"unsupported_codec"}),
    "wma": (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\x00\xaa\x00b\xcel" + NOISE.bytes(3_000), {"unsupported_codec"}),
    "flac magic and noise": (b"fLaC" + NOISE.bytes(9_000), {"unreadable_container", "no_samples", "bad_stream"}),
    "ogg magic and noise": (b"OggS\x00\x02" + NOISE.bytes(9_000), {"unreadable_container", "no_audio", "no_samples"}),
}


@pytest.mark.parametrize("name", BAD)
def test_every_bad_file_has_its_code(tmp_path: Path, name: str) -> None:
    data, codes = BAD[name]
    path = saved(tmp_path / "visit.wav", data)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(AudioError) as caught:
        decode(path, out)
    assert caught.value.code in codes
    assert caught.value.category in ("invalid", "too_large", "unsupported")


@pytest.mark.parametrize("name", sorted(set(BAD) - {"a twentieth of a second"}))
def test_an_upload_is_refused_by_a_cheap_look_already(tmp_path: Path, name: str) -> None:
    data, codes = BAD[name]
    with pytest.raises(AudioError) as caught:
        probe(saved(tmp_path / "visit.mp3", data))
    assert caught.value.code in codes


@pytest.mark.parametrize("name", ["list.mp3", "list.wav", "list.ffconcat"])
def test_a_play_list_cannot_read_another_file(tmp_path: Path, name: str) -> None:
    canary = saved(tmp_path / "private.wav", wav_bytes(TONE))
    before = canary.stat().st_atime_ns
    text = f"ffconcat version 1.0\nfile {canary}\n"
    path = saved(tmp_path / name, text.encode())
    with pytest.raises(AudioError) as caught:
        decode(path, tmp_path)
    assert caught.value.code == "not_audio"
    assert list(tmp_path.glob("*.pcm")) == []
    assert canary.stat().st_atime_ns == before


def test_a_play_list_hidden_behind_binary_cannot_reach_a_host(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        port = server.getsockname()[1]
        text = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n"
        with pytest.raises(AudioError):
            decode(saved(tmp_path / "in", text.encode() + b"\x00\x01\x02"), tmp_path)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    ("container", "codec", "keep"),
    [
        pytest.param("flac", "flac", 0.6, id="flac"),
        pytest.param("wav", "pcm_s16le", 0.5, id="wav"),
        pytest.param("mp3", "mp3", 0.5, id="mp3 with its length written down"),
        pytest.param("aiff", "pcm_s16be", 0.5, id="aiff"),
    ],
)
def test_a_recording_that_was_cut_off_is_used_and_said_to_be_partial(
    tmp_path: Path, container: str, codec: str, keep: float
) -> None:
    whole = encoded(np.concatenate([a_tone(10), a_tone(10, hz=300)]), container, codec)
    decoded = decode(saved(tmp_path / "in", whole[: int(len(whole) * keep)]), tmp_path)
    assert decoded.report.partial
    assert abs(decoded.report.coverage - keep) < 0.06
    assert abs(decoded.duration_ms - keep * 20_000) < 1_500


def test_a_wav_that_promises_hours_gives_what_is_there(tmp_path: Path) -> None:
    decoded = decode(saved(tmp_path / "in", wav_bytes(TONE, claimed_bytes=0xFFFFFFFE)), tmp_path)
    assert decoded.duration_ms == 3_000
    assert decoded.report.partial
    assert decoded.report.coverage < 0.01


def test_a_wav_from_a_pipe_promises_nothing_and_is_whole(tmp_path: Path) -> None:
    decoded = decode(saved(tmp_path / "in", wav_bytes(TONE, claimed_bytes=0xFFFFFFFF)), tmp_path)
    assert (decoded.duration_ms, decoded.report.partial, decoded.report.coverage) == (3_000, False, 1.0)


@pytest.mark.parametrize("seed", range(6))
def test_flipped_bytes_give_a_partial_recording_or_an_error_and_never_a_crash(tmp_path: Path, seed: int) -> None:
    container, codec = [("ogg", "libopus"), ("flac", "flac"), ("ipod", "aac")][seed % 3]
    rate = 48_000 if codec == "libopus" else 16_000
    data = bytearray(encoded(a_tone(20, rate_hz=rate), container, codec, rate_hz=rate))
    rng = np.random.default_rng(seed)
    for at in rng.integers(0, len(data), 200):
        data[at] ^= int(rng.integers(1, 256))
    try:
        decoded = decode(saved(tmp_path / "in", bytes(data)), tmp_path)
    except AudioError:
        return
    assert decoded.duration_ms <= 60_000
    # What was lost is said.
    assert decoded.report.partial or decoded.report.coverage > 0.97


def test_a_polyglot_that_plays_is_audio(tmp_path: Path) -> None:
    data = encoded(TONE, "mp3", "mp3") + b"<script>alert(1)</script>" + b"PK\x05\x06" + bytes(18)
    assert abs(decode(saved(tmp_path / "in", data), tmp_path).duration_ms - 3_000) < 150


def test_tags_of_any_size_are_skipped(tmp_path: Path) -> None:
    body = b"TXXX" + struct.pack(">I", 200_000) + b"\x00\x00" + b"\x03" + b"x" * 199_999
    size = len(body)
    synchsafe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    data = b"ID3\x03\x00\x00" + synchsafe + body + encoded(TONE, "mp3", "mp3")
    assert abs(decode(saved(tmp_path / "in", data), tmp_path).duration_ms - 3_000) < 150
    cut = decode(saved(tmp_path / "in", data[: len(data) - 4_000]), tmp_path)
    assert cut.report.partial, "the promised length stands in the first frame, after the tag"


def test_video_beside_the_sound_is_never_decoded(tmp_path: Path) -> None:
    import av

    path = tmp_path / "both.mp4"
    with av.open(str(path), "w", format="mp4") as file:
        video = file.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        sound = file.add_stream("aac", rate=16_000)
        sound.layout = "mono"
        for n in range(30):
            image = av.VideoFrame.from_ndarray(np.full((64, 64, 3), n * 8, np.uint8), format="rgb24")
            file.mux(video.encode(image))
            pcm = (TONE[n * 1_600 : (n + 1) * 1_600] * 32767).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format="s16p", layout="mono")
            frame.sample_rate, frame.pts = 16_000, n * 1_600
            file.mux(sound.encode(frame))
        file.mux(video.encode(None))
        file.mux(sound.encode(None))
    decoded = decode(path, tmp_path)
    assert decoded.report.codec == "aac"
    assert abs(decoded.duration_ms - 3_000) < 120


def test_of_many_tracks_the_first_is_taken_and_their_number_noted(tmp_path: Path) -> None:
    import av

    path = tmp_path / "tracks.mka"
    with av.open(str(path), "w", format="matroska") as file:
        tracks = [file.add_stream("pcm_s16le", rate=16_000) for _ in range(20)]
        for track in tracks:
            track.layout = "mono"
        for n, track in enumerate(tracks):
            tone = (a_tone(1, hz=200 + 50 * n) * 32767).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16_000, 0
            file.mux(track.encode(frame))
    decoded = decode(path, tmp_path)
    audio = load_window(tmp_path, decoded.windows[0], 0)
    assert decoded.report.audio_tracks == 20
    assert abs(float(np.abs(np.fft.rfft(audio)).argmax()) - 200) < 3


def test_a_missing_input_is_our_own_mistake(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "none")


def test_a_decoder_that_outgrows_its_memory_is_a_crash_to_try_again(tmp_path: Path) -> None:
    from service.adapters.audio.decoding import DecodeLimits

    path = saved(tmp_path / "in", encoded(np.zeros(3600 * 8_000, np.float32), "flac", "flac", rate_hz=8_000))
    with pytest.raises(ChildCrashed) as caught:
        decode(path, tmp_path, limits=DecodeLimits(rss_bytes=40 * 1024 * 1024))
    assert caught.value.reason == "memory"
