"""`fieldcue transcribe`: a recording to text, without a server."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress

from nlp.asr.transcriber import SpeechEngine
from nlp.asr.turns import build_turns
from nlp.captions import to_json, to_srt, to_text, to_vtt
from nlp.errors import InputInvalid, ModelMissing
from nlp.types import Transcript
from service.adapters.audio.decoding import decode
from service.bootstrap import load_settings, load_texts, speech_engine

WAY_OUT = (
    "give --model (or set FIELDCUE_ASR__MODEL) a directory with a faster-whisper model, "
    "or a hub name such as large-v3-turbo where the hub can be reached"
)
Format = Literal["json", "srt", "vtt", "txt"]


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(transcribe)


def transcribe(
    audio: Annotated[Path, typer.Argument(help="A recording: wav, mp3, m4a, ogg, flac, webm, amr")],
    output_format: Annotated[Format, typer.Option("--format", help="What to print")] = "txt",
    engine: Annotated[Literal["faster-whisper"], typer.Option(help="Speech engine")] = "faster-whisper",
    model: Annotated[str, typer.Option(help="Model directory or hub name; default: FIELDCUE_ASR__MODEL")] = "",
) -> None:
    """Turn a recording into text with roles and times."""
    del engine  # one so far; the option is part of the published command line
    settings = load_settings()
    asr = settings.asr.model_copy(update={"model": model}) if model else settings.asr
    speech = speech_engine(asr)
    if not audio.is_file():
        raise InputInvalid(f"{audio}: there is no such file")
    missing = speech.available()
    if missing is not None:
        raise ModelMissing(str(missing), remedy=WAY_OUT)
    core = load_texts(settings)
    try:
        transcript = core.analyzer.attribute(_hear(speech, audio, core.hotwords))
    finally:
        close = getattr(speech, "close", None)
        if close is not None:
            close()
    print(_rendered(transcript, output_format), end="")


def _hear(speech: SpeechEngine, audio: Path, hotwords: tuple[str, ...]) -> Transcript:
    progress = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with tempfile.TemporaryDirectory(prefix="fieldcue-") as folder, progress:
        decoding = progress.add_task("decoding", total=1.0)
        decoded = decode(audio, Path(folder), on_progress=lambda share: progress.update(decoding, completed=share))
        hearing = progress.add_task("transcribing", total=1.0)
        segments = speech.transcribe(
            decoded,
            language="zh",
            hotwords=hotwords,
            on_window=lambda *_: None,
            done_windows={},
            should_stop=lambda: False,
            on_progress=lambda share: progress.update(hearing, completed=share),
        )
        return Transcript(tuple(build_turns(segments, decoded.channels)), "zh", decoded.duration_ms)


def _rendered(transcript: Transcript, output_format: Format) -> str:
    if output_format == "json":
        return json.dumps(to_json(transcript), ensure_ascii=False) + "\n"
    return {"srt": to_srt, "vtt": to_vtt, "txt": to_text}[output_format](transcript)
