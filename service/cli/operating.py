"""Commands for whoever operates an installation: is all well, and what to do about runs that were quarantined."""

import sys
from typing import Annotated, Any, cast

import typer

from service.adapters.clock import SystemClock
from service.adapters.doorbell import LocalDoorbell
from service.bootstrap import database_url, load_settings, open_store, speech_engines
from service.cli.checkup import (
    check_up,
    look_at_broker,
    look_at_bucket,
    look_at_clock,
    look_at_database,
    look_at_disk,
    look_at_key,
    look_at_models,
    look_at_packages,
    look_at_queues,
    look_at_speech,
)
from service.domain.records import Page
from service.domain.stages import RunState
from service.installed import KEY_FILE, reach_bucket, texts_on_disk
from service.storage.engine import make_engine
from service.usecases.operations.mend_runs import discard_run, retry_run

runs_app = typer.Typer(help="Stages of visits: what was quarantined, try it again, give it up.", no_args_is_help=True)
Tenant = Annotated[str, typer.Option(help="Whose runs")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(doctor)
    app.add_typer(runs_app, name="runs")


@runs_app.command("list")
def runs_list(
    tenant: Tenant, state: Annotated[str, typer.Option(help="quarantined, failed, waiting, …")] = "quarantined"
) -> None:
    """Id, stage, attempts, crashes and reason of each, the newest first."""
    store = open_store(load_settings())
    with store.uow(write=False) as tx:
        found = tx.office.page(tenant, Page(200), state=cast(RunState, state))
    store.close()
    if not found:
        print(f"this tenant has no {state} runs", file=sys.stderr)
    for run in found:
        print(f"{run.id}\t{run.stage}\t{run.attempt}\t{run.crash_count}\t{run.error_code}\t{run.error_detail}")


@runs_app.command("retry")
def runs_retry(tenant: Tenant, run_id: str) -> None:
    """Try a quarantined or failed run again, from its last checkpoint."""
    store = open_store(load_settings())
    with store.uow() as tx:  # no ring: runners look into the database by themselves
        run = retry_run(tx, store.clock, LocalDoorbell(), tenant_id=tenant, run_id=run_id)
    store.close()
    print(f"{run.id}\t{run.state}")


@runs_app.command("discard")
def runs_discard(tenant: Tenant, run_id: str) -> None:
    """Give a quarantined, failed or waiting run up; its recording is cancelled."""
    store = open_store(load_settings())
    with store.uow() as tx:
        run = discard_run(tx, tenant_id=tenant, run_id=run_id)
    store.close()
    print(f"{run.id}\t{run.state}")


def doctor() -> None:
    """Look at packages, database, broker, models, disk, keys, clock and speech; exit 1 when something is broken."""
    settings = load_settings()
    engine = make_engine(database_url(settings), pool_size=2)
    now = SystemClock().now()
    broker = settings.broker.url.get_secret_value() if settings.broker.url else ""
    storage = settings.storage
    key = storage.secret_key.get_secret_value() if storage.secret_key else ""
    found = check_up(
        [
            ("packages", look_at_packages),
            ("disk", lambda: look_at_disk(storage.data_dir, storage.min_free_bytes)),
            ("bucket", lambda: look_at_bucket(storage.s3_bucket, lambda: reach_bucket(settings))),
            ("keys", lambda: look_at_key(key, storage.data_dir / KEY_FILE, shared=bool(settings.database.url))),
            ("database", lambda: look_at_database(engine)),
            ("clock", lambda: look_at_clock(engine, now)),
            ("broker", lambda: look_at_broker(broker)),
            ("models", lambda: look_at_models(texts_on_disk(settings))),
            ("speech", lambda: look_at_speech(_missing_speech(settings.asr))),
            ("queues", lambda: look_at_queues(engine, now)),
        ]
    )
    engine.dispose()
    for each in found:
        print(f"{each.health:<4}  {each.name:<9} {each.said}")
        if each.remedy:
            print(f"      {'':<9} → {each.remedy}")
    sys.exit(1 if any(each.health == "fail" for each in found) else 0)


def _missing_speech(asr: Any) -> str:  # noqa: ANN401 - the settings of speech, which only bootstrap may name
    pool = speech_engines(asr)
    try:
        missing = pool.of(None).available()
    finally:
        pool.close()
    return "" if missing is None else f"{missing}: {missing.remedy}"
