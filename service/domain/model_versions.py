"""Versions of the text models: the one in use, the one that waits, and those that were in use before.

Names follow MLflow: the aliases `champion` and `challenger`, integer versions. Version 0 is the shipped model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from nlp.evaluation.versions import Comparison

TASKS = ("turns", "roles", "triage", "churn", "accounts")
SHIPPED = 0
COMMAND = "command"
"""Who moved an alias from the command line; over the API it is the key's id."""


@dataclass(frozen=True, slots=True)
class Aliases:
    """Which version is in use, which one waits, and those that were in use before, oldest first."""

    champion: int = SHIPPED
    challenger: int | None = None
    earlier: tuple[int, ...] = ()
    moves: tuple[Mapping[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one task's model; `alias` is champion, challenger or empty."""

    task: str
    number: int
    name: str
    alias: str
    created_at: str
    about: Mapping[str, Any]
    directory: Path


class ModelVersions(Protocol):
    """The versions of this installation; all tenants share them."""

    def aliases(self, task: str) -> Aliases:
        """Who is champion and challenger; the shipped model where nothing was ever promoted."""
        ...

    def versions(self, task: str) -> list[Version]:
        """Every version, the shipped one first."""
        ...

    def compare(self, task: str, number: int) -> Comparison:
        """The champion and a version, code by code, on rows that neither had learnt."""
        ...

    def promote(self, task: str, number: int, *, now: datetime, by: str = COMMAND) -> Aliases:
        """Put a version in use."""
        ...

    def roll_back(self, task: str, *, now: datetime, by: str = COMMAND) -> Aliases:
        """Put the version before the champion in use again."""
        ...
