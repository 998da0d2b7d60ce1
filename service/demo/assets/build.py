"""Rebuilds the demonstration recording and its transcript from `dialogue.txt`; needs espeak-ng, and only here.

Invariant: the transcript is what was spoken, word for word, with the times at which it was spoken.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
RATE_HZ = 16_000
BIT_RATE = 24_000
VOICES = {
    "rep": ("cmn-latn-pinyin+m3", 260, 48),
    "customer": ("cmn-latn-pinyin+f2", 250, 40),
}  # voice, words a minute, pitch
SPOKEN = {"Q2": "丘二"}  # the voice knows no Latin letters; this is how the quarter sounds in Mandarin
LEVEL = {"rep": 0.22, "customer": 0.17}
NOISE_RMS = 0.0012
CROSSTALK = 0.02
TAIL_MS = 800
# What the CRM would know about the visit; the date makes 下周三 a Wednesday in April.
CONTEXT = {"date": "2026-04-14", "industry": "工业储能", "channel": "上门拜访", "competitors": ["恒屿"]}

Signal = NDArray[np.float32]


def speak(text: str, role: str) -> Signal:
    """`text` in the voice of `role`: float32, mono, 16,000 Hz, without leading and trailing silence."""
    voice, speed, pitch = VOICES[role]
    for written, said in SPOKEN.items():
        text = text.replace(written, said)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-w", str(path), text]
        subprocess.run(command, check=True)  # noqa: S603 - our own text, a fixed program
        with wave.open(str(path), "rb") as file:
            rate = file.getframerate()
            pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    parts = [out.to_ndarray()[0] for out in (*resampler.resample(frame), *resampler.resample(None))]
    signal = np.concatenate(parts).astype(np.float32)
    loud = np.flatnonzero(np.abs(signal) > 0.01)
    signal = signal[loud[0] : loud[-1] + 1]
    scaled: Signal = signal * np.float32(2 * LEVEL[role] / np.abs(signal).max())
    return scaled


def lay_out(lines: list[tuple[str, str]]) -> tuple[Signal, list[dict[str, object]]]:
    """Two channels, shape (2, n), rep left and customer right, and the turns with their times."""
    rng = np.random.default_rng(20260403)
    placed: list[tuple[int, int, Signal]] = []
    turns: list[dict[str, object]] = []
    at = RATE_HZ // 2
    for i, (role, text) in enumerate(lines):
        signal = speak(text, role)
        channel = 0 if role == "rep" else 1
        placed.append((channel, at, signal))
        start_ms, end_ms = at * 1000 // RATE_HZ, (at + signal.size) * 1000 // RATE_HZ
        turns.append({"i": i, "role": role, "start_ms": start_ms, "end_ms": end_ms, "channel": channel, "text": text})
        # Now and then the answer begins before the question has ended.
        pause_ms = -180 if i % 9 == 5 else int(rng.integers(180, 520))
        at += signal.size + pause_ms * RATE_HZ // 1000
    length = max(start + signal.size for _, start, signal in placed) + TAIL_MS * RATE_HZ // 1000
    mix: Signal = np.zeros((2, length), dtype=np.float32)
    for channel, start, signal in placed:
        mix[channel, start : start + signal.size] += signal
    mix = mix + CROSSTALK * mix[::-1]
    noise = rng.standard_normal((2, length)).astype(np.float32)
    noise[:, 1:] = 0.6 * noise[:, 1:] + 0.4 * noise[:, :-1]
    return (mix + NOISE_RMS * noise).astype(np.float32), turns


def encode(mix: Signal, path: Path) -> None:
    """Opus in Ogg; mapping family 255 codes the channels apart, so that neither leaks into the other."""
    pcm = (mix.clip(-1, 1) * 32767).astype(np.int16)
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE_HZ, options={"mapping_family": "255", "vbr": "on"})
        stream.layout = "stereo"
        stream.bit_rate = BIT_RATE
        for start in range(0, pcm.shape[1], RATE_HZ):
            block = np.ascontiguousarray(pcm[:, start : start + RATE_HZ])
            frame = av.AudioFrame.from_ndarray(block, format="s16p", layout="stereo")
            frame.sample_rate, frame.pts = RATE_HZ, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main() -> int:
    """Write recording.ogg and transcript.json beside this file, or where `--out` says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    out: Path = parser.parse_args().out
    rows = [line.split("\t") for line in (HERE / "dialogue.txt").read_text(encoding="utf-8").splitlines() if line]
    mix, turns = lay_out([(role, text) for role, text in rows])
    encode(mix, out / "recording.ogg")
    duration_ms = mix.shape[1] * 1000 // RATE_HZ
    transcript = {"language": "zh", "duration_ms": duration_ms, "context": CONTEXT, "turns": turns}
    text = json.dumps(transcript, ensure_ascii=False, indent=1)
    (out / "transcript.json").write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
