"""What a chat robot says of each event type, in Chinese; each vendor's channel turns a card into its own body.

Invariant: a card holds plain text; nothing in it is markup, a link or a mention until a channel, which neutralises
what came from conversations, makes it one. Its short code lets people recognise a message that came twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urljoin

from service.domain.delivery.deliveries import DISABLED, EXHAUSTED, FULL_KEY, PING, Event
from service.domain.delivery.report_lines import REPORT, TITLES, facts_of, lines_of, people_of

Severity = Literal["info", "warning", "critical"]
CODE_CHARACTERS = 6
SHOWN = 3  # next steps and hints; the page behind the link shows all
GENERATED = "本内容由模型自动生成，仅供参考"

_LEVELS = {"low": "低", "medium": "中", "high": "高"}
_OTHERS = {
    "alert.closed": "提醒已关闭",
    "action.taken": "已按规则处理",
    "visit.consent_confirmed": "录音同意已核实",
    "person.erased": "个人数据已删除",
    "stage.frozen": "阶段已冻结",
    "stage.opened": "阶段已放行",
    "deal.checked": "采购申请已核对",
    "deal.overdue": "采购申请已超期",
    "attribution.disputed": "归因有异议",
    "attribution.decided": "归因已裁定",
    "credibility.low": "填报可信度偏低",
    "loss.pattern": "发现丢单规律",
    "payment.closed_loop": "回款已闭环",
    "coaching.withdrawn": "申诉成立，相关建议已撤回",
    "privacy.request_due": "个人信息请求即将到期或已超期",
    "privacy.transfer_threshold": "个人信息出境人数达到阈值",
}
_SEVERITIES: Mapping[str, Severity] = {
    "low": "info",
    "info": "info",
    "medium": "warning",
    "warning": "warning",
    "high": "critical",
    "critical": "critical",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One message to a group: a title, facts, paragraphs of plain text, one link, a short code."""

    title: str
    code: str
    facts: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()
    severity: Severity = "info"
    link: str = ""
    notice: str = ""


def card_of(event: Event, data: Mapping[str, Any], *, public_url: str, names: Mapping[str, str] | None = None) -> Card:
    """The card for an event.

    Args:
        data: the event's data as this endpoint may see it (`payload_of`): thin ones say that, full ones say what.
        public_url: where people open this installation, ending in a slash; empty: the card has no link.
        names: what the people in it are called, by id, where that is known (`people_in`).
    """
    link = _link(data, public_url)
    if event.type == REPORT:
        return _report(event, data, link, names or {})
    return _MAKERS.get(event.type, _anything)(event, data, link)


def people_in(event: Event) -> frozenset[str]:
    """The ids of people whom the event's card calls by name: names are looked up when it is sent, and never stored."""
    return people_of(event.data) if event.type == REPORT else frozenset()


def short_code(event_id: str) -> str:
    """The end of an event's id, as people read it to each other."""
    return event_id[-CODE_CHARACTERS:].upper()


def _link(data: Mapping[str, Any], public_url: str) -> str:
    links = data.get("links")
    named = ("page", "alert", "report", "visit", "delivery")
    paths = [links.get(name) for name in named] if isinstance(links, Mapping) else [data.get("link")]
    path = next((path for path in paths if isinstance(path, str) and path.startswith("/")), "")
    safe = quote(path.lstrip("/"), safe="/?=&#%:,")
    return urljoin(public_url, f"./{safe}") if public_url and safe else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _facts(*pairs: tuple[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in pairs if value not in (None, ""))


def _visit_analyzed(event: Event, data: Mapping[str, Any], link: str) -> Card:
    found = data.get(FULL_KEY)
    if not isinstance(found, Mapping):
        facts = _facts(("拜访", data.get("external_id") or event.visit_id))
        return Card("拜访分析已完成", short_code(event.id), facts, ("摘要与建议请在系统中查看。",), link=link)
    risk = found.get("churn_risk") or {}
    level = str(risk.get("level", ""))
    facts = _facts(("拜访", data.get("external_id") or event.visit_id), ("流失风险", _LEVELS.get(level, level)))
    return Card(
        "拜访分析摘要",
        short_code(event.id),
        facts,
        tuple(_told(found)),
        "critical" if level == "high" else "info",
        link,
        GENERATED,
    )


def _told(found: Mapping[str, Any]) -> list[str]:
    """Summary, next steps, hints; of each what the analysis holds."""
    told = [_text((found.get("summary") or {}).get("text"))]
    steps = [_step(step) for step in _some(found.get("next_steps"))]
    hints = [_text(hint.get("text")) for hint in _some(found.get("hints"))]
    told += [f"下一步：{'；'.join(steps)}"] if any(steps) else []
    told += [f"建议：{hint}" for hint in hints if hint]
    return [paragraph for paragraph in told if paragraph] or ["没有可用的摘要。"]


def _some(value: object) -> Sequence[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)][:SHOWN] if isinstance(value, list | tuple) else []


