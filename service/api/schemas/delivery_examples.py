"""Realistic examples of what is done about deliveries; invented ids."""

from service.api.schemas.examples import answer, body

_ENDPOINT_ID = "whk_019cdb0a11227e3fb4c5d6e7f8091a2b"
_DELIVERY_ID = "dlv_019cdb12aa307d1e8c2b3a4958677685"
REPLAY_IN = body(
    {
        "since": "2026-03-10T00:00:00+08:00",
        "until": "2026-03-11T00:00:00+08:00",
        "types": ["visit.analyzed"],
        "states": ["dead", "held"],
    },
    "ReplayIn",
)
REPLAY_OUT = answer({"replayed": 42, "more": False}, "Being sent again")
PING_OUT = answer(
    {
        "id": _DELIVERY_ID,
        "event_id": "evt_019cdb12aa2f70c4a5b6c7d8e9fa0b1c",
        "endpoint_id": _ENDPOINT_ID,
        "state": "pending",
        "attempts": 0,
        "next_attempt_at": "2026-03-11T03:20:00.000Z",
        "last_status": None,
        "last_error": "",
        "delivered_at": None,
    },
    "Due now",
)
ATTEMPT_PAGE = answer(
    {
        "items": [
            {
                "number": 2,
                "at": "2026-03-11T03:15:15.000Z",
                "status": 200,
                "error": "",
                "latency_ms": 84,
                "body": '{"errcode":0,"errmsg":"ok"}',
                "delivery_id": _DELIVERY_ID,
            },
            {
                "number": 1,
                "at": "2026-03-11T03:15:10.000Z",
                "status": None,
                "error": "transient: connection_refused: no connection",
                "latency_ms": 12,
                "body": "",
                "delivery_id": _DELIVERY_ID,
            },
        ],
        "next_cursor": None,
    }
)
