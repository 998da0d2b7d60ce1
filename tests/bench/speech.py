"""What hearing costs on this machine: `make bench-asr` (`ARGS="--minutes 60"` for the hour that the aim speaks of).

Whisper's published shapes with weights by chance: their time is true, their words are not. Each measurement runs in a
process of its own, since one holds one model. The sound is the shipped recording, both sides on one channel, again and
again; every 30 seconds the model says 96 characters, about what people say. Ends with 1 when our pipeline costs more
than five percent of processor time on top of the bare engine: on a busy machine the clock tells who got a core and not
what the work costs, so both are shown and the processor's time decides.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from nlp.asr.audio import SAMPLE_RATE_HZ
from nlp.asr.engines.faster_whisper import WhisperOptions
from service.adapters.audio.decoding import decode
from service.adapters.audio.setups import WhisperSetup
from service.adapters.audio.speech_process import SpeechProcess
from tests.bench.six_hours import Hearing, Watch, hear, write_sound
from tests.support.tiny_whisper import Shape, build_tiny_whisper

SHAPES = {
    "tiny": Shape(384, 6, 4, 4, 80, 4, 51_865, "int8"),
    "base": Shape(512, 8, 6, 6, 80, 4, 51_865, "int8"),
    "small": Shape(768, 12, 12, 12, 80, 4, 51_865, "int8"),
    "large-v3-turbo": Shape(1280, 20, 32, 4, 128, 4, 51_866, "int8"),
}
CLAUSES = tuple("".join(chr(0x4E00 + 8 * n + i) for i in range(8)) for n in range(12))
MOST_OVERHEAD = 0.05
VISITS_A_MONTH, MINUTES_A_VISIT, BUSY_HOURS_A_MONTH, BUSY_SHARE = 12_000, 30, 22 * 10, 0.6
show = Console(highlight=False).print


@dataclass(frozen=True, slots=True)
class Cost:
    """Work on `audio_s` seconds of sound: by the clock, of processors, and the peak memory of what holds the model."""

    seconds: float
    processor_s: float
    audio_s: float
    peak_mib: float

    @property
    def factor(self) -> float:
        """Processor seconds for one second of sound."""
        return self.processor_s / self.audio_s


def cores_needed(factor: float) -> float:
    """Cores that keep up with a month of visits when work comes in office hours and leaves room for peaks.

    >>> round(cores_needed(0.1), 1)  # 6,000 hours of sound, a tenth of it as work, in 132 hours
    4.5
    """
    return VISITS_A_MONTH * MINUTES_A_VISIT / 60 * factor / (BUSY_HOURS_A_MONTH * BUSY_SHARE)


def bare(model: Path, sound: Path, *, threads: int, batched: bool) -> Cost:
    """The library alone, on the whole file at once."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel
    from faster_whisper.audio import decode_audio

    loaded = WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=threads)
    started, worked = time.perf_counter(), time.process_time()
    audio = decode_audio(str(sound))
    options: dict[str, Any] = {"language": "zh", "beam_size": 1, "temperature": 0.0, "word_timestamps": True}
    if batched:
        found, _ = BatchedInferencePipeline(loaded).transcribe(audio, batch_size=8, vad_filter=True, **options)
    else:
        found, _ = loaded.transcribe(audio, condition_on_previous_text=False, **options)
    for _ in found:
        pass
    watch = Watch()
    watch.look()
    seconds, processor_s = time.perf_counter() - started, time.process_time() - worked
    return Cost(seconds, processor_s, audio.size / SAMPLE_RATE_HZ, watch.peaks["this process"])


def ours(model: Path, sound: Path, *, threads: int, folder: Path) -> Cost:
    """The same file through decoding in a child, windows on disk, the engine's child, dropping and turns.

    Processor time is that of all children, from their start; `bench` takes off what two seconds of sound cost.
    """
    setup = WhisperSetup(WhisperOptions(model=str(model), device="cpu", threads=threads, beam_size=1))
    engine, watch = SpeechProcess(setup), Watch()
    try:
        hear(engine, Hearing(decode(_warm_up(folder), _fresh(folder))))  # the model is loaded now
        started = time.perf_counter()
        decoded = decode(sound, _fresh(folder))
        hear(engine, Hearing(decoded))
        seconds = time.perf_counter() - started
        watch.look()
    finally:
        engine.close()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    worked = sum(part.ru_utime + part.ru_stime for part in used)
    return Cost(seconds, worked, decoded.duration_ms / 1000, watch.peaks.get("recogniser", 0.0))


