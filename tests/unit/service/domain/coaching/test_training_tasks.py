"""What a turn carries after people have spoken, as the trainer reads it: complete, the same for every label of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.coaching.reviews import LabelRow
from service.domain.coaching.training_tasks import same_turn, settled_codes, training_task
from tests.contract.storage.test_coaching_contract import ROWS
from tests.support.builders import an_id

CODES = ("price", "budget", "need", "delivery")


def a_label(number: int, verdict: str, code: str = "price", *should_be: str, **changes: Any) -> LabelRow:
    """The one with the higher number was said later."""
    base: LabelRow = ROWS["labels"]
    said = {"verdict": verdict, "code": code, "should_be": should_be, "found": ("price",), **changes}
    return replace(base, id=an_id("lab", number), at=base.at + timedelta(minutes=number), **said)


@pytest.mark.parametrize(
    ("labels", "codes"),
    [
        ([a_label(1, "right")], ["price"]),
        ([a_label(1, "wrong")], []),
        ([a_label(1, "wrong", found=("budget_info", "price"))], ["budget_info"]),
        ([a_label(1, "should_be", "price", "budget", "need")], ["budget", "need"]),
        ([a_label(1, "missing", "delivery", "delivery")], ["delivery", "price"]),
        ([a_label(1, "wrong"), a_label(2, "right", by="another")], ["price"]),
        ([a_label(1, "right"), a_label(2, "wrong", by="another")], []),
        ([a_label(1, "wrong"), a_label(2, "missing", "need", "need")], ["need"]),
        ([a_label(1, "right"), a_label(2, "wrong", source="debrief")], ["price"]),
        ([a_label(1, "right", source="debrief"), a_label(2, "wrong", source="debrief")], []),
        ([a_label(1, "right", found=()), a_label(2, "right", "commitment", kind="commitment")], ["price"]),
    ],
)
def test_a_turn_carries_what_was_found_and_what_people_made_of_it(labels: list[LabelRow], codes: list[str]) -> None:
    assert settled_codes(labels) == codes
    assert settled_codes(labels[::-1]) == codes


def test_a_task_shows_the_turn_among_its_neighbours() -> None:
    label = replace(ROWS["labels"], before=("rep|您好", "other|嗯|啊"), after=("rep|我问问",))
    data = training_task(label)["data"]
    assert [turn["role"] for turn in data["turns"]] == ["rep", "other", "customer", "rep"]
    assert data["turns"][data["turn"]] == {"role": "customer", "text": "今年没有预算"}
    assert data["turns"][1]["text"] == "嗯|啊"
    assert (data["visit_turn"], data["visit_id"]) == (3, "vis_1")


def test_what_is_no_trained_label_is_told_under_its_own_name() -> None:
    label = a_label(1, "should_be", "2026-03-09", "2026-03-16", kind="debrief.due", score=None)
    task = training_task(label, of_turn=[a_label(2, "right"), label])
    (result,) = task["annotations"][0]["result"]
    assert (result["from_name"], result["value"]["choices"]) == ("debrief.due", ["2026-03-16"])
    assert task["predictions"] == []


def test_only_labels_of_the_same_turn_of_the_same_visit_are_beside_it() -> None:
    label = a_label(1, "right")
    others = [a_label(2, "wrong"), a_label(3, "wrong", turn=4), a_label(4, "wrong", visit_id="vis_2")]
    assert [one.id for one in same_turn(label, others)] == [an_id("lab", 2)]


@given(
    st.lists(
        st.tuples(st.sampled_from(("right", "wrong", "should_be", "missing")), st.sampled_from(CODES)),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_all_tasks_of_a_turn_tell_the_same_and_the_last_word_holds(said: list[tuple[str, str]]) -> None:
    labels = []
    for number, (verdict, code) in enumerate(said):
        named = ("need",) if verdict == "should_be" else (code,) if verdict == "missing" else ()
        labels.append(a_label(number, verdict, code, *named))
    told = [training_task(label, of_turn=labels)["annotations"][0]["result"][0]["value"] for label in labels]
    assert all(one == told[0] for one in told)
    verdict, code = said[-1]
    if verdict in ("right", "missing"):
        assert code in told[0]["choices"]
    if verdict == "wrong":
        assert code not in told[0]["choices"]
