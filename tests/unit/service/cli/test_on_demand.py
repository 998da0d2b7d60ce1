"""The table of commands is what their modules register, and a command drags in nothing that it does not need."""

import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.cli.on_demand import MODULE_OF, commands_of


@pytest.mark.parametrize("module", dict.fromkeys(MODULE_OF.values()), ids=lambda module: module.__name__)
def test_the_table_names_each_command_of_a_module_and_no_other(module: Callable[[], ModuleType]) -> None:
    assert set(commands_of(module)) == {name for name, own in MODULE_OF.items() if own == module}


def test_help_tells_each_command_with_what_it_does() -> None:
    told = CliRunner().invoke(app, ["--help"]).output
    for name in MODULE_OF:
        assert f" {name} " in told


def test_an_unknown_command_is_named() -> None:
    answer = CliRunner().invoke(app, ["trasncribe"])
    assert answer.exit_code == 2
    assert "trasncribe" in answer.output


@pytest.mark.parametrize(
    ("module", "needless"),
    [
        ("service.cli", {"fastapi", "sqlalchemy", "celery", "onnxruntime", "jsonschema", "numpy"}),
        ("service.cli.texts", {"fastapi", "celery", "alembic", "jsonschema", "reportlab", "faster_whisper"}),
        ("service.bootstrap", {"jsonschema", "faster_whisper", "torch", "sklearn"}),
    ],
)
def test_what_a_command_does_not_need_is_not_imported(module: str, needless: set[str]) -> None:
    script = f"import sys, {module}; print(*sorted({needless!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == []
