"""What playbooks keep, in memory: the same rules as its SQL twin."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from service.domain.content_store import ContentVersion
from service.domain.errors import Conflict
from service.domain.playbooks import ports
from service.domain.playbooks.alerts import Alert, AlertState, Decision
from service.domain.playbooks.ports import PlaybookVersion, Watch
from service.domain.playbooks.timeline import Fact, Ref
from service.domain.records import Page
from tests.support.memory_state import State, newest_first


class MemoryPlaybooks:
    def __init__(self, state: State) -> None:
        self.links: ports.Links = MemoryLinks(state)
        self.watches: ports.Watches = MemoryWatches(state)
        self.alerts: ports.Alerts = MemoryAlerts(state)
        self.decisions: ports.Decisions = MemoryDecisions(state)
        self.versions: ports.PlaybookVersions = MemoryVersions(state)


class MemoryLinks:
    def __init__(self, state: State) -> None:
        self._rows = state.playbook_links

    def put(self, tenant_id: str, fact: Fact, refs: frozenset[Ref]) -> None:
        for key in [key for key in self._rows if (key[0], key[2]) == (tenant_id, fact.id)]:
            del self._rows[key]
        for ref in refs:
            self._rows[tenant_id, ref, fact.id] = fact

    def put_all(self, tenant_id: str, linked: Sequence[tuple[Fact, frozenset[Ref]]]) -> None:
        for fact, refs in linked:
            self.put(tenant_id, fact, refs)

    def facts(self, tenant_id: str, ref: Ref, *, types: Sequence[str] = (), newest: int | None = None) -> list[Fact]:
        mine = [fact for (tenant, found, _), fact in self._rows.items() if (tenant, found) == (tenant_id, ref)]
        ordered = sorted((fact for fact in mine if not types or fact.type in types), key=lambda fact: fact.order)
        return ordered if newest is None else ordered[-newest:]

    def of_visits(self, tenant_id: str, entity: Ref) -> list[Fact]:
        facts = self.facts(tenant_id, entity)
        return [fact for fact in facts if fact.visit_id is not None and (fact.kind, fact.entity_id) == entity]

    def counts(self, tenant_id: str, kind: str, until: datetime) -> dict[str, int]:
        mine = [ref[1] for (tenant, ref, _), fact in self._rows.items()
                if (tenant, ref[0]) == (tenant_id, kind) and fact.at <= until]  # fmt: skip
        return {subject_id: mine.count(subject_id) for subject_id in sorted(set(mine))}

    def of_subjects(
        self, tenant_id: str, kind: str, first: str, last: str, until: datetime
    ) -> Iterator[tuple[str, list[Fact]]]:
        for subject_id in self.counts(tenant_id, kind, until):
            if first <= subject_id <= last:
                facts = self.facts(tenant_id, (kind, subject_id))
                yield subject_id, [fact for fact in facts if fact.at <= until]

    def subjects(self, tenant_id: str, kind: str) -> list[str]:
        return sorted({ref[1] for tenant, ref, _ in self._rows if (tenant, ref[0]) == (tenant_id, kind)})

    def erase_visit(self, tenant_id: str, visit_id: str) -> int:
        gone = [key for key, fact in self._rows.items() if (key[0], fact.visit_id) == (tenant_id, visit_id)]
        for key in gone:
            del self._rows[key]
        return len(gone)


class MemoryWatches:
    def __init__(self, state: State) -> None:
        self._rows = state.playbook_watches

    def mark(self, tenant_id: str, ref: Ref, at: datetime) -> None:
        found = self._rows.get((tenant_id, ref)) or Watch(tenant_id, *ref, due_at=at, dirty_from=at)
        due_at, dirty_from = (at if each is None else min(each, at) for each in (found.due_at, found.dirty_from))
        self._rows[tenant_id, ref] = replace(found, due_at=due_at, dirty_from=dirty_from)

    def mark_all(self, tenant_id: str, earliest: Mapping[Ref, datetime]) -> None:
        for ref, at in earliest.items():
            self.mark(tenant_id, ref, at)

    def claim(self, now: datetime, *, limit: int = 1, tenant_id: str = "") -> list[Watch]:
        mine = [watch for watch in self._rows.values() if tenant_id in ("", watch.tenant_id)]
        due = [watch for watch in mine if watch.due_at is not None and watch.due_at <= now]
        return sorted(due, key=lambda watch: watch.due_at or now)[:limit]

    def get(self, tenant_id: str, ref: Ref) -> Watch | None:
        return self._rows.get((tenant_id, ref))

    def put(self, watch: Watch) -> None:
        if (watch.tenant_id, watch.ref) in self._rows:
            self._rows[watch.tenant_id, watch.ref] = watch


class MemoryAlerts:
    def __init__(self, state: State) -> None:
        self._rows = state.alerts

    def add(self, alert: Alert) -> bool:
        if any(_case(other) == _case(alert) for other in self._rows.values()):
            return False
        self._rows[alert.id] = alert
        return True

    def get(self, tenant_id: str, alert_id: str) -> Alert | None:
        alert = self._rows.get(alert_id)
        return alert if alert is not None and alert.tenant_id == tenant_id else None

    def update(self, alert: Alert) -> None:
        if self.get(alert.tenant_id, alert.id) is not None:
            self._rows[alert.id] = alert

    def of_subject(self, tenant_id: str, ref: Ref) -> list[Alert]:
        mine = (alert for alert in self._of(tenant_id) if (alert.subject_kind, alert.subject_id) == ref)
        return sorted(mine, key=lambda alert: (alert.at, alert.id))

    def claim_due(self, now: datetime, *, tenant_id: str = "") -> Alert | None:
        mine = [it for it in self._rows.values() if tenant_id in ("", it.tenant_id)]
        due = [it for it in mine if it.is_open and it.due_at is not None and it.due_at <= now]
        return min(due, key=lambda alert: (alert.due_at or now, alert.id), default=None)

    def page(
        self,
        tenant_id: str,
        page: Page,
        *,
        states: Sequence[AlertState] = (),
        rule_id: str | None = None,
        owner_id: str | None = None,
        subject: Ref | None = None,
    ) -> list[Alert]:
        found = [
            alert
            for alert in self._of(tenant_id)
            if (not states or alert.state in states)
            and rule_id in (None, alert.rule_id)
            and owner_id in (None, alert.owner_id, alert.handed_to)
            and subject in (None, (alert.subject_kind, alert.subject_id))
        ]
        return newest_first(found, page, lambda alert: alert.id)

    def between(self, tenant_id: str, since: datetime, until: datetime) -> list[Alert]:
        found = [alert for alert in self._of(tenant_id) if since <= alert.raised_at < until]
        return sorted(found, key=lambda alert: (alert.raised_at, alert.id))

    def quoting(self, tenant_id: str, visit_id: str) -> list[Alert]:
        return [it for it in self._of(tenant_id) if any(proof.get("visit_id") == visit_id for proof in it.evidence)]

    def erase_visit(self, tenant_id: str, visit_id: str) -> int:
        touched = self.quoting(tenant_id, visit_id)
        for alert in touched:
            kept = [proof for proof in alert.evidence if proof.get("visit_id") != visit_id]
            self._rows[alert.id] = replace(alert, evidence=kept, text="", steps=[])
        return len(touched)

    def _of(self, tenant_id: str) -> list[Alert]:
        return [alert for alert in self._rows.values() if alert.tenant_id == tenant_id]


def _case(alert: Alert) -> tuple[str, ...]:
    return alert.tenant_id, alert.rule_id, alert.subject_kind, alert.subject_id, alert.cause


class MemoryDecisions:
    def __init__(self, state: State) -> None:
        self._rows = state.playbook_decisions

    def add(self, decision: Decision) -> None:
        self._rows[decision.id] = decision

    def get(self, tenant_id: str, decision_id: str) -> Decision | None:
        decision = self._rows.get(decision_id)
        return decision if decision is not None and decision.tenant_id == tenant_id else None

    def update(self, decision: Decision) -> None:
        if self.get(decision.tenant_id, decision.id) is not None:
            self._rows[decision.id] = decision

    def of_alert(self, tenant_id: str, alert_id: str) -> list[Decision]:
        mine = [it for it in self._rows.values() if (it.tenant_id, it.alert_id) == (tenant_id, alert_id)]
        return sorted(mine, key=lambda decision: decision.id)

    def page(
        self, tenant_id: str, page: Page, *, subject: Ref | None = None, kind: str | None = None, standing: bool = False
    ) -> list[Decision]:
        found = [
            decision
            for decision in self._rows.values()
            if decision.tenant_id == tenant_id
            and subject in (None, (decision.subject_kind, decision.subject_id))
            and kind in (None, decision.kind)
            and (not standing or decision.ended_at is None)
        ]
        return newest_first(found, page, lambda decision: decision.id)


class MemoryVersions:
    def __init__(self, state: State) -> None:
        self._rows = state.playbook_versions

    def add(self, version: PlaybookVersion) -> None:
        key = version.tenant_id, version.rule_id, version.version
        if key in self._rows:
            raise Conflict("something with this identity exists already", code="already_exists")
        self._rows[key] = version

    def current(self, tenant_id: str) -> list[PlaybookVersion]:
        newest = {
            rule_id: version for (tenant, rule_id, _), version in sorted(self._rows.items()) if tenant == tenant_id
        }
        return [newest[rule_id] for rule_id in sorted(newest)]

    def of_rule(self, tenant_id: str, rule_id: str) -> list[PlaybookVersion]:
        mine = [version for (tenant, rule, _), version in self._rows.items() if (tenant, rule) == (tenant_id, rule_id)]
        return sorted(mine, key=lambda version: version.version, reverse=True)

    def stamp(self, tenant_id: str) -> int:
        return sum(tenant == tenant_id for tenant, _, _ in self._rows)


class MemoryContents:
    def __init__(self, state: State) -> None:
        self._rows = state.content_versions

    def add(self, version: ContentVersion) -> None:
        key = version.tenant_id, version.kind, version.item_id, version.version
        if key in self._rows:
            raise Conflict("something with this identity exists already", code="already_exists")
        self._rows[key] = version

    def current(self, tenant_id: str) -> list[ContentVersion]:
        newest = {key[1:3]: version for key, version in sorted(self._rows.items()) if key[0] == tenant_id}
        return [newest[key] for key in sorted(newest)]

    def of_item(self, tenant_id: str, kind: str, item_id: str) -> list[ContentVersion]:
        mine = [version for key, version in self._rows.items() if key[:3] == (tenant_id, kind, item_id)]
        return sorted(mine, key=lambda version: version.version, reverse=True)

    def stamp(self, tenant_id: str) -> int:
        return sum(key[0] == tenant_id for key in self._rows)
