"""Addresses that open one recording for a few minutes, for players that cannot send a key.

Invariant: a link names one recording, the key that asked for it and its end, all under one signature; what was altered,
has ended or was signed by another installation opens nothing.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta

from service.domain.errors import Forbidden

MAX_AGE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class AudioLink:
    """What a link opens, who asked for it, and until when (Unix seconds)."""

    tenant_id: str
    recording_id: str
    key_id: str
    expires_s: int

    @property
    def expires_at(self) -> datetime:
        """The instant from which it opens nothing."""
        return datetime.fromtimestamp(self.expires_s, UTC)


def make_link(tenant_id: str, recording_id: str, key_id: str, *, now: datetime, lasts: timedelta) -> AudioLink:
    """A link that ends after `lasts`, and after ten minutes at the latest."""
    return AudioLink(tenant_id, recording_id, key_id, int((now + min(lasts, MAX_AGE)).timestamp()))


def sign_link(link: AudioLink, secret: bytes) -> str:
    """The link as text that fits into an address."""
    body = json.dumps(astuple(link), separators=(",", ":")).encode()
    return f"{_text(body)}.{_text(_signature(body, secret))}"


def open_link(text: str, secret: bytes, *, now: datetime) -> AudioLink:
    """The link again.

    Raises:
        Forbidden: altered, signed elsewhere or ended (`link_invalid`); which of them is not told.
    """
    refused = Forbidden("this link does not open anything, or no longer: ask for a new one", code="link_invalid")
    head, _, tail = text.partition(".")
    try:
        body, signature = _bytes(head), _bytes(tail)
    except (binascii.Error, ValueError) as error:
        raise refused from error
    if not hmac.compare_digest(signature, _signature(body, secret)):
        raise refused
    link = AudioLink(*json.loads(body))
    if not now < link.expires_at <= now + MAX_AGE:
        raise refused
    return link


def _signature(body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"fieldcue audio link 1\0" + body, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if (
        not text
        or _text(data := base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)) != text
    ):
        raise ValueError("not as we write it")
    return data
