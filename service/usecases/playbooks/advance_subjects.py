"""Look at the subjects that are due: run their rules along what happened, raise what fires, close what is done.

Invariant: a subject is looked at in a transaction that holds its watch, so each due moment is worked on once, whatever
the number of processes; what arrived late is answered by running the subject's whole timeline again.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby

import structlog

from service.domain.playbooks.alerts import act, withdraw
from service.domain.playbooks.judging import judge
from service.domain.playbooks.ports import Watch
from service.domain.playbooks.rules import Rule, RuleBook, RuleFailed
from service.domain.playbooks.running import (
    CAUSES_KEPT,
    Done,
    Memory,
    memory_from_json,
    memory_to_json,
    run_rule,
)
from service.domain.playbooks.timeline import Ref, Timeline
from service.domain.ports import UnitOfWork
from service.usecases.playbooks.raise_alerts import Raising, cause_digest
from service.usecases.services import Services

log = structlog.get_logger(__name__)
FACTS_READ = 5_000
AT_ONCE = 20  # subjects a transaction: SQLite has one writer
STALE = timedelta(hours=1)  # a firing older than this is only told when it still holds
RETRY = timedelta(minutes=5)
DONE_NOTE = "系统：后续事件表明已处理"


def advance_due(services: Services, *, limit: int = 500, tenant_id: str = "") -> int:
    """Look at up to `limit` due subjects, of one tenant or of all; how many were looked at."""
    count = 0
    while count < limit:
        looked_at = _advance_some(services, min(AT_ONCE, limit - count), tenant_id)
        count += looked_at
        if not looked_at:
            break
    return count


def _advance_some(services: Services, limit: int, tenant_id: str) -> int:
    """Some in one transaction; where one of them cannot be judged, each in its own."""
    try:
        with services.uow() as tx:
            now = services.clock.now()
            claimed = tx.playbooks.watches.claim(now, limit=limit, tenant_id=tenant_id)
            for tenant, watches in groupby(sorted(claimed, key=_by_subject), key=lambda watch: watch.tenant_id):
                book, raising = services.rules_for(tx, tenant), Raising(tx, services, tenant, now)
                for watch in watches:
                    _Advance(tx, watch, book, raising).run()
                raising.tell()
            return len(claimed)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return sum(_advance_next(services, tenant_id) for _ in range(limit))


def _advance_next(services: Services, tenant_id: str) -> bool:
    now = services.clock.now()
    watch: Watch | None = None
    try:
        with services.uow() as tx:
            watch = next(iter(tx.playbooks.watches.claim(now, tenant_id=tenant_id)), None)
            if watch is None:
                return False
            raising = Raising(tx, services, watch.tenant_id, now)
            _Advance(tx, watch, services.rules_for(tx, watch.tenant_id), raising).run()
            raising.tell()
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        if watch is None:
            raise
        # One subject that cannot be judged must not stop all others; it is tried again later.
        log.warning("playbook_subject_failed", kind=watch.subject_kind, error=type(error).__name__)
        with services.uow() as tx:
            tx.playbooks.watches.put(replace(watch, due_at=now + RETRY))
    return True


def _by_subject(watch: Watch) -> tuple[str, Ref]:
    return watch.tenant_id, watch.ref


@dataclass(slots=True)
class _Advance:
    """One look at one subject."""

    tx: UnitOfWork
    watch: Watch
    book: RuleBook
    raising: Raising
    memories: dict[str, Memory] = field(default_factory=dict)

    def run(self) -> None:
        book, now = self.book, self.raising.now
        facts = self.tx.playbooks.links.facts(self.watch.tenant_id, self.watch.ref, newest=FACTS_READ)
        timeline = Timeline.of(self.watch.ref, facts)
        whole = len(facts) < FACTS_READ
        for rule in book.by_subject.get(self.watch.subject_kind, ()):
            self._run_rule(rule, timeline, same=self.watch.digest == book.digest, whole=whole)
        upcoming = [memory.due for memory in self.memories.values() if memory.due is not None]
        upcoming.extend([fact.at for fact in timeline.facts if fact.at > now][:1])
        kept = {rule_id: memory_to_json(memory) for rule_id, memory in self.memories.items()}
        self.tx.playbooks.watches.put(
            replace(self.watch, due_at=min(upcoming, default=None), dirty_from=None, digest=book.digest, memory=kept)
        )

    def _run_rule(self, rule: Rule, timeline: Timeline, *, same: bool, whole: bool) -> None:
        stored = self.watch.memory.get(rule.id) if same else None
        memory = memory_from_json(stored) if stored is not None else Memory()
        dirty = self.watch.dirty_from
        if dirty is not None and memory.seen is not None and dirty <= memory.seen:
            memory, stored = Memory(), None
        ran = run_rule(rule, timeline, memory, until=self.raising.now)
        self.memories[rule.id] = memory
        if memory.failed:
            log.warning("playbook_condition_failed", rule=rule.id)
        over = {done.cause for done in ran.done}
        is_over: bool | None = None  # whether it holds now is the same question for all of them
        for firing in ran.firings:
            moot = firing.cause in over
            if not moot and self.raising.now - firing.at > STALE:
                is_over = self._is_over(rule, timeline) if is_over is None else is_over
                moot = is_over
            self.raising.raise_alert(firing, timeline, moot=moot)
        for done in ran.done:
            self._close(done)
        if stored is None and whole and len(memory.fired) < CAUSES_KEPT:
            self._take_back(rule, memory)

    def _is_over(self, rule: Rule, timeline: Timeline) -> bool:
        """Whether an old case is over: downtime or an import must not alarm people about the past."""
        try:
            return not judge(rule, timeline, self.raising.now).holds
        except RuleFailed:
            return True

    def _close(self, done: Done) -> None:
        digest = cause_digest(done.rule.id, done.cause)
        for alert in list(self.raising.alerts_of(self.watch.ref)):
            if (alert.rule_id, alert.cause) == (done.rule.id, digest) and alert.is_open:
                closed = act(alert, who="", now=max(done.at, alert.raised_at), note=DONE_NOTE)
                self.raising.change(closed)
                self.raising.close(closed)

    def _take_back(self, rule: Rule, memory: Memory) -> None:
        """Withdraw alerts of this version for causes that, with everything known now, never were."""
        expected = {cause_digest(rule.id, cause) for cause in memory.fired}
        for alert in list(self.raising.alerts_of(self.watch.ref)):
            mine = alert.rule_id == rule.id and alert.rule_version == rule.version
            by_itself = alert.state != "withdrawn" and not any(step["who"] for step in alert.log)
            if mine and alert.cause not in expected and (alert.is_open or by_itself):
                taken = withdraw(alert, now=self.raising.now)
                self.raising.change(taken)
                self.raising.close(taken)
