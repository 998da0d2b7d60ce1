"""The language model, its ledger and its fuse, as the use case sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Protocol

from service.domain.assist.template import Prompt

OPEN_AFTER = 5
CLOSED_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model said, and what it cost."""

    text: str
    tokens: int


class LanguageModel(Protocol):
    """Any model behind an OpenAI-compatible endpoint.

    `complete` raises Transient (worth another try) or Permanent (not until somebody changes a setting).
    """

    @property
    def name(self) -> str:
        """The model, as results name it."""
        ...

    def complete(self, prompt: Prompt) -> Completion: ...


@dataclass(frozen=True, slots=True)
class LlmCall:
    """One paid call: what it was about, what it cost, what came of it (None when nothing usable did)."""

    id: str
    tenant_id: str
    visit_id: str
    request_hash: str
    model: str
    tokens: int
    at: datetime
    answer: Mapping[str, Any] | None


class LlmLedger(Protocol):
    """Calls of a tenant: answers are reused, costs are summed, words are erased with their visit."""

    def add(self, call: LlmCall) -> None: ...
    def answer_of(self, tenant_id: str, visit_id: str, request_hash: str) -> Mapping[str, Any] | None: ...
    def spent(self, tenant_id: str, since: datetime) -> int:
        """Tokens paid since then."""
        ...

    def forget(self, tenant_id: str, visit_id: str) -> int:
        """Erase the answers about a visit; what they cost stays."""
        ...


@dataclass(slots=True)
class Fuse:
    """Stops asking a model that keeps failing: open after five failures in a row, one try after thirty seconds."""

    failures: int = 0
    open_until: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def allows(self, now: datetime) -> bool:
        """Whether to ask now; of those that come while it is half open, one may."""
        with self._lock:
            if self.open_until is None:
                return True
            if now < self.open_until:
                return False
            self.open_until = now + CLOSED_FOR
            return True

    def note(self, worked: bool, now: datetime) -> None:
        """What became of a call."""
        with self._lock:
            self.failures = 0 if worked else self.failures + 1
            self.open_until = now + CLOSED_FOR if self.failures >= OPEN_AFTER else None
