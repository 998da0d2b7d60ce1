"""Valid values with one line each; a test names only what it is about."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nlp.types import (
    Analysis,
    Because,
    ChurnRisk,
    Debrief,
    Explanation,
    Finding,
    FiveElements,
    Interaction,
    Summary,
    Transcript,
    Turn,
)
from service.domain.delivery.deliveries import Endpoint, Event
from service.domain.records import AnalysisRecord, TranscriptRecord
from service.domain.speech.recording import Recording
from service.domain.stages import QUEUE_OF, Stage, StageRun
from service.domain.visit import Agreed, Consent, Purpose, Visit
from tests.support.fakes import NOON

TENANT = "ten_huadong"
OTHER_TENANT = "ten_huanan"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def an_id(prefix: str, number: int = 1) -> str:
    return f"{prefix}_{number:032x}"


def a_visit(number: int = 1, **changes: Any) -> Visit:
    visit = Visit(
        id=an_id("vis", number),
        tenant_id=TENANT,
        rep_id="rep_lin",
        account_id="acc_hengtong",
        visited_at=NOON - timedelta(days=1),
        created_at=NOON,
        external_id=None,
        industry="instruments",
        competitors=("甲厂",),
        consent=Consent("contract", "verbal", NOON - timedelta(days=1), "v1"),
    )
    return replace(visit, **changes)


def agreed_to(*purposes: Purpose, at: datetime = NOON - timedelta(days=1), **changes: Any) -> Consent:
    """A consent that names its purposes, with the notice they were agreed to after."""
    agreed = tuple(Agreed(each, at, "v2", "ab" * 32) for each in purposes)
    return replace(Consent("consent", "verbal", at, "v2", notice_sha256="ab" * 32, agreed=agreed), **changes)


def a_recording(number: int = 1, **changes: Any) -> Recording:
    recording = Recording(
        id=an_id("rec", number),
        tenant_id=TENANT,
        visit_id=an_id("vis"),
        sha256=f"{number:064x}",
        size_bytes=3_000_000_000,
        display_name="拜访.wav",
        blob=f"{TENANT}/{number:032x}",
        received_at=NOON,
    )
    return replace(recording, **changes)


def a_run(number: int = 1, stage: Stage = "decode", **changes: Any) -> StageRun:
    run = StageRun(
        id=an_id("run", number),
        tenant_id=TENANT,
        visit_id=an_id("vis"),
        stage=stage,
        input_hash=f"hash{number}",
        queue=QUEUE_OF[stage],
        state="queued",
        run_after=NOON,
        recording_id=an_id("rec"),
    )
    return replace(run, **changes)


def a_transcript(*said: str) -> Transcript:
    texts = said or ("价格太高了", "我们可以分期")
    return Transcript(tuple(Turn(i, text, "customer" if i % 2 == 0 else "rep", 0.9) for i, text in enumerate(texts)))


def a_transcript_record(**changes: Any) -> TranscriptRecord:
    record = TranscriptRecord(an_id("vis"), TENANT, 0, "upload", a_transcript(), NOON, {})
    return replace(record, **changes)


def an_analysis(visit_id: str = an_id("vis")) -> Analysis:
    finding = Finding(
        id="f1",
        kind="objection",
        code="price",
        score=0.93,
        turn=0,
        role="customer",
        span=(0, 5),
        quote="价格太高了",
        explanation=Explanation("objection", "1", (Because("太高", 1.5),)),
        attributes={"match": "exact"},
    )
    return Analysis(
        visit_id=visit_id,
        versions={"nlp": "1"},
        turns=a_transcript().turns,
        findings=(finding,),
        summary=Summary("客户嫌贵"),
        five_elements=FiveElements(),
        next_steps=(),
        debrief=Debrief(),
        interaction=Interaction(talk_ratio=0.4),
        churn_risk=ChurnRisk("medium", 0.4, (Because("价格太高了", 0.3),)),
    )


def an_analysis_record(**changes: Any) -> AnalysisRecord:
    record = AnalysisRecord(an_id("vis"), TENANT, 0, 1, an_analysis(), NOON)
    return replace(record, **changes)


def an_endpoint(number: int = 1, **changes: Any) -> Endpoint:
    endpoint = Endpoint(
        id=an_id("whk", number),
        tenant_id=TENANT,
        url="https://crm.example/hooks",
        event_types=("visit.analyzed",),
        payload="thin",
        secrets=(SECRET,),
        created_at=NOON,
    )
    return replace(endpoint, **changes)


def an_event(number: int = 1, **changes: Any) -> Event:
    event = Event(an_id("evt", number), TENANT, "visit.analyzed", NOON, an_id("vis"), number, {"links": {}})
    return replace(event, **changes)
