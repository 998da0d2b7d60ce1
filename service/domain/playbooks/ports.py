"""Where playbooks keep what they know, as ports; the tenant comes first, as everywhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from service.domain.playbooks.alerts import Alert, AlertState, Decision
from service.domain.playbooks.timeline import Fact, Ref
from service.domain.records import Page


@dataclass(frozen=True, slots=True)
class Watch:
    """A subject that rules look at: when to look again, and what they remember (by rule).

    `dirty_from` is the moment of the earliest fact that came since the last look; `digest` names the rules that looked.
    """

    tenant_id: str
    subject_kind: str
    subject_id: str
    due_at: datetime | None
    dirty_from: datetime | None = None
    digest: str = ""
    memory: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> Ref:
        """The subject."""
        return self.subject_kind, self.subject_id


@dataclass(frozen=True, slots=True)
class PlaybookVersion:
    """One change to one rule of a tenant; the newest one counts. An empty `text` means the shipped rule again."""

    id: str
    tenant_id: str
    rule_id: str
    version: int
    text: str
    author: str
    note: str
    created_at: datetime


class Links(Protocol):
    """Which facts speak of which subjects."""

    def put(self, tenant_id: str, fact: Fact, refs: frozenset[Ref]) -> None:
        """Link a fact with subjects, in place of its former links; a fact of a visit keeps its data here."""
        ...

    def put_all(self, tenant_id: str, linked: Sequence[tuple[Fact, frozenset[Ref]]]) -> None:
        """As `put` for each fact, of which each stands here once; for many it is much faster."""
        ...

    def facts(self, tenant_id: str, ref: Ref, *, types: Sequence[str] = (), newest: int | None = None) -> list[Fact]:
        """The facts about a subject, the oldest first; with `newest`, the last so many."""
        ...

    def of_visits(self, tenant_id: str, entity: Ref) -> list[Fact]:
        """The facts of an entity that came from recorded visits, not from the CRM."""
        ...

    def counts(self, tenant_id: str, kind: str, until: datetime) -> dict[str, int]:
        """How many facts up to a moment speak of each subject of a kind, by its id, in the order of `of_subjects`."""
        ...

    def of_subjects(
        self, tenant_id: str, kind: str, first: str, last: str, until: datetime
    ) -> Iterator[tuple[str, list[Fact]]]:
        """The facts up to a moment about each subject from one id to another, one subject after the other."""
        ...

    def subjects(self, tenant_id: str, kind: str) -> list[str]:
        """Ids of the subjects of a kind that any fact speaks of."""
        ...

    def erase_visit(self, tenant_id: str, visit_id: str) -> int:
        """Forget what was said in a visit; how many links there were."""
        ...


class Watches(Protocol):
    """When to look at whom."""

    def mark(self, tenant_id: str, ref: Ref, at: datetime) -> None:
        """Something happened to the subject at `at`: look at it then, or as soon as may be."""
        ...

    def mark_all(self, tenant_id: str, earliest: Mapping[Ref, datetime]) -> None:
        """As `mark` for each subject; for many it is much faster."""
        ...

    def claim(self, now: datetime, *, limit: int = 1, tenant_id: str = "") -> list[Watch]:
        """Up to `limit` watches that are due, the longest due first, held by this unit of work until it ends.

        Args:
            tenant_id: only this tenant's; every tenant's where it is empty.
        """
        ...

    def get(self, tenant_id: str, ref: Ref) -> Watch | None: ...
    def put(self, watch: Watch) -> None: ...


class Alerts(Protocol):
    """Alerts of a tenant."""

    def add(self, alert: Alert) -> bool:
        """Store it unless its rule has one for this subject and cause; whether it was new."""
        ...

    def get(self, tenant_id: str, alert_id: str) -> Alert | None: ...
    def update(self, alert: Alert) -> None: ...
    def of_subject(self, tenant_id: str, ref: Ref) -> list[Alert]: ...
    def claim_due(self, now: datetime, *, tenant_id: str = "") -> Alert | None:
        """One open alert whose next step is due, held by this unit of work until it ends; of one tenant, or of any."""
        ...

    def page(
        self,
        tenant_id: str,
        page: Page,
        *,
        states: Sequence[AlertState] = (),
        rule_id: str | None = None,
        owner_id: str | None = None,
        subject: Ref | None = None,
    ) -> list[Alert]: ...
    def between(self, tenant_id: str, since: datetime, until: datetime) -> list[Alert]:
        """Alerts raised in a time, the oldest first."""
        ...

    def quoting(self, tenant_id: str, visit_id: str) -> list[Alert]:
        """Alerts whose evidence holds words of a visit."""
        ...

    def erase_visit(self, tenant_id: str, visit_id: str) -> int:
        """Take the words of a visit out of all evidence; how many alerts held some."""
        ...


class Decisions(Protocol):
    """Decisions of a tenant."""

    def add(self, decision: Decision) -> None: ...
    def get(self, tenant_id: str, decision_id: str) -> Decision | None: ...
    def update(self, decision: Decision) -> None: ...
    def of_alert(self, tenant_id: str, alert_id: str) -> list[Decision]: ...
    def page(
        self, tenant_id: str, page: Page, *, subject: Ref | None = None, kind: str | None = None, standing: bool = False
    ) -> list[Decision]: ...


class PlaybookVersions(Protocol):
    """What a tenant changed about the rules, never rewritten."""

    def add(self, version: PlaybookVersion) -> None:
        """Store it; Conflict when another change of the same rule came first."""
        ...

    def current(self, tenant_id: str) -> list[PlaybookVersion]:
        """The newest version of each rule that was ever changed, by rule."""
        ...

    def of_rule(self, tenant_id: str, rule_id: str) -> list[PlaybookVersion]:
        """Every version of a rule, the newest first."""
        ...

    def stamp(self, tenant_id: str) -> int:
        """A number that grows with every change."""
        ...


class PlaybookStore(Protocol):
    """Everything playbooks keep, on the unit of work's transaction."""

    links: Links
    watches: Watches
    alerts: Alerts
    decisions: Decisions
    versions: PlaybookVersions
