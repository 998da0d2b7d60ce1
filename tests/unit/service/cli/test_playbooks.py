"""`fieldcue playbook check` and `backtest` as a person types them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nlp.errors import InputInvalid
from service.cli.playbooks import playbook_app
from tests.support.playbooks import rule_text

RUNNER = CliRunner()
RULE = rule_text("budget: {field: budget_status}", "budget.age > hours(72)", id_="own_rule").replace(
    "now: 2026-03-02 09:00, events: [{at: 2026-03-01 09:00, type: a.b}]",
    "now: 2026-03-06 09:00, events: [{at: 2026-03-01 09:00, type: opportunity.created}]",
    1,
)


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "own_rule.yaml"
    path.write_text(RULE, "utf-8")
    return path


@pytest.fixture
def events(tmp_path: Path) -> Path:
    told = {"specversion": "1.0", "source": "/crm", "type": "opportunity.created"}
    lines = [
        {**told, "id": f"{n}", "subject": f"opportunity/o{n}", "time": f"2026-03-0{n}T09:00:00+08:00",
         "data": {"budget_status": "a", "owner_id": "rep-1"}}
        for n in (1, 2, 3)
    ]  # fmt: skip
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return path


def test_check_says_ok_and_what_the_rule_does(rule: Path) -> None:
    result = RUNNER.invoke(playbook_app, ["check", str(rule), "--explain"])
    assert result.exit_code == 0
    assert f"{rule}: ok, 2 stories hold" in result.stdout
    assert "超过72小时" in result.stdout


def test_check_names_file_line_and_way_out_and_fails(rule: Path, tmp_path: Path) -> None:
    rule.write_text(RULE.replace("severity: medium", "severity: huge"), "utf-8")
    silent = tmp_path / "silent.yaml"
    silent.write_text(RULE.replace("hours(72)", "hours(900)"), "utf-8")
    result = RUNNER.invoke(playbook_app, ["check", str(tmp_path)])
    assert result.exit_code == 1
    line = RULE.splitlines().index("severity: medium") + 1
    assert f"{rule}:{line}: key `severity`" in result.stdout
    assert f"{silent}: examples.fires[1]: fires 0 times, not 1; mend the rule or the story" in result.stdout


def test_backtest_reports_in_chinese_or_as_json(rule: Path, events: Path) -> None:
    arguments = ["backtest", str(rule), "--events", str(events), "--until", "2026-03-20"]
    said = RUNNER.invoke(playbook_app, arguments)
    assert said.exit_code == 0
    assert "触发3次，涉及3个对象" in said.stdout
    data = json.loads(RUNNER.invoke(playbook_app, [*arguments, "--since", "2026-03-05", "--json"]).stdout)
    assert (data["events"], data["rules"][0]["firings"], data["rules"][0]["owners"]) == (3, 2, {"rep-1": 2})


@pytest.mark.parametrize(
    ("line", "says"), [("{", "not JSON"), ("[]", "not a JSON object"), ('{"id": "1"}', "specversion")]
)
def test_a_line_that_is_no_event_is_named(rule: Path, events: Path, line: str, says: str) -> None:
    events.write_text(events.read_text("utf-8") + "\n" + line, "utf-8")
    result = RUNNER.invoke(playbook_app, ["backtest", str(rule), "--events", str(events)])
    assert isinstance(result.exception, InputInvalid)
    assert "line 4" in str(result.exception)
    assert says in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "{folder}/nothing.yaml"], "cannot be read"),
        (["check", "{folder}/empty"], "holds no .yaml file"),
        (["backtest", "{rule}"], "say where the events are"),
        (["backtest", "{rule}", "--events", "{folder}/none.jsonl"], "there are no events"),
        (["backtest", "{rule}", "--events", "{events}", "--until", "soon"], "write a date"),
    ],
)
def test_what_is_missing_is_said(rule: Path, events: Path, arguments: list[str], says: str) -> None:
    folder = rule.parent
    (folder / "empty").mkdir()
    (folder / "none.jsonl").write_text("", "utf-8")
    filled = [each.format(folder=folder, rule=rule, events=events) for each in arguments]
    result = RUNNER.invoke(playbook_app, filled)
    assert says in str(result.exception) + result.stdout
    assert result.exit_code == 1
