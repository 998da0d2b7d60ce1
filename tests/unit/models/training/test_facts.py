"""Annotated visits are read strictly, and a fact counts as told exactly where one of its turns was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.training.corpus import Conversation, LabelledTurn, load_conversations
from models.training.facts import AnnotatedVisit, Fact, Step, coverage, load_facts, place_of, told

TALK = tuple(LabelledTurn("customer", f"第{i}句", frozenset()) for i in range(5))
CORPUS = [
    Conversation("visits_1", TALK),
    Conversation("snippets_1", TALK[:2]),
    Conversation("visits_1", TALK[:3]),
    Conversation("visits_2", TALK),
]


def a_row() -> dict[str, Any]:
    return {
        "source": "visits_1",
        "visit": 1,
        "facts": [{"fact": f"事实{i}", "turns": [i]} for i in range(4)],
        "next_steps": [{"who": "rep", "what": "发报价", "due": "周五", "turns": [4]}],
        "elements": {
            "time": {"value": "2026-03-31", "turns": []},
            "place": None,
            "decision_maker": {"value": "王总", "turns": [2]},
            "objections": [1, 3],
            "next_commitment": None,
        },
        "deal": {"budget": {"value": "二十万", "turns": [3]}},
    }


def written(folder: Path, *rows: object) -> Path:
    path = folder / "facts_9.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_visit_is_read_whole(tmp_path: Path) -> None:
    [visit] = load_facts(written(tmp_path, a_row()), conversations=CORPUS)
    assert visit == AnnotatedVisit(
        "visits_1",
        1,
        tuple(Fact(f"事实{i}", (i,)) for i in range(4)),
        (Step("rep", "发报价", "周五", (4,)),),
        (1, 3),
        (2,),
        "2026-03-31",
    )


def _turn_outside(row: dict[str, Any]) -> None:
    row["facts"][2]["turns"] = [1, 5]


def _second_visit_is_shorter(row: dict[str, Any]) -> None:
    row["visit"] = 2


def _no_such_visit(row: dict[str, Any]) -> None:
    row["visit"] = 3


def _visit_nought(row: dict[str, Any]) -> None:
    row["visit"] = 0


def _too_few(row: dict[str, Any]) -> None:
    del row["facts"][0]


def _too_many(row: dict[str, Any]) -> None:
    row["facts"] *= 3


def _no_turns(row: dict[str, Any]) -> None:
    row["facts"][0]["turns"] = []


def _true_for_one(row: dict[str, Any]) -> None:
    row["facts"][0]["turns"] = [True]


def _wordless(row: dict[str, Any]) -> None:
    row["facts"][0]["fact"] = "  "


def _stranger(row: dict[str, Any]) -> None:
    row["next_steps"][0]["who"] = "王总"


def _one_key_more(row: dict[str, Any]) -> None:
    row["note"] = ""


def _four_elements(row: dict[str, Any]) -> None:
    del row["elements"]["place"]


def _deal_outside(row: dict[str, Any]) -> None:
    row["deal"]["budget"]["turns"] = [9]


def _step_without_due(row: dict[str, Any]) -> None:
    del row["next_steps"][0]["due"]


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_turn_outside, "turn 5 is none of this visit's; it has 0 to 4"),
        (_second_visit_is_shorter, "turn 3 is none of this visit's; it has 0 to 2"),
        (_no_such_visit, "the corpus has no visit 3 in visits_1; visits count from 1"),
        (_visit_nought, "the corpus has no visit 0 in visits_1"),
        (_too_few, "want 4 to 8 facts, not 3"),
        (_too_many, "want 4 to 8 facts, not 12"),
        (_no_turns, "turns is a list of whole numbers and not empty"),
        (_true_for_one, "turns is a list of whole numbers"),
        (_wordless, "a fact or step says something"),
        (_stranger, "a next step is of rep or customer, not of '王总'"),
        (_one_key_more, "want an object with the keys deal, elements, facts"),
        (_four_elements, "want the elements decision_maker, next_commitment"),
        (_deal_outside, "turn 9 is none of this visit's"),
        (_step_without_due, "the key 'due' is missing"),
    ],
)
def test_a_fault_is_named_with_its_line(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    wrong = {**a_row(), "source": "visits_1"}
    spoil(wrong)
    right = {**a_row(), "source": "visits_2"}
    with pytest.raises(ValueError, match=r"^facts_9\.jsonl:2: ") as caught:
        load_facts(written(tmp_path, right, wrong), conversations=CORPUS)
    assert complaint in str(caught.value)


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, a_row())
    path.write_text(path.read_text(encoding="utf-8") + "{\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^facts_9\.jsonl:2: "):
        load_facts(path, conversations=CORPUS)


def test_a_visit_is_annotated_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"facts_9\.jsonl:2: visits_1, visit 1 stands already on line 1"):
        load_facts(written(tmp_path, a_row(), a_row()), conversations=CORPUS)


def test_a_visit_is_found_again_among_all_talks(tmp_path: Path) -> None:
    row = a_row()
    row["visit"] = 2
    for fact in row["facts"]:
        fact["turns"] = [0]
    row["next_steps"], row["deal"] = [], {}
    row["elements"]["decision_maker"], row["elements"]["objections"] = None, [1]
    [visit] = load_facts(written(tmp_path, row), conversations=CORPUS)
    assert place_of(visit, CORPUS) == 2
    assert visit.decision_maker == ()


def test_a_fact_is_told_by_any_of_its_turns_and_by_no_other() -> None:
    assert told([(0, 3), (1,), (2,)], [3, 2, 9]).tolist() == [1.0, 0.0, 1.0]
    assert told([(0,)], []).tolist() == [0.0]
    assert told([], [1]).tolist() == []


def test_coverage_is_over_facts_and_its_interval_over_visits() -> None:
    own = coverage([np.asarray([1.0, 1.0, 1.0]), np.asarray([0.0])])
    assert own == {"share": 0.75, "share_95": [0.0, 1.0]}
    assert coverage([np.ones(4), np.ones(2), np.asarray([])])["share_95"] == [1.0, 1.0]


def test_a_paired_difference_may_be_negative() -> None:
    assert coverage([np.asarray([-1.0, 0.0]), np.asarray([-1.0, 0.0])]) == {"share": -0.5, "share_95": [-0.5, -0.5]}


def test_the_committed_visits_are_every_ninth_of_the_first_360() -> None:
    conversations = load_conversations()
    visits = load_facts(conversations=conversations)
    whole = [at for at, talk in enumerate(conversations) if talk.source.startswith("visits_")]
    assert [place_of(visit, conversations) for visit in visits] == whole[8::9][:40]
    assert sum(len(visit.facts) for visit in visits) >= 40 * 5
