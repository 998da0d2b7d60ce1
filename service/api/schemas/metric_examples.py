"""Realistic examples of metrics; invented people and firms."""

from service.api.schemas.examples import answer

_PROOF = {
    "event_id": "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2",
    "source": "/crm/east",
    "type": "payment.received",
    "occurred_at": "2026-03-11T02:00:00.000Z",
}
_METRIC = {
    "id": "natural_payments",
    "title": "自然回款占比",
    "definition": "回款金额里，不靠返点、压货得来的占比。",
    "unit": "share",
    "serves": ["R2"],
    "value": 0.63,
    "n": 41,
    "status": "bad",
    "threshold": {"at_least": 0.8, "at_most": None},
    "before": 0.71,
    "trend": "worse",
    "beside": {"title": "回款率", "unit": "share", "value": 0.82, "n": 50},
    "since": "2026-02-09T02:00:00.000Z",
    "until": "2026-03-11T02:00:00.000Z",
}
METRICS = answer({"items": [_METRIC]})
METRIC = answer(
    {
        **_METRIC,
        "observations": [{"subject": "pay-17", "value": 0.0, "because": [_PROOF]}],
        "causes": [
            {
                "branch": "不自然的回款从哪里来",
                "name": "账期政策未同步至一线",
                "n": 10,
                "share": 0.8333,
                "because": [_PROOF],
            }
        ],
        "history": [{"day": "2026-03-10", "value": 0.64, "n": 40}],
    }
)
