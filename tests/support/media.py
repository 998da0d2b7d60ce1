"""Sound and media files made on the spot: tones, WAV headers that lie, every container PyAV can write."""

import io
import struct
from pathlib import Path

import av
import numpy as np

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray


def a_tone(seconds: float, *, hz: float = 440.0, level: float = 0.25, rate_hz: int = SAMPLE_RATE_HZ) -> FloatArray:
    """A sine, float32, shape (n,)."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def silence(seconds: float) -> FloatArray:
    """Zeros, float32, shape (n,)."""
    return np.zeros(int(seconds * SAMPLE_RATE_HZ), dtype=np.float32)


def to_pcm(audio: FloatArray) -> np.ndarray:
    """float32 in [-1, 1] as int16."""
    return (audio.clip(-1, 1) * 32767).astype("<i2")


def wav_bytes(
    audio: FloatArray,
    *,
    rate_hz: int = SAMPLE_RATE_HZ,
    channels: int = 1,
    bits: int = 16,
    tag: int = 1,
    claimed_bytes: int | None = None,
) -> bytes:
    """A WAV file around `audio` (shape (n,) or (n, channels)) whose header says whatever it is told to say."""
    data = to_pcm(audio).tobytes()
    align = channels * bits // 8 & 0xFFFF
    shape = struct.pack("<HHIIHH", tag, channels & 0xFFFF, rate_hz, rate_hz * align & 0xFFFFFFFF, align, bits)
    length = len(data) if claimed_bytes is None else claimed_bytes
    size = min(36 + length, 0xFFFFFFFF)
    head = b"RIFF" + struct.pack("<I", size) + b"WAVEfmt " + struct.pack("<I", 16) + shape
    return head + b"data" + struct.pack("<I", length) + data


def encoded(audio: FloatArray, container: str, codec: str, *, rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """`audio`, shape (n,) mono or (2, n) stereo at `rate_hz`, coded by PyAV."""
    pcm = np.atleast_2d(to_pcm(audio))
    layout = "stereo" if pcm.shape[0] == 2 else "mono"
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate_hz)
        stream.layout = layout
        for start in range(0, pcm.shape[1], 1024):
            block = np.ascontiguousarray(pcm[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="s16p", layout=layout)
            frame.sample_rate, frame.pts = rate_hz, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()


def video_only() -> bytes:
    """An MP4 that shows a second of grey and holds no sound."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8), format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()


def saved(path: Path, data: bytes) -> Path:
    """The bytes as a file."""
    path.write_bytes(data)
    return path
