"""`fieldcue train`, `evaluate`: the models made again from the corpus, and measured."""

import typer


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    del app
