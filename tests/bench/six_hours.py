"""Six hours of sound through the real decoder and the real engine: how much memory each process took, and what a kill
in the middle costs. By hand, not in CI: `python -m tests.bench.six_hours [--hours 6] [--format wav|flac]`.

The sound is the shipped recording again and again; the model is the structural one of the test suite, so the figures
are those of everything around a model's weights. Ends with 1 when a process took more than 1.5 GiB or more than one
window was heard twice.
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from rich.console import Console
from rich.table import Table

from nlp.asr.audio import SAMPLE_RATE_HZ, DecodedAudio, load_window
from nlp.asr.engines.faster_whisper import WhisperOptions
from nlp.types import Segment
from service.adapters.audio.decoding import decode
from service.adapters.audio.errors import ChildCrashed
from service.adapters.audio.setups import WhisperSetup
from service.adapters.audio.speech_process import SpeechProcess
from tests.support.tiny_whisper import build_tiny_whisper

RECORDING = Path(__file__).parents[2] / "service" / "demo" / "assets" / "recording.ogg"
MOST_MIB = 1536
show = Console(highlight=False).print
CODECS = {"wav": "pcm_s16le", "flac": "flac"}


@dataclass
class Watch:
    """High-water marks of this process and of its children, by what they run, and what they held meanwhile; MiB."""

    peaks: dict[str, float] = field(default_factory=dict)
    curve: list[dict[str, float]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        now: dict[str, float] = {}
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                said = dict(
                    line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines() if ":" in line
                )
                command = (status.parent / "cmdline").read_bytes()
            except (OSError, ValueError):
                continue
            mine = int(said["Pid"]) == os.getpid()
            if mine or int(said["PPid"]) == os.getpid():
                name = "this process" if mine else "decoder" if b"audio.child" in command else "recogniser"
                peak = int(said.get("VmHWM", "0 kB").split()[0]) / 1024
                self.peaks[name] = max(self.peaks.get(name, 0.0), peak)
                now[name] = int(said.get("VmRSS", "0 kB").split()[0]) / 1024
        self.curve.append(now)

    def show_curve(self, points: int = 12) -> None:
        """What each process held at so many moments, evenly spaced over the whole run."""
        table = Table("share of the run", *(names := sorted(self.peaks)), title="MiB held")
        for share in (n / points for n in range(points + 1)):
            held = self.curve[min(len(self.curve) - 1, int(share * len(self.curve)))]
            table.add_row(f"{share:.0%}", *(f"{held[name]:.0f}" if name in held else "" for name in names))
        show(table)

    @contextmanager
    def watching(self) -> Iterator["Watch"]:
        def run() -> None:
            while not self.stop.wait(0.2):
                self.look()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stop.set()
            thread.join()


def write_sound(path: Path, *, hours: float, format_name: str, scratch: Path) -> None:
    """The shipped recording, both sides on one channel, until `hours` are full, at five levels in turn."""
    decoded = decode(RECORDING, scratch)
    sides = [load_window(scratch, decoded.windows[0], channel) for channel in range(decoded.channels)]
    talk = np.sum(sides, axis=0)
    left = int(hours * 3600 * SAMPLE_RATE_HZ)
    with av.open(str(path), "w", format=format_name) as file:
        track = file.add_stream(CODECS[format_name], rate=SAMPLE_RATE_HZ)
        track.layout = "mono"
        for n in range(10_000):
            if left <= 0:
                break
            piece = (talk[:left] * (0.5 + 0.1 * (n % 5)) * 32_767).clip(-32_768, 32_767).astype(np.int16)
            left -= piece.size
            for start in range(0, piece.size, 1 << 16):
                samples = np.ascontiguousarray(piece[start : start + (1 << 16)].reshape(1, -1))
                frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
                frame.sample_rate = SAMPLE_RATE_HZ
                file.mux(track.encode(frame))
        file.mux(track.encode(None))


@dataclass
class Hearing:
    """What was announced and what was begun, over all lives of the recogniser."""

    decoded: DecodedAudio
    windows: dict[int, list[Segment]] = field(default_factory=dict)
    lives: list[set[int]] = field(default_factory=list)
    kill_at: int = -1

    def progress(self, share: float) -> None:
        at_ms = round(share * self.decoded.duration_ms)
        index = next((w.index for w in self.decoded.windows if at_ms <= w.end_ms), None)  # its end is still its own
        if index is not None and index not in self.windows:
            self.lives[-1].add(index)
        if index == self.kill_at:
            self.kill_at = -1
            for pid in recognisers():
                os.kill(pid, signal.SIGKILL)


def recognisers() -> list[int]:
    """Ids of this process's recognising children."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"asr_child" in (stat.parent / "cmdline").read_bytes():
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def hear(engine: SpeechProcess, hearing: Hearing) -> list[Segment]:
    hearing.lives.append(set())
    return engine.transcribe(
        hearing.decoded,
        language="zh",
        hotwords=["储能柜"],
        on_window=hearing.windows.__setitem__,
        done_windows=dict(hearing.windows),
        should_stop=lambda: False,
        on_progress=hearing.progress,
    )


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--hours", type=float, default=6.0)
    asked.add_argument("--format", choices=sorted(CODECS), default="wav")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="six-hours-") as name, Watch().watching() as watch:
        folder = Path(name)
        scratch, out = folder / "scratch", folder / "windows"
        scratch.mkdir()
        out.mkdir()
        sound = folder / f"sound.{options.format}"
        write_sound(sound, hours=options.hours, format_name=options.format, scratch=scratch)
        started = time.monotonic()
        decoded = decode(sound, out)
        decoded_s = time.monotonic() - started
        engine = SpeechProcess(
            WhisperSetup(WhisperOptions(model=str(build_tiny_whisper(folder / "model")), device="cpu", beam_size=1))
        )
        hearing = Hearing(decoded, kill_at=len(decoded.windows) // 2)
        started = time.monotonic()
        try:
            hear(engine, hearing)
        except ChildCrashed as crash:
            show(f"killed in window {len(hearing.windows)} of {len(decoded.windows)}: {crash.reason}")
        before = len(hearing.windows)
        segments = hear(engine, hearing)
        heard_s = time.monotonic() - started
        engine.close()
    repeated = sum(map(len, hearing.lives)) - len(set.union(*hearing.lives))
    show(f"{decoded.duration_ms / 3_600_000:.2f} h, {len(decoded.windows)} windows, {len(segments)} segments")
    show(
        f"decoded in {decoded_s:.0f} s, heard in {heard_s:.0f} s; {before} windows before the kill, {repeated} repeated"
    )
    watch.show_curve()
    for process, peak in sorted(watch.peaks.items()):
        show(f"  {process:<14} {peak:7.0f} MiB at most")
    return int(max(watch.peaks.values()) > MOST_MIB or repeated > 1 or len(hearing.windows) != len(decoded.windows))


if __name__ == "__main__":
    sys.exit(main())
