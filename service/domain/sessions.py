"""How people enter the console: a link that opens once, and the session it starts.

Invariant: only hashes of secrets are stored; a session ends twelve hours after it began, after two idle hours, when its
person or key loses access, or when told to; a link opens once and for ten minutes.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=12)
IDLE_ENDS = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)  # how exactly idleness is kept, so that most pages write nothing
SECRET_BYTES = 32
_TICKET = re.compile(r"([a-z]{3}_[0-9a-f]{32})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ConsoleLink:
    """A way in for one person, used at most once."""

    id: str
    tenant_id: str
    person_id: str
    secret_sha256: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """Somebody who is in: a person, or whoever holds an API key (`key_id`, with no person)."""

    id: str
    tenant_id: str
    secret_sha256: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    person_id: str = ""
    key_id: str = ""
    ended_at: datetime | None = None

    def alive(self, now: datetime) -> bool:
        """Whether it still opens anything at `now`."""
        return self.ended_at is None and now < self.expires_at and now - self.seen_at < IDLE_ENDS


def render_ticket(row_id: str, secret: bytes) -> str:
    """What the browser holds of a link or a session; `secret` is 32 random bytes."""
    return f"{row_id}.{secret.hex()}"


def parse_ticket(text: str) -> tuple[str, str] | None:
    """(row id, secret in hex), None when it cannot be one of ours."""
    found = _TICKET.fullmatch(text)
    return (found[1], found[2]) if found else None


def hash_secret(secret_hex: str) -> str:
    """What is stored of a secret: a plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(bytes.fromhex(secret_hex)).hexdigest()


def matches(stored_sha256: str, secret_hex: str) -> bool:
    """Whether the secret is the stored one, told in constant time."""
    return hmac.compare_digest(stored_sha256, hash_secret(secret_hex))


def form_token(secret_hex: str) -> str:
    """What every form of this session carries; it follows from the cookie, which no other site can read."""
    return hmac.new(bytes.fromhex(secret_hex), b"fieldcue console form 1", hashlib.sha256).hexdigest()


def is_form_token(secret_hex: str, given: str) -> bool:
    """Whether a form came from this session's own pages."""
    return hmac.compare_digest(form_token(secret_hex).encode(), given.encode("utf-8", "replace"))
