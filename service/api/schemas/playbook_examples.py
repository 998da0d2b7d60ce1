"""Realistic examples of alerts, decisions and playbooks; invented people and firms."""

from service.api.schemas.examples import answer, body

_EVIDENCE = {
    "event_id": "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2",
    "at": "2026-03-11T02:00:00+00:00",
    "what": "budget_status",
    "value": "已报科室",
    "visit_id": None,
    "turn": None,
    "quote": "",
}
_ALERT = {
    "id": "alr_019cdb11c0de7a0c9b1f2e3d4c5b6a79",
    "rule": "budget_node_stale",
    "rule_version": "56b2d2279c44",
    "state": "raised",
    "severity": "high",
    "title": "预算节点已停滞3天",
    "text": "商机“骆驼医院手柄采购”的预算节点（已报科室）已3天没有更新，近30天没有采购动作。",
    "subject": {"kind": "opportunity", "id": "opp-88"},
    "owner_id": "rep-017",
    "account_id": "acc-2041",
    "opportunity_id": "opp-88",
    "handed_to": "",
    "trial": False,
    "at": "2026-03-14T02:00:01.000Z",
    "raised_at": "2026-03-14T02:00:01.204Z",
    "respond_by": "2026-03-15T02:00:01.204Z",
    "next_step_at": "2026-03-15T02:00:01.204Z",
    "first_action_at": None,
    "time_to_first_action_s": None,
    "closed_at": None,
    "recipients": [{"role": "owner", "person": "rep-017"}, {"role": "manager", "person": "mgr-3"}],
    "links": {
        "alert": "/v1/alerts/alr_019cdb11c0de7a0c9b1f2e3d4c5b6a79",
        "last_mention": "/v1/accounts/acc-2041/timeline?topic=budget_info",
    },
    "evidence": [_EVIDENCE],
    "log": [{"at": "2026-03-14T02:00:01.204000+00:00", "who": "", "what": "raised", "note": ""}],
}
ALERT_OUT = answer(_ALERT)
ALERT_PAGE = answer({"items": [_ALERT], "next_cursor": None})
ALERT_MOVE_IN = body({"who": "rep-017", "note": "已约周三见邵院长确认预算"}, "AlertMoveIn")
HAND_OVER_IN = body({"to": "rep-021", "who": "mgr-3"}, "HandOverIn")
ALERT_FIGURES = answer(
    {
        "total": 34,
        "by_state": {
            "raised": 3,
            "acknowledged": 2,
            "handed_over": 1,
            "acted": 26,
            "expired": 1,
            "withdrawn": 1,
            "logged": 0,
        },
        "first_actions": 27,
        "in_time": 25,
        "median_hours_to_first_action": 3.7,
    }
)
_DECISION = {
    "id": "dec_019cdb11c0de7a0c9b1f2e3d4c5b6a80",
    "kind": "move_to_pool",
    "subject": {"kind": "opportunity", "id": "opp-88"},
    "data": {"pool": "待激活池"},
    "alert_id": "alr_019cdb11c0de7a0c9b1f2e3d4c5b6a79",
    "rule": "budget_node_stale",
    "made_at": "2026-03-15T02:00:01.204Z",
    "ended_at": None,
    "ended_by": "",
    "reason": "",
}
DECISION_OUT = answer(_DECISION)
DECISION_PAGE = answer({"items": [_DECISION], "next_cursor": None})
DECISION_END_IN = body({"who": "mgr-3", "reason": "客户已确认本月下单"}, "DecisionEndIn")
_TEXT = """\
id: budget_stale_own
title: 预算停滞提醒
status: experimental
description: 预算节点超过72小时没更新且30天没有下单时提醒三个人。
owner: 销售运营
date: 2026-03-11
serves: [P3]
subject: opportunity
when:
  budget: {field: budget_status}
  orders: {count: [order.created], within: 30d}
condition: budget.age > hours(72) && orders.n == 0
actions:
  - notify:
      to: [owner, manager, sales_ops]
      text: 商机“{{subject}}”的预算节点已{{budget.age}}没有更新，30天内没有下单。
severity: high
examples:
  fires:
    - now: 2026-03-06 09:00
      events: [{at: 2026-03-02 08:00, type: opportunity.created, data: {budget_status: 待确认}}]
  stays_silent:
    - now: 2026-03-04 09:00
      events: [{at: 2026-03-02 08:00, type: opportunity.created, data: {budget_status: 待确认}}]
"""
PLAYBOOK_IN = body({"text": _TEXT, "author": "ops-1", "note": "先试运行两周"}, "PlaybookIn")
PLAYBOOK_CHECK_IN = body({"text": _TEXT}, "PlaybookCheckIn")
PLAYBOOK_STATUS_IN = body({"status": "stable", "author": "ops-1", "note": "试运行没有误报"}, "PlaybookStatusIn")
ROLLBACK_IN = body({"version": 1, "author": "ops-1", "note": "新条件太松"}, "RollbackIn")
_RULE = {
    "id": "budget_stale_own",
    "title": "预算停滞提醒",
    "status": "experimental",
    "severity": "high",
    "subject": "opportunity",
    "serves": ["P3"],
    "owner": "销售运营",
    "description": "预算节点超过72小时没更新且30天没有下单时提醒三个人。",
    "version": "0d1b2c3e4f5a",
    "changed": True,
    "since": "2026-03-11T02:00:00.000Z",
}
PLAYBOOK_PAGE = answer({"items": [_RULE]})
_SAID = "《预算停滞提醒》关于商机，级别高，试验（只记录，不通知）。"
PLAYBOOK_CHECK_OUT = answer({"valid": True, "faults": [], "explanation": _SAID})
PLAYBOOK_OUT = answer({**_RULE, "text": _TEXT, "explanation": _SAID})
_VERSION = {
    "id": "pbv_019cdb11c0de7a0c9b1f2e3d4c5b6a81",
    "playbook": "budget_stale_own",
    "version": 1,
    "author": "ops-1",
    "note": "先试运行两周",
    "created_at": "2026-03-11T02:00:00.000Z",
    "text": _TEXT,
}
PLAYBOOK_VERSION_OUT = answer(_VERSION)
PLAYBOOK_VERSIONS = answer({"items": [_VERSION]})
BACKTEST_IN = body({"text": _TEXT, "since": "2026-01-01T00:00:00+08:00"}, "BacktestIn")
_CASE = {
    "subject": {"kind": "opportunity", "id": "opp-88"},
    "at": "2026-02-14T02:00:01.000Z",
    "owner": "rep-017",
    "text": "商机“骆驼医院手柄采购”的预算节点已3天没有更新，30天内没有下单。",
    "evidence": [{"event_id": "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2", "at": "2026-02-11T02:00:00.000Z",
                  "what": "budget_status", "value": "已报科室"}],
}  # fmt: skip
_RULE_REPORT = {
    "rule": "budget_stale_own",
    "title": "预算停滞提醒",
    "firings": 12,
    "subjects": 9,
    "owners": {"rep-017": 7, "rep-021": 5},
    "by_week": {"2026-W07": 8, "2026-W08": 4},
    "needless": 1,
    "failure": "",
    "examples": [_CASE],
    "false_alarms": [_CASE],
}
BACKTEST_OUT = answer(
    {
        "events": 4210,
        "subjects": 187,
        "looked_at": 187,
        "whole": True,
        "since": "2025-12-31T16:00:00.000Z",
        "until": "2026-03-11T02:00:00.000Z",
        "rules": [_RULE_REPORT],
    }
)
