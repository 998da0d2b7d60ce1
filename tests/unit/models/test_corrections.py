"""Corrected turns as Label Studio exports them become training data; what breaks the form is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.training.corrections import load_corrections, source_of
from models.training.folds import fold_of
from nlp.errors import InputInvalid

CODES = ("price", "commitment")
TURNS = [
    {"role": "rep", "text": "这是报价"},
    {"role": "customer", "text": "太贵了"},
    {"role": "rep", "text": "我再申请"},
]


def a_task(*choices: str, turn: int = 1, visit: str = "vis_1", **changes: Any) -> dict[str, Any]:
    result = [{"from_name": "labels", "to_name": "turn", "type": "choices", "value": {"choices": list(choices)}}]
    data = {"visit_id": visit, "turns": TURNS, "turn": turn}
    return {"data": data, "annotations": [{"result": result, "was_cancelled": False}], **changes}


def load(tmp_path: Path, *tasks: object) -> list[Any]:
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return load_corrections(path, CODES)


def test_the_judged_turn_is_labelled_and_its_neighbours_are_context(tmp_path: Path) -> None:
    (talk,) = load(tmp_path, a_task("price"))
    assert [turn.labelled for turn in talk.turns] == [False, True, False]
    assert [turn.codes for turn in talk.turns] == [frozenset(), frozenset({"price"}), frozenset()]
    assert [turn.role for turn in talk.turns] == ["rep", "customer", "rep"]


def test_a_turn_that_carries_nothing_is_a_correction_too(tmp_path: Path) -> None:
    empty = a_task(annotations=[{"result": []}])
    (talk,) = load(tmp_path, empty)
    assert talk.turns[1].labelled
    assert talk.turns[1].codes == frozenset()


def test_tasks_that_nobody_judged_are_left_out(tmp_path: Path) -> None:
    cancelled = {"result": [], "was_cancelled": True}
    assert load(tmp_path, a_task(annotations=[]), a_task(annotations=[cancelled])) == []


def test_the_last_word_counts(tmp_path: Path) -> None:
    first, last = a_task("price")["annotations"][0], a_task("commitment")["annotations"][0]
    (talk,) = load(tmp_path, a_task(annotations=[first, last]))
    assert talk.turns[1].codes == frozenset({"commitment"})


def test_the_last_task_of_one_turn_stands_for_it(tmp_path: Path) -> None:
    def told(*choices: str, visit_turn: int) -> dict[str, Any]:
        task = a_task(*choices)
        task["data"]["visit_turn"] = visit_turn
        return task

    talks = load(tmp_path, told(visit_turn=7), told("price", visit_turn=9), told("price", visit_turn=7))
    assert [talk.turns[1].codes for talk in talks] == [frozenset({"price"})] * 2
    assert len(load(tmp_path, a_task("price"), a_task("price"))) == 2


def test_a_visit_stays_in_one_fold_and_visits_spread_over_all() -> None:
    assert source_of("vis_7") == source_of("vis_7")
    assert {fold_of(source_of(f"vis_{n}")) for n in range(60)} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("task", "complaint"),
    [
        (a_task("cheap"), "task 1: the taxonomy holds no cheap"),
        (a_task("price", turn=3), "data.turn is 3, but there are 3 turns"),
        (a_task("price", data={"turn": 0}), "data needs visit_id, turn, and turns"),
        (a_task("price", data={"visit_id": "v", "turn": 0, "turns": [{"role": "boss", "text": "x"}]}), "no such role"),
        ("text", "task 1: expected an object"),
    ],
)
def test_a_task_that_breaks_the_form_is_named(tmp_path: Path, task: object, complaint: str) -> None:
    with pytest.raises(InputInvalid, match=complaint):
        load(tmp_path, task)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    path.write_text('{"tasks": []}')
    with pytest.raises(InputInvalid, match="a list of tasks"):
        load_corrections(path, CODES)
    path.write_text("[")
    with pytest.raises(InputInvalid, match=r"tasks\.json is no readable JSON"):
        load_corrections(path, CODES)
