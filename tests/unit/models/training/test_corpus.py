"""Corpus files to talks: single turns stand alone, script is folded where spans survive it, faults stop the run."""

import json
from pathlib import Path

import pytest

from models.training.corpus import Message, load_conversations, load_messages

MESSAGE = {
    "from": "rep",
    "context": "年框在谈",
    "text": "我做主了，八八折",
    "manager_should_step_in": True,
    "reason": "unapproved_discount",
    "objections": [],
    "signals": ["commitment"],
}


def write(folder: Path, **files: str) -> Path:
    for stem, text in files.items():
        suffix = "jsonl" if stem.startswith("messages") else "txt"
        (folder / f"{stem}.{suffix}").write_text(text, encoding="utf-8")
    return folder


def test_a_talk_keeps_its_file_industry_risk_and_order(tmp_path: Path) -> None:
    write(tmp_path, visits_1="industry: 包装\nchurn_risk: high\nc|price||太贵了\nr||commitment|明天发您\n")
    (talk,) = load_conversations(tmp_path)
    assert (talk.source, talk.industry, talk.churn) == ("visits_1", "包装", "high")
    assert [(turn.role, turn.text, *turn.codes) for turn in talk.turns] == [
        ("customer", "太贵了", "price"),
        ("rep", "明天发您", "commitment"),
    ]


def test_a_talk_nobody_judged_has_no_risk(tmp_path: Path) -> None:
    assert load_conversations(write(tmp_path, snippets_1="r|||您好\n"))[0].churn is None


def test_unconnected_turns_are_talks_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, turns_1="c|price||太贵了\nc|||好的\n", visits_1="c|||甲\nr|||乙\n")
    assert [(talk.source, len(talk.turns)) for talk in load_conversations(tmp_path)] == [
        ("turns_1", 1),
        ("turns_1", 1),
        ("visits_1", 2),
    ]


def test_a_block_of_headers_alone_is_no_talk(tmp_path: Path) -> None:
    assert load_conversations(write(tmp_path, visits_1="id: v1\n\nr|||您好\n"))[0].turns[0].text == "您好"
    assert len(load_conversations(tmp_path)) == 1


def test_traditional_script_is_folded(tmp_path: Path) -> None:
    (talk,) = load_conversations(write(tmp_path, visits_1="c|price||這個價錢太貴了\n"))
    assert talk.turns[0].text == "这个价钱太贵了"


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, visits_2="r|||二\n", visits_1="r|||一\n", snippets_9="r|||九\n")
    assert [talk.source for talk in load_conversations(tmp_path)] == ["snippets_9", "visits_1", "visits_2"]


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, visits_1="r|||一\n", notes="broken", Visits_2="broken")
    assert len(load_conversations(tmp_path)) == 1


def test_faults_stop_the_run_and_the_first_three_are_named(tmp_path: Path) -> None:
    write(tmp_path, visits_1="一\n二\n三\n四\n")
    with pytest.raises(ValueError, match="visits_1") as caught:
        load_conversations(tmp_path)
    assert [fault.split(": ")[0] for fault in str(caught.value).split("; ")] == [f"visits_1.txt:{n}" for n in (1, 2, 3)]


def test_a_message_keeps_its_situation_sender_and_reason(tmp_path: Path) -> None:
    write(tmp_path, messages_1=json.dumps({**MESSAGE, "text": "這單我做主"}, ensure_ascii=False))
    assert load_messages(tmp_path) == [
        Message("messages_1", "rep", "年框在谈", "这单我做主", True, "unapproved_discount", frozenset({"commitment"}))
    ]


def test_a_faulty_message_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"messages_1\.jsonl:1"):
        load_messages(write(tmp_path, messages_1="{}"))
