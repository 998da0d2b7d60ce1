"""Commands whose modules are imported when they are asked for: `fieldcue triage` needs no web server to start.

Invariant: the table names each command that a module registers, and no other (tested).
"""

from collections.abc import Callable
from types import ModuleType
from typing import cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


def _operating() -> ModuleType:
    from service.cli import operating

    return operating


def _serving() -> ModuleType:
    from service.cli import serving

    return serving


def _console() -> ModuleType:
    from service.cli import console

    return console


def _speech() -> ModuleType:
    from service.cli import speech

    return speech


def _texts() -> ModuleType:
    from service.cli import texts

    return texts


def _learning() -> ModuleType:
    from service.cli import learning

    return learning


def _versions() -> ModuleType:
    from service.cli import versions

    return versions


def _playbooks() -> ModuleType:
    from service.cli import playbooks

    return playbooks


def _privacy() -> ModuleType:
    from service.cli import privacy

    return privacy


def _backups() -> ModuleType:
    from service.cli import backups

    return backups


MODULE_OF: dict[str, Callable[[], ModuleType]] = {
    "doctor": _operating,
    "runs": _operating,
    "serve": _serving,
    "api": _serving,
    "runner": _serving,
    "check": _serving,
    "demo": _serving,
    "keys": _serving,
    "console-link": _console,
    "seed-demo": _console,
    "transcribe": _speech,
    "speech": _speech,
    "analyze": _texts,
    "triage": _texts,
    "spot": _texts,
    "extract": _texts,
    "train": _learning,
    "evaluate": _learning,
    "corrections": _learning,
    "label": _learning,
    "models": _versions,
    "playbook": _playbooks,
    "privacy": _privacy,
    "backup": _backups,
    "restore": _backups,
}


class OnDemand(TyperGroup):
    """Lists commands from the table and imports the module of the one that runs."""

    def list_commands(self, ctx: object) -> list[str]:
        """All names, in the order of the table."""
        del ctx
        return list(MODULE_OF)

    def get_command(self, ctx: object, cmd_name: str) -> TyperGroup | TyperCommand | None:
        """The command, its module imported; None for a name that is none."""
        del ctx
        return commands_of(MODULE_OF[cmd_name]).get(cmd_name) if cmd_name in MODULE_OF else None


def commands_of(module: Callable[[], ModuleType]) -> dict[str, TyperGroup | TyperCommand]:
    """What one module of `service.cli` registers."""
    part = typer.Typer()
    module().register(part)
    commands = get_group(part).commands  # typed by the click that Typer carries inside itself
    return cast("dict[str, TyperGroup | TyperCommand]", commands)
