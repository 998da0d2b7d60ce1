"""Into the console and out of it: links that open once, sign-in by key, the session behind every page.

Invariant: a wrong, used, ended or foreign ticket gets one and the same answer.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.access import admits, parse_key
from service.domain.errors import NotFound, Unauthenticated
from service.domain.people import Person
from service.domain.ports import Clock, Ids, UnitOfWork
from service.domain.sessions import (
    LINK_LASTS,
    SECRET_BYTES,
    SEEN_EVERY,
    SESSION_LASTS,
    ConsoleLink,
    ConsoleSession,
    hash_secret,
    matches,
    parse_ticket,
    render_ticket,
)
from service.usecases.services import Services

KEY_SCOPE = "console"
KEY_PERSON = "key:"


@dataclass(frozen=True, slots=True)
class Entered:
    """Who is in, and the secret of their session, from which form tokens follow."""

    person: Person
    session: ConsoleSession
    secret: str

    @property
    def tenant_id(self) -> str:
        """Whose data this session opens."""
        return self.session.tenant_id


def make_console_link(
    tx: UnitOfWork, clock: Clock, ids: Ids, *, tenant_id: str, person_id: str
) -> tuple[str, ConsoleLink]:
    """The ticket of a link for one person, and the link.

    Raises:
        NotFound: no such person, or one who has left.
    """
    person = tx.people.get(tenant_id, person_id)
    if person is None or not person.active:
        raise NotFound(
            "there is no such person, or they have left; `PUT /v1/people` registers people", code="person_not_found"
        )
    now, secret = clock.now(), ids.secret(SECRET_BYTES)
    link = ConsoleLink(ids.new("lnk"), tenant_id, person_id, hash_secret(secret.hex()), now, now + LINK_LASTS)
    tx.sessions.add_link(link)
    return render_ticket(link.id, secret), link


def enter_by_link(tx: UnitOfWork, services: Services, ticket: str) -> tuple[str, Person]:
    """The ticket of a new session, and whose it is.

    Raises:
        Unauthenticated: the link was used, has ended, or never was (`link_used`).
    """
    now, refused = services.clock.now(), Unauthenticated("this link was used or has ended", code="link_used")
    given = parse_ticket(ticket)
    link = tx.sessions.find_link(given[0]) if given else None
    if given is None or link is None or not matches(link.secret_sha256, given[1]) or now >= link.expires_at:
        raise refused
    person = tx.people.get(link.tenant_id, link.person_id)
    if person is None or not person.active or not tx.sessions.use_link(link, now):
        raise refused
    return _start(tx, services, link.tenant_id, now, person_id=person.id), person


def enter_by_key(tx: UnitOfWork, services: Services, key_text: str, person_id: str = "") -> tuple[str, Person]:
    """As `enter_by_link`, for whoever holds a key with the scope `console`: as one of its people, or as itself.

    Raises:
        Unauthenticated: no such key, one without the scope, or no such person (`sign_in_refused`).
    """
    now = services.clock.now()
    refused = Unauthenticated("this key does not open the console", code="sign_in_refused")
    given = parse_key(key_text.strip())
    key = tx.api_keys.find(given[0]) if given else None
    if given is None or key is None or not admits(key, given[1], now) or not {KEY_SCOPE, "admin"} & key.scopes:
        raise refused
    person = tx.people.get(key.tenant_id, person_id) if person_id else _holder(key.tenant_id, key.id, key.label, now)
    if person is None or not person.active:
        raise refused
    return _start(tx, services, key.tenant_id, now, person_id=person_id, key_id=key.id), person


def find_session(services: Services, ticket: str) -> Entered | None:
    """Who is behind a session's ticket now; None when nobody is, or no longer."""
    given = parse_ticket(ticket)
    if given is None:
        return None
    now = services.clock.now()
    with services.uow(write=False) as tx:
        session = tx.sessions.find(given[0])
        if session is None or not matches(session.secret_sha256, given[1]) or not session.alive(now):
            return None
        person = _person_of(tx, session, now)
    if person is None or not person.active:
        return None
    if now - session.seen_at >= SEEN_EVERY:
        with services.uow() as tx:
            tx.sessions.touch(session, now)
    return Entered(person, session, given[1])


def leave_console(tx: UnitOfWork, services: Services, entered: Entered) -> None:
    """End the session; its ticket opens nothing more."""
    tx.sessions.end(entered.session, services.clock.now())


def _person_of(tx: UnitOfWork, session: ConsoleSession, now: datetime) -> Person | None:
    if session.key_id:
        key = tx.api_keys.find(session.key_id)
        if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
            return None
        if not session.person_id:
            return _holder(key.tenant_id, key.id, key.label, now)
    return tx.people.get(session.tenant_id, session.person_id)


def _holder(tenant_id: str, key_id: str, label: str, now: datetime) -> Person:
    """Whoever holds a key and names nobody: sees and leads everybody."""
    return Person(f"{KEY_PERSON}{key_id}", tenant_id, label or key_id, "executive", now)


def _start(
    tx: UnitOfWork, services: Services, tenant_id: str, now: datetime, *, person_id: str, key_id: str = ""
) -> str:
    secret = services.ids.secret(SECRET_BYTES)
    session = ConsoleSession(
        services.ids.new("ses"), tenant_id, hash_secret(secret.hex()), now, now, now + SESSION_LASTS
    )
    tx.sessions.add(replace(session, person_id=person_id, key_id=key_id))
    return render_ticket(session.id, secret)
