"""All rows of the in-memory unit of work; every table is a dict, so that copies of the dicts are a snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

from service.domain.access import ApiKey
from service.domain.delivery import Attempt, Delivery, Endpoint, Event
from service.domain.recording import Recording
from service.domain.records import AnalysisRecord, IdempotentAnswer, Page, TranscriptRecord
from service.domain.stages import StageRun
from service.domain.upload import Upload
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
    api_keys: dict[str, ApiKey] = field(default_factory=dict)
    answers: dict[tuple[str, str, str], IdempotentAnswer] = field(default_factory=dict)
    ticks: dict[str, datetime] = field(default_factory=dict)

    def copy(self) -> "State":
        return State(**{each.name: dict(getattr(self, each.name)) for each in fields(self)})


def newest_first(items: list[Item], page: Page, key: Callable[[Item], str]) -> list[Item]:
    ordered = sorted(items, key=key, reverse=True)
    return [item for item in ordered if page.after is None or key(item) < page.after][: page.limit]
