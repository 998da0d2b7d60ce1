"""Rows that use cases read and write beside the aggregates: transcripts, analyses, idempotent answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from nlp.types import Analysis, Transcript


@dataclass(frozen=True, slots=True)
class TranscriptRecord:
    """One version of a visit's transcript; versions count from 1 and are never rewritten."""

    visit_id: str
    tenant_id: str
    version: int
    source: Literal["asr", "upload", "correction"]
    transcript: Transcript
    created_at: datetime
    engine: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AnalysisRecord:
    """One analysis of one transcript version, with what coaching added (already in API form)."""

    visit_id: str
    tenant_id: str
    version: int
    transcript_version: int
    analysis: Analysis
    created_at: datetime
    coaching: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class IdempotentAnswer:
    """What a key was answered with; `status` 0 while the first request is still running."""

    tenant_id: str
    route: str
    key: str
    fingerprint: str
    status: int
    body: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A cursor page: up to `limit` items after the one whose id is `after`, newest first."""

    limit: int = 50
    after: str | None = None
