"""The reader of the labelled talks: each way a line can be wrong is named by file, line and reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.corpus.check import (
    OBJECTIONS,
    REASONS,
    ROLES,
    SIGNALS,
    conversation_files,
    main,
    message_files,
    parse_messages,
    parse_turn,
    parse_visits,
)

MESSAGE: dict[str, Any] = {
    "from": "rep",
    "context": "年框在谈",
    "text": "我做主了，八八折",
    "manager_should_step_in": True,
    "reason": "unapproved_discount",
    "objections": [],
    "signals": ["commitment"],
}
CARRIED = [
    (role, kind, code)
    for role in ROLES.values()
    for kind, known in (("objections", OBJECTIONS), ("signals", SIGNALS))
    for code, carriers in known.items()
    if role in carriers
]
LETTER = {role: letter for letter, role in ROLES.items()}


def visits_of(folder: Path, text: str, *, name: str = "visits_1.txt") -> tuple[list[dict[str, Any]], list[str]]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    faults: list[str] = []
    return list(parse_visits(path, faults)), faults


def messages_of(folder: Path, *lines: str) -> tuple[list[dict[str, Any]], list[str]]:
    path = folder / "messages_1.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    faults: list[str] = []
    return list(parse_messages(path, faults)), faults


def a_message(**changes: Any) -> str:
    return json.dumps({**MESSAGE, **changes}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("line", "role", "text"),
    [
        ("c|price|commitment|太贵了", "customer", "太贵了"),
        ("r|||您好", "rep", "您好"),
        ("o||| 我是前台 ", "other", "我是前台"),
        ("r|||甲|乙都行", "rep", "甲|乙都行"),
    ],
    ids=["labels", "plain", "blanks around", "a bar in the words"],
)
def test_a_turn_is_read_with_its_role_and_words(line: str, role: str, text: str) -> None:
    turn = parse_turn(line)
    assert (turn["role"], turn["text"]) == (role, text)


def test_several_labels_stand_in_the_order_written() -> None:
    turn = parse_turn("c|technical,competitor|competitor_mention|还是赛瑞顺手")
    assert turn["objections"] == ["technical", "competitor"]
    assert turn["signals"] == ["competitor_mention"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("太贵了", "want role"),
        ("c|price|太贵了", "want role"),
        ("x|||太贵了", "want role"),
        ("c|||", "want role"),
        ("c|||   ", "want role"),
        ("|||太贵了", "want role"),
        ("C|||太贵了", "want role"),
        ("c|expensive||太贵了", "unknown label expensive among objections"),
        ("c||price|太贵了", "unknown label price among signals"),
        ("c|commitment||周四给你", "unknown label commitment among objections"),
        ("c|price, trust||太贵了", "unknown label  trust among objections"),
        ("r|price||是不便宜", "price cannot stand on a turn of rep"),
        ("c||discovery_question|你们怎么做的", "discovery_question cannot stand on a turn of customer"),
        ("o||commitment|我去叫他", "commitment cannot stand on a turn of other"),
    ],
    ids=[
        "no bars",
        "two bars",
        "unknown role",
        "no words",
        "blank words",
        "no role",
        "a capital",
        "unknown objection",
        "an objection among signals",
        "a signal among objections",
        "a blank after the comma",
        "an objection of the rep",
        "a rep's signal of the customer",
        "a label on a bystander",
    ],
)
def test_a_wrong_turn_is_refused_with_its_reason(line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_turn(line)


@given(st.sampled_from(CARRIED), st.text("太贵了明天发您 ", min_size=1).filter(str.strip))
def test_whatever_the_taxonomy_lets_a_role_carry_is_read_back(carried: tuple[str, str, str], words: str) -> None:
    role, kind, code = carried
    cells = {"objections": "", "signals": "", kind: code}
    turn = parse_turn(f"{LETTER[role]}|{cells['objections']}|{cells['signals']}|{words}")
    assert (turn["role"], turn[kind], turn["text"]) == (role, [code], words.strip())


def test_a_blank_line_ends_a_talk_and_many_end_it_once(tmp_path: Path) -> None:
    visits, faults = visits_of(tmp_path, "r|||一\nc|||二\n\n\n  \nr|||三")
    assert faults == []
    assert [[turn["text"] for turn in visit["turns"]] for visit in visits] == [["一", "二"], ["三"]]
    assert [turn["i"] for turn in visits[0]["turns"]] == [0, 1]


def test_headers_are_read_until_the_first_turn(tmp_path: Path) -> None:
    (visit,), faults = visits_of(tmp_path, "id: v1-01\nindustry: 医用耗材\nchurn_risk: low\nr|||您好\n")
    assert faults == []
    assert (visit["id"], visit["industry"], visit["churn_risk"]) == ("v1-01", "医用耗材", "low")


def test_a_talk_without_an_id_is_named_after_its_file(tmp_path: Path) -> None:
    visits, _ = visits_of(tmp_path, "r|||一\n\nr|||二\n", name="snippets_3.txt")
    assert [(visit["id"], visit["file"]) for visit in visits] == [
        ("snippets_3-001", "snippets_3.txt"),
        ("snippets_3-002", "snippets_3.txt"),
    ]


def test_a_header_after_the_first_turn_is_a_fault(tmp_path: Path) -> None:
    _, faults = visits_of(tmp_path, "r|||您好\nchurn_risk: low\n")
    assert faults == ["visits_1.txt:2: want role|objections|signals|text: churn_risk: low"]


@pytest.mark.parametrize("level", ["", "Low", "none", "低"])
def test_a_churn_risk_that_is_no_level_is_a_fault(level: str, tmp_path: Path) -> None:
    _, faults = visits_of(tmp_path, f"id: v1\nchurn_risk: {level}\nr|||您好\n")
    assert [fault.split(": ")[:2] for fault in faults] == [["visits_1.txt:2", "want churn_risk low, medium or high"]]


def test_every_fault_of_a_file_is_named_and_the_good_turns_stay(tmp_path: Path) -> None:
    visits, faults = visits_of(tmp_path, "r|||一\nr|price||二\n\nx|||三\nc|||四\n")
    assert [fault.split(": ")[0] for fault in faults] == ["visits_1.txt:2", "visits_1.txt:4"]
    assert [[(turn["i"], turn["text"]) for turn in visit["turns"]] for visit in visits] == [[(0, "一")], [(0, "四")]]


def test_a_fault_quotes_no_more_than_the_beginning_of_a_long_line(tmp_path: Path) -> None:
    _, (fault,) = visits_of(tmp_path, "x|||" + "贵" * 500)
    assert fault.endswith("贵" * 56)
    assert "贵" * 57 not in fault


def test_a_good_message_is_read_with_its_file(tmp_path: Path) -> None:
    messages, faults = messages_of(tmp_path, a_message())
    assert faults == []
    assert messages == [{**MESSAGE, "file": "messages_1.jsonl"}]


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_manager_steps_in_for_a_reason_and_for_none_not(reason: str, tmp_path: Path) -> None:
    right = a_message(reason=reason, manager_should_step_in=reason != "none")
    wrong = a_message(reason=reason, manager_should_step_in=reason == "none")
    messages, faults = messages_of(tmp_path, right, wrong)
    assert len(messages) == 1
    assert [fault.split(": ")[0] for fault in faults] == ["messages_1.jsonl:2"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "Expecting value"),
        ("{", "Expecting"),
        ("[]", "want the keys"),
        ("3", "int"),
        ("null", "NoneType"),
        (json.dumps({**MESSAGE, "note": "x"}), "want the keys context, from"),
        (json.dumps({key: value for key, value in MESSAGE.items() if key != "context"}), "want the keys"),
        (a_message(**{"from": "other"}), "want the keys"),
        (a_message(reason="angry"), "the reason is unknown"),
        (a_message(reason=[]), "unhashable"),
        (a_message(manager_should_step_in="yes"), "contradicts manager_should_step_in"),
        (a_message(manager_should_step_in=1), "contradicts manager_should_step_in"),
        (a_message(reason="none", manager_should_step_in=0), "contradicts manager_should_step_in"),
        (a_message(reason="none", manager_should_step_in=None), "contradicts manager_should_step_in"),
        (a_message(objections=["pricey"], signals=["mood"]), "unknown labels mood, pricey"),
        (a_message(objections=["commitment"]), "unknown labels commitment"),
        (a_message(objections="price"), "unknown labels"),
        (a_message(signals=None), "NoneType"),
    ],
    ids=[
        "empty",
        "cut off",
        "a list",
        "a number",
        "null",
        "a key too many",
        "a key too few",
        "sender other",
        "unknown reason",
        "reason a list",
        "a word for true",
        "one for true",
        "zero for false",
        "null for false",
        "unknown labels",
        "a signal among objections",
        "labels not in a list",
        "no labels",
    ],
)
def test_a_wrong_message_is_left_out_and_its_fault_named(line: str, reason: str, tmp_path: Path) -> None:
    messages, faults = messages_of(tmp_path, a_message(), line, a_message())
    assert len(messages) == 2
    assert [fault.split(": ")[0] for fault in faults] == ["messages_1.jsonl:2"]
    assert reason in faults[0]


def test_a_clean_file_ends_with_zero_and_its_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, chat = tmp_path / "visits_1.txt", tmp_path / "messages_1.jsonl"
    path.write_text("c|price||太贵了\nr||objection_handling|含三年质保\nc|price||那也贵\n", encoding="utf-8")
    chat.write_text(a_message(), encoding="utf-8")

    assert main([str(path), str(chat)]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "1 conversations, 3 turns, 1 messages",
        "     2 price",
        "     1 objection_handling",
    ]
    assert told.err == ""


@pytest.mark.parametrize(("name", "content"), [("visits_1.txt", "太贵了\n"), ("messages_1.jsonl", "{}\n")])
def test_a_fault_ends_with_one_and_is_told_apart_from_the_counts(
    name: str, content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")

    assert main([str(path)]) == 1
    told = capsys.readouterr()
    assert told.err.startswith(f"fault {name}:1: want")
    assert "fault" not in told.out


def test_talks_are_written_one_a_line_with_real_characters(tmp_path: Path) -> None:
    path, out = tmp_path / "visits_1.txt", tmp_path / "out.jsonl"
    path.write_text("id: v1\nc|price||太贵了\n\nr|||好的\n", encoding="utf-8")

    assert main(["--jsonl", str(out), str(path)]) == 0
    lines = out.read_text(encoding="utf-8").splitlines()
    assert "太贵了" in lines[0]
    assert [json.loads(line)["id"] for line in lines] == ["v1", "visits_1-002"]


def test_the_corpus_itself_is_found_by_kind() -> None:
    assert {path.name.split("_")[0] for path in conversation_files()} == {"visits", "snippets", "turns"}
    assert {path.suffix for path in message_files()} == {".jsonl"}
