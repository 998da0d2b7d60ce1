"""Realistic examples of courses, checklists, debriefs, reviews and timelines; invented people and firms."""

from service.api.schemas.coaching import SAID, VISIT_ID
from service.api.schemas.examples import answer, body

_CUSTOMER = {**SAID, "turn": 3, "quote": "两万八一把太贵了", "role": "customer", "start_ms": 61200}
_COURSE = {
    "id": "crs_4d1b7c6e5f8a90213b4c5d6e7f809112",
    "rep_id": "rep-017",
    "course": "price_unfold",
    "title": "嫌贵之后的三步",
    "skill": "objection",
    "minutes": 6,
    "source": "rule",
    "reason": "最近有3处“价格”类异议没有得到回应，比如3月11日客户说“两万八一把太贵了”",
    "because": [_CUSTOMER],
    "state": "completed",
    "assigned_at": "2026-03-11T03:15:09.871Z",
    "due_at": "2026-03-25T03:15:09.871Z",
    "decided_at": "2026-03-11T08:00:00.000Z",
    "decided_by": "trainer-03",
    "completed_at": "2026-03-13T01:20:00.000Z",
    "answer": "您是跟哪一份报价比觉得高？",
    "replaced_by": None,
    "withdrawn": None,
    "effect": {
        "verdict": "not_shown",
        "n_before": 6,
        "n_after": 5,
        "before": 41.7,
        "after": 63.0,
        "difference": 21.3,
        "low": -4.8,
        "high": 47.4,
        "caveat": "前后对比，不等于因果：同期的客户、阶段和其他训练也可能有影响。",
    },
}
COURSE_IN = body({"course": "price_unfold", "reason": "下周去恒通之前练一遍", "by": "trainer-03"}, "CourseIn")
DECISION_IN = body({"decision": "approve", "by": "trainer-03"}, "DecisionIn")
COMPLETION_IN = body({"answer": "您是跟哪一份报价比觉得高？高在哪一项？"}, "CompletionIn")
COURSE_OUT = answer(_COURSE)
COURSES_OUT = answer({"items": [_COURSE]})

_ITEM = {
    "item": "price_basis_aligned",
    "text": "跟客户对齐了比价的口径",
    "skill": "competition",
    "because": [_CUSTOMER],
}
_CHECKLIST = {
    "visit_id": VISIT_ID,
    "state": "answered",
    "high_quality": False,
    "items": [_ITEM],
    "answers": {"price_basis_aligned": True},
    "chosen_at": "2026-03-11T01:58:00.000Z",
    "answered_at": "2026-03-11T01:58:06.200Z",
    "took_ms": 6200,
    "proof_id": None,
}
CHECKLIST_IN = body({"answers": {"price_basis_aligned": True}, "took_ms": 6200}, "ChecklistIn")
CHECKLIST_OUT = answer(_CHECKLIST)
PROOF_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {"file": {"type": "string", "format": "binary"}},
            },
        },
    },
}
PROOF_OUT = answer(
    {
        "id": "prf_7a6b5c4d3e2f10987a6b5c4d3e2f1098",
        "visit_id": VISIT_ID,
        "sha256": "9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2c4e6f8091a2b3c4d5e6f708192a3b4c5",
        "size_bytes": 231044,
        "display_name": "痛点确认单_恒通_0311.pdf",
        "received_at": "2026-03-11T03:02:11.000Z",
        "checklist": {**_CHECKLIST, "state": "exempt", "high_quality": True, "answers": {}, "answered_at": None,
                      "took_ms": None, "proof_id": "prf_7a6b5c4d3e2f10987a6b5c4d3e2f1098"},
    },
    "Kept",
)  # fmt: skip

_FORM = {"breakthrough": "price", "objections": ["price"], "next_step": "周五前发分期方案", "due": "2026-03-13"}
_DEBRIEF = {
    "visit_id": VISIT_ID,
    "version": 1,
    "filled": _FORM,
    "confirmed": None,
    "confirmed_at": None,
    "confirmed_by": "",
    "changes": [],
}
DEBRIEF_OUT = answer(_DEBRIEF)
CONFIRMATION_IN = body({"by": "rep-017", "form": {**_FORM, "due": "2026-03-16"}}, "ConfirmationIn")
CONFIRMED_OUT = answer(
    {
        **_DEBRIEF,
        "confirmed": {**_FORM, "due": "2026-03-16"},
        "confirmed_at": "2026-03-11T04:00:00.000Z",
        "confirmed_by": "rep-017",
        "changes": [{"field": "due", "was": "2026-03-13", "now": "2026-03-16", "turn": None, "quote": ""}],
    }
)

