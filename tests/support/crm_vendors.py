"""Webhooks as Twenty, EspoCRM and Frappe send them: body, address and signature, made by another library than ours."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import hashes, hmac

SECRET = "sixteen-letters-1"


@dataclass(frozen=True)
class Hook:
    """One request of a CRM."""

    body: bytes
    headers: Mapping[str, str]
    query: str = ""


def twenty(event: str, record: Mapping[str, Any], *, at: datetime, now: datetime, changed: Sequence[str] = ()) -> Hook:
    """In the shape of its job code: the whole record, and which of its fields were changed."""
    said = {"eventName": event, "record": dict(record), "eventDate": at.isoformat(), "updatedFields": list(changed),
            "webhookId": "w-1", "workspaceId": "s-1", "targetUrl": "https://fieldcue.example/"}  # fmt: skip
    body, stamp = _bytes(said), str(int(now.timestamp() * 1_000))
    signature = _digest(f"{stamp}:".encode() + body).hex()
    return Hook(body, {"X-Twenty-Webhook-Timestamp": stamp, "X-Twenty-Webhook-Signature": signature})


def espo(event: str, *records: Mapping[str, Any]) -> Hook:
    """A list, as every few minutes; what happened stands in the address alone."""
    body = _bytes([dict(record) for record in records])
    signature = base64.b64encode(b"hook7:" + _digest(body).hex().encode()).decode()
    return Hook(body, {"Signature": signature}, f"?event={event}")


def frappe(doctype: str, verb: str, fields: Mapping[str, Any]) -> Hook:
    """One document, as its administrator worded the body."""
    body = _bytes({"doctype": doctype, **fields})
    signature = base64.b64encode(_digest(body)).decode()
    return Hook(body, {"X-Frappe-Webhook-Signature": signature}, f"?event={doctype}.{verb}")


def espo_time(at: datetime) -> str:
    """As EspoCRM writes it: UTC, without saying so."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def frappe_time(at: datetime) -> str:
    """As Frappe writes it: its server's local time."""
    return f"{at.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S.%f}"


def _bytes(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def _digest(message: bytes) -> bytes:
    mac = hmac.HMAC(SECRET.encode(), hashes.SHA256())
    mac.update(message)
    return mac.finalize()
