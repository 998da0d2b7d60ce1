"""Old consents on their way to the newest schema: what they cover is written beside them, and nobody is trained on."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from service.storage.engine import make_engine
from service.storage.migrate import downgrade, upgrade
from service.storage.unit_of_work import make_unit_of_work
from tests.support.builders import TENANT, an_id
from tests.support.fakes import FakeIds
from tests.support.seal import SEAL
from tests.support.servers import postgres_database

GIVEN = {"basis": "consent", "method": "verbal", "given_at": "2026-03-01T02:00:00Z", "notice_version": "v1"}
OLD = {
    1: (GIVEN, "|recording|transcription|coaching|"),
    2: ({**GIVEN, "voices": True}, "|recording|transcription|coaching|voices|"),
    3: ({**GIVEN, "withdrawn_at": "2026-03-02T02:00:00Z"}, ""),
    4: (None, ""),
}
ADDED = text(
    "INSERT INTO visit (id, tenant_id, rep_id, account_id, visited_at, created_at, industry, channel, stage, place,"
    " timezone, competitors, consent) VALUES (:id, :tenant, 'r', 'a', '2026-03-01 02:00:00', '2026-03-01 02:00:00',"
    " '', '', '', '', 'Asia/Shanghai', '[]', :consent)"
).execution_options(system="sweep")
PURPOSES = text("SELECT id, purposes FROM visit ORDER BY id").execution_options(system="sweep")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        made = make_engine(f"sqlite:///{tmp_path / 'old.db'}")
        yield made
        made.dispose()
        return
    with postgres_database() as url:
        made = make_engine(url)
        yield made
        made.dispose()


def test_old_consents_are_valid_on_and_cover_what_they_did(engine: Engine) -> None:
    upgrade(engine, "0017")
    with engine.execution_options(write=True).begin() as connection:
        for number, (consent, _) in OLD.items():
            values = {"id": an_id("vis", number), "tenant": TENANT, "consent": consent and json.dumps(consent)}
            connection.execute(ADDED, values)
    upgrade(engine)
    with engine.connect() as connection:
        covered = {row.id: row.purposes for row in connection.execute(PURPOSES)}
    assert covered == {an_id("vis", number): expected for number, (_, expected) in OLD.items()}
    with make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])(write=False) as tx:
        for number, (consent, expected) in OLD.items():
            visit = tx.visits.get(TENANT, an_id("vis", number))
            assert visit is not None
            assert (visit.consent is None) is (consent is None)
            purposes = visit.consent.purposes() if visit.consent else ()
            assert purposes == tuple(name for name in expected.split("|") if name)
    downgrade(engine, "0017")
    upgrade(engine)