_LABEL = {
    "id": "lab_2b3c4d5e6f708192a3b4c5d6e7f80912",
    "visit_id": VISIT_ID,
    "finding_id": "5a1c9f02b7d84e61",
    "source": "review",
    "kind": "objection",
    "code": "price",
    "verdict": "should_be",
    "should_be": ["budget"],
    "turn": 3,
    "quote": "今年没有这笔钱",
    "by": "trainer-03",
    "note": "不是嫌贵，是没批",
    "created_at": "2026-03-12T02:00:00.000Z",
}
REVIEW_IN = body(
    {"verdict": "should_be", "should_be": ["budget"], "note": "不是嫌贵，是没批", "by": "trainer-03"}, "ReviewIn"
)
MISSING_IN = body(
    {
        "turn": 3,
        "kind": "objection",
        "code": "budget",
        "quote": "今年没有这笔钱",
        "note": "模型漏了",
        "by": "trainer-03",
    },
    "MissingIn",
)
LABEL_OUT = answer(_LABEL, "Kept")
LABELS_OUT = answer(
    {
        "items": [
            {
                "data": {"text": "今年没有这笔钱，再说吧。", "role": "customer",
                         "turns": [{"role": "rep", "text": "您看价格合适吗？"},
                                   {"role": "customer", "text": "今年没有这笔钱，再说吧。"}],
                         "turn": 1, "visit_id": VISIT_ID, "visit_turn": 3, "finding_id": "5a1c9f02b7d84e61"},
                "annotations": [
                    {"completed_by": "trainer-03", "created_at": "2026-03-12T02:00:00+00:00",
                     "result": [{"from_name": "labels", "to_name": "text", "type": "choices",
                                 "value": {"choices": ["budget"]}}],
                     "meta": {"source": "review", "kind": "objection", "code": "price", "verdict": "should_be",
                              "note": "不是嫌贵，是没批"}}
                ],
                "predictions": [
                    {"model_version": "turns-3f9ac2", "score": 0.71,
                     "result": [{"from_name": "labels", "to_name": "text", "type": "choices",
                                 "value": {"choices": ["price"]}}]}
                ],
            }
        ],
        "next_cursor": None,
    }
)  # fmt: skip
_APPEAL = {
    "id": "app_3c4d5e6f708192a3b4c5d6e7f8091223",
    "visit_id": VISIT_ID,
    "rep_id": "rep-017",
    "subject": "observation",
    "target_id": "obs_5a1c9f02b7d84e6130a2c4d5e6f70819",
    "skill": "objection",
    "observations": ["obs_5a1c9f02b7d84e6130a2c4d5e6f70819"],
    "figures": [],
    "quote": "两万八一把太贵了",
    "reason": "客户是笑着说的，下一句就问什么时候能到货",
    "state": "open",
    "opened_at": "2026-03-12T02:10:00.000Z",
    "ruled_at": None,
    "ruled_by": "",
    "ruling": "",
}
APPEAL_IN = body({"subject": "observation", "target_id": _APPEAL["target_id"], "reason": _APPEAL["reason"]}, "AppealIn")
APPEAL_OUT = answer(_APPEAL)
APPEALS_OUT = answer({"items": [_APPEAL], "next_cursor": None})
RULING_IN = body({"state": "upheld", "ruling": "听了录音，是玩笑话", "by": "trainer-03"}, "RulingIn")
TIMELINE_OUT = answer(
    {
        "account_id": "acc-2041",
        "topic": "budget_info",
        "items": [
            {
                "topic": "budget_info",
                "kind": "signal",
                "title": "预算信息",
                "finding_id": "7c2d8e10a9b64f53",
                "visit_id": VISIT_ID,
                "rep_id": "rep-017",
                "visited_at": "2026-03-11T02:00:00Z",
                "role": "customer",
                "quote": "二季度有两百万技改款",
                "turn": 3,
                "start_ms": 61200,
                "end_ms": 64800,
                "turns": [
                    {"i": 2, "role": "rep", "text": "今年这块有安排吗？", "start_ms": 58000, "end_ms": 60100,
                     "mentions": False},
                    {"i": 3, "role": "customer", "text": "二季度有两百万技改款。", "start_ms": 61200, "end_ms": 64800,
                     "mentions": True},
                ],
            }
        ],
    }
)  # fmt: skip
