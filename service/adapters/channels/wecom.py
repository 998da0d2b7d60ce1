"""WeCom group robots: markdown of at most 4,096 bytes, 20 sends a minute of which failed ones count, no signature.

Source: WeCom developer documents 91770 and 99398, as quoted in the design's `interfaces` 3.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.adapters.channels.layout import Layout, digest_of, parts_of
from service.adapters.channels.post import Poster, Verdict
from service.domain.delivery.cards import Card
from service.domain.delivery.deliveries import Endpoint
from service.domain.delivery.robots import Digest, Posted, RobotLimits, Window

LIMITS = RobotLimits(message_bytes=4_096, windows=(Window(20, 60),))
LAYOUT = Layout(
    title='**<font color="{colour}">{title}</font>**',
    colours={"info": "info", "warning": "warning", "critical": "warning"},
    fact='><font color="comment">{name}</font>：{value}',
    link="[查看详情]({url})",
    small='<font color="comment">{text}</font>',
    gap="\n",
)  # fmt: skip
_REJECTED = {
    40008: "the kind of message is not allowed",
    40033: "escaped characters are not allowed",
    40058: "a field is not allowed",
    45002: "the message is too long",
    93000: "there is no such robot: its address was withdrawn",
    93004: "the robot was stopped",
    93008: "the robot is not in a group",
}


@dataclass(frozen=True, slots=True)
class WeComChannel:
    """The RobotChannel port for WeCom."""

    poster: Poster
    limits: RobotLimits = LIMITS

    def render(self, card: Card) -> tuple[Mapping[str, Any], ...]:
        return tuple(map(body_of, parts_of(card, LAYOUT, lambda text: _fits(text, self.limits))))

    def digest(self, cards: Sequence[Card]) -> Digest:
        text, holds = digest_of(cards, LAYOUT, lambda text: _fits(text, self.limits))
        return Digest(body_of(text), holds)

    def send(
        self, endpoint: Endpoint, body: Mapping[str, Any], *, delivery_id: str, number: int, now: datetime
    ) -> Posted:
        url = endpoint.secrets[0]
        return self.poster.post(endpoint, url, body, judge, delivery_id=delivery_id, number=number, now=now)


def body_of(text: str) -> dict[str, Any]:
    """A markdown message."""
    return {"msgtype": "markdown", "markdown": {"content": text}}


def _fits(text: str, limits: RobotLimits) -> bool:
    return len(text.encode("utf-8")) <= limits.message_bytes


def judge(answer: Mapping[str, Any]) -> Verdict:
    """What an answer's `errcode` means."""
    code = answer.get("errcode")
    if code == 0:
        return "sent", "", timedelta(0)
    if code == 45009:
        return "rate_limited", "45009", timedelta(seconds=60)
    if code in (-1, 45033):
        return "busy", str(code), timedelta(seconds=1)
    if code in _REJECTED:
        return "rejected", f"{code} {_REJECTED[code]}", timedelta(0)
    return "transient", f"errcode {code if isinstance(code, int) else 'missing'}", timedelta(0)
