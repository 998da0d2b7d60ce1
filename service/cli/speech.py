"""`fieldcue transcribe`: a recording to text without a server; `fieldcue speech`: which engine a tenant's go to."""

import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from nlp.asr.audio import DecodedAudio
from nlp.asr.compare import Comparison, compare_segments
from nlp.asr.transcriber import SpeechEngine
from nlp.captions import to_json, to_srt, to_text, to_vtt
from nlp.errors import InputInvalid, ModelMissing
from nlp.types import Segment, Transcript
from service.adapters.audio.decoding import decode
from service.adapters.audio.work_files import new_work_key
from service.bootstrap import build, load_settings, load_texts, speech_engines
from service.domain.speech.choice import EngineName, SpeechOption
from service.usecases.models.choose_speech import choose_speech, forget_speech

WAY_OUT = (
    "give --model (or set FIELDCUE_ASR__MODEL) a directory with a faster-whisper or sherpa-onnx model, "
    "or a hub name such as large-v3-turbo where the hub can be reached"
)
Format = Literal["json", "srt", "vtt", "txt"]
speech_app = typer.Typer(help="The speech engine and model of a tenant.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(transcribe)
    app.add_typer(speech_app, name="speech")


def transcribe(
    audio: Annotated[Path, typer.Argument(help="A recording: wav, mp3, m4a, ogg, flac, webm, amr")],
    output_format: Annotated[Format, typer.Option("--format", help="What to print")] = "txt",
    engine: Annotated[EngineName | None, typer.Option(help="Speech engine; default: FIELDCUE_ASR__ENGINE")] = None,
    model: Annotated[str, typer.Option(help="Model directory or name; default: FIELDCUE_ASR__MODEL")] = "",
    compare: Annotated[
        str, typer.Option(help="ENGINE=MODEL: hear it with this one too, and print both side by side (txt or json)")
    ] = "",
    voices: Annotated[
        bool, typer.Option("--voices", help="Tell the voices of one microphone apart; those who speak agreed to it")
    ] = False,
) -> None:
    """Turn a recording into text with roles and times."""
    settings = load_settings()
    asked = {"engine": engine or settings.asr.engine, "model": model or settings.asr.model}
    if not audio.is_file():
        raise InputInvalid(f"{audio}: there is no such file")
    other = _other(compare)
    if compare and output_format not in {"txt", "json"}:
        raise InputInvalid(f"--compare prints txt or json, not {output_format}")
    if voices and settings.asr.speakers_dir is None:
        raise InputInvalid(
            "--voices needs FIELDCUE_ASR__SPEAKERS_DIR, the directory of the models that tell them apart"
        )
    core = load_texts(settings)
    engines = [asked] if other is None else [asked, other]
    results: list[list[Segment]] = []
    described: list[str] = []
    with ExitStack() as stack:
        pools = [stack.enter_context(closing(speech_engines(settings.asr.model_copy(update=each)))) for each in engines]
        for pool in pools:
            _refuse_missing(pool.default)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fieldcue-"))
        progress = stack.enter_context(_progress())
        decoding = progress.add_task("decoding", total=1.0)
        decoded = decode(
            audio,
            Path(folder),
            on_progress=lambda share: progress.update(decoding, completed=share),
            work_key=new_work_key(),
        )
        for pool in pools:
            results.append(_hear(pool.default, decoded, core.hotwords, progress, voices=voices))
            told = pool.default.describe()
            described.append(f"{told['engine']} {told['model']}")
    if other is not None:
        _print_comparison(compare_segments(*results), described, output_format)
        return
    turns = tuple(core.finishing.turns(results[0], decoded.channels))
    transcript = core.analyzer.attribute(Transcript(turns, "zh", decoded.duration_ms))
    print(_rendered(transcript, output_format), end="")


def _other(compare: str) -> dict[str, str] | None:
    if not compare:
        return None
    engine, _, model = compare.partition("=")
    if engine not in get_args(EngineName) or not model:
        raise InputInvalid(
            f"--compare {compare!r}: write ENGINE=MODEL, engine one of {', '.join(get_args(EngineName))}"
        )
    return {"engine": engine, "model": model}


def _progress() -> Progress:
    return Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())


def _refuse_missing(speech: SpeechEngine) -> None:
    missing = speech.available()
    if missing is not None:
        raise ModelMissing(str(missing), remedy=WAY_OUT)


def _hear(
    speech: SpeechEngine, decoded: DecodedAudio, hotwords: Sequence[str], progress: Progress, *, voices: bool
) -> list[Segment]:
    hearing = progress.add_task("transcribing", total=1.0)
    return speech.transcribe(
        decoded,
        language="zh",
        hotwords=hotwords,
        on_window=lambda *_: None,
        done_windows={},
        should_stop=lambda: False,
        on_progress=lambda share: progress.update(hearing, completed=share),
        tell_voices=voices,
    )


def _rendered(transcript: Transcript, output_format: Format) -> str:
    if output_format == "json":
        return json.dumps(to_json(transcript), ensure_ascii=False) + "\n"
    return {"srt": to_srt, "vtt": to_vtt, "txt": to_text}[output_format](transcript)


def _print_comparison(found: Comparison, engines: Sequence[str], output_format: Format) -> None:
    if output_format == "json":
        document = {"engines": list(engines), "distance": found.distance, **asdict(found)}
        print(json.dumps(document, ensure_ascii=False))
        return
    table = Table("from", *engines, "edits", box=None, pad_edge=False)
    for stretch in found.stretches:
        at = f"{stretch.start_ms // 60_000:02d}:{stretch.start_ms // 1000 % 60:02d}"
        table.add_row(at, stretch.left, stretch.right, str(stretch.edits))
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    distance = "undefined: the first heard nothing" if found.distance is None else f"{found.distance:.1%}"
    print(f"characters: {found.left_chars} and {found.right_chars}, {found.edits} edits apart, distance {distance}")


@speech_app.command("show")
def speech_show(tenant: Annotated[str, typer.Option(help="Whose recordings")]) -> None:
    """What turns a tenant's recordings into text, and what else is installed."""
    installation = build(load_settings())
    with closing(installation), installation.services.uow(write=False) as tx:
        choice = tx.speech.get(tenant)
    offer = installation.services.speech()
    option = offer.default if choice is None else choice.option
    by = "the installation's default" if choice is None else f"chosen at {choice.chosen_at:%Y-%m-%d %H:%M} UTC"
    print(f"{option.engine} {option.model} ({by})" if option else "none: recordings wait for a model")
    for known in offer.options:
        print(f"  {known.engine}\t{known.model}")


@speech_app.command("choose")
def speech_choose(
    tenant: Annotated[str, typer.Option(help="Whose recordings")],
    engine: Annotated[EngineName, typer.Option(help="Speech engine")],
    model: Annotated[str, typer.Option(help="One of the installed models, by name")],
) -> None:
    """Choose one of the installed engines and models for a tenant."""
    installation = build(load_settings())
    with closing(installation), installation.services.uow() as tx:
        choose_speech(tx, installation.services, tenant_id=tenant, option=SpeechOption(engine, model))


@speech_app.command("forget")
def speech_forget(tenant: Annotated[str, typer.Option(help="Whose choice")]) -> None:
    """Go by the installation's default again."""
    installation = build(load_settings())
    with closing(installation), installation.services.uow() as tx:
        forget_speech(tx, tenant)
