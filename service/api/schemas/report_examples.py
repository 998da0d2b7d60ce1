"""Realistic examples of reports, plans, credibility, loss patterns and pressure tests; invented people and firms."""

from service.api.schemas.examples import answer, body

_EVENT = "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2"
CREDIBILITY = answer(
    {
        "rep_id": "rep-017",
        "month": "2026-03",
        "value": 0.62,
        "n": 9,
        "status": "low",
        "low_below": 0.7,
        "axes": [{"axis": "location", "value": 0.66, "n": 3}],
        "agreements": [
            {
                "axis": "location",
                "visit_id": "crm-visit-5512",
                "value": 0.0,
                "note": "定位离客户850米，超过200米",
                "because": [_EVENT],
            }
        ],
    }
)
PLAN = answer(
    {
        "rep_id": "rep-017",
        "week": "2026-03-09",
        "quotas": [
            {"action": "deep_visit", "title": "重点客户深度拜访", "at_least": 3, "planned": 2, "done": 1, "missing": 1}
        ],
        "tasks": [
            {
                "task_id": "t-81",
                "action": "deep_visit",
                "account_id": "acc-2041",
                "product": "储能柜",
                "due_at": "2026-03-10T10:00:00+08:00",
                "done_at": "2026-03-10T01:40:00.000Z",
                "because": [_EVENT],
            }
        ],
        "attainment": [{"hour": "2026-03-10T02:00:00+00:00", "done": 1, "due": 1}],
    }
)
_STALLED = {
    "opportunity_id": "opp-88",
    "stage": "院内准入",
    "owner_id": "rep-017",
    "days": 5,
    "amount": 500000.0,
    "last_event_id": _EVENT,
}
_USAGE = {"active": 11, "people": 12, "silent": ["rep-031"], "completeness": 0.94, "completeness_n": 210}
_PROGRESS = {"id": "progress", "title": "关键进展"}
_STANDS_STILL = {"id": "stalled", "title": "超过三天没有动静"}
_SILENT = {"id": "usage", "title": "没有任何动作的人"}
DAILY = answer(
    {
        "day": "2026-03-10",
        "zone": "Asia/Shanghai",
        "events": 412,
        "sections": [_PROGRESS, _STANDS_STILL, _SILENT],
        "progress": [
            {
                "what": "赢单",
                "kind": "opportunity",
                "entity_id": "opp-71",
                "opportunity_id": "opp-71",
                "owner_id": "rep-017",
                "at": "2026-03-10T08:12:00+00:00",
                "event_id": _EVENT,
            }
        ],
        "stalled": [_STALLED],
        "usage": _USAGE,
    }
)
WEEKLY = answer(
    {
        "week": "2026-03-02",
        "zone": "Asia/Shanghai",
        "events": 2210,
        "sections": [{"id": "ranking", "title": "转化排名"}, _PROGRESS, _STANDS_STILL, _SILENT],
        "ranking": [{"owner_id": "rep-017", "won": 3, "ended": 4, "rate": 0.75, "because": [_EVENT]}],
        "at_least": 3,
        "progress": {"赢单": 9, "回款": 14},
        "stalled": [_STALLED],
        "usage": _USAGE,
    }
)
LOSSES = answer(
    {
        "items": [
            {
                "pattern": "region_losses",
                "group": "西南",
                "threshold": 0.15,
                "weeks": [{"week": "2026-03-02", "lost": 6, "ended": 20}],
                "traits": [
                    {
                        "trait": "asked_rivals=true",
                        "title": "咨询过竞品",
                        "lost_with": 11,
                        "lost": 12,
                        "kept_with": 8,
                        "kept": 40,
                        "odds_ratio": 29.4,
                        "p": 0.00002,
                        "because": [_EVENT],
                    }
                ],
                "interventions": [
                    {
                        "id": "technical_director",
                        "title": "驻点支持",
                        "text": "启动技术总监驻点支持，当面回应与竞品的差别。",
                        "answers": ["asked_rivals=true"],
                        "weight": 3.1,
                    }
                ],
            }
        ]
    }
)
PRESSURE_IN = body(
    {
        "events": [
            {
                "specversion": "1.0",
                "id": "v-1",
                "source": "/pressure-test",
                "type": "opportunity.updated",
                "subject": "opportunity/virtual-1",
                "data": {"stage": "合同谈判", "owner_id": "rep-017", "loss_reason": "其他"},
            }
        ]
    },
    "PressureIn",
)
PRESSURE = answer(
    {
        "card": "hospital_pressure",
        "opportunities": 10,
        "is_enough": True,
        "people": [
            {
                "person": "rep-017",
                "says": "rep-017跳过阶段1次，用「其他」之类的词应付1次，先问问流程哪里难走。",
                "skips": [{"opportunity_id": "virtual-1", "stage": "contract", "missing": ["trial_form"]}],
                "others": [{"opportunity_id": "virtual-1", "field": "loss_reason"}],
            }
        ],
        "skipped_nodes": [{"name": "trial_form", "n": 4}],
        "evaded_fields": [{"name": "loss_reason", "n": 3}],
    }
)
