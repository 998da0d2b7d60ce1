"""The last stage: coaching and the event that tells of it, in one transaction."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nlp.taxonomy import Taxonomy
from service.domain.content.bundle import Content
from service.domain.errors import Gone
from service.domain.ports import Supervisor
from service.domain.stages import StageRun
from service.domain.visit import Consent
from service.usecases.coaching.coach_visit import UNCOACHED, CoachStage, read_history
from service.usecases.privacy.withdraw_consent import withdraw_consent
from service.usecases.visits.present_analysis import NOTICE, present_analysis
from tests.support.builders import (
    OTHER_TENANT,
    TENANT,
    a_run,
    a_visit,
    agreed_to,
    an_analysis_record,
    an_endpoint,
    an_id,
)
from tests.support.fakes import NOON
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")


def ran(stage: CoachStage, run: StageRun) -> None:
    result = stage(run, Supervisor())
    with stage.services.uow() as tx:
        result.effects(tx)


def a_coached_visit() -> tuple[CoachStage, StageRun]:
    services = services_over(content=EMPTY)
    with services.uow() as tx:
        tx.visits.add(a_visit(external_id="crm-1"))
        tx.analyses.put(an_analysis_record())
        tx.endpoints.add(an_endpoint(payload="full"))
    return CoachStage(services, EMPTY), a_run(stage="coach")


def test_coaching_is_stored_and_the_crm_is_told() -> None:
    stage, run = a_coached_visit()
    ran(stage, run)
    with stage.services.uow(write=False) as tx:
        record = tx.analyses.latest(TENANT, an_id("vis"))
        events = tx.events.after(TENANT, None, 10)
    assert record is not None
    assert record.coaching is not None
    assert record.coaching["content_digest"] == "d1"
    assert [(event.type, event.sequence) for event in events] == [("visit.analyzed", 1)]
    assert events[0].data["external_id"] == "crm-1"
    assert events[0].data["analysis"]["findings"][0]["quote"] == "价格太高了"


def test_each_run_tells_with_the_next_sequence() -> None:
    stage, run = a_coached_visit()
    ran(stage, run)
    ran(stage, run)
    with stage.services.uow(write=False) as tx:
        assert [event.sequence for event in tx.events.after(TENANT, None, 10)] == [1, 2]


@pytest.mark.parametrize("consent", [None, agreed_to("transcription"), agreed_to("coaching", expires_at=NOON)],
                         ids=["none", "without coaching", "ended"])  # fmt: skip
def test_a_visit_that_may_not_be_coached_says_so_and_is_told_of_without_advice(consent: Consent | None) -> None:
    stage, run = a_coached_visit()
    with stage.services.uow() as tx:
        tx.visits.update(a_visit(consent=consent))
    ran(stage, run)
    with stage.services.uow(write=False) as tx:
        record = tx.analyses.latest(TENANT, an_id("vis"))
        (event,) = tx.events.after(TENANT, None, 10)
        places = tx.coaching.places.find(TENANT)
        assert tx.coaching.visits.find(TENANT) == []
    assert record is not None
    assert record.coaching == UNCOACHED
    assert [each["reason"] for each in event.data["analysis"]["skipped"]] == ["consent_missing"]
    assert len(places) == len(record.analysis.findings)


def test_coaching_withdrawn_while_the_stage_worked_is_not_written() -> None:
    stage, run = a_coached_visit()
    result = stage(run, Supervisor())
    with stage.services.uow() as tx:
        withdraw_consent(tx, stage.services, tenant_id=TENANT, visit_id=an_id("vis"), purposes=["coaching"])
    with stage.services.uow() as tx:
        result.effects(tx)
    with stage.services.uow(write=False) as tx:
        record = tx.analyses.latest(TENANT, an_id("vis"))
        assert tx.coaching.visits.find(TENANT) == []
    assert record is not None
    assert record.coaching == UNCOACHED


def test_an_erased_visit_ends_the_stage_for_good() -> None:
    stage = CoachStage(services_over(content=EMPTY), EMPTY)
    with pytest.raises(Gone):
        ran(stage, a_run(stage="coach"))


def test_history_holds_the_accounts_and_the_reps_visits_once_each_newest_first() -> None:
    services = services_over(content=EMPTY)
    with services.uow() as tx:
        for number, changes in enumerate(
            (
                {"account_id": "acc-a", "rep_id": "rep-x"},
                {"account_id": "acc-b", "rep_id": "rep-y"},
                {"account_id": "acc-a", "rep_id": "rep-y"},
                {"account_id": "acc-b", "rep_id": "rep-x"},
                {"account_id": "acc-a", "rep_id": "rep-y", "tenant_id": OTHER_TENANT},
            ),
            start=1,
        ):
            at = NOON - timedelta(days=10 - number)
            visit = a_visit(number, visited_at=at, **changes)
            tx.visits.add(visit)
            tx.analyses.put(an_analysis_record(visit_id=visit.id, tenant_id=visit.tenant_id))
    with services.uow(write=False) as tx:
        found = read_history(tx, TENANT, before=NOON, account_id="acc-a", rep_id="rep-y")
        alone = read_history(tx, TENANT, before=NOON, account_id="acc-a", rep_id=None)
    assert [record.visit_id for record in found] == [an_id("vis", n) for n in (3, 2, 1)]
    assert [record.visit_id for record in alone] == [an_id("vis", n) for n in (3, 1)]


def test_an_analysis_is_shown_as_plain_values_with_its_label() -> None:
    shown = present_analysis(replace(an_analysis_record(), version=3))
    assert (shown["version"], shown["notice"]) == (3, NOTICE)
    assert shown["findings"][0]["span"] == [0, 5]
    assert "words" not in shown["turns"][0]
    assert shown["hints"] == []