def _fresh(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix="windows-", dir=folder))


def _warm_up(folder: Path) -> Path:
    path = folder / "warm.wav"
    if not path.exists():
        scratch = folder / "warm"
        scratch.mkdir()
        write_sound(path, hours=2 / 3600, format_name="wav", scratch=scratch)
    return path


def measured(folder: Path, model: Path, sound: Path, *, how: str, threads: int) -> Cost:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.speech", "--one", how, "--model", str(model), "--sound", str(sound)]
    command += ["--threads", str(threads), "--folder", str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Cost(**json.loads(told.splitlines()[-1]))


def one(options: argparse.Namespace) -> int:
    """Measure, and print the cost as one line of JSON."""
    model, sound, threads = options.model, options.sound, options.threads
    if options.one == "ours":
        cost = ours(model, sound, threads=threads, folder=options.folder)
    else:
        cost = bare(model, sound, threads=threads, batched=options.one == "batched")
    sys.stdout.write(json.dumps(asdict(cost)) + "\n")
    return 0


def bench(options: argparse.Namespace) -> int:
    """All measurements, as tables."""
    with tempfile.TemporaryDirectory(prefix="bench-asr-") as name:
        folder = Path(name)
        scratch = folder / "scratch"
        scratch.mkdir()
        short, long = folder / "short.wav", folder / "long.wav"
        write_sound(short, hours=options.seconds / 3600, format_name="wav", scratch=scratch)
        write_sound(long, hours=options.minutes / 60, format_name="wav", scratch=scratch)
        sizes = Table(
            "shape (int8)",
            "threads",
            "factor by the clock",
            "of processors",
            "peak MiB",
            "cores for 12,000 visits a month",
        )
        for shape in options.shapes:
            model = build_tiny_whisper(folder / shape, clauses=CLAUSES, shape=SHAPES[shape])
            for threads in (1, 2):
                cost = measured(folder, model, short, how="batched", threads=threads)
                clock = f"{cost.seconds / cost.audio_s:.3f}"
                cores = f"{cores_needed(cost.factor):.1f}"
                sizes.add_row(shape, str(threads), clock, f"{cost.factor:.3f}", f"{cost.peak_mib:.0f}", cores)
        show(sizes)
        show(f"visits of {MINUTES_A_VISIT} minutes, {BUSY_HOURS_A_MONTH} busy hours a month, {BUSY_SHARE:.0%} used")
        model = build_tiny_whisper(folder / "compared", clauses=CLAUSES, shape=SHAPES[options.compared])
        ways = {how: measured(folder, model, long, how=how, threads=1) for how in ("batched", "ours", "one by one")}
        start = measured(folder, model, _warm_up(folder), how="ours", threads=1)
        ways["ours"] = replace(ways["ours"], processor_s=ways["ours"].processor_s - start.processor_s)
    table = Table(
        f"{options.compared}, {options.minutes:g} minutes, one thread", "seconds", "of processors", "factor", "peak MiB"
    )
    for how, cost in ways.items():
        seconds = (f"{cost.seconds:.1f}", f"{cost.processor_s:.1f}")
        table.add_row(how, *seconds, f"{cost.factor:.3f}", f"{cost.peak_mib:.0f}")
    show(table)
    overhead = ways["ours"].processor_s / ways["batched"].processor_s - 1
    by_clock = ways["ours"].seconds / ways["batched"].seconds - 1
    show(
        f"our pipeline on top of the bare engine, batched: {overhead:+.1%} of processors, {by_clock:+.1%} by the clock"
    )
    return int(overhead > MOST_OVERHEAD)


def main() -> int:
    """Read the options and measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=10.0, help="of sound, for the comparison with the bare engine")
    asked.add_argument("--seconds", type=float, default=90.0, help="of sound, for each shape")
    asked.add_argument("--shapes", nargs="*", choices=sorted(SHAPES), default=list(SHAPES))
    asked.add_argument("--compared", choices=sorted(SHAPES), default="base")
    asked.add_argument("--one", choices=("batched", "ours", "one by one"), help=argparse.SUPPRESS)
    for hidden in ("--model", "--sound", "--folder"):
        asked.add_argument(hidden, type=Path, help=argparse.SUPPRESS)
    asked.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    options = asked.parse_args()
    return one(options) if options.one else bench(options)


if __name__ == "__main__":
    sys.exit(main())
