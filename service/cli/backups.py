"""`fieldcue backup` and `fieldcue restore`: an installation as a folder, its keys as another, and both back again."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from service.adapters.backups import Place, check_backup, put_back, write_backup, write_keys
from service.adapters.clock import SystemClock
from service.bootstrap import Settings, build, database_url, load_settings, open_store
from service.domain.errors import Conflict, Invalid
from service.installed import KEY_FILE, bucket_copies
from service.storage.dump import dump_database, load_database
from service.storage.engine import make_engine
from service.storage.migrate import current_revision
from service.usecases.privacy.erase_subject import reapply_stones
from service.usecases.privacy.keep_audit import COMMAND

KeysOption = Annotated[Path | None, typer.Option(help="Folder of the keys; never inside the backup")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(backup)
    app.command()(restore)


def backup(target: Annotated[Path, typer.Argument(help="A folder that is not there yet")],
           keys: KeysOption = None) -> None:  # fmt: skip
    """Copy database, recordings (those of a bucket too) and trained models while the service goes on; with --keys the
    keys elsewhere."""
    settings = load_settings()
    if keys is not None and keys.resolve().is_relative_to(target.resolve()):
        raise Invalid("keep the keys out of the backup: whoever has both reads everything", code="keys_inside")
    url, place = database_url(settings), _place(settings)
    about = {"at": SystemClock().now().isoformat(), "version": version("fieldcue"), "schema": _revision(url)}
    copies = bucket_copies(settings)
    count = write_backup(place, target, lambda folder: dump_database(url, folder), about=about, elsewhere=copies)
    print(f"{count} files\t{target}")
    if keys is not None:
        print(f"{write_keys(place, keys, about=about)} key files\t{keys}")
    else:
        print("keys were not copied: without them nothing in this backup that is sealed opens")


def restore(source: Annotated[Path, typer.Argument(help="A folder that `fieldcue backup` made")],
            keys: KeysOption = None) -> None:  # fmt: skip
    """Put a backup back where nothing is yet, recordings into the bucket where one is named, and erase again what was
    erased since it was made."""
    settings = load_settings()
    url, place = database_url(settings), _place(settings)
    about = check_backup(source)
    if keys is not None:
        check_backup(keys)
    elif not place.keys_dir.is_dir() or not any(place.keys_dir.iterdir()):
        raise Invalid("name the folder of the keys with --keys: without them nothing opens", code="keys_missing")
    if _revision(url) is not None:
        raise Conflict("the database is not empty: restore into a new one", code="place_taken")
    stones = put_back(place, source, keys, elsewhere=bucket_copies(settings))
    load_database(url, source)
    open_store(settings).close()  # brings an older schema up to date
    erased = 0
    if stones:
        installation = build(settings)
        erased = reapply_stones(installation.services, actor=COMMAND)
        installation.close()
    print(f"restored the backup of {about['at']}; {erased} subjects erased again")


def _place(settings: Settings) -> Place:
    data_dir = settings.storage.data_dir
    return Place(data_dir, settings.storage.keys_dir or data_dir / "keys", data_dir / KEY_FILE)


def _revision(url: str) -> str | None:
    """The schema's revision; None where there is no database, which asking must not make."""
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return None
    engine = make_engine(url)
    try:
        return current_revision(engine)
    finally:
        engine.dispose()
