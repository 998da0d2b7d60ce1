"""The command line's exchange formats, run as commands; they are a contract with other programs."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from nlp.errors import InputInvalid, NlpError
from service.cli import app

VISIT = {
    "id": "v-1",
    "industry": "储能",
    "channel": "面访",
    "stage": "商务谈判",
    "date": "2026-03-11",
    "turns": [
        {"i": 0, "start": 0.0, "role": "rep", "text": "赵经理，上次的报价您看过了吗，主要顾虑是什么？"},
        {"i": 1, "start": 4.2, "role": "customer", "text": "价格比恒屿贵了十五万，这个我没法跟老板交代。"},
        {"i": 2, "start": 9.0, "role": "rep", "text": "差的是消防和五年质保，我明天把对比表发给您。"},
        {"i": 3, "start": 13.5, "role": "customer", "text": "行，最后还得刘总签字，下周三之前定下来。"},
    ],
}


def run(*arguments: str, lines: list[Any] | str = "") -> Result:
    text = lines if isinstance(lines, str) else "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return CliRunner().invoke(app, list(arguments), input=text)


def answers(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_analyze_has_exactly_the_published_shape() -> None:
    answer = answers(run("analyze", "-", lines=[VISIT]))[0]
    assert set(answer) == {"id", "turns", "summary", "key_points", "five_elements", "next_steps", "churn_risk", "hints",
                           "courses", "skills"}  # fmt: skip
    assert answer["id"] == "v-1"
    assert [turn["i"] for turn in answer["turns"]] == [0, 1, 2, 3]
    assert all(set(turn) == {"i", "role", "objections", "signals", "keywords"} for turn in answer["turns"])
    price = answer["turns"][1]["objections"]
    assert "price" in {found["code"] for found in price}
    assert all(set(found) == {"code", "score"} and 0 <= found["score"] <= 1 for found in price)
    assert set(answer["churn_risk"]) == {"level", "probability"}
    assert all(set(step) == {"who", "what", "due"} for step in answer["next_steps"])
    assert all(set(hint) == {"text", "turns"} and hint["turns"] for hint in answer["hints"])


def test_analyze_predicts_missing_roles() -> None:
    turns = [{name: value for name, value in turn.items() if name != "role"} for turn in VISIT["turns"]]  # type: ignore[attr-defined]
    answer = answers(run("analyze", "-", lines=[{**VISIT, "turns": turns}]))[0]
    assert [turn["role"] for turn in answer["turns"]] == ["rep", "customer", "rep", "customer"]


def test_analyze_keeps_the_callers_turn_numbers() -> None:
    turns = [{**turn, "i": turn["i"] + 7} for turn in VISIT["turns"]]  # type: ignore[index]
    answer = answers(run("analyze", "-", lines=[{**VISIT, "turns": turns}]))[0]
    assert [turn["i"] for turn in answer["turns"]] == [7, 8, 9, 10]
    assert all(7 <= turn <= 10 for hint in answer["hints"] for turn in hint["turns"])


def test_triage_has_exactly_the_published_shape() -> None:
    message = {
        "id": "m-1",
        "from": "rep",
        "context": "公司底线92折，客户要88折",
        "text": "88就88，我做主了，流程回头补",
    }
    answer = answers(run("triage", "-", lines=[message]))[0]
    assert set(answer) == {"id", "manager_should_step_in", "score", "reason", "latency_ms"}
    assert answer["manager_should_step_in"] is True
    assert answer["id"] == "m-1"


def test_spot_finds_terms_as_written_and_as_misheard(tmp_path: Path) -> None:
    terms = tmp_path / "terms.txt"
    terms.write_text("峰谷电价\n商机\n", encoding="utf-8")
    lines = [{"text": "丰谷电价调了"}, {"text": "经销商机会不多"}, {"text": "这个商机不错"}]
    misheard, none, exact = answers(run("spot", "--pack", str(terms), "-", lines=lines))
    assert misheard["keywords"] == [{"term": "峰谷电价", "start": 0, "end": 4, "match": "pinyin"}]
    assert none == {"text": "经销商机会不多", "keywords": []}
    assert exact["keywords"] == [{"term": "商机", "start": 2, "end": 4, "match": "exact"}]


def test_extract_gives_values_and_spans() -> None:
    lines = [{"text": "报价两万六，这礼拜五之前给您，先来三十台，质保三年", "now": "2026-03-11"}]
    items = answers(run("extract", "-", lines=lines))[0]["items"]
    found = {item["kind"]: item["value"] for item in items}
    assert found == {"money": 26_000, "date": "2026-03-13", "quantity": 30, "duration": 26_280}
    text = lines[0]["text"]
    assert all(text[slice(*item["span"])] for item in items)


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"text": "三十台", "now": "2026-03-11"}) + "\n", encoding="utf-8")
    assert run("extract", str(source), "-o", str(target)).exit_code == 0
    assert len(target.read_text(encoding="utf-8").splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


BAD = {
    "no JSON": ("analyze", "{", "line 1"),
    "no object": ("analyze", "[]", "line 1"),
    "unknown role": ("analyze", json.dumps({**VISIT, "turns": [{"i": 0, "role": "boss", "text": "a"}]}), "role"),
    "turns missing": ("analyze", json.dumps({"id": "a", "date": "2026-03-11"}), "turns"),
    "no such date": ("analyze", json.dumps({**VISIT, "date": "2026-02-30"}), "date"),
    "unknown sender": ("triage", json.dumps({"id": "1", "from": "boss", "text": "a"}), "from"),
    "text missing": ("extract", "{}", "text"),
    "half a surrogate": ("extract", '{"text": "\\ud800"}', "text"),
}


@pytest.mark.parametrize(("command", "line", "named"), BAD.values(), ids=BAD)
def test_a_wrong_line_names_itself_and_writes_nothing(command: str, line: str, named: str, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    result = run(command, "-", "-o", str(target), lines=line + "\n")
    assert isinstance(result.exception, InputInvalid)
    assert named in str(result.exception)
    assert not target.exists()


def test_transcribing_without_a_model_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    result = run("transcribe", str(tmp_path / "a.wav"))
    assert isinstance(result.exception, NlpError)
    assert "FIELDCUE_ASR__MODEL" in result.exception.remedy  # type: ignore[attr-defined]


def test_an_unknown_setting_stops_the_start() -> None:
    result = CliRunner().invoke(app, ["keys", "list", "--tenant", "t"], env={"FIELDCUE_ASR__MODLE": "x"})
    assert result.exit_code == 1
    assert "FIELDCUE_ASR__MODLE" in str(result.exception)
