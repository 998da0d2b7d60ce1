"""Playbooks on this machine: events through all shipped rules, beside evaluating each rule over each entity naively.

`make bench ARGS=1000000` (or `python -m tests.bench.playbooks 1000000`) stores a million events of 2,000 customers and
deals, back-tests one rule and then all shipped ones on them, and prints how long that took and how much memory.
"""

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Index, event

from service.adapters.clock import SystemClock
from service.adapters.ids import SortableIds
from service.domain.crm.events import CrmEvent, EntityKind, event_id
from service.domain.playbooks.backtest import backtest
from service.domain.playbooks.judging import judge
from service.domain.playbooks.rules import Rule, RuleBook, RuleFailed
from service.domain.playbooks.subjects import link_events, timelines_of
from service.domain.playbooks.timeline import Fact
from service.settings import ROOT
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.tables_crm import crm_event
from service.storage.tables_playbooks import playbook_link
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.crm.take_events import take_events
from service.usecases.playbooks.backtest_playbooks import backtest_rules
from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.seal import SEAL
from tests.support.service import services_over
from tests.support.shelf import shipped_content, shipped_shelf

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
END = START + timedelta(days=120)
LONG_AGO = datetime(2024, 1, 8, 1, 0, tzinfo=UTC)  # when the million begins: two years, up to START
PER_ENTITY = 20  # events that a deal or a customer sees in the time
ENTITIES = 2_000  # that a million stored events are about
SAMPLE = 20_000  # events whose entities the naive way looks at in full
MODULE = "tests.bench.playbooks"
KINDS: tuple[tuple[EntityKind, tuple[str, ...]], ...] = (
    ("opportunity", ("opportunity.updated", "order.created", "call.logged", "demo.held")),
    ("account", ("account.updated", "call.logged", "message.sent", "content.downloaded")),
    ("task", ("task.updated", "task.completed")),
    ("request", ("request.updated", "request.rated")),
    ("store", ("store.question_asked",)),
)


