"""What each event says to a group, in Chinese; thin ones without what was said."""

from dataclasses import replace
from typing import Any

import pytest

from service.domain.delivery.cards import GENERATED, card_of, short_code
from service.domain.delivery.deliveries import EVENT_TYPES, PING, payload_of
from tests.support.builders import an_event

ANALYSIS = {
    "summary": {"text": "客户认可产品，嫌手柄贵。"},
    "churn_risk": {"level": "high", "probability": 0.81},
    "next_steps": [{"who": "rep", "what": "发分期方案", "due": "2026-03-13"}, {"who": "customer", "what": "问财务"}],
    "hints": [{"text": "先谈分期，再谈总价"}],
}
BASE = "https://fieldcue.example/"


def told(type_: str, data: dict[str, Any], *, kind: str = "full", base: str = BASE) -> Any:
    event = an_event(0xABCDEF, type=type_, data={"links": {"visit": "/v1/visits/vis_1"}, **data})
    return card_of(event, payload_of(event, kind)["data"], public_url=base)  # type: ignore[arg-type]


def test_a_visit_is_told_with_summary_steps_hints_and_risk() -> None:
    card = told("visit.analyzed", {"analysis": ANALYSIS, "external_id": "crm-5512"})

    assert card.facts == (("拜访", "crm-5512"), ("流失风险", "高"))
    assert card.paragraphs == (
        "客户认可产品，嫌手柄贵。",
        "下一步：我方发分期方案（2026-03-13）；客户问财务",
        "建议：先谈分期，再谈总价",
    )
    assert (card.severity, card.notice, card.code) == ("critical", GENERATED, "ABCDEF")
    assert card.link == f"{BASE}v1/visits/vis_1"


def test_a_thin_receiver_reads_that_it_happened_and_nothing_of_what_was_said() -> None:
    card = told("visit.analyzed", {"analysis": ANALYSIS, "external_id": "crm-5512"}, kind="thin")

    assert "手柄" not in repr(card)
    assert card.title == "拜访分析已完成"
    assert card.notice == ""


@pytest.mark.parametrize("odd", [{}, {"summary": None, "hints": "x", "next_steps": [1]}, {"summary": {"text": 5}}])
def test_an_analysis_that_lacks_parts_is_told_without_them(odd: dict[str, Any]) -> None:
    card = told("visit.analyzed", {"analysis": odd})
    assert card.paragraphs == ("没有可用的摘要。",)


def test_an_alert_says_who_what_and_why() -> None:
    data = {
        "title": "预算 72 小时未更新",
        "text": "客户说过有预算。\n请今天确认。",
        "severity": "high",
        "recipients": ["林经理", "销售运营"],
        "evidence": [{"quote": "Q2 有两百万"}, {"no": "quote"}],
        "links": {"alert": "/v1/alerts/1", "visit": "/v1/visits/2"},
    }
    card = told("alert.raised", data)

    assert (card.title, card.severity, card.link) == ("预算 72 小时未更新", "critical", f"{BASE}v1/alerts/1")
    assert card.facts == (("请处理", "林经理、销售运营"),)
    assert card.paragraphs == ("客户说过有预算。", "请今天确认。", "原话：「Q2 有两百万」")
    assert "Q2" not in repr(told("alert.raised", data, kind="thin"))


def test_a_delivery_that_gave_up_names_itself_and_the_way_out() -> None:
    data = {"event_type": "visit.analyzed", "attempts": 10, "last_error": "http_500", "delivery_id": "dlv_9"}
    card = told("webhook.exhausted", data)

    assert dict(card.facts) == {
        "事件类型": "visit.analyzed", "尝试次数": "10", "最后结果": "http_500", "投递编号": "dlv_9",
    }  # fmt: skip
    assert card.severity == "critical"
    assert "重发" in card.paragraphs[0]


@pytest.mark.parametrize("type_", [*EVENT_TYPES, PING, "something.new"])
def test_every_event_type_makes_a_card_out_of_any_data(type_: str) -> None:
    for data in ({}, {"title": 3, "text": None, "severity": [], "recipients": 7, "evidence": {}, "links": None}):
        event = replace(an_event(), type=type_, data=data)
        card = card_of(event, data, public_url=BASE)
        assert card.title
        assert card.code == short_code(event.id)


@pytest.mark.parametrize(
    ("base", "path", "link"),
    [
        ("", "/v1/visits/1", ""),
        (BASE, "https://evil.example/", ""),
        (BASE, "//evil.example/x", f"{BASE}evil.example/x"),
        (BASE, '/v1/a")<b', f"{BASE}v1/a%22%29%3Cb"),
        ("https://firm.example/fieldcue/", "/v1/visits/1", "https://firm.example/fieldcue/v1/visits/1"),
    ],
    ids=["no base", "absolute", "other host", "markup", "under a path"],
)
def test_a_link_never_leaves_this_installation(base: str, path: str, link: str) -> None:
    assert told("visit.failed", {"links": {"visit": path}}, base=base).link == link
