"""Triage from messages to service: each sender its own columns, situations on one side, no reason without examples."""

from pathlib import Path

import numpy as np
import pytest

from models.training.corpus import Conversation, LabelledTurn, Message
from models.training.package import write_model
from models.training.triage import FEWEST_POSITIVES, TriageRun, as_talks, lent_turns, measure_triage, triage_files
from nlp.classify import TriageModel
from nlp.classify.triage import STEP_IN
from nlp.types import Role

ASKS = ("再不来修我们就退货", "三天没人管，退货吧", "我要投诉你们，退货", "这批货全退了", "没人管就退货")
FINE = ("好的收到", "明天见", "辛苦了", "收到谢谢", "行，周四见")
GIVES = ("八折我做主了", "这个折扣我先答应你", "我私下再给你打折", "折扣我做主", "打八折，别跟人说")


def a_message(situation: int, sender: Role, text: str, reason: str = "none") -> Message:
    return Message("messages_1", sender, f"情形{situation}", text, reason != "none", reason, frozenset())


def messages(complaints: int = 35) -> list[Message]:
    found = []
    for number in range(35):
        found += [
            a_message(number, "customer", FINE[number % 5]),
            a_message(number, "rep", FINE[(number + 1) % 5]),
            a_message(number, "rep", GIVES[number % 5], "unapproved_discount"),
        ]
        if number < complaints:
            found.append(a_message(number, "customer", ASKS[number % 5], "complaint"))
    return found


@pytest.fixture(scope="module")
def run() -> TriageRun:
    return measure_triage(messages())


@pytest.fixture(scope="module")
def model(run: TriageRun, tmp_path_factory: pytest.TempPathFactory) -> TriageModel:
    files = triage_files(run)
    root: Path = tmp_path_factory.mktemp("models")
    return TriageModel.load(write_model("triage", files, about={}, root=root))


def test_each_sender_has_a_column_for_stepping_in_and_one_a_reason(run: TriageRun) -> None:
    assert run.columns == [
        ("customer", STEP_IN),
        ("customer", "complaint"),
        ("rep", STEP_IN),
        ("rep", "unapproved_discount"),
    ]


@pytest.mark.parametrize(("complaints", "learnt"), [(FEWEST_POSITIVES, True), (FEWEST_POSITIVES - 1, False)])
def test_a_reason_needs_enough_messages_of_the_sender(complaints: int, learnt: bool) -> None:
    columns = measure_triage(messages(complaints)).columns
    assert (("customer", "complaint") in columns) is learnt


def test_a_sender_is_not_judged_by_the_others_columns(run: TriageRun) -> None:
    senders = np.asarray([message.sender for message in messages()])
    for at, (sender, _) in enumerate(run.columns):
        assert np.array_equal(run.allowed[:, at], senders == sender)
        assert not (run.gold[:, at] & (senders != sender)).any()


def test_stepping_in_reads_each_message_from_its_senders_column(run: TriageRun) -> None:
    scores, gold = run.stepping_in()
    assert gold.tolist() == [message.step_in for message in messages()]
    assert scores[gold].min() > scores[~gold].max()


def test_what_is_called_is_what_was_asked_for(run: TriageRun) -> None:
    assert run.calls().tolist() == [message.step_in for message in messages()]


def test_a_message_is_read_after_its_situation() -> None:
    (talk,) = as_talks([a_message(3, "rep", "八折我做主了", "unapproved_discount")])
    assert [(turn.role, turn.text) for turn in talk.turns] == [("other", "情形3"), ("rep", "八折我做主了")]


@pytest.mark.parametrize(
    ("sender", "text", "alarmed", "reason"),
    [
        ("customer", "再没人管就全退货", True, "complaint"),
        ("rep", "折扣我做主了", True, "unapproved_discount"),
        ("customer", "收到，周四见", False, "none"),
        ("rep", "好的收到", False, "none"),
    ],
    ids=["complaint", "discount", "customer's nod", "rep's nod"],
)
def test_the_loaded_model_alarms_for_what_it_was_shown(
    model: TriageModel, sender: Role, text: str, alarmed: bool, reason: str
) -> None:
    verdict = model.judge(text, sender=sender, context="情形1")
    assert (verdict.should_step_in, verdict.reason) == (alarmed, reason)


def test_the_loaded_model_carries_the_thresholds_that_were_measured(model: TriageModel, run: TriageRun) -> None:
    assert [(label.code, label.roles, label.thresholds) for label in model.labels] == [
        (code, frozenset({sender}), points) for (sender, code), points in zip(run.columns, run.thresholds, strict=True)
    ]


def spoken(number: int, *, risky: bool) -> Conversation:
    said = "回扣从我这里走，您放心" if risky else f"第{number}批货后天装车"
    codes = frozenset({"compliance_risk"} if risky else ())
    turns = (LabelledTurn("customer", "回扣", frozenset()), LabelledTurn("rep", said, codes))
    return Conversation("visits_11", (*turns, LabelledTurn("rep", "嗯嗯", frozenset())))


TALKS = [*(spoken(n, risky=True) for n in range(30)), *(spoken(n, risky=False) for n in range(60))]


def test_risky_turns_of_reps_are_lent_with_as_many_others() -> None:
    lent = lent_turns(TALKS)
    assert [message.step_in for message in lent] == [True] * 30 + [False] * 30
    assert {(message.sender, message.context) for message in lent} == {("rep", "")}
    assert len({message.text for message in lent[30:]}) == 30
    assert all(len(message.text) >= 6 for message in lent)
    assert lent_turns([]) == lent_turns(TALKS[30:]) == ()


def test_what_is_lent_teaches_the_rep_s_column_and_judges_nothing(run: TriageRun) -> None:
    taught = measure_triage([*messages(), a_message(90, "rep", "回扣从我这里走")], TALKS)
    assert len(taught.gold) == len(run.gold) + 1
    plain = measure_triage([*messages(), a_message(90, "rep", "回扣从我这里走")])
    rep, customer = taught.columns.index(("rep", STEP_IN)), taught.columns.index(("customer", STEP_IN))
    assert taught.margins[-1, rep] > plain.margins[-1, rep]
    own = taught.allowed[:, customer]
    assert taught.margins[own, customer] == pytest.approx(plain.margins[own, customer])
