"""Consent by purpose, alike in memory, on SQLite and on PostgreSQL: kept, selected by, withdrawn in part, counted."""

from dataclasses import replace
from datetime import timedelta

from service.domain.ports import UnitOfWorkFactory
from service.domain.privacy.rules import RULES_ID, PrivacyRulesRow
from service.domain.records import Page
from service.domain.stages import HEARING
from service.domain.visit import PURPOSES, NoticeCheck, Purpose
from tests.support.builders import (
    OTHER_TENANT,
    TENANT,
    a_recording,
    a_run,
    a_transcript_record,
    a_visit,
    agreed_to,
    an_analysis_record,
    an_endpoint,
    an_event,
    an_id,
)
from tests.support.fakes import NOON

DAY = timedelta(days=1)
INSTEAD = {"hints": [], "skipped": [{"what": "coaching"}]}


def test_a_consent_with_purposes_comes_back_as_it_was(uow: UnitOfWorkFactory) -> None:
    consent = agreed_to(*PURPOSES, notice_at_ms=20_000, recorded_by="rep_lin").without(["training"], NOON)
    with uow() as tx:
        tx.visits.add(a_visit(consent=consent))
    with uow(write=False) as tx:
        assert tx.visits.get(TENANT, an_id("vis")) == a_visit(consent=consent)
        assert tx.visits.page(TENANT, Page()) == [a_visit(consent=consent)]


def test_history_may_be_asked_for_what_a_purpose_may_use(uow: UnitOfWorkFactory) -> None:
    consents = [agreed_to(*PURPOSES), a_visit().consent, None, agreed_to(*PURPOSES).without(["training"], NOON)]

    def ids(purpose: Purpose | None, tenant: str = TENANT) -> list[str]:
        found = tx.visits.history(tenant, before=NOON, limit=9, purpose=purpose)
        return [record.visit_id for record in found]

    with uow() as tx:
        for number, consent in enumerate(consents, start=1):
            tx.visits.add(a_visit(number, visited_at=NOON - number * DAY, consent=consent))
            tx.analyses.put(an_analysis_record(visit_id=an_id("vis", number)))
        assert ids(None) == [an_id("vis", number) for number in (1, 2, 3, 4)]
        assert ids("training") == [an_id("vis", 1)]
        assert ids("coaching") == [an_id("vis", number) for number in (1, 2, 4)]
        assert ids("training", OTHER_TENANT) == []
        tx.visits.update(a_visit(visited_at=NOON - DAY, consent=agreed_to(*PURPOSES).without(PURPOSES, NOON)))
        assert ids("training") == []


def test_a_visit_that_is_held_is_in_nobodys_history_until_it_is_released(uow: UnitOfWorkFactory) -> None:
    check = NoticeCheck("missing", required=True, checked_at=NOON, transcript_version=1, turn=None)
    held = replace(agreed_to(*PURPOSES), check=check)
    released = replace(held, check=replace(check, state="confirmed", decided_by="mgr_he", decided_at=NOON))
    with uow() as tx:
        for number, consent in ((1, held), (2, agreed_to(*PURPOSES)), (3, held.without(PURPOSES, NOON))):
            tx.visits.add(a_visit(number, visited_at=NOON - number * DAY, consent=consent))
            tx.analyses.put(an_analysis_record(visit_id=an_id("vis", number)))
        for purpose in (None, "coaching"):
            found = tx.visits.history(TENANT, before=NOON, limit=9, purpose=purpose)  # type: ignore[arg-type]
            assert an_id("vis", 1) not in [record.visit_id for record in found]
        assert [visit.id for visit in tx.visits.page(TENANT, Page(9), unverified=True)] == [an_id("vis", 1)]
        assert tx.visits.page(OTHER_TENANT, Page(9), unverified=True) == []
        assert tx.visits.get(TENANT, an_id("vis")) == a_visit(visited_at=NOON - DAY, consent=held)
        tx.visits.update(a_visit(visited_at=NOON - DAY, consent=released))
        found = tx.visits.history(TENANT, before=NOON, limit=9, purpose="coaching")
        assert [record.visit_id for record in found] == [an_id("vis", 1), an_id("vis", 2)]
        assert tx.visits.page(TENANT, Page(9), unverified=True) == []


