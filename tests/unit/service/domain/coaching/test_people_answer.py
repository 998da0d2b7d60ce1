"""Rules of what people answer: hints move one way, courses settle, appeals are ruled once, forms keep their changes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.types import Debrief, Element
from service.domain.coaching.check_in import CheckIn, proof_observation, tick_observations
from service.domain.coaching.checklists import Tick
from service.domain.coaching.course_rows import State, admit_move
from service.domain.coaching.debriefs import DebriefForm, DebriefRow, changes_between, fill_form, labels_of_changes
from service.domain.coaching.hint_rows import OUTCOME_GRACE, admit_feedback, hint_row
from service.domain.coaching.last_mentions import find_mentions
from service.domain.coaching.reviews import rule
from service.domain.coaching.training_tasks import training_task
from service.domain.errors import Conflict, Gone, Invalid
from tests.contract.storage.test_coaching_contract import HINT, ROWS
from tests.support.builders import TENANT
from tests.support.fakes import NOON
from tests.support.talks import a_talk, day

TITLES = {("objection", "price"): "价格", ("objection", "budget"): "预算"}
FILLED = Debrief(Element("price", 2, "太贵"), (Element("价格", 2, "太贵"),), "发方案", date(2026, 3, 9))


@pytest.mark.parametrize("status", ["proposed", "sent", "seen", "accepted"])
def test_an_open_hint_takes_every_answer(status: str) -> None:
    row = replace(ROWS["hints"], status=status)
    for verdict in ("accepted", "dismissed", "done"):
        admit_feedback(row, verdict, now=NOON)  # type: ignore[arg-type]


def test_a_settled_or_expired_hint_takes_none() -> None:
    done = replace(ROWS["hints"], status="done")
    with pytest.raises(Conflict):
        admit_feedback(done, "accepted", now=NOON)
    with pytest.raises(Gone):
        admit_feedback(ROWS["hints"], "accepted", now=ROWS["hints"].expires_at)
    accepted = replace(ROWS["hints"], status="accepted")
    admit_feedback(accepted, "done", now=accepted.expires_at + OUTCOME_GRACE - timedelta(seconds=1))
    with pytest.raises(Gone):
        admit_feedback(accepted, "done", now=accepted.expires_at + OUTCOME_GRACE)


def test_a_hints_row_keeps_the_hint_as_it_was_given() -> None:
    row = hint_row(HINT, tenant_id=TENANT, visit_id=None, rep_id="r", account_id="a", at=NOON)
    assert (row.document, row.status, row.expires_at) == (HINT, "proposed", HINT.expires_at)


@given(st.lists(st.sampled_from(["assigned", "completed", "replaced", "declined"]), max_size=6))
def test_an_assignment_is_settled_once(moves: list[State]) -> None:
    row, settled = ROWS["courses"], False
    row = replace(row, state="proposed")
    for state in moves:
        try:
            admit_move(row, state)
        except Conflict:
            assert settled or row.state == state == "assigned"
            continue
        assert not settled
        row = replace(row, state=state)
        settled = state != "assigned"


def test_an_appeal_is_ruled_one_way_or_the_other_and_once() -> None:
    rule(ROWS["appeals"], "upheld")
    with pytest.raises(Invalid):
        rule(ROWS["appeals"], "open")
    with pytest.raises(Conflict):
        rule(replace(ROWS["appeals"], state="rejected"), "upheld")


def test_a_label_without_a_score_makes_no_prediction() -> None:
    label = replace(ROWS["labels"], score=None, verdict="right", should_be=())
    task = training_task(label)
    assert task["predictions"] == []
    assert task["annotations"][0]["result"][0]["value"]["choices"] == ["price"]


def test_a_form_is_filled_with_codes() -> None:
    assert fill_form(FILLED, TITLES) == DebriefForm("price", ("price",), "发方案", date(2026, 3, 9))
    assert fill_form(Debrief(), TITLES) == DebriefForm()


def test_changes_name_the_field_and_the_words_it_rested_on() -> None:
    filled = fill_form(FILLED, TITLES)
    assert changes_between(filled, filled, FILLED) == ()
    wanted = replace(filled, objections=("budget",), due=None)
    objections, due = changes_between(filled, wanted, FILLED)
    assert (objections.was, objections.now, objections.turn, objections.quote) == (["price"], ["budget"], 2, "太贵")
    assert (due.was, due.now, due.turn) == ("2026-03-09", None, None)
    row = DebriefRow("vis_1", TENANT, NOON, 1, wanted, (objections, due), "rep_1")
    label_ids = {"objections": "lab_1", "due": "lab_2"}
    first, second = labels_of_changes(row, visit_id="vis_1", texts={2: ("customer", "太贵了")}, label_ids=label_ids)
    assert (first.kind, first.code, first.should_be, first.verdict) == (
        "debrief.objections", "price", ("budget",), "should_be",
    )  # fmt: skip
    assert (first.role, first.text) == ("customer", "太贵了")
    assert (second.verdict, second.should_be, second.text) == ("wrong", (), "")


def test_ticks_are_worth_less_than_words_and_a_signature_more() -> None:
    items = (Tick("a", "问了预算", "discovery"), Tick("b", "约了下一步", "closing"), Tick("c", "没答", "value"))
    check = CheckIn("vis_1", TENANT, NOON, "r", "acc", items, {"a": True, "b": False})
    done, missed = tick_observations(check, at=NOON)
    assert (done.skill, done.value > missed.value, done.weight < 1) == ("discovery", True, True)
    assert missed.note == "清单未做到：约了下一步"
    assert (check.state, replace(check, answered_at=NOON).state, replace(check, proof_id="p").state) == (
        "open", "answered", "exempt",
    )  # fmt: skip
    assert replace(check, proof_id="p").high_quality
    signed = proof_observation("vis_1", at=NOON)
    assert signed.value > done.value
    assert signed.weight > 1


def test_mentions_are_newest_first_and_hold_what_was_said_around() -> None:
    first = a_talk("c||budget_info|有两百万。", on=day(1), visit_id="v1")
    second = a_talk(
        "c|||峰谷电价变了。",
        "r|||嗯。",
        "c||budget_info|批了。",
        on=day(5),
        visit_id="v2",
        keywords={"峰谷电价": "tariff"},
    )
    found = find_mentions([first, second], "budget_info", titles={}, limit=10)
    assert [(one.visit_id, one.quote) for one in found] == [("v2", "批了。"), ("v1", "有两百万。")]
    assert [turn.mentions for turn in found[0].turns] == [False, False, True]
    assert len(find_mentions([first, second], "budget_info", titles={}, limit=1)) == 1
    assert [one.kind for one in find_mentions([second], "tariff", titles={}, limit=9)] == ["keyword"]
    assert find_mentions([first], "churn_signal", titles={}, limit=9) == []
