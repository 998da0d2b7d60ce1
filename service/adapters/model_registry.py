"""Versions of the text models beside the shipped ones: which is in use, which would like to be, and the way back.

On disk: `<root>/<task>/v<N>/` with the model's own files, and `<root>/<task>/aliases.json`, replaced in one step.
Version 0 is the shipped model. Names follow MLflow: aliases `champion` and `challenger`, integer versions.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nlp.classify.artefact import Artefact, load_artefact
from nlp.classify.opening import named_encoder
from nlp.encode import load_checked
from nlp.errors import ModelMissing
from nlp.evaluation.versions import CORRECTED, VERDICTS, Comparison, Verdicts, joined, judge, unpack
from service.domain.model_versions import COMMAND, SHIPPED, TASKS, Aliases, Version

ALIASES = "aliases.json"
ABOUT = "about.json"
LOCK = ".lock"


class Registry:
    """The versions under `root`; `shipped` holds version 0 of every task, `encoder` the sentence encoder, if any."""

    def __init__(self, root: Path, *, shipped: Path, encoder: Path | None = None) -> None:
        self._root = root
        self._shipped = shipped
        self._encoder = encoder

    def champion(self, task: str) -> Path:
        """The directory of the version in use."""
        return self.directory(task, self.aliases(task).champion)

    def directory(self, task: str, number: int) -> Path:
        """A version's directory.

        Raises:
            ModelMissing: there is no such version.
        """
        if number == SHIPPED:
            return self._shipped / task
        directory = self._root / task / f"v{number}"
        if not directory.is_dir():
            known = ", ".join(str(version) for version in self._numbers(task))
            raise ModelMissing(f"{task} has no version {number}", remedy=f"there are {known}: `fieldcue models list`")
        return directory

    def aliases(self, task: str) -> Aliases:
        """Who is champion and challenger; the shipped model where nothing was ever promoted."""
        path = self._root / task / ALIASES
        if not path.is_file():
            return Aliases()
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Aliases(int(kept["champion"]), kept["challenger"], tuple(kept["earlier"]), tuple(kept["moves"]))

    def stamp(self) -> object:
        """Another value after each move of an alias, by whatever process; five looks at the directory, no reading."""
        return tuple(_trace(self._root / task / ALIASES) for task in TASKS)

    def versions(self, task: str) -> list[Version]:
        """Every version, the shipped one first; a file that is not what its manifest says raises ModelRefused."""
        aliases = self.aliases(task)
        found = []
        for number in self._numbers(task):
            directory = self.directory(task, number)
            about = directory / ABOUT
            told = json.loads(about.read_text(encoding="utf-8")) if about.is_file() else {}
            alias = {aliases.champion: "champion", aliases.challenger: "challenger"}.get(number, "")
            name = load_artefact(directory).version
            found.append(Version(task, number, name, alias, told.pop("created_at", ""), told, directory))
        return found

    def checked(self, directory: Path) -> Artefact:
        """A version's files, which are those its manifest names, and the encoder it was trained with is there.

        Raises:
            ModelMissing: a file is absent. ModelRefused: a file, or the encoder, is not the one that is named.
        """
        artefact = load_artefact(directory)
        if (named := named_encoder(artefact)) is not None:
            load_checked(named, self._encoder)
        return artefact

    def add(self, task: str, made: Path, *, now: datetime, about: Mapping[str, Any]) -> Version:
        """Take in a trained model as the challenger; its files are checked first.

        Args:
            task: which model.
            made: the directory that the training wrote.
            now: when.
            about: what it was made from.
        """
        load_artefact(made)
        with self._alone(task):
            number = max(self._numbers(task)) + 1
            target = self._root / task / f"v{number}"
            draft = target.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(made, draft)
            (draft / ABOUT).write_text(json.dumps({"created_at": now.isoformat(), **about}, ensure_ascii=False))
            draft.rename(target)
            self._write(task, replace(self.aliases(task), challenger=number))
        return next(version for version in self.versions(task) if version.number == number)

    def promote(self, task: str, number: int, *, now: datetime, by: str = COMMAND) -> Aliases:
        """Put a version in use; the one before stays known for the way back.

        Raises:
            ModelMissing: there is no such version. ModelRefused: it, or the encoder it names, cannot be used here.
        """
        self.checked(self.directory(task, number))
        with self._alone(task):
            aliases = self.aliases(task)
            if number == aliases.champion:
                return aliases
            waiting = None if aliases.challenger == number else aliases.challenger
            moves = (*aliases.moves, _move("promote", aliases.champion, number, now, by))
            return self._write(task, Aliases(number, waiting, (*aliases.earlier, aliases.champion), moves))

    def roll_back(self, task: str, *, now: datetime, by: str = COMMAND) -> Aliases:
        """Put the version before the champion in use again.

        Raises:
            ModelMissing: none was in use before.
        """
        with self._alone(task):
            aliases = self.aliases(task)
            if not aliases.earlier:
                raise ModelMissing(f"{task} has no earlier version to go back to", remedy="the shipped model is in use")
            before = aliases.earlier[-1]
            self.checked(self.directory(task, before))
            moves = (*aliases.moves, _move("roll back", aliases.champion, before, now, by))
            return self._write(task, Aliases(before, aliases.challenger, aliases.earlier[:-1], moves))

    def compare(self, task: str, number: int) -> Comparison:
        """The champion and a version, code by code, on rows that neither had learnt.

        Raises:
            ModelMissing: one of them was trained without keeping what it called, or does not exist.
        """
        challenger = self.directory(task, number)
        ours, theirs = _verdicts(self.champion(task)), _verdicts(challenger)
        corrected = challenger / CORRECTED
        if corrected.is_file():
            ours = joined(ours, unpack(corrected.read_bytes()))
        return judge(ours, theirs)

    def _numbers(self, task: str) -> list[int]:
        made = [int(path.name[1:]) for path in (self._root / task).glob("v[0-9]*") if path.name[1:].isdigit()]
        return [SHIPPED, *sorted(made)]

    @contextmanager
    def _alone(self, task: str) -> Iterator[None]:
        """While this lasts no other process moves an alias or adds a version of the task."""
        folder = self._root / task
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # closing the file lets go of it
            yield

    def _write(self, task: str, aliases: Aliases) -> Aliases:
        path = self._root / task / ALIASES
        draft = path.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(aliases), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return aliases


def _move(what: str, before: int, after: int, now: datetime, by: str) -> Mapping[str, str]:
    return {"at": now.isoformat(), "what": what, "from": str(before), "to": str(after), "by": by}


def _trace(path: Path) -> object:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _verdicts(directory: Path) -> Verdicts:
    path = directory / VERDICTS
    if not path.is_file():
        raise ModelMissing(
            f"{directory.name} holds no {VERDICTS}, so it cannot be compared",
            remedy="train it again with `fieldcue train`, which keeps what it called",
        )
    return unpack(path.read_bytes())
