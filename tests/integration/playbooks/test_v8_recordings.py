"""V8 from recordings: what customers ask in a store's talks counts like what the CRM tells, and goes with its visit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from nlp.types import Turn
from service.domain.playbooks.alerts import Decision
from service.domain.records import AnalysisRecord
from service.domain.visit import Consent
from service.usecases.crm.judge_events import note_visit
from tests.support.builders import TENANT, a_visit, an_analysis
from tests.support.playbooks import World

RULE = "same_question_three_days"
ASKED = ("旧沙发能以旧换新吗？", "你好，沙发能不能以旧换新？", "请问旧沙发可以以旧换新吗？")


def a_world(rule: str = RULE) -> World:
    return World(rule, start="2026-03-03 10:00")


def talk(world: World, number: int, *customer: str, withdrawn: bool = False, **changes: object) -> str:
    """A recorded consultation of now, analysed: the rep greets, the customer says these turns; the visit's id."""
    now = world.clock.now()
    consent = Consent("consent", "verbal", now - timedelta(hours=1), withdrawn_at=now if withdrawn else None)
    visit = replace(a_visit(number), external_id=f"crm-v-{number}", visited_at=now, consent=consent, **changes)  # type: ignore[arg-type]
    turns = [Turn(i=0, text="欢迎光临，您想看点什么？", role="rep")]
    turns += [Turn(i=i, text=text, role="customer") for i, text in enumerate(customer, 1)]
    analysis = replace(an_analysis(visit.id), turns=tuple(turns), findings=())
    record = AnalysisRecord(visit.id, TENANT, 1, 1, analysis, now)
    with world.services.uow() as tx:
        note_visit(tx, world.services, visit, record)
    world.settle()
    return visit.id


def of_store(world: World, number: int, store: str = "s-1") -> None:
    """The CRM says in which store the visit was."""
    world.send("visit.created", f"crm-v-{number}", store_id=store)


def three_days(world: World, questions: Sequence[str] = ASKED, *, crm_first: bool = True) -> list[str]:
    visits = []
    for number, question in enumerate(questions, 1):
        if crm_first:
            of_store(world, number)
        visits.append(talk(world, number, "你好。", question))
        if not crm_first:
            of_store(world, number)
        if number < len(questions):
            world.forward(days=1)
    return visits


def one_tag(world: World) -> Decision:
    (found,) = [decision for decision in world.decisions if decision.kind == "tag"]
    return found


@pytest.mark.parametrize("crm_first", [True, False])
def test_the_same_question_in_three_days_recordings_tags_the_store_with_quote_and_turn(crm_first: bool) -> None:
    world = a_world()
    visits = three_days(world, crm_first=crm_first)
    tag = one_tag(world)
    assert (tag.subject_kind, tag.subject_id) == ("store", "s-1")
    assert tag.data["tag"] == "潜力：旧沙发能以旧换新吗"
    proofs = world.one_alert(RULE).evidence
    assert [(it["visit_id"], it["turn"], it["quote"]) for it in proofs] == [
        (visit_id, 2, quote) for visit_id, quote in zip(visits, ASKED, strict=True)
    ]
    (told,) = world.told(RULE)
    assert told["links"]["visit"] == f"/v1/visits/{visits[0]}"


def test_recordings_and_what_the_crm_tells_count_together_and_a_day_without_breaks_the_run() -> None:
    world = a_world()
    world.send("store.question_asked", "s-1", question="旧沙发能以旧换新吗")
    world.forward(days=1)
    of_store(world, 1)
    talk(world, 1, "沙发能不能以旧换新？")
    world.forward(days=1)
    assert world.decisions == []
    world.send("store.question_asked", "s-1", question="旧沙发可以以旧换新吗")
    assert one_tag(world).subject_id == "s-1"

    gap = a_world()
    three_days(gap, ASKED[:2])
    gap.forward(days=2)
    of_store(gap, 3)
    talk(gap, 3, ASKED[2])
    assert gap.decisions == []


def test_a_talk_belongs_to_the_store_that_is_its_account_and_other_talks_to_none() -> None:
    world = a_world()
    world.send("store.created", "s-9", name="解放路店")
    for number, question in enumerate(ASKED, 1):
        talk(world, number, question, account_id="s-9")
        talk(world, number + 10, question, account_id="acc-2")
        world.forward(days=1)
    assert one_tag(world).subject_id == "s-9"
    with world.services.uow(write=False) as tx:
        assert tx.playbooks.links.subjects(TENANT, "store") == ["s-9"]


def test_personal_words_stay_out_of_the_tag_and_the_message_and_in_the_sealed_quote() -> None:
    world = a_world()
    named = "我手机13812345678，旧沙发能以旧换新吗？"
    three_days(world, (named, named, named))
    tag, alert = one_tag(world), world.one_alert(RULE)
    assert "13812345678" not in str(tag.data) + alert.text
    assert "旧沙发能以旧换新吗" in tag.data["tag"]
    assert alert.evidence[0]["quote"] == named


def test_without_the_customers_consent_nothing_is_counted() -> None:
    world = a_world()
    for number, question in enumerate(ASKED, 1):
        of_store(world, number)
        talk(world, number, question, withdrawn=number == 2)
        world.forward(days=1)
    assert world.decisions == []


def test_a_visit_analysed_again_asks_only_what_it_asks_now() -> None:
    world = a_world()
    of_store(world, 1)
    talk(world, 1, "能送货吗？", "能安装吗？", "能换新吗？")
    talk(world, 1, "能送货吗？")
    with world.services.uow(write=False) as tx:
        facts = tx.playbooks.links.facts(TENANT, ("store", "s-1"), types=("store.question_asked",))
    assert [fact.data["question"] for fact in facts] == ["能送货吗"]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_when_a_visit_is_erased_its_words_leave_tag_alert_events_and_count(gone: int) -> None:
    world = a_world()
    visits = three_days(world)
    kept_quotes = [quote for number, quote in enumerate(ASKED) if number != gone]
    with world.services.uow() as tx:
        tx.erasure.erase_words(TENANT, visits[gone], code="consent_withdrawn")
    alert, words = world.one_alert(RULE), ASKED[gone].strip("？")
    assert (alert.text, [it["quote"] for it in alert.evidence]) == ("", kept_quotes)
    assert set(one_tag(world).data.values()) == {""}
    state = world.services.uow.state  # type: ignore[attr-defined]
    assert words not in str([event.data for event in state.events.values()])
    with world.services.uow(write=False) as tx:
        facts = tx.playbooks.links.facts(TENANT, ("store", "s-1"), types=("store.question_asked",))
    assert len(facts) == 2


def test_a_stores_questions_surge_from_recordings_too() -> None:
    world = a_world("questions_surging")
    for number in range(1, 9):
        of_store(world, number)
        talk(world, number, "床垫有没有乳胶的？")
        world.forward(days=1)
    assert world.alerts == []
    for number in range(20, 23):
        of_store(world, number)
        talk(world, number, "今天能送货上门吗？")
    world.forward(days=1)
    (alert,) = world.alerts
    assert alert.subject_id == "s-1"
