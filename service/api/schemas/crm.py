"""Bodies of CRM events, sources and entities."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from service.api.rendering import instant
from service.api.schemas.base import In, Label, Out
from service.domain.crm.events import CrmEvent
from service.domain.crm.sources import DIALECTS, CrmSource
from service.usecases.crm.read_entity import EntityStory
from service.usecases.crm.take_events import Taken

CLOUD_EVENT = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 255},
        "source": {"type": "string", "minLength": 1, "maxLength": 1_024},
        "type": {"type": "string", "minLength": 1, "maxLength": 255},
        "subject": {"type": "string", "description": "`<kind>/<id>`, or the id alone where the type names the kind"},
        "time": {"type": ["string", "null"]},
        "datacontenttype": {"type": "string"},
        "data": {"type": ["object", "null"], "description": "the fields of the record, by name"},
    },
}
BATCH = {"type": "array", "items": CLOUD_EVENT, "minItems": 1, "maxItems": 500}


class TakenEventOut(Out):
    """One event that came in: our id, the sender's, and whether it stood there already."""

    id: str
    external_id: str
    kind: str
    entity_id: str
    duplicate: bool


class TakenOut(Out):
    """What became of the events of one request; `ignored` counts records of kinds that are not kept."""

    accepted: int
    duplicates: int
    ignored: int
    events: list[TakenEventOut]

    @classmethod
    def of(cls, taken: Taken, *, ignored: int = 0) -> "TakenOut":
        """From the use case's answer."""
        new = [_taken(event, duplicate=False) for event in taken.accepted]
        known = [_taken(event, duplicate=True) for event in taken.duplicates]
        return cls(accepted=len(new), duplicates=len(known), ignored=ignored, events=new + known)


def _taken(event: CrmEvent, *, duplicate: bool) -> TakenEventOut:
    return TakenEventOut(
        id=event.id,
        external_id=event.external_id,
        kind=event.kind,
        entity_id=event.entity_id,
        duplicate=duplicate,
    )


Secret = Annotated[str, StringConstraints(strict=True, min_length=16, max_length=512, pattern=r"^[!-~]+$")]


class SourceIn(In):
    """A CRM that will push webhooks; leave `secret` out to have one made."""

    kind: Literal[DIALECTS]  # type: ignore[valid-type]
    secret: (
        Annotated[str, StringConstraints(strict=True, min_length=16, max_length=512, pattern=r"^[!-~]+$")] | None
    ) = None
    description: Label = ""


class SourceOut(Out):
    """A source; `path` is what the CRM posts to."""

    id: str
    kind: str
    description: str
    path: str
    created_at: str
    last_seen_at: str | None

    @classmethod
    def of(cls, source: CrmSource) -> "SourceOut":
        """From the row."""
        return cls(**_source_fields(source))


class SourceSecretOut(SourceOut):
    """The answer that makes a source; `secret` is shown only where it was made here, this once."""

    secret: str | None

    @classmethod
    def made(cls, source: CrmSource, *, given: bool) -> "SourceSecretOut":
        """From the row."""
        return cls(secret=None if given else source.secrets[0], **_source_fields(source))


def _source_fields(source: CrmSource) -> dict[str, Any]:
    return {
        "id": source.id,
        "kind": source.kind,
        "description": source.description,
        "path": f"/v1/events/{source.id}",
        "created_at": instant(source.created_at),
        "last_seen_at": source.last_seen_at and instant(source.last_seen_at),
    }


class SourcePageOut(Out):
    """One page of sources, the newest first."""

    items: list[SourceOut]
    next_cursor: str | None


class ValueOut(Out):
    """A value a field has had: since when, and the event that gave it."""

    value: Any
    changed_at: str
    event_id: str
    source: str
    event_type: str


class FieldOut(Out):
    """A field's present value, since when, by which event, and the values before it, the oldest first."""

    value: Any
    changed_at: str
    event_id: str
    history: Annotated[list[ValueOut], Field(max_length=100)]


class EntityOut(Out):
    """An entity as its events tell it."""

    kind: str
    id: str
    last_event_at: str | None
    events: int
    fields: dict[str, FieldOut]

    @classmethod
    def of(cls, story: EntityStory) -> "EntityOut":
        """From the use case's answer."""
        entity = story.entity
        return cls(
            kind=entity.kind,
            id=entity.id,
            last_event_at=entity.last_event_at and instant(entity.last_event_at),
            events=len(story.events),
            fields={name: _field(story, name) for name in sorted(entity.fields)},
        )


def _field(story: EntityStory, name: str) -> FieldOut:
    now = story.entity.fields[name]
    past = [
        ValueOut(
            value=value.value,
            changed_at=instant(value.changed_at),
            event_id=value.event_id,
            source=story.events[value.event_id].source,
            event_type=story.events[value.event_id].type,
        )
        for value in story.values[name]
    ]
    return FieldOut(value=now.value, changed_at=instant(now.changed_at), event_id=now.event_id, history=past)
