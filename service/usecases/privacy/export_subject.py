"""Everything that is kept about one subject as a zip archive: rows as JSON, recordings as they were sent.

Invariant: memory stays flat whatever the recordings' size, and nothing of it touches a disk on the way out.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, cast

from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.domain.speech.recording import Recording
from service.usecases.privacy.erase_subject import Subject
from service.usecases.services import Services
from service.usecases.visits.present_analysis import NOTICE

PIECE = 1 << 20
MADE_BY_MODELS = frozenset({"analysis", "coached_visit", "skill_observation", "hint", "course_assignment", "check_in",
                           "alert", "llm_call"})  # fmt: skip
"""Rows that hold what a model or a rule made of a talk, and not what people said; an analysis names its versions."""
FIXED_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Export:
    """What there is about a subject: rows per table, and recordings whose bytes are still kept."""

    subject: Subject
    made_at: datetime
    rows: dict[str, list[dict[str, Any]]]
    recordings: list[Recording]

    def counts(self) -> dict[str, int]:
        """How many rows of each kind."""
        return {name: len(rows) for name, rows in sorted(self.rows.items())}


def read_subject(tx: UnitOfWork, services: Services, tenant_id: str, subject: Subject) -> Export:
    """What is kept about the subject now.

    Raises:
        NotFound: nothing (`subject_not_found`).
    """
    visit_ids = tx.privacy.subjects.visit_ids(tenant_id, subject.kind, subject.ref)
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, row in tx.privacy.subjects.collect(tenant_id, subject.kind, subject.ref, visit_ids):
        rows.setdefault(name, []).append(row)
    if not rows:
        raise NotFound("nothing is kept about this subject", code="subject_not_found")
    recordings = [each for visit_id in visit_ids for each in tx.recordings.of_visit(tenant_id, visit_id) if each.blob]
    return Export(subject, services.clock.now(), rows, recordings)


def zip_export(services: Services, export: Export) -> Iterator[bytes]:
    """The archive piece by piece."""
    sink = _Sink()
    with zipfile.ZipFile(cast(IO[bytes], sink), "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_named("subject.json"), _document(export))
        yield sink.take()
        for recording in export.recordings:
            with (
                services.blobs.open(recording.blob) as audio,
                archive.open(_named(f"audio/{recording.id}"), "w", force_zip64=True) as entry,
            ):
                while piece := audio.read(PIECE):
                    entry.write(piece)
                    yield sink.take()
    yield sink.take()


def _document(export: Export) -> str:
    audio = {
        recording.id: {"file": f"audio/{recording.id}", "name": recording.display_name, "sha256": recording.sha256}
        for recording in export.recordings
    }
    told = {
        "subject": {"kind": export.subject.kind, "id": export.subject.ref},
        "made_at": export.made_at.isoformat().replace("+00:00", "Z"),
        "audio": audio,
        "made_by_models": {"notice": NOTICE, "rows": sorted(MADE_BY_MODELS & set(export.rows))},
        "rows": export.rows,
    }
    return json.dumps(told, ensure_ascii=False, indent=1, default=str)


def _named(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIXED_DATE)
    info.external_attr = 0o600 << 16
    return info


class _Sink:
    """A file that only grows and hands over what it got."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken
