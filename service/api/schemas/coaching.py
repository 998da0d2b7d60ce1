"""Realistic examples of coaching's answers; invented people and firms."""

from service.api.schemas.examples import answer, body

VISIT_ID = "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9"
SAID = {
    "visit_id": VISIT_ID,
    "turn": 14,
    "quote": "一件料六十，一年就是十几万，这台一年半能回来",
    "said_at": "2026-03-11T02:06:31Z",
    "role": "rep",
    "start_ms": 391200,
}
_OBSERVED = {
    "skill": "objection",
    "rule": "answered",
    "note": "回应了顾虑",
    "value": 90,
    "weight": 0.93,
    "visit_id": VISIT_ID,
    "said_at": "2026-03-11T02:06:31Z",
    "turn": 14,
    "quote": SAID["quote"],
    "start_ms": 391200,
    "id": "obs_5a1c9f02b7d84e6130a2c4d5e6f70819",
    "source": "talk",
}
SKILL = {
    "code": "objection",
    "title": "异议处理",
    "status": "ok",
    "score": 71.4,
    "band": [62.8, 80.0],
    "n": 9,
    "n_month": 4,
    "team": 64.2,
    "last_month": 66.0,
    "trend": [{"month": "2026-02", "score": 66.0}, {"month": "2026-03", "score": 71.4}],
    "contested": False,
    "evidence": [_OBSERVED],
}
_NONE: dict[str, object] = {
    "value": None, "n": 2, "evidence": [], "low": None, "high": None, "contested": False
}  # fmt: skip
_TALK = {
    "visits": 6,
    "talk_ratio": {**_NONE, "value": 0.46, "n": 6},
    "longest_monologue_s": {**_NONE, "value": 74.5, "n": 6, "evidence": [SAID]},
    "patience_ms": {**_NONE, "value": 640.0, "n": 6},
    "question_rate": {**_NONE, "value": 19.4, "n": 6},
    "handling_rate": {"value": 0.75, "n": 12, "evidence": [], "low": 0.468, "high": 0.911, "contested": True},
    "reuse_rate": {"value": 0.444, "n": 9, "evidence": [SAID], "low": 0.189, "high": 0.733, "contested": False},
}
REP_SKILLS_OUT = answer(
    {
        "rep_id": "rep-017",
        "team": "华东一组",
        "month": "2026-03",
        "skills": [SKILL],
        "talk": _TALK,
        "team_talk": _TALK,
        "last_month_talk": _TALK,
        "content_digest": "77aa01c2",
    }
)
TEAM_SKILLS_OUT = answer(
    {
        "team": "华东一组",
        "month": "2026-03",
        "skills": [SKILL],
        "talk": _TALK,
        "reps": [
            {
                "rep_id": "rep-017",
                "name": "林晓",
                "visits": 6,
                "skills": {"objection": 71.4, "discovery": None},
                "contested": [],
            }
        ],
        "reuse": {
            "top": ["rep-017"],
            "rest": ["rep-018", "rep-019", "rep-020", "rep-021"],
            "top_handling": _TALK["handling_rate"],
            "rest_handling": {**_NONE, "value": 0.5, "n": 24, "low": 0.314, "high": 0.686},
            "top_reuse": _TALK["reuse_rate"],
            "rest_reuse": {**_NONE, "value": 0.167, "n": 12, "low": 0.047, "high": 0.448},
            "tracks": [
                {
                    "track": "price_too_high",
                    "title": "客户嫌贵",
                    "worked": {**_NONE, "value": 0.8, "n": 5, "evidence": [SAID], "low": 0.376, "high": 0.964},
                    "top_share": 0.444,
                    "rest_share": 0.083,
                }
            ],
        },
        "content_digest": "77aa01c2",
    }
)
FACT = {
    "fact": "budget_stale",
    "title": "预算节点两周没有更新",
    "text": "预算状态“已报科室”已经16天没有更新",
    "kind": "opportunity",
    "entity_id": "opp-88",
    "since": "2026-02-23T01:12:00Z",
    "because": [
        {
            "event_id": "cev_4f0b6a1d2c3e4f5061728394a5b6c7d8",
            "at": "2026-02-23T01:12:00Z",
            "what": "budget_status",
            "value": "已报科室",
        }
    ],
    "source": "crm",
}
_HINT = {
    "id": "hint_8c1f0b5a2d6e4f7390a1b2c3d4e5f607",
    "card": "budget_follow_up",
    "action": "confirm_budget",
    "text": "3月11日客户提到“二季度有两百万技改款”，之后没有再确认。建议问清这笔钱批到哪一步。",
    "because": [{**SAID, "turn": 3, "quote": "二季度有两百万技改款", "role": "customer", "start_ms": 61200}],
    "priority": 61,
    "talktrack": "budget_confirm",
    "expires_at": "2026-03-18T03:15:09Z",
    "ranking": [{"name": "priority", "value": 76.0}, {"name": "recency", "value": 0.8}],
    "status": "accepted",
    "outcome": None,
    "choice": "排序：基础 76 × 时近 0.8；还没有反馈",
    "situation": ["stage:商务谈判", "risk:medium"],
    "withdrawn": None,
    "link": f"/console/visits/{VISIT_ID}?turn=3#turn-3",
    "facts": [FACT],
}
_HINT_OUT = {
    "id": _HINT["id"],
    "visit_id": VISIT_ID,
    "rep_id": "rep-017",
    "account_id": "acc-2041",
    "given_at": "2026-03-11T03:15:09.871Z",
    "expires_at": "2026-03-18T03:15:09.871Z",
    "status": "accepted",
    "hint": _HINT,
}
FEEDBACK_IN = body({"verdict": "dismissed", "reason": "not_now", "note": "客户下周才回国"}, "FeedbackIn")
HINT_OUT = answer(_HINT_OUT)
HINTS_OUT = answer({"items": [_HINT_OUT]})
