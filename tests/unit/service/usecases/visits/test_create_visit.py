"""A visit announced once, twice, and with the customer's consent following later."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.errors import Conflict
from service.domain.visit import Consent, Visit
from service.usecases.visits.create_visit import create_visit
from tests.support.builders import OTHER_TENANT, a_visit
from tests.support.fakes import NOON, FakeIds, MemoryDatabase

GIVEN = Consent("consent", "verbal", NOON)
ENDED = replace(GIVEN, given_at=NOON - timedelta(days=9), expires_at=NOON - timedelta(days=1))
WITHDRAWN = replace(GIVEN, withdrawn_at=NOON - timedelta(hours=1))
OTHER = replace(GIVEN, method="signed")


def announce(database: MemoryDatabase, number: int, **changes: object) -> tuple[Visit, bool]:
    visit = a_visit(number, **{"external_id": "crm-1", "consent": GIVEN, **changes})
    with database() as tx:
        return create_visit(tx, visit, now=NOON)


def test_without_an_external_id_every_announcement_is_a_visit() -> None:
    database = MemoryDatabase(FakeIds())
    assert [announce(database, i, external_id=None)[1] for i in (1, 2)] == [True, True]
    assert len(database.state.visits) == 2


def test_a_repeat_gives_the_visit_that_stands() -> None:
    database = MemoryDatabase(FakeIds())
    first, again = announce(database, 1), announce(database, 2)
    assert (first[1], again[1]) == (True, False)
    assert first[0] == again[0]


def test_another_tenants_external_id_is_free() -> None:
    database = MemoryDatabase(FakeIds())
    announce(database, 1)
    assert announce(database, 2, tenant_id=OTHER_TENANT)[1]


@pytest.mark.parametrize(
    ("standing", "sent", "stored"), [("", "wu", "wu"), ("wu", "", "wu"), ("wu", "wu", "wu"), ("", "", "")]
)
def test_a_dialect_may_follow_and_is_not_taken_away(standing: str, sent: str, stored: str) -> None:
    database = MemoryDatabase(FakeIds())
    first = announce(database, 1, dialect=standing)[0]
    again, is_new = announce(database, 2, dialect=sent)
    assert (again, is_new) == (replace(first, dialect=stored), False)
    with database() as tx:
        assert tx.visits.get(first.tenant_id, first.id) == again


def test_another_dialect_is_another_visit() -> None:
    database = MemoryDatabase(FakeIds())
    announce(database, 1, dialect="wu")
    with pytest.raises(Conflict) as refusal:
        announce(database, 2, dialect="yue")
    assert refusal.value.code == "external_id_taken"


@pytest.mark.parametrize(
    "changes",
    [{"rep_id": "rep-2"}, {"account_id": "acc-2"}, {"visited_at": NOON}, {"industry": "retail"}, {"competitors": ()}],
    ids=lambda changes: next(iter(changes)),
)
def test_an_external_id_names_one_visit_only(changes: dict[str, object]) -> None:
    database = MemoryDatabase(FakeIds())
    announce(database, 1)
    with pytest.raises(Conflict) as refusal:
        announce(database, 2, **changes)
    assert refusal.value.code == "external_id_taken"


@pytest.mark.parametrize(
    ("standing", "sent", "stored"),
    [
        (None, GIVEN, GIVEN),
        (None, None, None),
        (ENDED, GIVEN, GIVEN),
        (ENDED, None, ENDED),
        (GIVEN, OTHER, GIVEN),
        (GIVEN, None, GIVEN),
        (WITHDRAWN, GIVEN, WITHDRAWN),
    ],
    ids=["follows later", "never came", "renewed", "ended", "stands already", "stands", "withdrawn stays withdrawn"],
)
def test_consent_that_comes_with_a_repeat(
    standing: Consent | None, sent: Consent | None, stored: Consent | None
) -> None:
    database = MemoryDatabase(FakeIds())
    first, _ = announce(database, 1, consent=standing)
    again, is_new = announce(database, 2, consent=sent)
    assert (again.id, again.consent, is_new) == (first.id, stored, False)
    assert database.state.visits[first.id].consent == stored
