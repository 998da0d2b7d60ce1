"""Commands that run the service: serve, api, runner, check, keys, demo."""

import signal
import socket
import sys
from typing import Annotated

import typer
import uvicorn
from cryptography.fernet import Fernet
from prometheus_client import start_http_server

from service.bootstrap import Installation, build, load_settings, open_store, server_config
from service.demo.story import run_demo
from service.domain.access import SCOPES
from service.usecases.operations.manage_keys import create_key, has_keys, list_keys, revoke_key

keys_app = typer.Typer(help="API keys of tenants.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(serve)
    app.command()(api)
    app.command()(runner)
    app.command()(check)
    app.command()(demo)
    app.add_typer(keys_app, name="keys")


def demo() -> None:
    """The main job on shipped recordings, with a receiving stub CRM, on this machine alone."""
    sys.exit(run_demo())


def serve() -> None:
    """API, runner and ticks in one process, SQLite in the data directory."""
    installation = build(load_settings())
    server, opened = _bound(installation)
    _first_key(installation)
    process = installation.process()
    process.start()
    try:
        _listen(server, opened)
    finally:
        process.stop()
        installation.close()


def api() -> None:
    """The HTTP side alone; runners are elsewhere, rung through the broker."""
    installation = build(load_settings())
    server, opened = _bound(installation)
    try:
        _listen(server, opened)
    finally:
        installation.close()


def runner() -> None:
    """Work on stages: as a Celery worker with a broker, else looking into the database by itself."""
    settings = load_settings()
    installation = build(settings)
    if settings.runner.metrics_port:
        start_http_server(settings.runner.metrics_port)
    try:
        if settings.broker.url is not None:
            installation.serve_rings()
        else:
            installation.process().run_until_told()
    finally:
        installation.close()


def check() -> None:
    """Exit 0 when the database answers and no queue stands still; for container health checks."""
    store = open_store(load_settings())  # no models: this runs every half minute in every container
    with store.uow(write=False) as tx:
        depth = tx.runs.depth(store.clock.now())
    store.close()
    stuck = {queue: f"{waiting} waiting, oldest {age:.0f} s" for queue, (waiting, age) in depth.items() if age > 600}
    print("ok" if not stuck else f"standing still: {stuck}")
    sys.exit(1 if stuck else 0)


@keys_app.command("create")
def keys_create(
    tenant: Annotated[str, typer.Option(help="Whose data the key opens")],
    scopes: Annotated[str, typer.Option(help=f"Comma-separated: {', '.join(SCOPES)}")] = "admin",
    label: Annotated[str, typer.Option(help="For whom, as a reminder")] = "",
) -> None:
    """Make a key; it is shown this once."""
    store = open_store(load_settings())
    with store.uow() as tx:
        text = create_key(tx, store, tenant_id=tenant, scopes=scopes.split(","), label=label)
    store.close()
    print(text)


@keys_app.command("list")
def keys_list(tenant: Annotated[str, typer.Option(help="Whose keys")]) -> None:
    """Ids, scopes and states of a tenant's keys; never the keys."""
    store = open_store(load_settings())
    with store.uow(write=False) as tx:
        keys = list_keys(tx, tenant)
        if not keys:
            print("this tenant has no keys", file=sys.stderr)
        for key in keys:
            state = "revoked" if key.revoked_at else "live"
            print(f"{key.id}\t{state}\t{','.join(sorted(key.scopes))}\t{key.label}")
    store.close()


@keys_app.command("revoke")
def keys_revoke(tenant: Annotated[str, typer.Option(help="Whose key")], key_id: str) -> None:
    """End a key within five seconds in every process."""
    store = open_store(load_settings())
    with store.uow() as tx:
        revoke_key(tx, store, tenant_id=tenant, key_id=key_id)
    store.close()


@keys_app.command("secret")
def keys_secret() -> None:
    """Make a value for FIELDCUE_STORAGE__SECRET_KEY."""
    print(Fernet.generate_key().decode())


def _first_key(installation: Installation) -> None:
    """A fresh installation has nobody who could call it: give it one key, shown this once."""
    with installation.services.uow() as tx:
        if has_keys(tx, "default"):
            return
        text = create_key(tx, installation.services, tenant_id="default", scopes=["admin"], label="first start")
    print(f"first start: API key of tenant `default`, shown this once:\n{text}", file=sys.stderr)


def _bound(installation: Installation) -> tuple[uvicorn.Server, socket.socket]:
    """The server and its socket: a taken port ends the start before a key is made and shown for nothing."""
    settings = installation.settings.api
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[
            0
        ]
        opened = socket.socket(family, kind, protocol)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
    except OSError as error:
        raise SystemExit(
            f"fieldcue: cannot listen on {settings.host}:{settings.port} ({error.strerror}): "
            "choose another FIELDCUE_API__HOST or FIELDCUE_API__PORT"
        ) from error
    return uvicorn.Server(server_config(installation.app(), host=settings.host, port=settings.port)), opened


def _listen(server: uvicorn.Server, opened: socket.socket) -> None:
    opened.listen(2_048)  # before it is said: whoever reads the line may call at once
    host, port = opened.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"listening on http://{shown}:{port} (documentation under /docs)", file=sys.stderr)
    # uvicorn passes the signal on once it has stopped; without this the process would die of it before it cleaned up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.run(sockets=[opened])
