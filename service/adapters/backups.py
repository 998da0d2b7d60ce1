"""A backup as a folder: everything in it named with its hash, the keys in another, the whole thing there or not at all.

Why the keys apart: a tenant's key that is destroyed closes its recordings and texts in every backup too, as long as no
backup holds it. Invariant: nothing is put back before every byte was checked, and nothing that is there is overwritten.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from service.domain.errors import Conflict, Invalid, Permanent

MANIFEST = "manifest.json"
BLOBS = "blobs"
FOLDERS = (BLOBS, "models")
KEYS, LEDGER = "keys", "erasures.jsonl"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation keeps its files."""

    data_dir: Path
    keys_dir: Path
    key_file: Path


class BlobCopies(Protocol):
    """Recordings that lie elsewhere than in the data directory, as the files that they would be there."""

    def is_empty(self) -> bool: ...
    def save(self, folder: Path) -> int: ...
    def put_back(self, folder: Path) -> int: ...


def write_backup(
    place: Place,
    target: Path,
    dump: Callable[[Path], object],
    *,
    about: Mapping[str, object],
    elsewhere: BlobCopies | None = None,
) -> int:
    """How many files the backup holds; it has its name only when it is whole.

    The database comes first: a recording that arrives meanwhile is then a file too many, and never a row too many. The
    ledger of erasures comes last, so that it knows more than the database beside it.

    Args:
        elsewhere: where recordings lie beside those in the data directory.
    Raises:
        Conflict: `target` exists.
    """
    _refuse_present(target)
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    dump(draft)
    for name in FOLDERS:
        if (place.data_dir / name).is_dir():
            shutil.copytree(place.data_dir / name, draft / name, ignore_dangling_symlinks=True, copy_function=_copy)
    if elsewhere is not None:
        elsewhere.save(draft / BLOBS)
    if (place.data_dir / LEDGER).is_file():
        shutil.copyfile(place.data_dir / LEDGER, draft / LEDGER)
    return _finish(draft, target, about)


def write_keys(place: Place, target: Path, *, about: Mapping[str, object]) -> int:
    """How many key files were copied: those of the tenants, and the installation's where it made its own.

    Raises:
        Conflict: `target` exists.
    """
    _refuse_present(target)
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    if place.keys_dir.is_dir():
        shutil.copytree(place.keys_dir, draft / KEYS)
    if place.key_file.is_file():
        shutil.copyfile(place.key_file, draft / place.key_file.name)
    return _finish(draft, target, about)


def check_backup(source: Path) -> Mapping[str, object]:
    """What the backup says about itself, once every file in it is as it was written.

    Raises:
        Invalid: it is none (`backup_unknown`). Permanent: a file is missing or was changed (`backup_damaged`).
    """
    try:
        manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        files: dict[str, str] = dict(manifest["files"])
        about: dict[str, object] = dict(manifest["about"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Invalid(f"{source} is no backup: it has no {MANIFEST}", code="backup_unknown") from error
    for name, digest in files.items():
        path = source / name
        if not path.is_file() or _digest(path) != digest:
            raise Permanent(f"{name} of this backup is missing or was changed", code="backup_damaged")
    return about


def put_back(place: Place, source: Path, keys: Path | None, *, elsewhere: BlobCopies | None = None) -> int:
    """Copy the files of a checked backup into an installation that has none; how many stones of erasures it knew.

    Args:
        elsewhere: where recordings go instead of the data directory.
    Raises:
        Conflict: recordings or keys are there already.
    """
    if elsewhere is not None and not elsewhere.is_empty():
        raise Conflict("the bucket holds recordings: restore into an empty one", code="place_taken")
    for name in FOLDERS:
        if (place.data_dir / name).is_dir() and any(path.is_file() for path in (place.data_dir / name).rglob("*")):
            _refuse_present(place.data_dir / name)
    if keys is not None and (keys / KEYS).is_dir() and place.keys_dir.is_dir() and any(place.keys_dir.iterdir()):
        _refuse_present(place.keys_dir)
    place.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in FOLDERS:
        if name == BLOBS and elsewhere is not None:
            elsewhere.put_back(source / name)
        elif (source / name).is_dir():
            shutil.copytree(source / name, place.data_dir / name, dirs_exist_ok=True)
    if keys is not None:
        if (keys / KEYS).is_dir():
            shutil.copytree(keys / KEYS, place.keys_dir, dirs_exist_ok=True)
        if (keys / place.key_file.name).is_file() and not place.key_file.exists():
            shutil.copyfile(keys / place.key_file.name, place.key_file)
            place.key_file.chmod(0o600)
    return _join_ledgers(place.data_dir / LEDGER, source / LEDGER)


def _join_ledgers(here: Path, saved: Path) -> int:
    """Erasures that the backup knows are added to those known here: a stone is never taken away."""
    known = here.read_text(encoding="utf-8").splitlines() if here.is_file() else []
    more = saved.read_text(encoding="utf-8").splitlines() if saved.is_file() else []
    missing = [line for line in more if line not in set(known)]
    if missing:
        with here.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in missing)
        here.chmod(0o600)
    return len(more)


def _refuse_present(path: Path) -> None:
    if path.exists():
        raise Conflict(f"{path} is there already: name another place, or move it away first", code="place_taken")


def _copy(source: str, target: str) -> str:
    """A file that an erasure takes away while it is copied is left out, as it should be."""
    try:
        return shutil.copyfile(source, target)
    except FileNotFoundError:
        return target


def _finish(draft: Path, target: Path, about: Mapping[str, object]) -> int:
    paths = sorted(path for path in draft.rglob("*") if path.is_file())
    files = {path.relative_to(draft).as_posix(): _digest(path) for path in paths}
    manifest = json.dumps({"about": dict(about), "files": files}, ensure_ascii=False, indent=1)
    (draft / MANIFEST).write_text(manifest, encoding="utf-8")
    draft.rename(target)
    return len(files)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()
