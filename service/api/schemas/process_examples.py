"""Realistic examples of processes and health; invented people and firms."""

from service.api.schemas.examples import answer

_PROOF = {
    "event_id": "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2",
    "source": "/crm/east",
    "type": "evidence.submitted",
    "occurred_at": "2026-03-11T02:00:00.000Z",
}
_NODE = {
    "id": "clinical_reports",
    "title": "同类设备临床使用报告",
    "count": 2,
    "due_days": 21,
    "may_pass": [],
    "way_out": "关联两份不同医院的使用报告，案例库里有模板。",
}
PROCESSES = answer(
    {
        "items": [
            {
                "id": "hospital_admission",
                "title": "医院设备销售：产品选型到合同谈判",
                "description": "院内准入拆成五个要留证据的节点，缺一个，后面的阶段就冻结。",
                "serves": ["P1"],
                "applies": {"pipeline": ["hospital"]},
                "stages": [{"id": "admission", "title": "院内准入", "names": ["院内准入"], "nodes": [_NODE]}],
            }
        ]
    }
)
STANDING = answer(
    {
        "opportunity_id": "opp-88",
        "process": "hospital_admission",
        "current": "admission",
        "frozen": ["bidding", "contract", "won"],
        "stages": [
            {
                "id": "admission",
                "title": "院内准入",
                "status": "current",
                "entered_at": "2026-03-02T02:00:00.000Z",
                "nodes": [
                    {
                        "id": "clinical_reports",
                        "title": "同类设备临床使用报告",
                        "met": False,
                        "got": 1,
                        "missing": 1,
                        "met_at": None,
                        "due_at": "2026-03-23T02:00:00.000Z",
                        "late_days": 0,
                        "way_out": "关联两份不同医院的使用报告，案例库里有模板。",
                        "because": [_PROOF],
                        "refused": [],
                    }
                ],
            }
        ],
        "skips": [],
    }
)
HEALTH = answer(
    {
        "opportunity_id": "opp-88",
        "scorecard": "hospital_health",
        "value": 83.0,
        "base": 100.0,
        "band": "yellow",
        "color": "yellow",
        "lines": [
            {
                "rule": "receipt_late",
                "note": "备案回执每晚一天",
                "times": 3,
                "points": -9.0,
                "reason": "医务科盖章的《新器械备案回执》晚了3天，至今未交",
                "since": "2026-03-16T02:00:00.000Z",
                "because": [_PROOF],
            },
            {
                "rule": "report_missing",
                "note": "临床报告每少一份",
                "times": 1,
                "points": -8.0,
                "reason": "同类设备临床使用报告还差1份（应有2份）",
                "since": "2026-03-02T02:00:00.000Z",
                "because": [_PROOF],
            },
        ],
        "at": "2026-03-19T02:00:00.000Z",
    }
)
BOARD = answer(
    {
        "process": "hospital_admission",
        "items": [
            {
                "opportunity_id": "opp-88",
                "stage": "admission",
                "missing": ["同类设备临床使用报告"],
                "value": 83.0,
                "band": "yellow",
                "color": "yellow",
            }
        ],
    }
)
