"""V8: the same store question three days running. C7: budget talk and its pack. C8: three days without a demo."""

from dataclasses import replace

from service.domain.records import AnalysisRecord
from service.usecases.crm.judge_events import note_visit
from tests.support.builders import TENANT, a_visit, an_analysis
from tests.support.playbooks import World


def test_the_same_question_three_days_running_tags_the_store_with_a_potential_and_an_action() -> None:
    world = World("same_question_three_days", start="2026-03-03 10:00")
    for question in ("旧沙发能以旧换新吗", "沙发能不能以旧换新"):
        world.send("store.question_asked", "s-1", question=question)
        world.send("store.question_asked", "s-2", question="停车收费吗" if "旧沙发" in question else "几点关门")
        world.forward(days=1)
    assert world.decisions == []
    world.send("store.question_asked", "s-1", question="旧沙发可以以旧换新吗")

    (mark,) = world.decisions
    assert (mark.subject_id, mark.data["tag"]) == ("s-1", "潜力：旧沙发能以旧换新吗")
    assert mark.data["action"]
    assert len(world.one_alert("same_question_three_days").evidence) == 3


def test_three_days_without_a_technical_demo_bring_cases_and_the_experts_contact() -> None:
    world = World("no_technical_demo", start="2026-03-02 09:00")
    for number in range(3):
        world.send("opportunity.won", f"w-{number}", name=f"产线{number}", industry="制造", amount=10_000 * number)
    world.send("opportunity.created", "o-1", stage="技术评估", industry="制造", expert_contact="邵工 分机801",
               owner_id="rep-1")  # fmt: skip
    world.until("2026-03-05 08:59")
    assert world.told() == []
    world.until("2026-03-05 09:01")

    (said,) = world.told()
    assert "邵工 分机801" in said["text"]
    assert len(said["details"]["cases"]) == 3
    assert said["details"]["talktrack"]["id"] == "demo_invite"


def test_budget_said_in_a_visit_and_not_recorded_brings_the_words_and_the_pack_and_is_erased_with_the_visit() -> None:
    world = World("budget_talk_unconfirmed", start="2026-03-02 12:00")
    world.send("opportunity.created", "opp-1", name="手柄采购", account_id="acc-1", owner_id="rep-1")
    visit = replace(a_visit(), opportunity_id="opp-1", visited_at=world.clock.now())
    analysis = an_analysis(visit.id)
    said = next(finding for finding in analysis.findings)
    budget = replace(said, kind="signal", code="budget_info", role="customer", score=0.9)
    record = AnalysisRecord(visit.id, TENANT, 1, 1, replace(analysis, findings=(budget,)), world.clock.now())
    with world.services.uow() as tx:
        note_visit(tx, world.services, visit, record)
    world.forward(days=3, hours=1)

    (pack,) = world.told()
    assert budget.quote in pack["text"]
    assert pack["links"]["visit"] == f"/v1/visits/{visit.id}"
    assert any(proof["quote"] == budget.quote and proof["visit_id"] == visit.id for proof in pack["evidence"])

    with world.services.uow() as tx:
        tx.erasure.erase_words(TENANT, visit.id, code="consent_withdrawn")
    (alert,) = world.alerts
    assert alert.text == ""
    assert all(proof["visit_id"] != visit.id for proof in alert.evidence)