def some_events(
    number: int, *, entities: int = 0, seed: int = 7, since: datetime = START, until: datetime = END
) -> Iterator[CrmEvent]:
    """Invented events in no order, of so many customers and deals, or of as many as see `PER_ENTITY` events each.

    Three deals of four never order.
    """
    chance = random.Random(seed)
    seconds = (until - since) // timedelta(seconds=1)
    of_a_kind = max(1, (entities or number // PER_ENTITY) // len(KINDS))
    stages = ("discovery", "proposal", "technical", "won", "lost")
    for index in range(number):
        kind, types = KINDS[min(int(chance.expovariate(1.0)), len(KINDS) - 1)]
        place = chance.randrange(of_a_kind)
        entity_id = f"{kind}-{place}"
        moment = since + timedelta(seconds=chance.randrange(seconds))
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
        if type_ == "order.created" and place % 4:
            type_ = "opportunity.updated"
        yield CrmEvent(event_id("/bench", str(index)), "/bench", type_, kind, entity_id, moment, moment,
                       {name: data[name] for name in wanted}, str(index))  # fmt: skip


def indexed(book: RuleBook, facts: list[Fact]) -> tuple[float, int]:
    """Events a processor second through the engine, and how many alerts they led to."""
    began = time.process_time()
    report = backtest(book, facts, until=END)
    return len(facts) / (time.process_time() - began), sum(rule.firings for rule in report.rules)


def naive(book: RuleBook, facts: list[Fact], *, looked_at: int) -> float:
    """Events a processor second when each event has each rule evaluated over each entity it could be about."""
    timelines = timelines_of(facts)
    chosen = sorted(facts, key=lambda fact: fact.order)[-looked_at:]
    began = time.process_time()
    for fact in chosen:
        for rule in book.rules:
            for ref, timeline in timelines.items():
                if ref[0] == rule.book.subject:
                    try:
                        judge(rule, timeline, fact.at)
                    except RuleFailed:
                        continue
    return looked_at / (time.process_time() - began)


def live(number: int) -> tuple[float, float]:
    """Events a second, and a processor second, from the door to the alert, on SQLite: stored, linked, judged, told."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        upgrade(engine)
        clock = SystemClock()
        ids = SortableIds(clock)
        uow = make_unit_of_work(engine, ids=ids, secret_keys=[SEAL])
        services = services_over(content=shipped_content(), uow=uow, clock=clock, ids=ids, playbooks=shipped_shelf())
        events = sorted(some_events(number), key=lambda event: event.order)
        began, spent = time.perf_counter(), time.process_time()
        for start in range(0, number, 100):
            with uow() as tx:
                take_events(tx, "bench", events[start : start + 100])
        while evaluate_playbooks(services):
            continue
        wall, spent = time.perf_counter() - began, time.process_time() - spent
        engine.dispose()
    return number / wall, number / spent


def add_rows(table: Table, *, events: int = 20_000, sample: int = 2_000) -> None:
    """Two rows for `make bench`."""
    book = shipped_shelf().shipped
    facts = [Fact.of(event) for event in some_events(events)]
    fast, alerts = indexed(book, facts)
    slow = naive(book, facts[:sample], looked_at=3)
    table.add_row(
        f"playbooks: {events} events through {len(book.rules)} rules ({alerts} alerts)",
        f"{fast:,.0f} events a processor second ({fast / slow:,.0f} times the baseline)",
        f"{slow:,.1f}: each rule over each entity ({sample} events' worth of entities)",
        "",
    )
    wall, processor = live(1_000)
    told = f"{wall:,.0f} events/s ({processor:,.0f} a processor second)"
    table.add_row("playbooks: from the door to the alert, SQLite", told, "", "")


def fill(path: str, number: int) -> None:
    """Store and link so many events as one loads many: most indexes are left out until all rows are there."""
    engine = make_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA cache_size=-500000"))
    upgrade(engine)
    indexes = [index for table in (crm_event, playbook_link) for index in table.indexes if not _is_asked(index)]
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    uow = make_unit_of_work(engine, ids=SortableIds(SystemClock()), secret_keys=[SEAL])
    events = some_events(number, entities=ENTITIES, since=LONG_AGO, until=START)
    while piece := list(islice(events, 10_000)):
        with uow() as tx:
            tx.crm_events.add_all("bench", piece)
            # Each is linked as a first event of its entity is: by what it says itself.
            tx.playbooks.links.put_all("bench", [(fact, link_events([fact])[fact.id]) for fact in map(Fact.of, piece)])
    with engine.begin() as connection:
        for index in indexes:
            index.create(connection)
    engine.dispose()


def _is_asked(index: Index) -> bool:
    """Whether storing itself looks something up in it."""
    return [column.name for column in index.columns] == ["tenant_id", "event_id"]


def stored(number: int) -> Iterator[str]:
    """Store so many events, and try rules on them as the page and the command do; what it took, line by line."""
    book = shipped_shelf().shipped
    one = next(rule for rule in book.rules if rule.id == "budget_node_stale")
    with tempfile.TemporaryDirectory() as folder:
        path, began = str(Path(folder) / "bench.db"), time.perf_counter()
        # In a process of its own: what this takes is not what a back-test takes.
        subprocess.run([sys.executable, "-m", MODULE, str(number), path], check=True, cwd=ROOT)
        size = Path(path).stat().st_size / 2**20
        yield f"{number:,} events stored and linked in {time.perf_counter() - began:,.0f} s, {size:,.0f} MiB"
        before = _peak_mib()
        for rules in ((one,), book.rules):
            spent, said = tried(path, rules)
            yield f"{said}: {number / spent:,.0f} events a processor second; {_peak_mib():,.0f} MiB at the most so far"
    yield f"that is {_peak_mib() - before:,.0f} MiB more than before the first back-test"
    like = some_events(min(number, SAMPLE), entities=ENTITIES, since=LONG_AGO, until=START)
    sample = [Fact.of(event) for event in like]
    slow = naive(book, sample, looked_at=3)
    yield (
        f"each of {len(book.rules)} rules over each entity, in the history of {len(sample):,} events: {slow:,.2f} "
        f"events a processor second; the back-test does {number / spent / slow:,.0f} times as many"
    )


def tried(path: str, rules: Sequence[Rule]) -> tuple[float, str]:
    """How many processor seconds a back-test of these rules on the stored events took, and what came out."""
    engine = make_engine(f"sqlite:///{path}")
    uow = make_unit_of_work(engine, ids=SortableIds(SystemClock()), secret_keys=[SEAL])
    began, spent = time.perf_counter(), time.process_time()
    with uow(write=False) as tx:
        report = backtest_rules(tx, "bench", list(rules), since=None, until=START)
    wall, spent = time.perf_counter() - began, time.process_time() - spent
    engine.dispose()
    named = rules[0].id if len(rules) == 1 else f"{len(rules)} rules"
    alerts = sum(rule.firings for rule in report.rules)
    return spent, (
        f"back-test of {named} in {wall:,.0f} s ({spent:,.0f} s of one processor), {alerts:,} alerts, "
        f"{report.events:,} events read of {report.looked_at:,} subjects"
    )


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def main(number: int, path: str = "") -> None:
    """Store so many events, back-test rules on them, and print what it took; given a path, only store them there."""
    if path:
        fill(path, number)
        return
    for line in stored(number):
        Console().print(line)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, *sys.argv[2:3])
