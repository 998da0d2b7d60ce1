"""Commands around the console: a way in for one person, and an invented team to look at."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from service.bootstrap import build, load_settings, open_store
from service.demo.seed import VISITS, seed_demo
from service.usecases.console.enter_console import make_console_link


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("console-link")(console_link)
    app.command("seed-demo")(seed)


def console_link(
    tenant: Annotated[str, typer.Option(help="Whose data")],
    person: Annotated[str, typer.Option(help="The CRM's id of the person who shall enter")],
) -> None:
    """Print an address that lets one person into the console, once, within ten minutes."""
    settings = load_settings()
    store = open_store(settings)
    with store.uow() as tx:
        ticket, _ = make_console_link(tx, store.clock, store.ids, tenant_id=tenant, person_id=person)
    store.close()
    base = settings.webhook.public_url or f"http://{settings.api.host}:{settings.api.port}/"
    print(f"{base}console/enter/{ticket}")


def seed(
    tenant: Annotated[str, typer.Option(help="Whose data it shall be")] = "demo",
    visits: Annotated[int, typer.Option(min=1, max=376, help="How many talks")] = VISITS,
    into_existing: Annotated[bool, typer.Option("--into-existing", help="Although it holds visits of its own")] = False,
) -> None:
    """Fill a tenant with an invented team: 8 reps, 3 months, 200 visits through the real stages, and CRM events.

    It takes a minute or two of one core to itself, several where others share it.

    The talks are the models' own training data: findings look better here than on new talks.
    """
    installation = build(load_settings())
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("visits", total=visits + 1)
        seeded = seed_demo(
            installation,
            tenant_id=tenant,
            count=visits,
            into_existing=into_existing,
            told=lambda done, total: bar.update(task, completed=done, total=total),
        )
    installation.close()
    print(f"{seeded.visits} visits of 8 invented reps in tenant {tenant} ({seeded.skipped} stood there already)")
    print(f"{seeded.events} CRM events and {seeded.courses} decided courses are new")
    print(f"to enter: fieldcue console-link --tenant {tenant} --person mgr-he   (trn-shen, rep-lin, exe-gu, …)")
