"""Accept a recording: consent and quota before bytes, bytes durable before the promise, then the first stage's row.

Invariant: a 2xx means the recording and its first stage run are committed; nothing is stored for a refusal.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from service.domain.errors import Conflict, NotFound
from service.domain.ports import UnitOfWork
from service.domain.speech.recording import Recording, expected_s
from service.domain.stages import QUEUE_OF, Stage, StageRun
from service.domain.visit import BASE, Consent, Purpose, Visit
from service.usecases.operations.admit_work import admit_work
from service.usecases.services import Services

DEFAULT_NAME = "recording"


@dataclass(frozen=True, slots=True)
class StoredBytes:
    """Bytes that the blob store holds, not yet named by any row."""

    blob: str
    sha256: str
    size_bytes: int


def admit_recording(services: Services, tenant_id: str, visit_id: str) -> Visit:
    """The visit, when a recording may be taken for it now; called before a byte of it is read.

    Raises:
        NotFound: no such visit. Conflict: no valid consent (`consent_required`).
        TooManyRequests, Unavailable: too much is waiting; both say when this recording would begin.
    """
    with services.uow(write=False) as tx:
        visit = tx.visits.get(tenant_id, visit_id)
        if visit is None:
            raise NotFound("there is no such visit", code="visit_not_found")
        require_consent(visit, services.clock.now(), "recording")
        admit_work(tx, services, tenant_id, "asr")
    return visit


def require_consent(visit: Visit, now: datetime, purpose: Purpose = BASE) -> Consent:
    """The consent that stands; a visit whose customer has not agreed to this purpose, or no longer agrees, is refused.

    Raises:
        Conflict: `consent_required`.
    """
    if visit.consent is None or not visit.consent.holds_at(now):
        raise Conflict(
            "this visit has no valid consent: create it with `consent`, before sending what was said",
            code="consent_required",
        )
    if not visit.covers(purpose, now):
        raise Conflict(
            f"the consent of this visit does not cover {purpose}: ask for it, then PATCH /v1/visits/{{id}}/consent",
            code="consent_required",
        )
    return visit.consent


def store_bytes(services: Services, visit: Visit, chunks: Iterator[bytes]) -> StoredBytes:
    """Bytes made durable and proven to be audio; removed again when they are not.

    Raises:
        TooLarge, StorageFull: from the blob store. AudioError: no audio, named by its code.
    """
    blob, sha256, size = services.blobs.write(visit.tenant_id, chunks, limit=services.limits.recording_bytes)
    try:
        with services.blobs.local(blob) as path:
            services.probe(path)
    except Exception:
        services.blobs.delete(blob)
        raise
    return StoredBytes(blob, sha256, size)


def accept_recording(
    tx: UnitOfWork, services: Services, visit: Visit, stored: StoredBytes, *, display_name: str
) -> tuple[Recording, bool]:
    """The recording and whether it is new: the same bytes for the same visit are one recording.

    Raises:
        Conflict: consent was withdrawn while the bytes were on their way.
    """
    _require_consent_still(tx, services, visit)
    known = tx.recordings.by_hash(visit.tenant_id, visit.id, stored.sha256)
    if known is not None:
        if known.blob != stored.blob:
            tx.after_commit(lambda: services.blobs.delete(stored.blob))
        return known, False
    recording = _new_recording(services, visit, stored, display_name)
    tx.recordings.add(recording)
    _start(tx, services, recording, "decode", input_hash=stored.sha256)
    return recording, True


def accept_recording_url(tx: UnitOfWork, services: Services, visit: Visit, url: str, *, display_name: str) -> Recording:
    """A recording that is still to be fetched; the address was checked, and is checked again when connecting."""
    _require_consent_still(tx, services, visit)
    recording = _new_recording(services, visit, StoredBytes("", "", 0), display_name)
    tx.recordings.add(recording)
    _start(tx, services, recording, "fetch", input_hash=recording.id, given={"url": url})
    return recording


def _require_consent_still(tx: UnitOfWork, services: Services, visit: Visit) -> None:
    current = tx.visits.get(visit.tenant_id, visit.id)
    if current is None:
        raise NotFound("there is no such visit", code="visit_not_found")
    require_consent(current, services.clock.now(), "recording")


def _new_recording(services: Services, visit: Visit, stored: StoredBytes, display_name: str) -> Recording:
    return Recording(
        id=services.ids.new("rec"),
        tenant_id=visit.tenant_id,
        visit_id=visit.id,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        display_name=clean_display_name(display_name),
        blob=stored.blob,
        received_at=services.clock.now(),
    )


def _start(
    tx: UnitOfWork,
    services: Services,
    recording: Recording,
    stage: Stage,
    *,
    input_hash: str,
    given: dict[str, str] | None = None,
) -> None:
    now = services.clock.now()
    run = StageRun(
        id=services.ids.new("run"),
        tenant_id=recording.tenant_id,
        visit_id=recording.visit_id,
        recording_id=recording.id,
        stage=stage,
        input_hash=input_hash,
        queue=QUEUE_OF[stage],
        state="queued",
        run_after=now,
        input=given or {},
    )
    stored = tx.runs.enqueue(run, weight_s=expected_s(recording))
    tx.after_commit(lambda: services.doorbell.ring(stored.queue, stored.id))


def clean_display_name(name: str) -> str:
    """The last part of what the caller named the file, without control or direction marks, at most 255 bytes."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"}).strip(" .")
    while len(kept.encode("utf-8")) > 255:
        kept = kept[:-1]
    return kept or DEFAULT_NAME
