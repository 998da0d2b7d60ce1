"""Take a finished transcript: stored as a new version, analysed from its text on."""

import hashlib
from typing import Literal

from nlp.types import Transcript
from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.domain.records import TranscriptRecord
from service.domain.stages import LEAST_S, QUEUE_OF, StageRun
from service.domain.visit import Visit
from service.usecases.operations.admit_work import admit_work
from service.usecases.services import Services
from service.usecases.visits.accept_recording import require_consent
from service.usecases.visits.queue_stage import queue_stage

CHARACTERS_A_SECOND = 3.2  # 11,570 in a measured hour of talk


def admit_transcript(tx: UnitOfWork, services: Services, tenant_id: str, visit_id: str) -> Visit:
    """The visit, when what was said in it may be stored now.

    Raises:
        NotFound: no such visit. Conflict: no valid consent (`consent_required`).
    """
    visit = tx.visits.get(tenant_id, visit_id)
    if visit is None:
        raise NotFound("there is no such visit", code="visit_not_found")
    require_consent(visit, services.clock.now())
    return visit


def put_transcript(
    tx: UnitOfWork, services: Services, visit: Visit, transcript: Transcript
) -> tuple[TranscriptRecord, bool]:
    """The stored version and whether it is new; the same transcript again is the version that already stands.

    Raises:
        TooManyRequests, Unavailable: too much is waiting; both say when this transcript would be analysed.
    """
    latest = tx.transcripts.latest(visit.tenant_id, visit.id)
    if latest is not None and latest.transcript == transcript:
        return latest, False
    admit_work(tx, services, visit.tenant_id, QUEUE_OF["analyse"])
    now = services.clock.now()
    source: Literal["upload", "correction"] = "upload" if latest is None else "correction"
    record = tx.transcripts.put(TranscriptRecord(visit.id, visit.tenant_id, 0, source, transcript, now, engine={}))
    queue_analysis(tx, services, visit, record)
    return record, True


def spoken_s(transcript: Transcript) -> float:
    """Seconds of talk that a transcript stands for: as long as its audio, else by its length."""
    if transcript.duration_ms is not None:
        return max(LEAST_S, transcript.duration_ms / 1_000)
    return max(LEAST_S, sum(len(turn.text) for turn in transcript.turns) / CHARACTERS_A_SECOND)


def queue_analysis(tx: UnitOfWork, services: Services, visit: Visit, record: TranscriptRecord) -> StageRun:
    """The analyse run for one transcript version under the versions of models and content now in force."""
    digest = hashlib.sha256(repr((record.version, sorted(services.versions.items()))).encode()).hexdigest()
    given = {"transcript_version": record.version}
    return queue_stage(
        tx, services, visit, "analyse", input_hash=digest, given=given, weight_s=spoken_s(record.transcript)
    )
