"""An in-memory unit of work, held to the same contract suite as the SQL one; use cases are tested over it.

Invariant: what a block wrote is seen by nobody until it ends without an error, and by everybody after.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from service.domain import ports
from service.domain.access import ApiKey
from service.domain.coaching.ports import CoachingStore
from service.domain.content_store import ContentVersions
from service.domain.errors import Conflict
from service.domain.playbooks.ports import PlaybookStore
from service.domain.privacy.ports import PrivacyStore
from service.domain.records import AnalysisRecord, IdempotentAnswer, Page, TranscriptRecord
from service.domain.speech.recording import Recording, RecordingState, may_move
from service.domain.visit import LabelledVisit, Purpose, Visit, VisitRecord
from tests.support.memory_coaching import MemoryCoachingStore
from tests.support.memory_crm import MemoryCrmEvents, MemoryCrmSources, MemoryDecisions, MemoryEntities
from tests.support.memory_delivery import MemoryDeliveries, MemoryEndpoints, MemoryEvents, MemoryRobotBuckets
from tests.support.memory_erasure import MemoryErasure
from tests.support.memory_llm import MemoryLlmLedger
from tests.support.memory_office import MemoryRunOffice
from tests.support.memory_people import MemoryPeople
from tests.support.memory_playbooks import MemoryContents, MemoryPlaybooks
from tests.support.memory_privacy import MemoryPrivacyStore
from tests.support.memory_queue import MemoryRuns
from tests.support.memory_sessions import MemoryConsoleSessions
from tests.support.memory_speech import MemorySpeechChoices
from tests.support.memory_state import State, newest_first
from tests.support.memory_uploads import MemoryUploads


class MemoryVisits:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, visit: Visit) -> None:
        known = visit.external_id is not None and self.by_external(visit.tenant_id, visit.external_id) is not None
        if known or visit.id in self._state.visits:
            raise Conflict("something with this identity exists already", code="already_exists")
        self._state.visits[visit.id] = visit

    def get(self, tenant_id: str, visit_id: str) -> Visit | None:
        visit = self._state.visits.get(visit_id)
        return visit if visit is not None and visit.tenant_id == tenant_id else None

    def by_external(self, tenant_id: str, external_id: str) -> Visit | None:
        mine = (visit for visit in self._state.visits.values() if visit.tenant_id == tenant_id)
        return next((visit for visit in mine if visit.external_id == external_id), None)

    def update(self, visit: Visit) -> None:
        if self.get(visit.tenant_id, visit.id) is not None:
            self._state.visits[visit.id] = visit

    def page(
        self,
        tenant_id: str,
        page: Page,
        *,
        rep_id: str | None = None,
        account_id: str | None = None,
        unverified: bool = False,
    ) -> list[Visit]:
        found = [visit for visit in self._of(tenant_id, rep_id, account_id) if not unverified or visit.unverified]
        return newest_first(found, page, lambda visit: visit.id)

    def history(
        self,
        tenant_id: str,
        *,
        before: datetime,
        limit: int,
        account_id: str | None = None,
        rep_id: str | None = None,
        about: str | None = None,
        purpose: Purpose | None = None,
        bare: bool = False,
    ) -> list[VisitRecord]:
        del bare
        earlier = [visit for visit in self._of(tenant_id, rep_id, account_id) if visit.visited_at < before]
        found: list[VisitRecord] = []
        for visit in sorted(earlier, key=lambda it: (it.visited_at, it.id), reverse=True):
            if visit.unverified:
                continue
            if purpose is not None and (visit.consent is None or purpose not in visit.consent.purposes()):
                continue
            record = MemoryAnalyses(self._state).latest(tenant_id, visit.id)
            if record is not None and (about is None or any(f.code == about for f in record.analysis.findings)):
                found.append(_history_line(visit, record))
        return found[:limit]

    def made(self, tenant_id: str, *, since: datetime, until: datetime, rep_ids: Collection[str]) -> list[Visit]:
        mine = (visit for visit in self._of(tenant_id, None, None) if visit.rep_id in rep_ids)
        return sorted(
            (visit for visit in mine if since <= visit.visited_at < until), key=lambda it: (it.visited_at, it.id)
        )

    def labelled(self, tenant_id: str, *, since: datetime, until: datetime) -> list[LabelledVisit]:
        visits = {visit.id: visit for visit in self._of(tenant_id, None, None)}
        return [
            LabelledVisit(
                record.visit_id,
                record.rep_id,
                record.account_id,
                visits[record.visit_id].channel,
                visits[record.visit_id].dialect,
                frozenset(finding.code for finding in record.analysis.findings),
            )
            for record in self.history(tenant_id, before=until, limit=len(visits))
            if record.visited_at >= since
        ]

    def _of(self, tenant_id: str, rep_id: str | None, account_id: str | None) -> list[Visit]:
        return [
            visit
            for visit in self._state.visits.values()
            if visit.tenant_id == tenant_id
            and rep_id in (None, visit.rep_id)
            and account_id in (None, visit.account_id)
        ]


def _history_line(visit: Visit, record: AnalysisRecord) -> VisitRecord:
    return VisitRecord(
        visit.id,
        visit.rep_id,
        visit.account_id,
        visit.opportunity_id,
        visit.visited_at,
        visit.stage,
        record.analysis,
    )


class MemoryRecordings:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, recording: Recording) -> None:
        self._state.recordings[recording.id] = recording

    def get(self, tenant_id: str, recording_id: str) -> Recording | None:
        recording = self._state.recordings.get(recording_id)
        return recording if recording is not None and recording.tenant_id == tenant_id else None

    def by_hash(self, tenant_id: str, visit_id: str, sha256: str) -> Recording | None:
        return next((it for it in self.of_visit(tenant_id, visit_id) if it.sha256 == sha256), None)

    def of_visit(self, tenant_id: str, visit_id: str) -> list[Recording]:
        mine = (it for it in self._state.recordings.values() if (it.tenant_id, it.visit_id) == (tenant_id, visit_id))
        return sorted(mine, key=lambda it: it.id)

    def holds_blob(self, tenant_id: str, blob: str) -> bool:
        return any((it.tenant_id, it.blob) == (tenant_id, blob) for it in self._state.recordings.values())

    def move(
        self, tenant_id: str, recording_id: str, state: RecordingState, *, code: str = "", detail: str = ""
    ) -> bool:
        recording = self.get(tenant_id, recording_id)
        if recording is None or not may_move(recording.state, state):
            return False
        self._state.recordings[recording_id] = replace(recording, state=state, detail_code=code, detail=detail)
        return True

    def describe(self, tenant_id: str, recording_id: str, *, duration_ms: int, partial: bool) -> None:
        self._edit(tenant_id, recording_id, duration_ms=duration_ms, partial=partial)

    def attach(self, tenant_id: str, recording_id: str, *, sha256: str, size_bytes: int, blob: str) -> None:
        self._edit(tenant_id, recording_id, sha256=sha256, size_bytes=size_bytes, blob=blob)

    def _edit(self, tenant_id: str, recording_id: str, **values: Any) -> None:
        recording = self.get(tenant_id, recording_id)
        if recording is not None:
            self._state.recordings[recording_id] = replace(recording, **values)


class MemoryTranscripts:
    def __init__(self, state: State) -> None:
        self._state = state

    def put(self, record: TranscriptRecord) -> TranscriptRecord:
        latest = self.latest(record.tenant_id, record.visit_id)
        stored = replace(record, version=1 if latest is None else latest.version + 1)
        self._state.transcripts[record.visit_id, stored.version] = stored
        return stored

    def latest(self, tenant_id: str, visit_id: str) -> TranscriptRecord | None:
        mine = [it for it in self._state.transcripts.values() if (it.tenant_id, it.visit_id) == (tenant_id, visit_id)]
        return max(mine, key=lambda it: it.version, default=None)


class MemoryAnalyses:
    def __init__(self, state: State) -> None:
        self._state = state

    def put(self, record: AnalysisRecord) -> AnalysisRecord:
        latest = self.latest(record.tenant_id, record.visit_id)
        stored = replace(record, version=1 if latest is None else latest.version + 1)
        self._state.analyses[record.visit_id, stored.version] = stored
        return stored

    def latest(self, tenant_id: str, visit_id: str) -> AnalysisRecord | None:
        mine = [it for it in self._state.analyses.values() if (it.tenant_id, it.visit_id) == (tenant_id, visit_id)]
        return max(mine, key=lambda it: it.version, default=None)

    def add_coaching(self, tenant_id: str, visit_id: str, version: int, coaching: Mapping[str, Any]) -> None:
        record = self._state.analyses.get((visit_id, version))
        if record is not None and record.tenant_id == tenant_id:
            self._state.analyses[visit_id, version] = replace(record, coaching=dict(coaching))


class MemoryApiKeys:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, key: ApiKey) -> None:
        self._state.api_keys[key.id] = key

    def find(self, key_id: str) -> ApiKey | None:
        return self._state.api_keys.get(key_id)

    def page(self, tenant_id: str) -> list[ApiKey]:
        mine = [key for key in self._state.api_keys.values() if key.tenant_id == tenant_id]
        return sorted(mine, key=lambda key: key.id, reverse=True)

    def revoke(self, tenant_id: str, key_id: str, now: datetime) -> bool:
        key = self.find(key_id)
        if key is None or key.tenant_id != tenant_id or key.revoked_at is not None:
            return False
        self._state.api_keys[key_id] = replace(key, revoked_at=now)
        return True


class MemoryIdempotencyKeys:
    def __init__(self, state: State) -> None:
        self._state = state

    def begin(self, answer: IdempotentAnswer) -> IdempotentAnswer | None:
        place = answer.tenant_id, answer.route, answer.key
        standing = self._state.answers.get(place)
        if standing is None:
            self._state.answers[place] = answer
        return standing

    def complete(self, tenant_id: str, route: str, key: str, *, status: int, body: bytes) -> None:
        standing = self._state.answers[tenant_id, route, key]
        self._state.answers[tenant_id, route, key] = replace(standing, status=status, body=body)

    def forget(self, tenant_id: str, route: str, key: str) -> None:
        self._state.answers.pop((tenant_id, route, key), None)

    def sweep(self, before: datetime) -> int:
        old = [place for place, answer in self._state.answers.items() if answer.created_at < before]
        for place in old:
            del self._state.answers[place]
        return len(old)


class MemoryTicks:
    def __init__(self, state: State) -> None:
        self._state = state

    def take(self, name: str, every: timedelta, read_clock: Callable[[], datetime]) -> bool:
        due_at, now = self._state.ticks.get(name), read_clock()
        if due_at is not None and now < due_at <= now + every:
            return False
        following = now + every
        if due_at is not None and due_at <= now:
            following = due_at + ((now - due_at) // every + 1) * every
        self._state.ticks[name] = following
        return True


class MemoryUnitOfWork:
    def __init__(self, state: State, ids: ports.Ids) -> None:
        self.visits: ports.Visits = MemoryVisits(state)
        self.recordings: ports.Recordings = MemoryRecordings(state)
        self.uploads: ports.Uploads = MemoryUploads(state)
        self.runs: ports.Runs = MemoryRuns(state)
        self.transcripts: ports.Transcripts = MemoryTranscripts(state)
        self.analyses: ports.Analyses = MemoryAnalyses(state)
        self.events: ports.Events = MemoryEvents(state, ids)
        self.endpoints: ports.Endpoints = MemoryEndpoints(state)
        self.deliveries: ports.Deliveries = MemoryDeliveries(state)
        self.robots: ports.RobotBuckets = MemoryRobotBuckets(state)
        self.office: ports.RunOffice = MemoryRunOffice(state)
        self.llm: ports.LlmLedger = MemoryLlmLedger(state)
        self.api_keys: ports.ApiKeys = MemoryApiKeys(state)
        self.idempotency: ports.IdempotencyKeys = MemoryIdempotencyKeys(state)
        self.people: ports.People = MemoryPeople(state)
        self.coaching: CoachingStore = MemoryCoachingStore(state)
        self.privacy: PrivacyStore = MemoryPrivacyStore(state, ids)
        self.crm_events: ports.CrmEvents = MemoryCrmEvents(state)
        self.entities: ports.Entities = MemoryEntities(state)
        self.decisions: ports.Decisions = MemoryDecisions(state)
        self.crm_sources: ports.CrmSources = MemoryCrmSources(state)
        self.playbooks: PlaybookStore = MemoryPlaybooks(state)
        self.contents: ContentVersions = MemoryContents(state)
        self.sessions = MemoryConsoleSessions(state)
        self.speech: ports.SpeechChoices = MemorySpeechChoices(state)
        self.ticks: ports.Ticks = MemoryTicks(state)
        self.erasure: ports.Erasure = MemoryErasure(state)
        self.actions: list[Callable[[], None]] = []

    def after_commit(self, action: Callable[[], None]) -> None:
        self.actions.append(action)


class MemoryDatabase:
    """A UnitOfWorkFactory; `state` is what has been committed, for tests to look at."""

    def __init__(self, ids: ports.Ids) -> None:
        self.state = State()
        self._ids = ids
        self._writer = threading.Lock()

    @contextmanager
    def __call__(self, *, write: bool = True) -> Iterator[ports.UnitOfWork]:
        if not write:
            yield MemoryUnitOfWork(self.state.copy(), self._ids)
            return
        with self._writer:
            state = self.state.copy()
            unit = MemoryUnitOfWork(state, self._ids)
            yield unit
            self.state = state
        for action in unit.actions:
            action()
