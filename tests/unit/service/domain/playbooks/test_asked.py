"""What counts as a customer's question in a talk, and which facts it makes."""

from datetime import UTC, datetime

import pytest

from nlp.types import Role, Turn
from service.domain.playbooks.asked import ASKED, MOST, asked_in, questions_in
from service.domain.playbooks.timeline import ANALYZED, Fact

AT = datetime(2026, 3, 3, 2, tzinfo=UTC)
STORE, REP = ("store", "s-1"), ("person", "rep-1")


def said(*texts: str, role: Role = "customer") -> list[Turn]:
    return [Turn(i=i, text=text, role=role) for i, text in enumerate(texts)]


def asked(*texts: str, role: Role = "customer") -> list[str]:
    return [each["question"] for each in questions_in(said(*texts, role=role), str)]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("旧沙发能以旧换新吗", "旧沙发能以旧换新吗"),
        ("你好，我想问一下旧沙发能不能以旧换新？", "旧沙发能不能以旧换新"),
        ("嗯，请问多少钱？", "多少钱"),
        ("这个床垫不错。有没有乳胶的？我腰不好。", "有没有乳胶的"),
    ],
)
def test_a_question_is_kept_without_greeting_and_signs(text: str, question: str) -> None:
    assert asked(text) == [question]


@pytest.mark.parametrize("text", ["就要这个。", "我再看看", "是不是？", "对不对", "嗯", "", "？", "什么" + "很长" * 40])
def test_what_asks_nothing_of_the_store_is_none(text: str) -> None:
    assert asked(text) == []


def test_the_reps_own_questions_are_not_the_customers() -> None:
    assert asked("您家里多大面积？", role="rep") == []
    assert asked("多少钱一套？", role="other") == []


def test_the_words_are_quoted_as_they_stand_in_the_turn_and_only_the_key_is_masked() -> None:
    turns = said("好的。", "我叫骆明，电话一三八，能送货上门吗？")
    (found,) = questions_in(turns, lambda text: text.replace("骆明", "＊＊"))
    assert found["turn"] == 1
    assert found["quote"] in turns[1].text
    assert "骆明" in found["quote"]
    assert found["question"] == "我叫＊＊，电话一三八，能送货上门吗"


def test_a_visit_makes_only_so_many() -> None:
    assert len(asked(*["能送货吗？能安装吗？"] * MOST)) == MOST


def visit(**data: object) -> Fact:
    return Fact("vis_1", AT, ANALYZED, "visit", "crm-1", data, "v-1")


def test_questions_are_told_to_the_store_alone_each_found_by_its_visit() -> None:
    questions = questions_in(said("能送货吗？", "能安装吗？"), str)
    found = asked_in([(visit(questions=questions), frozenset({STORE, REP, ("visit", "crm-1")}))])
    assert [refs for _, refs in found] == [frozenset({STORE})] * 2
    assert len({fact.id for fact, _ in found}) == 2
    for fact, _ in found:
        assert (fact.type, fact.at, fact.visit_id, fact.entity_id) == (ASKED, AT, "v-1", "crm-1")
    assert [fact.data["question"] for fact, _ in found] == ["能送货吗", "能安装吗"]


def test_a_talk_of_no_store_and_a_crms_event_make_none() -> None:
    questions = questions_in(said("能送货吗？"), str)
    assert asked_in([(visit(questions=questions), frozenset({REP}))]) == []
    sent = Fact("cev_1", AT, ANALYZED, "visit", "crm-1", {"questions": questions})
    assert asked_in([(sent, frozenset({STORE}))]) == [], "what only claims to be an analysed visit is not taken for one"
    assert asked_in([(visit(), frozenset({STORE}))]) == []
