"""`fieldcue train`, `evaluate`, `models`: the text models made again from the corpus, measured, and named."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from nlp.classify.artefact import load_artefact
from nlp.errors import ModelMissing
from service.bootstrap import load_settings

Task = Literal["all", "turns", "roles", "triage", "churn"]
models_app = typer.Typer(help="The trained text models.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(train)
    app.command()(evaluate)
    app.add_typer(models_app, name="models")


def train(
    task: Annotated[Task, typer.Argument(help="Which model")] = "all",
    to: Annotated[Path | None, typer.Option(help="Write here instead of over the models in use")] = None,
) -> None:
    """Make models from the corpus, checked against their ONNX form; some minutes on two cores."""
    from models.train import main

    _need_corpus()
    sys.exit(main([task, *(["--to", str(to)] if to else [])]))


def evaluate() -> None:
    """Measure every model out of fold; writes metrics, cards and the quality table beside the models."""
    from models.evaluate import main

    _need_corpus()
    sys.exit(main([]))


@models_app.command("list")
def models_list() -> None:
    """Name and version of every model in use; each file was checked against its manifest."""
    directory = load_settings().content.models_dir
    for task in ("turns", "roles", "triage", "churn"):
        try:
            print(f"{task}\t{load_artefact(directory / task).version}")
        except ModelMissing as missing:
            print(f"{task}\tmissing: {missing}")


def _need_corpus() -> None:
    from models.corpus.check import conversation_files

    if not conversation_files():
        raise ModelMissing(
            "there is no corpus to learn from", remedy="run this in a checkout that holds models/corpus/*.txt"
        )
