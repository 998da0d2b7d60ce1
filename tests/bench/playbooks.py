"""Playbooks on this machine: events through all shipped rules, beside evaluating each rule over each entity naively.

`make bench ARGS=1000000` (or `python -m tests.bench.playbooks 1000000`) stores a million events, back-tests a rule on
them, and prints how long it took and how much memory.
"""

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from service.adapters.clock import SystemClock
from service.adapters.ids import SortableIds
from service.domain.crm.events import CrmEvent, EntityKind, event_id
from service.domain.playbooks.backtest import backtest
from service.domain.playbooks.judging import judge
from service.domain.playbooks.rules import RuleBook, RuleFailed
from service.domain.playbooks.subjects import link_events, timelines_of
from service.domain.playbooks.timeline import Fact
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.backtest_playbooks import backtest_rules
from service.usecases.evaluate_playbooks import evaluate_playbooks
from service.usecases.take_events import take_events
from tests.support.service import services_over
from tests.support.shelf import shipped_content, shipped_shelf

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
PER_ENTITY = 20  # events that a deal or a customer sees in the time
SEAL = b"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
KINDS: tuple[tuple[EntityKind, tuple[str, ...]], ...] = (
    ("opportunity", ("opportunity.updated", "order.created", "call.logged", "demo.held")),
    ("account", ("account.updated", "call.logged", "message.sent", "content.downloaded")),
    ("task", ("task.updated", "task.completed")),
    ("request", ("request.updated", "request.rated")),
    ("store", ("store.question_asked",)),
)


def some_events(number: int, *, seed: int = 7, days: int = 120) -> Iterator[CrmEvent]:
    """Invented events of many customers, in no order."""
    chance = random.Random(seed)
    stages = ("discovery", "proposal", "technical", "won", "lost")
    for index in range(number):
        kind, types = KINDS[min(int(chance.expovariate(1.0)), len(KINDS) - 1)]
        entity_id = f"{kind}-{chance.randrange(max(1, number // PER_ENTITY // len(KINDS)))}"
        moment = START + timedelta(seconds=chance.randrange(days * 86_400))
        data = {
            "stage": chance.choice(stages),
            "budget_status": chance.choice(("a", "b", "c")),
            "grade": chance.choice("ABC"),
            "owner_id": f"rep-{chance.randrange(50)}",
            "request_type": "sample",
            "question": chance.choice(("停车收费吗", "能送货吗", "能以旧换新吗")),
        }
        wanted = chance.sample(sorted(data), 3)
        type_ = chance.choice(types)
        yield CrmEvent(event_id("/bench", str(index)), "/bench", type_, kind, entity_id, moment, moment,
                       {name: data[name] for name in wanted}, str(index))  # fmt: skip


def indexed(book: RuleBook, facts: list[Fact]) -> tuple[float, int]:
    """Events a second through the engine, and how many alerts they led to."""
    began = time.perf_counter()
    report = backtest(book, facts, until=START + timedelta(days=120))
    return len(facts) / (time.perf_counter() - began), sum(rule.firings for rule in report.rules)


def naive(book: RuleBook, facts: list[Fact], *, looked_at: int) -> float:
    """Events a second when each event has each rule evaluated over each entity it could be about."""
    timelines = timelines_of(facts)
    chosen = sorted(facts, key=lambda fact: fact.order)[-looked_at:]
    began = time.perf_counter()
    for fact in chosen:
        for rule in book.rules:
            for ref, timeline in timelines.items():
                if ref[0] == rule.book.subject:
                    try:
                        judge(rule, timeline, fact.at)
                    except RuleFailed:
                        continue
    return looked_at / (time.perf_counter() - began)


def live(number: int) -> float:
    """Events a second from the door to the alert, on SQLite: stored, applied, linked, judged, told."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        upgrade(engine)
        clock = SystemClock()
        ids = SortableIds(clock)
        uow = make_unit_of_work(engine, ids=ids, secret_keys=[SEAL])
        services = services_over(content=shipped_content(), uow=uow, clock=clock, ids=ids, playbooks=shipped_shelf())
        events = sorted(some_events(number), key=lambda event: event.order)
        began = time.perf_counter()
        for start in range(0, number, 100):
            with uow() as tx:
                take_events(tx, "bench", events[start : start + 100])
        while evaluate_playbooks(services):
            continue
        spent = time.perf_counter() - began
        engine.dispose()
    return number / spent


def add_rows(table: Table, *, events: int = 20_000, sample: int = 2_000) -> None:
    """Two rows for `make bench`."""
    book = shipped_shelf().shipped
    facts = [Fact.of(event) for event in some_events(events)]
    fast, alerts = indexed(book, facts)
    slow = naive(book, facts[:sample], looked_at=3)
    table.add_row(
        f"playbooks: {events} events through {len(book.rules)} rules ({alerts} alerts)",
        f"{fast:,.0f} events/s ({fast / slow:,.0f} times the baseline)",
        f"{slow:,.1f} events/s: each rule over each entity ({sample} events' worth of entities)",
        "",
    )
    table.add_row("playbooks: from the door to the alert, SQLite", f"{live(1_000):,.0f} events/s", "", "")


def stored(number: int) -> Iterator[str]:
    """Store so many events, and try the rule of the editor's example on them as the page and the command do."""
    rule = next(rule for rule in shipped_shelf().shipped.rules if rule.id == "budget_node_stale")
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        upgrade(engine)
        uow = make_unit_of_work(engine, ids=SortableIds(SystemClock()), secret_keys=[SEAL])
        began = time.perf_counter()
        events = some_events(number)
        while piece := list(islice(events, 10_000)):
            with uow() as tx:
                tx.crm_events.add_all("bench", piece)
                # Each is linked as a first event of its entity is: by what it says itself.
                linked = [(fact, link_events([fact])[fact.id]) for fact in map(Fact.of, piece)]
                tx.playbooks.links.put_all("bench", linked)
        yield f"{number:,} events stored and linked in {time.perf_counter() - began:,.0f} s"
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
        began, spent = time.perf_counter(), time.process_time()
        with uow(write=False) as tx:
            report = backtest_rules(tx, "bench", [rule], since=None, until=START + timedelta(days=120))
        wall, spent = time.perf_counter() - began, time.process_time() - spent
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024 - before
        engine.dispose()
    yield (
        f"back-test of {rule.id}: {report.events:,} events of {report.looked_at:,} subjects, "
        f"{report.rules[0].firings:,} alerts, in {wall:,.0f} s ({spent:,.0f} s of one processor); "
        f"peak memory {before + grown:,.0f} MiB, {grown:,.0f} MiB more than before it began"
    )


def main(number: int) -> None:
    """Store so many events, back-test a rule on them, and print what it took."""
    for line in stored(number):
        Console().print(line)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
