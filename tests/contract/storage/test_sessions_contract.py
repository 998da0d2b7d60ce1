"""What every implementation promises of the console's links and sessions."""

from datetime import timedelta

from service.domain.ports import UnitOfWorkFactory
from service.domain.sessions import ConsoleLink, ConsoleSession
from tests.support.builders import TENANT, an_id
from tests.support.fakes import NOON

SOON = NOON + timedelta(minutes=10)
LINK = ConsoleLink(an_id("lnk"), TENANT, "rep-1", "0" * 64, NOON, SOON)
SESSION = ConsoleSession(an_id("ses"), TENANT, "1" * 64, NOON, NOON, NOON + timedelta(hours=12), "rep-1")


def test_a_link_is_found_by_its_id_and_used_once(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.sessions.add_link(LINK)
    with uow() as tx:
        assert tx.sessions.find_link(LINK.id) == LINK
        assert tx.sessions.find_link(an_id("lnk", 2)) is None
        assert tx.sessions.use_link(LINK, NOON)
        assert not tx.sessions.use_link(LINK, NOON)
        assert tx.sessions.find_link(LINK.id).used_at == NOON


def test_a_session_is_found_touched_and_ended(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.sessions.add(SESSION)
    with uow() as tx:
        assert tx.sessions.find(SESSION.id) == SESSION
        assert tx.sessions.find(an_id("ses", 2)) is None
        tx.sessions.touch(SESSION, SOON)
        assert tx.sessions.find(SESSION.id).seen_at == SOON
        tx.sessions.end(SESSION, SOON)
        assert tx.sessions.find(SESSION.id).ended_at == SOON


def test_what_has_expired_is_swept(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.sessions.add_link(LINK)
        tx.sessions.add(SESSION)
        assert tx.sessions.sweep(SOON) == 0
        assert tx.sessions.sweep(SOON + timedelta(seconds=1)) == 1
        assert tx.sessions.find_link(LINK.id) is None
        assert tx.sessions.sweep(NOON + timedelta(days=1)) == 1
        assert tx.sessions.find(SESSION.id) is None