def _step(step: Mapping[str, Any]) -> str:
    who = {"rep": "我方", "customer": "客户"}.get(str(step.get("who")), "")
    due = f"（{step['due']}）" if step.get("due") else ""
    return f"{who}{_text(step.get('what'))}{due}"


def _visit_failed(event: Event, data: Mapping[str, Any], link: str) -> Card:
    facts = _facts(("拜访", data.get("external_id") or event.visit_id), ("环节", data.get("stage")),
                   ("原因", data.get("code")))  # fmt: skip
    return Card("拜访录音处理失败", short_code(event.id), facts, severity="warning", link=link)


def _unverified(event: Event, data: Mapping[str, Any], link: str) -> Card:
    heard = {"refused": "客户听到告知后表示不同意", "missing": "开头两分钟没有听到录音告知"}
    facts = _facts(("拜访", data.get("external_id") or event.visit_id),
                   ("情况", heard.get(str(data.get("notice")), "")))  # fmt: skip
    said = ("分析结果已保留，但未推送、未用于辅导。请核实后确认同意，或撤回同意并删除。",)
    return Card("同意未核实，拜访已暂扣", short_code(event.id), facts, said, "warning", link)


def _waiting(event: Event, data: Mapping[str, Any], link: str) -> Card:
    facts = _facts(("拜访", data.get("external_id") or event.visit_id), ("处理办法", data.get("remedy")))
    return Card("录音等待语音模型", short_code(event.id), facts, severity="warning", link=link)


def _alert(event: Event, data: Mapping[str, Any], link: str) -> Card:
    recipients = data.get("recipients")
    names = "、".join(map(str, recipients)) if isinstance(recipients, list | tuple) else ""
    quotes = [f"原话：「{_text(item.get('quote'))}」" for item in _some(data.get("evidence")) if item.get("quote")]
    paragraphs = [paragraph for paragraph in (*_text(data.get("text")).split("\n"), *quotes) if paragraph.strip()]
    severity = _SEVERITIES.get(str(data.get("severity")), "warning")
    title = _text(data.get("title")) or "提醒"
    return Card(title, short_code(event.id), _facts(("请处理", names)), tuple(paragraphs), severity, link)


def _report(event: Event, data: Mapping[str, Any], link: str, names: Mapping[str, str]) -> Card:
    title = TITLES.get(str(data.get("report")), "报告已生成")
    return Card(title, short_code(event.id), _facts(*facts_of(data)), tuple(lines_of(data, names)), link=link)


def _exhausted(event: Event, data: Mapping[str, Any], link: str) -> Card:
    facts = _facts(("事件类型", data.get("event_type")), ("尝试次数", data.get("attempts")),
                   ("最后结果", data.get("last_error")), ("投递编号", data.get("delivery_id")))  # fmt: skip
    said = ("修好接收端后，可在投递列表中重发。",)
    return Card("推送多次失败，已停止重试", short_code(event.id), facts, said, "critical", link)


def _disabled(event: Event, data: Mapping[str, Any], link: str) -> Card:
    facts = _facts(("接收端", data.get("endpoint_id")), ("原因", data.get("reason")))
    said = ("期间的事件保留三十天；重新启用后可以重发。",)
    return Card("推送接收端已停用", short_code(event.id), facts, said, "critical", link)


def _ping(event: Event, data: Mapping[str, Any], link: str) -> Card:
    del data
    return Card("连通测试", short_code(event.id), (), ("看到这条消息，说明推送已经接通。",), link=link)


def _anything(event: Event, data: Mapping[str, Any], link: str) -> Card:
    title = _text(data.get("title")) or _OTHERS.get(event.type, event.type)
    paragraphs = tuple(line for line in _text(data.get("text")).split("\n") if line.strip())
    return Card(title, short_code(event.id), paragraphs=paragraphs, link=link)


_MAKERS: Mapping[str, Callable[[Event, Mapping[str, Any], str], Card]] = {
    "visit.analyzed": _visit_analyzed,
    "visit.failed": _visit_failed,
    "visit.consent_unverified": _unverified,
    "recording.waiting_for_model": _waiting,
    "alert.raised": _alert,
    EXHAUSTED: _exhausted,
    DISABLED: _disabled,
    PING: _ping,
}
