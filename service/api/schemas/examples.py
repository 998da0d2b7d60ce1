"""Realistic examples for the OpenAPI document; invented people and firms."""

from typing import Any


def answer(example: object, description: str = "OK", *, media: str = "application/json") -> dict[str, Any]:
    """A documented answer with its example."""
    return {"description": description, "content": {media: {"example": example}}}


def body(example: object, schema: str) -> dict[str, Any]:
    """A documented JSON body with its example."""
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"required": True, "content": {"application/json": {"schema": reference, "example": example}}}


CONSENT = {
    "basis": "consent",
    "method": "verbal",
    "given_at": "2026-03-11T02:00:20.000Z",
    "notice_version": "2026-03",
    "notice_sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "notice_at_ms": 20000,
    "recorded_by": "rep-017",
    "expires_at": None,
    "withdrawn_at": None,
    "voices": False,
    "purposes": [
        {
            "purpose": purpose,
            "given_at": "2026-03-11T02:00:20.000Z",
            "notice_version": "2026-03",
            "notice_sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
            "withdrawn_at": None,
        }
        for purpose in ("recording", "transcription", "coaching")
    ],
    "notice_check": {
        "state": "heard",
        "required": True,
        "held": False,
        "checked_at": "2026-03-11T03:16:02.000Z",
        "turn": 0,
        "at_ms": 21400,
        "decided_by": "",
        "decided_at": None,
    },
}
_VISIT_IN = {
    "rep_id": "rep-017",
    "account_id": "acc-2041",
    "opportunity_id": "opp-88",
    "external_id": "crm-visit-5512",
    "visited_at": "2026-03-11T10:00:00+08:00",
    "industry": "储能",
    "channel": "面访",
    "stage": "方案交流",
    "competitors": ["岭科储能"],
    "dialect": "wu",
    "consent": {
        "basis": "consent",
        "method": "verbal",
        "given_at": "2026-03-11T10:00:20+08:00",
        "purposes": ["recording", "transcription", "coaching"],
        "notice_version": "2026-03",
        "notice_sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
        "notice_at_ms": 20000,
        "recorded_by": "rep-017",
    },
}
_VISIT_OUT = {
    **_VISIT_IN,
    "id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
    "visited_at": "2026-03-11T02:00:00.000Z",
    "created_at": "2026-03-11T03:12:45.118Z",
    "place": "",
    "timezone": "Asia/Shanghai",
    "consent": CONSENT,
}
_RECORDING = {
    "id": "rec_019cdb0f10117d2295f08a41e6cc3b70",
    "visit_id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
    "state": "processing",
    "sha256": "9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2c4e6f8091a2b3c4d5e6f708192a3b4c5",
    "size_bytes": 418233,
    "display_name": "客户拜访.ogg",
    "received_at": "2026-03-11T03:13:02.400Z",
    "duration_ms": 121400,
    "partial": False,
    "detail_code": "",
    "detail": "",
}
_RUN = {
    "stage": "transcribe",
    "state": "running",
    "attempt": 1,
    "progress": {"windows": 1, "of": 2},
    "error_code": "",
    "error_detail": "",
}
VISIT_IN = body(_VISIT_IN, "VisitIn")
VISIT_OUT = answer(_VISIT_OUT, "Created")
VISIT_DETAIL = answer({**_VISIT_OUT, "recordings": [_RECORDING], "runs": [_RUN]})
RECORDING = answer(_RECORDING, "Accepted: stored, and queued with its first stage")
_TURNS = [
    {"role": "rep", "text": "骆主任，上次说的钉形您这边怎么看？", "start_ms": 0, "end_ms": 3100},
    {"role": "customer", "text": "东西可以，就是手柄两万八，贵了。", "start_ms": 3300, "end_ms": 6900},
]
TRANSCRIPT_IN = body({"turns": _TURNS, "language": "zh"}, "TranscriptIn")
TRANSCRIPT_OUT = answer(
    {
        "visit_id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
        "version": 1,
        "source": "upload",
        "language": "zh",
        "duration_ms": 6900,
        "turns": [{"i": i, "role_score": 1.0, "raw_text": turn["text"], **turn} for i, turn in enumerate(_TURNS)],
    }
)
TRIAGE_IN = body(
    {"from": "rep", "context": "轮胎年框在谈，公司底线92折，客户要88折", "text": "李哥，88就88，我做主了，流程回头补"},
    "MessageIn",
)
TRIAGE_OUT = answer(
    {"id": None, "manager_should_step_in": True, "score": 0.93, "reason": "unapproved_discount", "latency_ms": 0.7}
)
_ENDPOINT = {
    "id": "whk_019cdb100aa17f5ebc3140ed6a5b9d21",
    "kind": "standard",
    "url": "https://crm.example/hooks/fieldcue",
    "event_types": ["visit.analyzed"],
    "payload": "thin",
    "purpose": "operations",
    "description": "生产环境 CRM",
    "created_at": "2026-03-01T01:00:00.000Z",
    "disabled_at": None,
    "disabled_reason": "",
    "proven": True,
}
ENDPOINT_IN = body(
    {"url": "https://crm.example/hooks/fieldcue", "event_types": ["visit.analyzed"], "payload": "thin"}, "EndpointIn"
)
ENDPOINT_OUT = answer(_ENDPOINT)
ENDPOINT_SECRET = answer(
    {**_ENDPOINT, "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDZ0ERtlHVw+Q="}, "The secret is shown this once"
)
_DELIVERY = {
    "id": "dlv_019cdb11c0de7a0c9b1f2e3d4c5b6a79",
    "event_id": "evt_019cdb11bfff7b3aa0c1d2e3f4a5b6c7",
    "endpoint_id": "whk_019cdb100aa17f5ebc3140ed6a5b9d21",
    "state": "delivered",
    "attempts": 1,
    "next_attempt_at": "2026-03-11T03:15:10.000Z",
    "last_status": 200,
    "last_error": "",
    "delivered_at": "2026-03-11T03:15:10.240Z",
}
DELIVERY_OUT = answer(_DELIVERY, "Due now")
DELIVERY_DETAIL = answer(
    {
        **_DELIVERY,
        "history": [
            {
                "number": 1,
                "at": "2026-03-11T03:15:10.010Z",
                "status": 200,
                "error": "",
                "latency_ms": 230,
                "body": "ok",
            }
        ],
    }
)
_QUOTE = {"text": "手柄两万八，贵了", "weight": 2.31}
ANALYSIS_OUT = answer(
    {
        "visit_id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
        "version": 1,
        "transcript_version": 1,
        "created_at": "2026-03-11T03:15:09.871Z",
        "notice": "本内容由模型自动生成，仅供参考；每条结论均附原话，如有异议可申诉。",
        "versions": {"nlp": "0.1.0", "objection": "3f9ac2", "content": "sha256:77aa01"},
        "turns": [
            {"i": 0, "role": "rep", "role_score": 1.0, "start_ms": 0, "end_ms": 3100,
             "text": "骆主任，上次说的钉形您这边怎么看？", "raw_text": "骆主任，上次说的钉形您这边怎么看？"},
            {"i": 1, "role": "customer", "role_score": 1.0, "start_ms": 3300, "end_ms": 6900,
             "text": "东西可以，就是手柄两万八，贵了。", "raw_text": "东西可以，就是手柄两万八，贵了。"},
        ],
        "findings": [
            {"id": "fnd_5a1c", "kind": "objection", "code": "price", "score": 0.91, "turn": 1, "role": "customer",
             "span": [7, 15], "start_ms": 4800, "end_ms": 6700, "quote": "手柄两万八，贵了",
             "explanation": {"detector": "objection", "version": "3f9ac2", "because": [_QUOTE]}, "attributes": {}}
        ],
        "summary": {"text": "客户认可产品；异议：手柄两万八，贵了。",
                    "sentences": [{"text": "东西可以，就是手柄两万八，贵了。", "turns": [1]}]},
        "five_elements": {"time": None, "place": None, "decision_maker": None,
                          "objections": [{"value": "价格", "turn": 1, "quote": "手柄两万八，贵了"}],
                          "next_commitment": None},
        "next_steps": [],
        "debrief": {"breakthrough": {"value": "price", "turn": 1, "quote": "手柄两万八，贵了"},
                    "objections": [{"value": "价格", "turn": 1, "quote": "手柄两万八，贵了"}],
                    "next_step": "", "due": None},
        "interaction": {"talk_ratio": 0.46, "longest_monologue_s": None, "longest_customer_story_s": None,
                        "patience_ms": None, "interactivity": None, "question_rate": None},
        "churn_risk": {"level": "medium", "probability": 0.44, "because": [_QUOTE]},
        "skills": [],
        "hints": [],
        "courses": [],
        "skipped": [],
        "dropped_quotes": 0,
    }
)  # fmt: skip
BRIEFING_IN = body({"rep_id": "rep-017", "account_id": "acc-2041", "stage": "商务谈判"}, "BriefingIn")
_SAID = {
    "visit_id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
    "turn": 1,
    "quote": "手柄两万八，贵了",
    "said_at": "2026-03-11T02:00:05Z",
    "role": "customer",
}
BRIEFING_OUT = answer(
    {
        "visits": [
            {
                "visit_id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
                "visited_on": "2026-03-11",
                "rep_id": "rep-017",
                "text": "客户认可产品；异议：手柄两万八，贵了。",
                "turns": [1],
            }
        ],
        "objections": [{"code": "price", "title": "价格", "because": _SAID}],
        "promises": [
            {
                "who": "rep",
                "what": "发三年总花费对比",
                "due": "2026-03-13",
                "overdue": False,
                "because": {**_SAID, "turn": 2, "quote": "周五前我把三年总花费的对比发您", "role": "rep"},
                "rep_id": "rep-018",
            }
        ],
        "last_mentions": {},
        "hints": [
            {
                "id": "hint_8c1f0b5a2d6e4f7390a1b2c3d4e5f607",
                "card": "quote_waits_price",
                "action": "reopen_quote",
                "text": "上次（3月11日）客户说“手柄两万八，贵了”，报价发出去一周多还没有结果。建议带一页对比去。",
                "because": [_SAID],
                "priority": 63,
                "talktrack": "price_too_high",
                "expires_at": "2026-03-25T02:00:00Z",
                "ranking": [{"name": "priority", "value": 79.0}, {"name": "recency", "value": 0.8}],
                "status": "proposed",
                "outcome": None,
                "choice": "排序：基础 79 × 时近 0.8；还没有反馈",
                "situation": ["stage:商务谈判"],
                "withdrawn": None,
                "link": "/console/visits/vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9?turn=1#turn-1",
                "facts": [
                    {
                        "fact": "quote_unanswered",
                        "title": "报价发出一周没有结果",
                        "text": "报价28,000元已发出9天，还没有结果",
                        "kind": "quote",
                        "entity_id": "quo-512",
                        "since": "2026-03-09T01:00:00Z",
                        "because": [
                            {
                                "event_id": "cev_9a0b6a1d2c3e4f5061728394a5b6c7d8",
                                "at": "2026-03-09T01:00:00Z",
                                "what": "quote.submitted",
                                "value": "",
                            }
                        ],
                        "source": "crm",
                    }
                ],
            }
        ],
        "checklist": [{"item": "ask_budget", "text": "预算批到哪一步了？", "skill": "discovery", "because": []}],
        "content_digest": "77aa01c2",
    }
)
VISIT_PAGE = answer({"items": [_VISIT_OUT], "next_cursor": None})
ENDPOINT_PAGE = answer({"items": [_ENDPOINT], "next_cursor": None})
DELIVERY_PAGE = answer({"items": [_DELIVERY], "next_cursor": None})
EVENT_PAGE = answer(
    {
        "items": [
            {
                "id": "evt_019cdb11bfff7b3aa0c1d2e3f4a5b6c7",
                "type": "visit.analyzed",
                "timestamp": "2026-03-11T03:15:09.871Z",
                "visit_id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
                "sequence": 1,
                "data": {"version": 1, "external_id": "crm-visit-5512"},
            }
        ],
        "next_cursor": None,
    }
)
LIMITS = answer({"json_body_bytes": 1_048_576, "recording_bytes": 2_147_483_648, "page_items": 200})
