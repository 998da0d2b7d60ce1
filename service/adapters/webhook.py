"""Sends one signed delivery.

Invariant: the bytes that are signed are the bytes that are sent; whatever happens comes back as an Attempt.
Source: Standard Webhooks 1.0.0 (headers, signature, meaning of answers).
"""

import base64
import hashlib
import hmac
import re
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore

from service.adapters import guarded_http
from service.adapters.urls import UrlRules
from service.domain.delivery.deliveries import Attempt, Endpoint
from service.domain.errors import ServiceError

TOTAL_S = 15.0
READ_BYTES = 65_536
KEPT_CHARACTERS = 512
USER_AGENT = "Fieldcue/1 (+webhooks)"
_REDACTED = (
    (re.compile(r"(?i)(whsec_|fcue_|sk-|bearer\s+)[\w.+/=-]+"), "[secret]"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "[mail]"),
    (re.compile(r"\+?\d(?:[ -]?\d){6,}"), "[number]"),
)


def sign(secrets: Sequence[str], event_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one `v1,` signature per secret, blanks between them.

    Args:
        secrets: `whsec_` and base64 of the key.
        timestamp: Unix seconds of this attempt.
    """
    message = f"{event_id}.{timestamp}.".encode() + body
    keys = (base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets)
    digests = (hmac.new(key, message, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def live_secrets(endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
    """The newest secret, and the one before it while both are valid."""
    overlap = endpoint.previous_secret_until is not None and now < endpoint.previous_secret_until
    return endpoint.secrets if overlap else endpoint.secrets[:1]


class HttpWebhookSender:
    """The WebhookSender port."""

    def __init__(self, rules: UrlRules, *, ssl_context: ssl.SSLContext | None = None, total_s: float = TOTAL_S) -> None:
        """`ssl_context`: only tests give one of their own; the default trusts the system's authorities."""
        self._rules = rules
        self._ssl_context = ssl_context
        self._total_s = total_s

    def send(
        self, endpoint: Endpoint, event_id: str, body: bytes, *, delivery_id: str, number: int, now: datetime
    ) -> Attempt:
        timestamp = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "webhook-id": event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(live_secrets(endpoint, now), event_id, timestamp, body),
            "x-delivery-id": delivery_id,
            "x-attempt": str(number),
        }
        began = time.monotonic()
        status, error, text, retry_after_s = self._post(endpoint.url, headers, body, now)
        return Attempt(
            delivery_id=delivery_id,
            number=number,
            at=now,
            status=status,
            error=error,
            latency_ms=round((time.monotonic() - began) * 1000),
            body=text,
            retry_after_s=retry_after_s,
        )

    def _post(
        self, url: str, headers: dict[str, str], body: bytes, now: datetime
    ) -> tuple[int | None, str, str, int | None]:
        try:
            with guarded_http.request(
                self._rules,
                "POST",
                url,
                headers=headers,
                content=body,
                total_s=self._total_s,
                ssl_context=self._ssl_context,
            ) as response:
                text = redact(read_some(response))
                error = "" if 200 <= response.status < 300 else f"http_{response.status}"
                return response.status, error, text, _retry_after_s(response, now)
        except ServiceError as failure:
            return None, f"{failure.code}: {failure.detail}", "", None


def read_some(response: httpcore.Response) -> bytes:
    """At most 64 KiB of the answer. Its status is already known and counts, even when the body never ends."""
    read = bytearray()
    with suppress(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        for chunk in response.iter_stream():
            read += chunk
            if len(read) >= READ_BYTES:
                break
    return bytes(read[:READ_BYTES])


def redact(body: bytes) -> str:
    """The first 512 characters as text, without control characters, secrets, addresses and long numbers."""
    text = body[: KEPT_CHARACTERS * 4].decode("utf-8", "replace")
    for pattern, word in _REDACTED:
        text = pattern.sub(word, text)
    return "".join(c if c.isprintable() else " " for c in text)[:KEPT_CHARACTERS]


def _retry_after_s(response: httpcore.Response, now: datetime) -> int | None:
    value = next((v for name, v in response.headers if name.lower() == b"retry-after"), None)
    if value is None:
        return None
    text = value.decode("ascii", "replace").strip()
    if text.isdigit():
        return int(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, round((moment - now).total_seconds()))
