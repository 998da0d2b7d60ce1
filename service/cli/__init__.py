"""The command line; every command is a thin shell around what the service itself runs."""

import sys

import typer

from nlp.errors import NlpError
from service.cli import learning, serving, speech, texts
from service.domain.errors import ServiceError

app = typer.Typer(
    help="Turns recordings of sales visits into findings with quotes, churn risk, hints and micro-courses.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (serving, speech, texts, learning):
    module.register(app)


def main() -> None:
    """Run a command; an error made on purpose is one line on standard error and exit status 1."""
    try:
        app()
    except (NlpError, ServiceError) as error:
        remedy = getattr(error, "remedy", "")
        print(f"fieldcue: {error}" + (f"\n{remedy}" if remedy else ""), file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)


__all__ = ["app", "main"]
