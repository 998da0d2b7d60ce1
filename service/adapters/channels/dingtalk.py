"""DingTalk group robots: markdown, signed in the query string, 18 sends a minute (20 are allowed, the 21st costs ten
minutes of silence).

Source: DingTalk's custom robot documents, as quoted in the design's `interfaces` 3.4.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

from service.adapters.channels.layout import Layout, digest_of, parts_of
from service.adapters.channels.post import Poster, Verdict, wire
from service.adapters.channels.words import cut, plain
from service.domain.delivery.cards import Card
from service.domain.delivery.deliveries import Endpoint
from service.domain.delivery.robots import Digest, Posted, RobotLimits, Window

LIMITS = RobotLimits(message_bytes=20_000, windows=(Window(18, 60),), counted="body")
LAYOUT = Layout(
    title='#### <font color="{colour}">{title}</font>',
    colours={"info": "#1677ff", "warning": "#fa8c16", "critical": "#cf1322"},
    fact="> {name}：{value}",
    link="[查看详情]({url})",
    small='<font color="#8c8c8c">{text}</font>',
    gap="\n\n",
)
SILENCE = timedelta(minutes=10)
_REJECTED = {
    300001: "the token is not valid: the robot was removed",
    300005: "the token does not exist",
    310000: "the robot's security setting refused it: check secret, keyword and address list",
    400013: "the group was dissolved",
    400101: "the token does not exist",
    400102: "the robot was stopped",
    40035: "a field is not allowed",
    43004: "the content type is not allowed",
    430101: "the message holds an address that is not allowed",
    460101: "the message is too long",
}


@dataclass(frozen=True, slots=True)
class DingTalkChannel:
    """The RobotChannel port for DingTalk."""

    poster: Poster
    limits: RobotLimits = LIMITS

    def render(self, card: Card) -> tuple[Mapping[str, Any], ...]:
        title = plain(card.title)
        return tuple(body_of(title, text) for text in parts_of(card, LAYOUT, lambda text: _fits(title, text)))

    def digest(self, cards: Sequence[Card]) -> Digest:
        title = plain(cards[0].title)
        text, holds = digest_of(cards, LAYOUT, lambda text: _fits(title, text))
        return Digest(body_of(title, text), holds)

    def send(
        self, endpoint: Endpoint, body: Mapping[str, Any], *, delivery_id: str, number: int, now: datetime
    ) -> Posted:
        url = signed_url(endpoint.secrets[0], endpoint.secrets[1], now)
        return self.poster.post(endpoint, url, body, judge, delivery_id=delivery_id, number=number, now=now)


def body_of(title: str, text: str) -> dict[str, Any]:
    """A markdown message; `title` is what the list of chats shows."""
    return {"msgtype": "markdown", "markdown": {"title": cut(title, 128)[0] or "提醒", "text": text},
            "at": {"atMobiles": [], "atUserIds": [], "isAtAll": False}}  # fmt: skip


def _fits(title: str, text: str) -> bool:
    return len(wire(body_of(title, text))) <= LIMITS.message_bytes


def sign(secret: str, milliseconds: int) -> str:
    """The signature: base64 of HMAC-SHA256 over the time and the secret, under the secret."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def signed_url(url: str, secret: str, now: datetime) -> str:
    """The address with time and signature; as it is for a robot that checks keywords or addresses instead."""
    if not secret:
        return url
    milliseconds = int(now.timestamp() * 1000)
    return f"{url}&timestamp={milliseconds}&sign={quote_plus(sign(secret, milliseconds))}"


def judge(answer: Mapping[str, Any]) -> Verdict:
    """What an answer's `errcode` means."""
    code = answer.get("errcode")
    if code == 0:
        return "sent", "", timedelta(0)
    if code in (130101, 302033, 90018):
        return "rate_limited", str(code), SILENCE
    if code == -1:
        return "busy", "-1", timedelta(seconds=1)
    if code in _REJECTED:
        return "rejected", f"{code} {_REJECTED[code]}", timedelta(0)
    return "transient", f"errcode {code if isinstance(code, int) else 'missing'}", timedelta(0)
