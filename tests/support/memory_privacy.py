"""Privacy in memory: the audit trail and its rows, with the rules of the SQL repositories."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from service.domain.ports import Ids
from service.domain.privacy.audit import AuditEntry, AuditHead, AuditRow, seal
from service.domain.privacy.consent_counts import Kept, count_consents
from service.domain.privacy.transfers import HostCount
from service.domain.speech.recording import Recording
from tests.support.memory_coaching import MemoryRows
from tests.support.memory_state import State

KINDS = ("retention", "holds", "processors", "tombstones", "receipts", "requests", "request_terms",
         "transferred", "transfer_tallies", "rules", "assessments")  # fmt: skip


class MemoryAuditTrail:
    def __init__(self, state: State, ids: Ids) -> None:
        self._state = state
        self._ids = ids

    def append(self, tenant_id: str, entry: AuditEntry, now: datetime) -> AuditRow:
        head = self.head(tenant_id)
        row = seal(entry, row_id=self._ids.new("aud"), tenant_id=tenant_id, at=now, head=head)
        self._state.audit[tenant_id, row.sequence] = row
        self._state.audit_heads[tenant_id] = replace(head, sequence=row.sequence, hash=row.hash)
        return row

    def hold(self, tenant_id: str) -> None:
        """Blocks run one after the other here."""

    def head(self, tenant_id: str) -> AuditHead:
        return self._state.audit_heads.get(tenant_id, AuditHead())

    def walk(self, tenant_id: str) -> Iterator[AuditRow]:
        yield from sorted(self._mine(tenant_id), key=lambda row: row.sequence)

    def find(
        self,
        tenant_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        actions: Sequence[str] = (),
        visit_id: str | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[AuditRow]:
        found = [
            row
            for row in self._mine(tenant_id)
            if (since is None or row.at >= since)
            and (until is None or row.at < until)
            and (not actions or row.action in actions)
            and visit_id in (None, row.visit_id)
            and (before is None or row.sequence < before)
        ]
        return sorted(found, key=lambda row: row.sequence, reverse=True)[:limit]

    def by_id(self, tenant_id: str, row_id: str) -> AuditRow | None:
        return next((row for row in self._mine(tenant_id) if row.id == row_id), None)

    def seen(self, tenant_id: str, *, actor: str, action: str, object: str, since: datetime) -> bool:  # noqa: A002
        wanted = (actor, action, object)
        return any((row.actor, row.action, row.object) == wanted and row.at >= since for row in self._mine(tenant_id))

    def prune(self, tenant_id: str, before: datetime) -> int:
        head = self.head(tenant_id)
        kept = [row.sequence for row in self._mine(tenant_id) if row.at >= before]
        first = min(kept, default=head.sequence + 1)
        if first <= head.first:
            return 0
        previous = self._state.audit[tenant_id, first - 1].hash
        gone = [place for place in self._state.audit if place[0] == tenant_id and place[1] < first]
        for place in gone:
            del self._state.audit[place]
        self._state.audit_heads[tenant_id] = replace(head, first=first, first_previous=previous)
        return len(gone)

    def _mine(self, tenant_id: str) -> list[AuditRow]:
        return [row for (tenant, _), row in self._state.audit.items() if tenant == tenant_id]


class MemoryPrivacyStore:
    retention: Any
    holds: Any
    processors: Any
    tombstones: Any
    receipts: Any
    requests: Any
    request_terms: Any
    transferred: Any
    transfer_tallies: Any
    rules: Any
    assessments: Any

    def __init__(self, state: State, ids: Ids) -> None:
        self._state = state
        self.audit = MemoryAuditTrail(state, ids)
        self.subjects = MemorySubjects(state)
        self.aging = MemoryAging(state)
        for kind in KINDS:
            setattr(self, kind, MemoryRows(state, kind))
        self.transferred = MemoryTransferredPersons(state, "transferred")

    def tenants(self) -> list[str]:
        found = {visit.tenant_id for visit in self._state.visits.values()} | set(self._state.audit_heads)
        return sorted(found | {tenant for kind, tenant, _ in self._state.coaching if kind == "retention"})

    def reseal(self, tenant_id: str, limit: int) -> int:
        return 0


class MemoryTransferredPersons(MemoryRows):
    def distinct(self, tenant_id: str, year: str) -> tuple[int, int]:
        placed = [row for row in self.find(tenant_id, among={"year": [year]}) if row.region]
        return len({row.subject for row in placed}), len({row.subject for row in placed if row.sensitive})

    def by_host(self, tenant_id: str, year: str) -> list[HostCount]:
        rows = self.find(tenant_id, among={"year": [year]})
        hosts = {host: [row for row in rows if row.host == host] for host in sorted({row.host for row in rows})}
        return [
            HostCount(host, max(row.region for row in mine), len(mine), sum(row.sensitive for row in mine))
            for host, mine in hosts.items()
        ]

    def years(self, tenant_id: str) -> list[str]:
        return sorted({row.year for row in self.find(tenant_id)})

    def place(self, tenant_id: str, host: str, region: str) -> None:
        for row in self.find(tenant_id, among={"host": [host], "region": [""]}):
            self.put(replace(row, region=region))


class MemoryAging:
    def __init__(self, state: State) -> None:
        self._state = state

    def audio_before(self, tenant_id: str, before: datetime, limit: int) -> list[Recording]:
        old = [row for row in self._kept(tenant_id) if row.received_at < before]
        return sorted(old, key=lambda row: (row.received_at, row.id))[:limit]

    def heard_audio(self, tenant_id: str, limit: int) -> list[Recording]:
        heard = {row.visit_id for row in self._state.transcripts.values() if row.source == "asr"}
        done = [row for row in self._kept(tenant_id) if row.state == "done" and row.visit_id in heard]
        return sorted(done, key=lambda row: row.id)[:limit]

    def texts_before(self, tenant_id: str, before: datetime, limit: int) -> list[str]:
        return visits_before(self._state.transcripts.values(), tenant_id, before)[:limit]

    def features_before(self, tenant_id: str, before: datetime, limit: int) -> list[str]:
        return visits_before(self._state.analyses.values(), tenant_id, before)[:limit]

    def consents_ended(self, tenant_id: str, now: datetime, *, after: str, limit: int) -> list[str]:
        mine = (visit for visit in self._state.visits.values() if visit.tenant_id == tenant_id and visit.id > after)
        standing = ((visit.id, visit.consent) for visit in mine if visit.consent and visit.consent.withdrawn_at is None)
        return sorted(id_ for id_, given in standing if given.expires_at and given.expires_at <= now)[:limit]

    def consent_counts(self, tenant_id: str, now: datetime) -> Mapping[str, int]:
        kept = {row.visit_id for row in self._kept(tenant_id)}
        kept |= {row.visit_id for row in self._state.transcripts.values() if row.tenant_id == tenant_id}
        audio = {row.visit_id for row in self._kept(tenant_id)}
        coached = {place[2] for place in self._state.coaching if place[:2] == ("visits", tenant_id)}
        found = (self._state.visits[visit_id] for visit_id in kept if visit_id in self._state.visits)
        return count_consents((Kept(one.consent, one.id in audio, one.id in coached) for one in found), now)

    def plain_texts(self, tenant_id: str) -> int:
        return 0

    def first_visit(self, tenant_id: str) -> datetime | None:
        return min((row.created_at for row in self._state.visits.values() if row.tenant_id == tenant_id), default=None)

    def blobs(self, tenant_id: str) -> list[str]:
        return [row.blob for row in self._kept(tenant_id)]

    def _kept(self, tenant_id: str) -> list[Recording]:
        return [row for row in self._state.recordings.values() if row.tenant_id == tenant_id and row.blob]


def visits_before(rows: Any, tenant_id: str, before: datetime) -> list[str]:
    newest: dict[str, datetime] = {}
    for row in rows:
        if row.tenant_id == tenant_id:
            newest[row.visit_id] = max(row.created_at, newest.get(row.visit_id, row.created_at))
    return [visit for visit, at in sorted(newest.items(), key=lambda item: (item[1], item[0])) if at < before]


class MemorySubjects:
    """Looks through every dict of the state for values that name the subject, as the SQL one looks through columns."""

    def __init__(self, state: State) -> None:
        self._state = state

    def visit_ids(self, tenant_id: str, kind: str, ref: str) -> list[str]:
        column = {"visit": "id", "account": "account_id", "person": "rep_id"}.get(kind)
        mine = (visit for visit in self._state.visits.values() if visit.tenant_id == tenant_id)
        return sorted(visit.id for visit in mine if column is None or getattr(visit, column) == ref)

    def names(self, tenant_id: str) -> Iterator[tuple[str, str, str]]:
        for visit in self._state.visits.values():
            given = {"visit": visit.id, "person": visit.rep_id, "account": visit.account_id,
                     "opportunity": visit.opportunity_id, "external": visit.external_id}  # fmt: skip
            if visit.tenant_id == tenant_id:
                yield from ((family, name, visit.id) for family, name in given.items() if name)
        yield from (("person", name, "") for tenant, name in self._state.people if tenant == tenant_id)

    def collect(
        self, tenant_id: str, kind: str, ref: str, visit_ids: Sequence[str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, _, row in self._rows(tenant_id):
            of_visit = (row.id if name == "visits" else getattr(row, "visit_id", None)) in visit_ids
            if of_visit or (kind != "tenant" and names(row, kind, ref)):
                yield name, {field.name: getattr(row, field.name) for field in fields(row)}

    def remove_rest(self, tenant_id: str, kind: str, ref: str) -> dict[str, int]:
        removed: dict[str, int] = {}
        for name, place, row in list(self._rows(tenant_id)):
            kept = name in {"visits", "recordings", "runs", "uploads", "events", "deliveries"}
            if kind == "tenant" or (not kept and names(row, kind, ref)):
                del getattr(self._state, name)[place]
                removed[name] = removed.get(name, 0) + 1
        return removed

    def blank_visit(self, tenant_id: str, visit_id: str, *, hide: str, kind: str) -> dict[str, int]:
        hidden = {"account": {"account_id": hide}, "person": {"rep_id": hide}}.get(kind, {})
        visit = replace(self._state.visits[visit_id], place="", competitors=(), opportunity_id=None)
        self._state.visits[visit_id] = replace(visit, **hidden)
        self.forget_replies(tenant_id, visit_id)
        return {}

    def forget_replies(self, tenant_id: str, visit_id: str) -> None:
        told = {event.id for event in self._state.events.values() if event.visit_id == visit_id}
        owed = {delivery.id for delivery in self._state.deliveries.values() if delivery.event_id in told}
        for place, attempt in self._state.attempts.items():
            if attempt.delivery_id in owed:
                self._state.attempts[place] = replace(attempt, body="", error="")
        for place, delivery in self._state.deliveries.items():
            if delivery.id in owed:
                self._state.deliveries[place] = replace(delivery, last_error="")

    def _rows(self, tenant_id: str) -> Iterator[tuple[str, Any, Any]]:
        proofs = {"audit", "audit_heads", "answers", "api_keys", "endpoints"}
        for field in fields(self._state):
            held = getattr(self._state, field.name)
            if field.name in proofs or not isinstance(held, dict):
                continue
            for place, row in list(held.items()):
                decided = isinstance(place, tuple) and place[0] in KINDS
                if getattr(row, "tenant_id", None) == tenant_id and is_dataclass(row) and not decided:
                    yield field.name, place, row


def names(row: Any, kind: str, ref: str) -> bool:
    columns = {"person": ("rep_id", "person_id", "owner_id"), "account": ("account_id",), "visit": ("visit_id",)}[kind]
    own = kind == "person" and type(row).__name__ == "Person" and row.id == ref
    return own or any(getattr(row, column, None) == ref for column in columns)
