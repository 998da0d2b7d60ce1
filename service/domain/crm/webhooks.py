"""Webhooks as Twenty, EspoCRM and Frappe send them: is it genuine, and which events does it carry.

Signatures are taken over the raw bytes. None of the three sends an event id, so an event is known by its content: a
retry is a duplicate, and where the content carries no time of its own, the hour it came in tells repeats apart.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from service.domain.crm.events import CrmEvent, content_id, event_id
from service.domain.crm.naming import kind_of, with_our_names
from service.domain.crm.sources import CrmSource
from service.domain.errors import Invalid

TWENTY_TOLERANCE = timedelta(minutes=5)
FRAPPE_ZONE = ZoneInfo("Asia/Shanghai")  # Frappe writes its server's local time without an offset
MAX_RECORDS = 500
_VERBS = {"create": "created", "after_insert": "created", "update": "updated", "on_update": "updated",
          "delete": "deleted", "on_trash": "deleted", "fieldUpdate": "updated"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Carried:
    """The events of one delivery, and how many of its records are of kinds that are not kept."""

    events: tuple[CrmEvent, ...]
    ignored: int = 0


def is_genuine(source: CrmSource, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Whether the delivery was signed with one of the source's secrets; `headers` have lower-case names."""
    check = {"twenty": _twenty_signed, "espocrm": _espo_signed, "frappe": _frappe_signed}[source.kind]
    return any(check(secret.encode(), headers, body, now) for secret in source.secrets)


def carried(source: CrmSource, body: object, *, event: str, now: datetime) -> Carried:
    """The events in a delivery's parsed body.

    Args:
        event: what the address says happened (`Account.update`), which EspoCRM does not repeat in the body.

    Raises:
        Invalid: not the shape this CRM sends (`webhook_shape`).
    """
    if source.kind == "twenty":
        return _read(source, [_twenty(item) for item in _records(body)], now)
    if source.kind == "espocrm":
        return _read(source, [_espo(item, event) for item in _records(body)], now)
    return _read(source, [_frappe(item, event) for item in _records(body)], now)


@dataclass(frozen=True, slots=True)
class _Record:
    """One record of a delivery: what it is called there, what happened, when (if it says), and its fields."""

    object_name: str
    verb: str
    at: datetime | None
    fields: Mapping[str, Any]
    key: str


def _read(source: CrmSource, records: Iterable[_Record], now: datetime) -> Carried:
    events: list[CrmEvent] = []
    ignored = 0
    for record in records:
        kind = kind_of(record.object_name)
        if kind is None:
            ignored += 1
            continue
        at = min(record.at, now) if record.at is not None else now
        fields = with_our_names(record.fields)
        if record.verb == "deleted":
            fields["deleted"] = True
        hour = None if record.at is not None else now.strftime("%Y-%m-%dT%H")
        content = {"kind": kind, "verb": record.verb, "at": str(record.at), "hour": hour, "fields": record.fields}
        external = content_id({"key": record.key, **content})
        events.append(
            CrmEvent(event_id(source.uri, external), source.uri, f"{kind}.{record.verb}", kind, record.key, at, now,
                     fields, external)
        )  # fmt: skip
    return Carried(tuple(events), ignored)


def _records(body: object) -> Sequence[Mapping[str, Any]]:
    items = body if isinstance(body, list) else [body]
    if len(items) > MAX_RECORDS:
        raise Invalid(f"a delivery may hold at most {MAX_RECORDS} records", code="webhook_shape")
    records = [item for item in items if isinstance(item, dict)]
    if not records or len(records) < len(items):
        raise Invalid("the body must be an object, or a list of objects", code="webhook_shape")
    return records


def _twenty(item: Mapping[str, Any]) -> _Record:
    """The documented shape (event, data, timestamp) and the one its job code sends (eventName, record, eventDate)."""
    name = item.get("event", item.get("eventName"))
    fields = item.get("data", item.get("record"))
    if not isinstance(name, str) or "." not in name or not isinstance(fields, dict):
        raise Invalid("a Twenty webhook has event and data, or eventName and record", code="webhook_shape")
    object_name, _, verb = name.partition(".")
    changed = item.get("updatedFields")
    if isinstance(changed, list) and changed:
        fields = {key: value for key, value in fields.items() if key in changed or key == "id"}
    at = _moment(item.get("timestamp", item.get("eventDate")), UTC)
    return _Record(object_name, _VERBS.get(verb, verb), at, fields, _key(fields, "id"))


def _espo(item: Mapping[str, Any], event: str) -> _Record:
    object_name, _, verb = event.partition(".")
    if not verb:
        raise Invalid(
            "EspoCRM does not say what happened: register the address with it, such as ?event=Account.update",
            code="webhook_shape",
        )
    at = _moment(item.get("modifiedAt", item.get("createdAt")), UTC)
    return _Record(object_name, _VERBS.get(verb.partition(".")[0], verb), at, item, _key(item, "id"))


def _frappe(item: Mapping[str, Any], event: str) -> _Record:
    named, _, verb = event.rpartition(".")
    object_name = item.get("doctype", named)
    if not isinstance(object_name, str) or not object_name:
        raise Invalid(
            "a Frappe webhook needs doctype among its fields, or in the address: ?event=CRM Deal.on_update",
            code="webhook_shape",
        )
    at = _moment(item.get("modified", item.get("creation")), FRAPPE_ZONE)
    return _Record(object_name, _VERBS.get(verb, verb or "updated"), at, item, _key(item, "name"))


def _key(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 128 or "/" in value or not value.isprintable():
        raise Invalid(
            f"a record needs its id in the field {name}, 1 to 128 characters without a /", code="webhook_shape"
        )
    return value


def _moment(value: object, zone: Any) -> datetime | None:  # noqa: ANN401 - any tzinfo
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    found = found.replace(tzinfo=zone) if found.tzinfo is None else found
    try:
        utc = found.astimezone(UTC)
    except OverflowError:
        return None
    return utc if 1990 <= utc.year <= 2100 else None


def _twenty_signed(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    sent, stamp = headers.get("x-twenty-webhook-signature", ""), headers.get("x-twenty-webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 16):
        return False
    if abs(now.timestamp() - int(stamp) / 1_000) > TWENTY_TOLERANCE.total_seconds():
        return False
    wanted = hmac.new(secret, stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return _equal(sent.encode("utf-8", "replace"), wanted.encode())


def _espo_signed(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """`Signature` carries the hex digest, `X-Signature` (before version 11) the raw one; both after the hook's id."""
    del now  # EspoCRM signs no time; what comes twice is a duplicate by its content
    sent = _decoded(headers.get("signature") or headers.get("x-signature", ""))
    digest = hmac.new(secret, body, hashlib.sha256)
    _, colon, proof = sent.partition(b":")
    return bool(colon) and (_equal(proof, digest.hexdigest().encode()) or _equal(proof, digest.digest()))


def _frappe_signed(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    del now  # as EspoCRM
    sent = _decoded(headers.get("x-frappe-webhook-signature", ""))
    return _equal(sent, hmac.new(secret, body, hashlib.sha256).digest())


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _equal(sent: bytes, wanted: bytes) -> bool:
    return hmac.compare_digest(sent, wanted)
