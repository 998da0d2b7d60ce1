"""The playbooks' bench in small: what it loads in bulk is what the service stores, and it says what it measured."""

import sqlite3
from contextlib import closing
from pathlib import Path

from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from tests.bench.playbooks import ENTITIES, KINDS, fill, some_events, stored


def ask(path: Path, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return sorted(connection.execute(query))


def test_loading_in_bulk_leaves_every_index_and_every_event_in_its_place(tmp_path: Path) -> None:
    filled, plain = tmp_path / "filled.db", tmp_path / "plain.db"
    fill(str(filled), 60)
    engine = make_engine(f"sqlite:///{plain}")
    upgrade(engine)
    engine.dispose()
    schema = "SELECT type, name, coalesce(sql, '') FROM sqlite_master"
    assert ask(filled, schema) == ask(plain, schema)
    sent, linked = ask(filled, "SELECT id FROM crm_event"), ask(filled, "SELECT DISTINCT event_id FROM playbook_link")
    assert sent == linked
    assert len(sent) == 60


def test_events_are_about_no_more_entities_than_asked_for() -> None:
    events = list(some_events(500, entities=50))
    assert len({event.id for event in events}) == 500
    assert {event.kind for event in events} == {kind for kind, _ in KINDS}
    assert len({(event.kind, event.entity_id) for event in events}) <= 50 < ENTITIES


def test_the_bench_says_how_long_it_took_how_much_memory_and_how_the_plain_way_does() -> None:
    said = list(stored(40))
    assert said[0].startswith("40 events stored and linked in ")
    assert said[1].startswith("back-test of budget_node_stale in ")
    assert said[2].startswith("back-test of ")
    assert "MiB more than before the first back-test" in said[3]
    assert "times as many" in said[4]
