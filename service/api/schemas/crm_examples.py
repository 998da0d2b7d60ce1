"""Realistic examples of CRM events, sources and entities; invented people and firms."""

from service.api.schemas.crm import BATCH, CLOUD_EVENT
from service.api.schemas.examples import answer, body

_EVENT = {
    "specversion": "1.0",
    "id": "crm-7-20260311-0001",
    "source": "/crm/east",
    "type": "opportunity.updated",
    "subject": "opportunity/opp-88",
    "time": "2026-03-11T10:00:00+08:00",
    "data": {"stage": "院内准入", "amount": 500000, "owner_id": "rep-017", "account_id": "acc-2041"},
}
_ANY = {"type": ["object", "array"], "description": "an event, a batch, or in binary mode the data alone"}
EVENTS_IN = {
    "required": True,
    "content": {
        "application/cloudevents+json": {"schema": CLOUD_EVENT, "example": _EVENT},
        "application/cloudevents-batch+json": {"schema": BATCH, "example": [_EVENT]},
        "application/json": {"schema": _ANY, "example": _EVENT},
    },
}
HOOK_IN = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": ["object", "array"]},
            "example": {
                "event": "opportunity.updated",
                "data": {"id": "opp-88", "stage": "PROPOSAL", "companyId": "acc-2041"},
                "timestamp": "2026-03-11T02:00:00.000Z",
            },
        }
    },
}
_TAKEN = {
    "id": "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2",
    "external_id": "crm-7-20260311-0001",
    "kind": "opportunity",
    "entity_id": "opp-88",
    "duplicate": False,
}
TAKEN = answer({"accepted": 1, "duplicates": 0, "ignored": 0, "events": [_TAKEN]}, "Stored")
_SOURCE = {
    "id": "src_019cdb100aa17f5ebc3140ed6a5b9d21",
    "kind": "espocrm",
    "description": "华东 CRM",
    "path": "/v1/events/src_019cdb100aa17f5ebc3140ed6a5b9d21",
    "created_at": "2026-03-01T01:00:00.000Z",
    "last_seen_at": None,
}
SOURCE_IN = body({"kind": "espocrm", "secret": "b3e1c9f0a7d24e5f8a6b", "description": "华东 CRM"}, "SourceIn")
SOURCE_OUT = answer(_SOURCE)
SOURCE_SECRET = answer({**_SOURCE, "secret": None}, "Created; a secret made here is shown this once")
SOURCE_PAGE = answer({"items": [_SOURCE], "next_cursor": None})
_LINEAGE = {"changed_at": "2026-03-11T02:00:00.000Z", "event_id": "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2"}
ENTITY_OUT = answer(
    {
        "kind": "opportunity",
        "id": "opp-88",
        "last_event_at": "2026-03-11T02:00:00.000Z",
        "events": 1,
        "fields": {
            "stage": {
                "value": "院内准入",
                **_LINEAGE,
                "history": [
                    {"value": "院内准入", **_LINEAGE, "source": "/crm/east", "event_type": "opportunity.updated"}
                ],
            }
        },
    }
)
