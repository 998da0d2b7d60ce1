"""One phrase written into every column that may hold what was said or name somebody, through the repositories."""

from dataclasses import replace
from datetime import timedelta

from service.domain.assist.ports import LlmCall
from service.domain.coaching.behaviour import Behaviour
from service.domain.coaching.check_in import CheckIn, Proof
from service.domain.coaching.checklists import Tick
from service.domain.coaching.course_rows import CourseRow
from service.domain.coaching.debriefs import Change, DebriefForm, DebriefRow
from service.domain.coaching.hint_rows import HintFeedback, HintRow
from service.domain.coaching.hints import Hint
from service.domain.coaching.observations import CoachedVisit, ObservationRow
from service.domain.coaching.reviews import Appeal, LabelRow
from service.domain.coaching.score_reviews import ScoreReview
from service.domain.content_store import ContentVersion
from service.domain.crm.decisions import Decision
from service.domain.crm.entities import Entity, apply
from service.domain.delivery.deliveries import Attempt
from service.domain.evidence import Evidence
from service.domain.people import Person
from service.domain.playbooks.ports import PlaybookVersion
from service.domain.playbooks.timeline import Fact
from service.domain.ports import UnitOfWork
from service.domain.privacy.withdrawal import Withdrawal
from service.domain.records import IdempotentAnswer
from service.domain.speech.upload import Upload
from service.domain.visit import Consent
from tests.support.builders import (
    TENANT,
    a_recording,
    a_run,
    a_transcript,
    a_transcript_record,
    a_visit,
    an_analysis_record,
    an_endpoint,
    an_event,
    an_id,
)
from tests.support.crm import an_event as a_crm_event
from tests.support.fakes import NOON
from tests.support.owned_playbooks import a_decision, an_alert

OPPORTUNITY = ("opportunity", "o1")


def say_everywhere(tx: UnitOfWork, phrase: str, *, tenant: str = TENANT, number: int = 1) -> None:
    """Fill one visit and all that follows from it; `number` keeps the ids of two tenants apart."""
    said = Evidence(an_id("vis", number), 0, phrase, NOON, "customer")
    consent = Consent(
        "consent", "signed", NOON - timedelta(days=1), "v1", NOON + timedelta(days=90), recorded_by=phrase
    )
    tx.visits.add(a_visit(number, tenant_id=tenant, place=phrase, competitors=(phrase,), consent=consent))
    _texts(tx, phrase, tenant, number)
    _stages(tx, phrase, tenant, number)
    _coaching(tx, said, tenant, number)
    _crm(tx, said, tenant, number)
    _outside(tx, phrase, tenant, number)


def _texts(tx: UnitOfWork, phrase: str, tenant: str, number: int) -> None:
    visit_id = an_id("vis", number)
    mine = {"tenant_id": tenant, "visit_id": visit_id}
    tx.recordings.add(a_recording(number, display_name=f"{phrase}.wav", detail=phrase, detail_code="x", **mine))
    tx.uploads.add(Upload(an_id("upl", number), tenant, visit_id, 9, an_id("prt", number), phrase, "", NOON,
                          NOON + timedelta(days=1)))  # fmt: skip
    tx.transcripts.put(a_transcript_record(transcript=a_transcript(phrase), engine={"dropped": [phrase]}, **mine))
    record = an_analysis_record(coaching={"hints": [{"text": phrase}]}, **mine)
    finding = replace(record.analysis.findings[0], quote=phrase)
    tx.analyses.put(replace(record, analysis=replace(record.analysis, findings=(finding,))))
    tx.llm.add(LlmCall(an_id("llm", number), tenant, visit_id, "h", "m", 3, NOON, {"summary": phrase}))


def _stages(tx: UnitOfWork, phrase: str, tenant: str, number: int) -> None:
    """One run that ended, with a window, and one that failed with a reason."""
    for run_number, code in ((2 * number, ""), (2 * number + 1, "asr_failed")):
        run = a_run(
            run_number, "transcribe", tenant_id=tenant, visit_id=an_id("vis", number), input={"decoded": phrase}
        )
        tx.runs.enqueue(run)
        claimed = tx.runs.claim("asr", "me", NOON, run_id=run.id)
        assert claimed is not None
        assert claimed.input == {"decoded": phrase}
        assert tx.runs.checkpoint(claimed.id, claimed.fence, "0", {"segments": [phrase]})
        if code:
            assert tx.runs.fail(claimed.id, claimed.fence, code=code, detail=phrase, run_after=None)
        else:
            assert tx.runs.finish(claimed.id, claimed.fence, {"segments": [phrase]})


