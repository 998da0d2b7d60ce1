"""`fieldcue playbook check` on packs that are no rules: known by their folder, proven by their own cases."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.playbooks import kind_of, playbook_app
from tests.support.shelf import PROMPTS

RUNNER = CliRunner()


@pytest.fixture
def metric(tmp_path: Path) -> Path:
    """A copy of a shipped metric in a folder of its own."""
    path = tmp_path / "metrics" / "lead_response_24h.yaml"
    path.parent.mkdir()
    path.write_text((PROMPTS / "metrics" / path.name).read_text("utf-8"), "utf-8")
    return path


def test_check_counts_the_cases_that_hold(metric: Path) -> None:
    result = RUNNER.invoke(playbook_app, ["check", str(metric)])
    assert (result.exit_code, result.stdout) == (0, f"{metric}: ok, 2 cases hold\n")


def test_check_names_the_case_its_line_and_what_came_out(metric: Path) -> None:
    metric.write_text(metric.read_text("utf-8").replace("within: 24h", "within: 25h"), "utf-8")
    result = RUNNER.invoke(playbook_app, ["check", str(metric)])
    assert result.exit_code == 1
    (gives,) = [line for line in result.stdout.splitlines() if ".gives.value" in line]
    path, line, said = gives.split(":", 2)
    assert (path, "value: 0.8" in metric.read_text("utf-8").splitlines()[int(line) - 1]) == (str(metric), True)
    assert "it is 0.9, not 0.8" in said, "the ninth lead, answered after 24 hours and a minute, is in time now"


def test_check_names_the_line_of_a_key_that_the_kind_does_not_have(metric: Path) -> None:
    metric.write_text(metric.read_text("utf-8").replace("unit: share", "units: share"), "utf-8")
    result = RUNNER.invoke(playbook_app, ["check", str(metric)])
    assert result.exit_code == 1
    assert f"{metric}:9: key `units`: unknown key" in result.stdout


def test_a_skill_card_is_checked_by_its_visits(tmp_path: Path) -> None:
    path = tmp_path / "scorecards" / "skills" / "discovery.yaml"
    path.parent.mkdir(parents=True)
    text = (PROMPTS / "scorecards" / "skills" / path.name).read_text("utf-8")
    path.write_text(text, "utf-8")
    assert RUNNER.invoke(playbook_app, ["check", str(path)]).stdout == f"{path}: ok, 3 cases hold\n"
    path.write_text(text.replace("value: 85, cap: 4", "value: 85, cap: 2"), "utf-8")
    result = RUNNER.invoke(playbook_app, ["check", str(path)])
    assert result.exit_code == 1
    wrong = next(line for line in result.stdout.splitlines() if "fires.0.gives" in line)
    assert "gives: {open_question: 3" in path.read_text("utf-8").splitlines()[int(wrong.split(":")[1]) - 1]
    assert "'open_question': 2" in wrong


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("metrics/a.yaml", "metrics"), ("scorecards/health/a.yaml", "health"), ("reports/a.yaml", "reports"),
        ("playbooks/plan/a.yaml", None), ("scorecards/skills/a.yaml", "scorecards/skills"), ("a.yaml", None),
    ],
)  # fmt: skip
def test_a_file_is_of_the_kind_of_its_folder(tmp_path: Path, path: str, kind: str | None) -> None:
    assert kind_of(tmp_path / path) == kind
