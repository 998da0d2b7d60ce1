"""A small world for playbooks: CRM events go in, time moves from one due moment to the next, messages come out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from service.adapters.cel import CelConditions
from service.adapters.content.playbooks import PlaybookReader
from service.domain.crm.events import KINDS, CrmEvent, event_id
from service.domain.delivery.deliveries import Event
from service.domain.playbooks.alerts import Alert, Decision
from service.domain.playbooks.rules import Rule, book_of
from service.domain.playbooks.timeline import Fact
from service.domain.records import Page
from service.usecases.crm.take_events import take_events
from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from service.usecases.playbooks.playbook_shelf import PlaybookShelf
from service.usecases.services import Services
from tests.support.builders import TENANT
from tests.support.fakes import FakeClock, FakeIds, MemoryDatabase
from tests.support.service import services_over
from tests.support.shelf import shipped_content, shipped_shelf

CHINA = ZoneInfo("Asia/Shanghai")
_numbers = count(1)


def a_reader() -> PlaybookReader:
    return PlaybookReader(CelConditions(), shipped_content())


def china(text: str) -> datetime:
    """`2026-03-02 09:00` in China, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(UTC)


def a_fact(type_: str, at: str | datetime, *, kind: str = "opportunity", id_: str = "o1", fact_id: str = "",
           visit_id: str | None = None, **data: Any) -> Fact:  # fmt: skip
    moment = china(at) if isinstance(at, str) else at
    return Fact(fact_id or f"f{next(_numbers):06}", moment, type_, kind, id_, data, visit_id)


MINIMAL = """
id: {id}
title: 试一试
status: {status}
description: 试一试
owner: 测试
date: 2026-01-01
serves: [P3]
subject: {subject}
when:
{when}
condition: {condition}
{more}
actions:
  - notify: {{to: [owner, manager], text: "{text}"}}
severity: medium
examples:
  fires:
    - {{now: 2026-03-02 09:00, events: [{{at: 2026-03-01 09:00, type: a.b}}]}}
  stays_silent:
    - {{now: 2026-03-02 09:00, events: [{{at: 2026-03-01 09:00, type: a.b}}]}}
"""


def rule_text(when: str, condition: str, *, id_: str = "trial_rule", status: str = "stable", more: str = "",
              subject: str = "opportunity", text: str = "请看{{subject}}") -> str:  # fmt: skip
    """The file of a small rule; `when` holds one selection a line."""
    lines = "\n".join(f"  {line.strip()}" for line in when.strip().splitlines())
    return MINIMAL.format(id=id_, status=status, when=lines, condition=condition, more=more, subject=subject, text=text)


def a_rule(when: str, condition: str, **changes: Any) -> Rule:
    """That rule, read."""
    return a_reader().read(rule_text(when, condition, **changes), source="trial_rule.yaml")


class World:
    """Services over fakes with the rules named (all shipped ones by default), and a clock that jumps."""

    def __init__(
        self, *rules: str | Rule, start: str = "2026-03-02 09:00", tenant: str = TENANT, uow: Any = None
    ) -> None:
        ids = FakeIds()
        self.clock = FakeClock(china(start))
        self.tenant = tenant
        shelf = shipped_shelf()
        if rules:
            shipped = {rule.id: rule for rule in shelf.shipped.rules}
            book = book_of([shipped[rule] if isinstance(rule, str) else rule for rule in rules])
            shelf = PlaybookShelf(book, a_reader(), shelf.contents)
        self.services: Services = services_over(
            content=shipped_content(), clock=self.clock, ids=ids, uow=uow or MemoryDatabase(ids), playbooks=shelf
        )

    def send(
        self, type_: str, id_: str, *, kind: str = "", at: str = "", external_id: str = "", **data: Any
    ) -> CrmEvent:
        """One CRM event, at the clock's moment unless told otherwise; then everything that follows at once."""
        event = self.event(type_, id_, kind=kind, at=at, external_id=external_id, **data)
        self.take([event])
        self.settle()
        return event

    def event(
        self, type_: str, id_: str, *, kind: str = "", at: str = "", external_id: str = "", **data: Any
    ) -> CrmEvent:
        prefix = type_.split(".", maxsplit=1)[0]
        found: Any = kind or (prefix if prefix in KINDS else "account")
        external_id = external_id or f"w{next(_numbers)}"
        moment = china(at) if at else self.clock.now()
        return CrmEvent(event_id("/crm", external_id), "/crm", type_, found, id_, moment, self.clock.now(), data,
                        external_id)  # fmt: skip

    def take(self, events: Iterable[CrmEvent]) -> None:
        with self.services.uow() as tx:
            take_events(tx, self.tenant, list(events))

    def settle(self) -> int:
        return evaluate_playbooks(self.services)

    def until(self, moment: str | datetime) -> None:
        """Let time pass, stopping at every moment that something is due."""
        end = china(moment) if isinstance(moment, str) else moment
        while (due := self._next_due()) is not None and due <= end:
            self.clock.at = max(due, self.clock.at)
            self.settle()
        self.clock.at = end
        self.settle()

    def forward(self, **duration: float) -> None:
        self.until(self.clock.now() + timedelta(**duration))

    def _next_due(self) -> datetime | None:
        state = self.services.uow.state  # type: ignore[attr-defined]
        moments = [watch.due_at for watch in state.playbook_watches.values()]
        moments += [alert.due_at for alert in state.alerts.values() if alert.is_open]
        return min((moment for moment in moments if moment is not None), default=None)

    @property
    def alerts(self) -> list[Alert]:
        with self.services.uow(write=False) as tx:
            return tx.playbooks.alerts.page(self.tenant, Page(200))[::-1]

    @property
    def decisions(self) -> list[Decision]:
        with self.services.uow(write=False) as tx:
            return tx.playbooks.decisions.page(self.tenant, Page(200))[::-1]

    def events(self, type_: str = "alert.raised") -> list[Event]:
        with self.services.uow(write=False) as tx:
            return [event for event in tx.events.after(self.tenant, None, 500) if event.type == type_]

    def told(self, rule: str = "") -> list[dict[str, Any]]:
        """What was said to people, the oldest first."""
        return [dict(event.data) for event in self.events() if rule in ("", event.data["rule"])]

    def one_alert(self, rule: str) -> Alert:
        (found,) = [alert for alert in self.alerts if alert.rule_id == rule]
        return found


def without_ids(alert: Alert) -> Alert:
    """The alert without what depends on when it was processed."""
    return replace(alert, id="", links={}, raised_at=alert.at, steps=[], due_at=None, respond_by=None, log=[])