def test_a_tenants_rules_are_its_own_and_the_last_word_counts(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        assert tx.privacy.rules.get(TENANT, RULES_ID) is None
        for notice in ("verbal", "all"):
            tx.privacy.rules.put(PrivacyRulesRow(RULES_ID, TENANT, NOON, notice))  # type: ignore[arg-type]
        assert tx.privacy.rules.get(TENANT, RULES_ID) == PrivacyRulesRow(RULES_ID, TENANT, NOON, "all")
        assert tx.privacy.rules.get(OTHER_TENANT, RULES_ID) is None
    strict = PrivacyRulesRow(RULES_ID, TENANT, NOON, "never", coaching_only=True)
    with uow() as tx:
        tx.privacy.rules.put(strict)
        assert tx.privacy.rules.get(TENANT, RULES_ID) == strict


def test_runs_of_some_stages_are_cancelled_and_the_others_go_on(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.runs.enqueue(a_run(1, "transcribe"))
        tx.runs.enqueue(a_run(2, "analyse"))
        assert tx.runs.cancel(TENANT, an_id("vis"), HEARING) == 1
        states = {run.stage: run.state for run in tx.runs.of_visit(TENANT, an_id("vis"))}
        assert states == {"transcribe": "cancelled", "analyse": "queued"}
        assert tx.runs.cancel(OTHER_TENANT, an_id("vis")) == 0


def test_erased_audio_leaves_the_words(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.visits.add(a_visit())
        tx.recordings.add(a_recording())
        tx.transcripts.put(a_transcript_record())
        tx.analyses.put(an_analysis_record())
        tx.runs.enqueue(a_run(1, "transcribe", input={"url": "https://files.example/1"}))
        tx.runs.enqueue(a_run(2, "turns", input={"segments": ["价格"]}))
        claimed = tx.runs.claim("asr", "me", NOON)
        assert claimed is not None
        tx.runs.checkpoint(claimed.id, claimed.fence, "0", {"segments": ["价格"]})
        assert tx.erasure.erase_audio(OTHER_TENANT, an_id("vis"), code="x").recordings == ()
        erased = tx.erasure.erase_audio(TENANT, an_id("vis"), code="consent_withdrawn")
    assert (erased.blobs, erased.recordings) == ((a_recording().blob,), (an_id("rec"),))
    assert dict(erased.counts) == {"recordings": 1, "answers": 0}
    with uow() as tx:
        recording = tx.recordings.get(TENANT, an_id("rec"))
        assert recording is not None
        assert (recording.state, recording.detail_code, recording.blob, recording.display_name) == (
            "cancelled", "consent_withdrawn", "", "",
        )  # fmt: skip
        assert tx.runs.checkpoints(claimed.id) == {}
        inputs = {run.stage: dict(run.input) for run in tx.runs.of_visit(TENANT, an_id("vis"))}
        assert inputs == {"transcribe": {}, "turns": {"segments": ["价格"]}}
        assert tx.transcripts.latest(TENANT, an_id("vis")) is not None
        assert tx.analyses.latest(TENANT, an_id("vis")) is not None


def test_erased_advice_leaves_the_findings_and_says_why_there_is_none(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.visits.add(a_visit())
        tx.endpoints.add(an_endpoint())
        for hints in (["旧的"], ["新的"]):
            tx.analyses.put(an_analysis_record(coaching={"hints": hints}))
        tx.events.add(an_event(data={"analysis": {"hints": ["新的"]}}))
        assert dict(tx.erasure.erase_advice(OTHER_TENANT, an_id("vis"), instead={}).counts)["events"] == 0
        erased = tx.erasure.erase_advice(TENANT, an_id("vis"), instead=INSTEAD)
    assert dict(erased.counts) == {"coaching": 0, "events": 1, "answers": 0}
    with uow() as tx:
        record = tx.analyses.latest(TENANT, an_id("vis"))
        assert record is not None
        assert record.coaching == INSTEAD
        assert record.analysis.findings != ()
        assert [event.data for event in tx.events.after(TENANT, None, 9)] == [{}]
        assert [owed.state for owed in tx.deliveries.page(TENANT, Page(9))] == ["cancelled"]


def test_what_is_kept_is_counted_by_the_consent_that_covers_it(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number, consent in enumerate(
            (agreed_to(*PURPOSES), agreed_to("transcription"), a_visit().consent), start=1
        ):
            tx.visits.add(a_visit(number, consent=consent))
            tx.transcripts.put(a_transcript_record(visit_id=an_id("vis", number)))
        tx.visits.add(a_visit(4, consent=None))
        tx.visits.add(a_visit(5, consent=agreed_to("transcription")))
        tx.recordings.add(a_recording(visit_id=an_id("vis", 5)))
    with uow(write=False) as tx:
        assert dict(tx.privacy.aging.consent_counts(TENANT, NOON)) == {
            "without": 0, "beyond": 1, "unnamed": 0, "unproven": 1, "purposeless": 1, "trainable": 1, "untrained": 0,
            "unverified": 0,
        }  # fmt: skip
        assert set(tx.privacy.aging.consent_counts(OTHER_TENANT, NOON).values()) == {0}
