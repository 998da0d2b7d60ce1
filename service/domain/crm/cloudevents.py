"""CloudEvents 1.0 envelopes as CRM events.

Source: CloudEvents 1.0.2 (attribute names and required attributes), JSON and HTTP bindings. A type names what happened
(`opportunity.updated`), the subject whom it is about (`opportunity/opp-88`, or the id alone where the type names the
kind). Invariant: an error names the attribute and the way out, and repeats no value.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from service.domain.crm.events import KINDS, CrmEvent, EntityKind, event_id
from service.domain.crm.naming import kind_of, plain_type, with_our_names
from service.domain.errors import Invalid

MAX_FIELDS = 500
MAX_NAME = 128
MAX_AHEAD = timedelta(hours=24)
_ATTRIBUTE = re.compile(r"^[a-z0-9]{1,20}$")
_ENTITY_ID = re.compile(r"^[^\x00-\x1f\x7f/]{1,128}$")
_INSTANT = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$", re.ASCII)
_CORE = {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data"}


def from_envelope(envelope: Mapping[str, Any], *, now: datetime) -> CrmEvent:
    """One event of a structured or binary message, or of a batch.

    Raises:
        Invalid: an attribute is missing, malformed or unknown (`cloudevent_invalid`, `unknown_field`); nothing says
            whom it is about (`subject_unknown`); it lies more than a day ahead (`event_in_future`).
    """
    _check_names(envelope)
    if envelope.get("specversion") != "1.0":
        raise _wrong("specversion", "must be the text 1.0")
    source = _text(envelope, "source", 1_024)
    external_id = _text(envelope, "id", 255)
    kind, event_type = plain_type(_text(envelope, "type", 255))
    data = _data(envelope)
    found_kind, entity_id = _about(envelope, kind, data)
    return CrmEvent(
        id=event_id(source, external_id),
        source=source,
        type=event_type,
        kind=found_kind,
        entity_id=entity_id,
        occurred_at=occurred(envelope.get("time"), now=now),
        received_at=now,
        data=with_our_names(data),
        external_id=external_id,
    )


def occurred(value: object, *, now: datetime) -> datetime:
    """When it happened: an RFC 3339 instant with an offset, `now` when the sender does not say.

    Raises:
        Invalid: no such instant, outside 1990 to 2100, or more than a day ahead of `now`.
    """
    if value is None:
        return now
    if not isinstance(value, str) or not _INSTANT.match(value):
        raise _wrong("time", "must be an RFC 3339 instant with an offset, such as 2026-03-11T10:00:00+08:00")
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value.upper())).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong("time", "is no moment of any calendar") from None
    if not 1990 <= moment.year <= 2100:
        raise _wrong("time", "must lie between 1990 and 2100")
    if moment > now + MAX_AHEAD:
        raise Invalid("time lies more than a day ahead: set the sender's clock", code="event_in_future")
    return moment


def _check_names(envelope: Mapping[str, Any]) -> None:
    unknown = [name for name in envelope if name not in _CORE and not _ATTRIBUTE.match(name)]
    if unknown:
        raise Invalid(
            "an attribute beside data has a name that CloudEvents does not allow (a-z and 0-9, at most 20): "
            "put fields of the record into data",
            code="unknown_field",
        )
    if "data_base64" in envelope:
        raise _wrong("data_base64", "is not taken: send data as a JSON object")


def _data(envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = str(envelope.get("datacontenttype", "application/json")).partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise _wrong("datacontenttype", "must be JSON")
    data = envelope.get("data", {})
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise _wrong("data", "must be a JSON object, the fields by name")
    if len(data) > MAX_FIELDS:
        raise _wrong("data", f"may hold at most {MAX_FIELDS} fields")
    if any(len(name) > MAX_NAME for name in data):
        raise _wrong("data", f"holds a field with a name longer than {MAX_NAME} characters")
    return data


def _about(envelope: Mapping[str, Any], kind: EntityKind | None, data: Mapping[str, Any]) -> tuple[EntityKind, str]:
    """Whom the event is about: the subject, else the record's own id."""
    subject = envelope.get("subject", data.get("id"))
    if not isinstance(subject, str) or not subject:
        raise Invalid("subject is missing: name the record, such as opportunity/opp-88", code="subject_unknown")
    named, _, entity_id = subject.strip("/").rpartition("/")
    found = kind_of(named.rpartition("/")[2]) if named else kind
    if found is None:
        raise Invalid(
            f"neither subject nor type names a kind of record; begin the subject with one of: {', '.join(KINDS)}",
            code="subject_unknown",
        )
    if not _ENTITY_ID.match(entity_id):
        raise _wrong("subject", "must end in an id of 1 to 128 characters without control characters")
    return found, entity_id


def _text(envelope: Mapping[str, Any], name: str, limit: int) -> str:
    value = envelope.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(name, "is required and must be a text")
    if len(value) > limit:
        raise _wrong(name, f"may hold at most {limit} characters")
    if any(character < " " or character == "\x7f" for character in value):
        raise _wrong(name, "holds a control character")
    return value


def _wrong(name: str, problem: str) -> Invalid:
    return Invalid(f"{name} {problem}", code="cloudevent_invalid")
