"""`fieldcue models`: the versions of the text models, compared, put in use and taken back."""

import sys
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from nlp.errors import ModelMissing
from service.adapters.clock import SystemClock
from service.adapters.model_registry import Registry
from service.bootstrap import load_settings, open_registry, open_store
from service.domain.model_versions import TASKS
from service.usecases.models.watch_drift import watch_drift

Task = Literal["turns", "roles", "triage", "churn", "accounts"]
models_app = typer.Typer(help="Versions of the text models: list, compare, promote, roll back.", no_args_is_help=True)
NEXT = "running processes take it with their next job"
TaskArgument = Annotated[Task, typer.Argument(help="Which model")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(models_app, name="models")


@models_app.command("list")
def models_list() -> None:
    """Task, version, name, alias and date of every version; each file was checked against its manifest."""
    registry = open_registry(load_settings())
    for task in TASKS:
        try:
            for version in registry.versions(task):
                print("\t".join((task, str(version.number), version.name, version.alias, version.created_at)))
        except ModelMissing as missing:
            print(f"{task}\tmissing: {missing}")


@models_app.command("compare")
def compare(
    task: TaskArgument,
    version: Annotated[int | None, typer.Option(help="Instead of the challenger")] = None,
) -> None:
    """Champion against challenger, code by code, on rows that neither had learnt; says whether it may take over."""
    registry = open_registry(load_settings())
    champion, number = registry.aliases(task).champion, _wanted(registry, task, version)
    found = registry.compare(task, number)
    table = Table(title=f"{task}: version {champion} (champion) and {number}, F1 on {found.rows} rows in common")
    for head in ("code", "positives", "champion", "challenger", "difference, 95%"):
        table.add_column(head, justify="left" if head == "code" else "right")
    for one in found.differences:
        spread = f"{one.low:+.3f} to {one.high:+.3f}"
        table.add_row(one.code, str(one.positives), f"{one.champion:.3f}", f"{one.challenger:.3f}", spread)
    table.add_row("macro", "", f"{found.champion:.3f}", f"{found.challenger:.3f}", "")
    Console().print(table)
    for refusal in found.refusals:
        print(f"must not be promoted: {refusal}")
    if not found.refusals:
        print(f"may be promoted: `fieldcue models promote {task}`")


@models_app.command("promote")
def promote(
    task: TaskArgument,
    version: Annotated[int | None, typer.Option(help="Instead of the challenger")] = None,
) -> None:
    """Put the challenger in use, if it is worse on nothing; exit status 1 and the reasons otherwise."""
    registry = open_registry(load_settings())
    champion, number = registry.aliases(task).champion, _wanted(registry, task, version)
    found = registry.compare(task, number)
    if found.refusals:
        for refusal in found.refusals:
            print(f"not promoted: {refusal}", file=sys.stderr)
        raise typer.Exit(1)
    registry.promote(task, number, now=SystemClock().now())
    print(f"{task}: version {number} is the champion, it was {champion}; {NEXT}")


@models_app.command("rollback")
def roll_back(task: TaskArgument) -> None:
    """Put the version before the champion in use again."""
    aliases = open_registry(load_settings()).roll_back(task, now=SystemClock().now())
    print(f"{task}: version {aliases.champion} is the champion again; {NEXT}")


@models_app.command("drift")
def drift(
    tenant: Annotated[str, typer.Option(help="Whose visits")] = "default",
    days: Annotated[int, typer.Option(min=1, max=365, help="How many days count as now")] = 14,
) -> None:
    """What the turn models found in the last days beside what they found before; exit status 1 when a code drifted."""
    store = open_store(load_settings())
    try:
        with store.uow(write=False) as tx:
            report = watch_drift(tx, tenant, now=store.clock.now(), days=days)
    finally:
        store.close()
    print(
        f"{report.visits} visits since {report.since:%Y-%m-%d}, {report.visits_before} before, {report.model or 'none'}"
    )
    for one in report.codes:
        print(f"{one.state}\t{one.code}\t{one.said}")
    if any(one.state == "drifted" for one in report.codes):
        raise typer.Exit(1)


def _wanted(registry: Registry, task: str, version: int | None) -> int:
    number = registry.aliases(task).challenger if version is None else version
    if number is None:
        raise ModelMissing(f"{task} has no challenger", remedy=f"train one: `fieldcue train {task}`")
    return number
