"""Feishu and Lark group robots: interactive cards, signed in the body, 100 a minute and 5 a second, 20 KB.

Source: Feishu's custom bot guide, as quoted in the design's `interfaces` 3.4; whole and half hours are avoided because
the vendor then answers 11232.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from service.adapters.channels.layout import DIGEST_TITLE, TITLE_BYTES, Layout, digest_of, parts_of, short
from service.adapters.channels.post import Poster, Verdict, wire
from service.domain.delivery.cards import Card, Severity
from service.domain.delivery.deliveries import Endpoint
from service.domain.delivery.robots import Digest, Posted, RobotLimits, Window

LIMITS = RobotLimits(
    message_bytes=19_800,  # the vendor counts the whole body; what is left is for time and signature
    windows=(Window(100, 60), Window(5, 1)),
    counted="body",
    quiet_s=60,
)
LAYOUT = Layout(
    title="**{title}**",
    colours={"info": "blue", "warning": "orange", "critical": "red"},
    fact="{name}：{value}",
    link="[查看详情]({url})",
    small="<font color='grey'>{text}</font>",
    gap="\n",
)
_REJECTED = {
    9499: "the body is not taken",
    19001: "the token is not valid: the robot was removed",
    19002: "the body is not taken",
    19021: "the signature does not match: check the secret and this machine's clock",
    19022: "this machine's address is not on the robot's list",
    19024: "the robot asks for a keyword that the message does not hold",
}


@dataclass(frozen=True, slots=True)
class FeishuChannel:
    """The RobotChannel port for Feishu and Lark."""

    poster: Poster
    limits: RobotLimits = LIMITS

    def render(self, card: Card) -> tuple[Mapping[str, Any], ...]:
        untitled = replace(card, title="", link="")  # the header and the button hold them
        texts = parts_of(untitled, LAYOUT, lambda text: _fits(card.title, text, card.severity, card.link))
        return tuple(
            body_of(_numbered(card.title, n, len(texts)), _without_title(text), card.severity, card.link)
            for n, text in enumerate(texts, start=1)
        )

    def digest(self, cards: Sequence[Card]) -> Digest:
        worst: Severity = "critical" if any(card.severity == "critical" for card in cards) else "info"
        text, holds = digest_of(cards, LAYOUT, lambda text: _fits("", text, worst, ""))
        return Digest(body_of(DIGEST_TITLE.format(n=holds), _without_title(text), worst, ""), holds)

    def send(
        self, endpoint: Endpoint, body: Mapping[str, Any], *, delivery_id: str, number: int, now: datetime
    ) -> Posted:
        url, secret = endpoint.secrets
        signed = {**signature(secret, now), **body}
        return self.poster.post(endpoint, url, signed, judge, delivery_id=delivery_id, number=number, now=now)


def _numbered(title: str, n: int, of: int) -> str:
    return short(title, TITLE_BYTES) + (f"（{n}/{of}）" if of > 1 else "")


def _without_title(text: str) -> str:
    return text.partition("\n")[2]  # the card's header holds it


def body_of(title: str, text: str, severity: Severity, link: str) -> dict[str, Any]:
    """An interactive card; its button opens a page and calls nobody back."""
    button = {
        "tag": "button",
        "text": {"tag": "plain_text", "content": "查看详情"},
        "behaviors": [{"type": "open_url", "default_url": link}],
    }
    return {
        "msg_type": "interactive",
        "card": {
            "schema": "2.0",
            "header": {
                "title": {"tag": "plain_text", "content": short(title, TITLE_BYTES + 30)},
                "template": LAYOUT.colours[severity],
            },
            "body": {"elements": [{"tag": "markdown", "content": text}, *([button] if link else [])]},
        },
    }


def _fits(title: str, text: str, severity: Severity, link: str) -> bool:
    return len(wire(body_of(f"{title}（3/3）", text, severity, link))) <= LIMITS.message_bytes


def sign(secret: str, seconds: int) -> str:
    """The signature: key and message are swapped against DingTalk's, the message is empty."""
    digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def signature(secret: str, now: datetime) -> dict[str, str]:
    """The members that sign a body; none for a robot that checks keywords or addresses instead."""
    seconds = int(now.timestamp())
    return {"timestamp": str(seconds), "sign": sign(secret, seconds)} if secret else {}


def judge(answer: Mapping[str, Any]) -> Verdict:
    """What an answer's `code` means; older robots say `StatusCode`."""
    code = answer.get("code", answer.get("StatusCode"))
    if code == 0:
        return "sent", "", timedelta(0)
    if code in (11232, 99991400):
        return "rate_limited", str(code), timedelta(seconds=60)
    if code in _REJECTED:
        return "rejected", f"{code} {_REJECTED[code]}", timedelta(0)
    return "transient", f"code {code if isinstance(code, int) else 'missing'}", timedelta(0)
