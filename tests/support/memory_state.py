"""All rows of the in-memory unit of work; every table is a dict, so that copies of the dicts are a snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

from service.domain.access import ApiKey
from service.domain.assist.ports import LlmCall
from service.domain.content_store import ContentVersion
from service.domain.crm.decisions import Decision as CrmDecision
from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent
from service.domain.crm.sources import CrmSource
from service.domain.delivery.deliveries import Attempt, Delivery, Endpoint, Event
from service.domain.delivery.robots import Bucket
from service.domain.people import Person
from service.domain.playbooks.alerts import Alert, Decision
from service.domain.playbooks.ports import PlaybookVersion, Watch
from service.domain.playbooks.timeline import Fact, Ref
from service.domain.privacy.audit import AuditHead, AuditRow
from service.domain.records import AnalysisRecord, IdempotentAnswer, Page, TranscriptRecord
from service.domain.sessions import ConsoleLink, ConsoleSession
from service.domain.speech.choice import SpeechChoice
from service.domain.speech.recording import Recording
from service.domain.speech.upload import Upload
from service.domain.stages import StageRun
from service.domain.visit import Visit

Item = TypeVar("Item")


@dataclass
class State:
    visits: dict[str, Visit] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    runs: dict[str, StageRun] = field(default_factory=dict)
    checkpoints: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    fair_share: dict[tuple[str, str], float] = field(default_factory=dict)
    transcripts: dict[tuple[str, int], TranscriptRecord] = field(default_factory=dict)
    analyses: dict[tuple[str, int], AnalysisRecord] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    attempts: dict[tuple[str, int], Attempt] = field(default_factory=dict)
    robots: dict[str, Bucket] = field(default_factory=dict)
    llm_calls: dict[str, LlmCall] = field(default_factory=dict)
    api_keys: dict[str, ApiKey] = field(default_factory=dict)
    audit: dict[tuple[str, int], AuditRow] = field(default_factory=dict)
    audit_heads: dict[str, AuditHead] = field(default_factory=dict)
    answers: dict[tuple[str, str, str], IdempotentAnswer] = field(default_factory=dict)
    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    coaching: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    crm_events: dict[tuple[str, str], CrmEvent] = field(default_factory=dict)
    crm_judged: dict[tuple[str, str], datetime] = field(default_factory=dict)
    crm_entities: dict[tuple[str, str, str], Entity] = field(default_factory=dict)
    crm_decisions: dict[tuple[str, str, str, str], CrmDecision] = field(default_factory=dict)
    crm_sources: dict[str, CrmSource] = field(default_factory=dict)
    console_links: dict[str, ConsoleLink] = field(default_factory=dict)
    console_sessions: dict[str, ConsoleSession] = field(default_factory=dict)
    speech_choices: dict[str, SpeechChoice] = field(default_factory=dict)
    playbook_links: dict[tuple[str, Ref, str], Fact] = field(default_factory=dict)
    playbook_watches: dict[tuple[str, Ref], Watch] = field(default_factory=dict)
    playbook_decisions: dict[str, Decision] = field(default_factory=dict)
    playbook_versions: dict[tuple[str, str, int], PlaybookVersion] = field(default_factory=dict)
    content_versions: dict[tuple[str, str, str, int], ContentVersion] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    ticks: dict[str, datetime] = field(default_factory=dict)

    def copy(self) -> "State":
        return State(**{each.name: dict(getattr(self, each.name)) for each in fields(self)})


def newest_first(items: list[Item], page: Page, key: Callable[[Item], str]) -> list[Item]:
    ordered = sorted(items, key=key, reverse=True)
    return [item for item in ordered if page.after is None or key(item) < page.after][: page.limit]