def _coaching(tx: UnitOfWork, said: Evidence, tenant: str, number: int) -> None:
    phrase, visit_id, store = said.quote, said.visit_id, tx.coaching
    of_visit = (visit_id, "rep_lin", "acc_hengtong")
    later = NOON + timedelta(days=7)
    hint = Hint(an_id("hint", number), "card", "confirm_budget", phrase, (said,), 50, None, later)
    store.observations.put(ObservationRow(an_id("obs", number), tenant, NOON, *of_visit, "discovery", "r", phrase, 1,
                                          1.0, "talk", 0, phrase))  # fmt: skip
    store.visits.put(CoachedVisit(visit_id, tenant, NOON, *of_visit[1:], Behaviour(questions=(said,))))
    store.hints.put(HintRow(hint.id, tenant, NOON, *of_visit, hint.card, hint.action, "proposed", later, hint))
    store.feedback.put(HintFeedback(an_id("fdb", number), tenant, NOON, hint.id, "rep_lin", hint.card, hint.action,
                                    "dismissed", "not_now", "", phrase, {}))  # fmt: skip
    store.courses.put(CourseRow(an_id("crs", number), tenant, NOON, visit_id, "rep_lin", "price_unfold", "objection",
                                "rule", phrase, (said,), "assigned", later, answer=phrase,
                                withdrawn=Withdrawal(NOON, "app_1", phrase)))  # fmt: skip
    store.check_ins.put(CheckIn(visit_id, tenant, NOON, *of_visit[1:], (Tick("i", phrase, "value", (said,)),),
                                {phrase: True}))  # fmt: skip
    store.proofs.put(Proof(an_id("prf", number), tenant, NOON, visit_id, "", "0" * 64, 3, f"{phrase}.pdf"))
    store.debriefs.put(DebriefRow(visit_id, tenant, NOON, 1, DebriefForm(next_step=phrase),
                                  (Change("next_step", "", phrase, 0, phrase),), "rep_lin"))  # fmt: skip
    store.labels.put(LabelRow(an_id("lab", number), tenant, NOON, visit_id, "f1", "review", "objection", "price",
                              "right", (), 0, "customer", phrase, phrase, (0, 2), (phrase,), 0.9, "m", "t", phrase,
                              (phrase,), (phrase,)))  # fmt: skip
    store.appeals.put(Appeal(an_id("app", number), tenant, NOON, visit_id, "rep_lin", "finding", "f1", "objection",
                             phrase, phrase, ruling=phrase))  # fmt: skip
    store.score_reviews.put(ScoreReview(an_id("srv", number), tenant, NOON, "rep_lin", "2026-02", "0" * 64, "mgr_he",
                                        phrase))  # fmt: skip


def _crm(tx: UnitOfWork, said: Evidence, tenant: str, number: int) -> None:
    phrase, later = said.quote, NOON + timedelta(days=1)
    event = replace(a_crm_event(note=phrase, account_id="acc_hengtong"), kind="opportunity", entity_id="o1")
    tx.crm_events.add(tenant, event)
    tx.entities.put(tenant, apply(Entity("opportunity", "o1"), event))
    tx.decisions.add(tenant, Decision(an_id("dcn", number), "gate", "o1", "k", NOON, {"why": phrase}, (phrase,)))
    fact = Fact(an_id("fct", number), NOON, "visit.said", "opportunity", "o1", {"quote": phrase}, said.visit_id)
    tx.playbooks.links.put(tenant, fact, frozenset({OPPORTUNITY}))
    alert = an_alert(number, tenant_id=tenant, title=phrase, text=phrase, steps=[{"text": phrase}], due_at=later,
                     log=[{"note": phrase}], evidence=[{"visit_id": said.visit_id, "quote": phrase}],
                     opportunity_id="o1", account_id="acc_hengtong")  # fmt: skip
    tx.playbooks.alerts.add(alert)
    tx.playbooks.decisions.add(a_decision(number, tenant_id=tenant, data={"why": phrase}, reason=phrase))
    tx.playbooks.versions.add(PlaybookVersion(an_id("pbv", number), tenant, "own", 1, phrase, "who", phrase, NOON))
    tx.contents.add(ContentVersion(an_id("cnv", number), tenant, "plans", "own", 1, phrase, "who", phrase, NOON))


def _outside(tx: UnitOfWork, phrase: str, tenant: str, number: int) -> None:
    """People, what goes out and what came back."""
    visit_id = an_id("vis", number)
    tx.people.put(Person("rep_lin", tenant, phrase, "rep", NOON, "north", row_id=an_id("per", number)))
    endpoint = an_endpoint(number, tenant_id=tenant, description=phrase)
    tx.endpoints.add(replace(endpoint, url=f"https://crm.example/{phrase}"))
    tx.events.add(an_event(number, tenant_id=tenant, visit_id=visit_id, data={"analysis": {"text": phrase}}))
    delivery = tx.deliveries.claim("me", NOON)
    assert delivery is not None
    tried = Attempt(delivery.id, 1, NOON, 500, phrase, latency_ms=3, body=phrase)
    assert tx.deliveries.record(delivery, tried, state="dead", next_attempt_at=None)
    tx.idempotency.begin(IdempotentAnswer(tenant, "PUT /t", "k", "f", 0, b"", NOON))
    tx.idempotency.complete(tenant, "PUT /t", "k", status=200, body=f"{visit_id} {phrase}".encode())
