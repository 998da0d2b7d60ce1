"""Who may call what: API keys with scopes, bound to one tenant.

Invariant: a key is shown once and stored only as a SHA-256; the tenant is taken from the key and from nothing else.
Format: `fcue_<id>_<43 characters, 32 random bytes>_<8 hex CRC-32>`; the checksum lets scanners and us refuse typos
without a database look-up.
"""

import base64
import hashlib
import hmac
import zlib
from dataclasses import dataclass
from datetime import datetime

SCOPES = (
    "visits:write",
    "visits:read",
    "triage",
    "speech",
    "coaching:read",
    "coaching:write",
    "webhooks:write",
    "webhooks:read",
    "events:write",
    "crm:read",
    "crm:write",
    "playbooks:write",
    "playbooks:read",
    "alerts:write",
    "alerts:read",
    "people:write",
    "people:read",
    "models:write",  # for one tenant alone: all of them share the models
    "models:read",
    "console",
    "personal:read",  # unmasked texts, and everything about a person at once
    "privacy:write",
    "consents:review",  # decides about visits whose recording notice was not heard, and reads their words
    "audit:read",
    "admin",
)
PREFIX = "fcue"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is stored of a key."""

    id: str
    tenant_id: str
    secret_sha256: str
    scopes: frozenset[str]
    created_at: datetime
    label: str = ""
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: its tenant, its key's id and what it may do."""

    tenant_id: str
    key_id: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether this caller holds `scope`; `admin` holds all."""
        return scope in self.scopes or "admin" in self.scopes


def render_key(key_id: str, secret: bytes) -> str:
    """The text handed to the caller once; `secret` is 32 random bytes."""
    body = f"{PREFIX}_{key_id}_{base64.urlsafe_b64encode(secret).decode().rstrip('=').replace('_', '.')}"
    return f"{body}_{zlib.crc32(body.encode()):08x}"


def parse_key(text: str) -> tuple[str, str] | None:
    """(key id, SHA-256 of the whole key) when form and checksum are right, None otherwise."""
    body, _, checksum = text.rpartition("_")
    parts = body.split("_")
    if len(parts) != 3 or parts[0] != PREFIX or not parts[1] or len(parts[2]) != 43:
        return None
    if not hmac.compare_digest(f"{zlib.crc32(body.encode()):08x}".encode(), checksum.encode("utf-8", "replace")):
        return None
    return parts[1], hash_key(text)


def hash_key(text: str) -> str:
    """What is stored of a key: a plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def admits(key: ApiKey, presented_sha256: str, now: datetime) -> bool:
    """Whether the presented key is this one and still valid at `now`."""
    same = hmac.compare_digest(key.secret_sha256, presented_sha256)
    alive = key.revoked_at is None and (key.expires_at is None or now < key.expires_at)
    return same and alive
