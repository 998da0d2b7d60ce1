"""The command line; every command is a thin shell around what the service itself runs."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from nlp.errors import NlpError
from service.cli.on_demand import OnDemand
from service.domain.errors import ServiceError

app = typer.Typer(
    cls=OnDemand,
    help="Turns recordings of sales visits into findings with quotes, churn risk, hints and micro-courses.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _tell_version(asked: bool) -> None:
    if asked:
        print(f"fieldcue {version('fieldcue')}")
        raise typer.Exit


@app.callback()
def _options(
    told: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    del told  # the callback has answered and ended


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
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"fieldcue: {where}{error.strerror or error}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        _end_if_database(error)
        raise


def _end_if_database(error: Exception) -> None:
    from sqlalchemy.exc import SQLAlchemyError  # half a second that most commands never need

    if isinstance(error, SQLAlchemyError):
        reason = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]  # never the address itself
        print(f"fieldcue: the database cannot be used ({reason}); check FIELDCUE_DATABASE__URL", file=sys.stderr)
        sys.exit(1)


__all__ = ["app", "main"]
