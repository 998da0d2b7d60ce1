"""Chat robots of WeCom, DingTalk and Feishu: whose addresses they are, how often they may speak, what an answer means.

Invariant: a robot is never sent more than its vendor allows in any window, failed sends included; what would be too
much waits or is merged, and is never dropped.
Source: `interfaces` 3.4 and `reliability` 3 of the design, which name the vendors' documents.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from urllib.parse import parse_qs, urlsplit

from service.domain.delivery.cards import Card
from service.domain.delivery.deliveries import Attempt, Endpoint, EndpointKind
from service.domain.errors import Invalid

Ending = Literal["sent", "rate_limited", "busy", "ambiguous", "transient", "rejected"]
"""How one post ended. `ambiguous`: it may have arrived; `transient`: not yet; `rejected`: never will."""

AMBIGUOUS_AT_MOST = 2  # a robot cannot tell a repetition from news, so what may have arrived is sent once more only
BUSY_AT_MOST = 3
PARTS_AT_MOST = 3
DIGEST_AT_MOST = 50

_ADDRESSES: Mapping[str, tuple[frozenset[str], str, str]] = {
    "wecom": (frozenset({"qyapi.weixin.qq.com"}), "/cgi-bin/webhook/send", "key"),
    "dingtalk": (frozenset({"oapi.dingtalk.com"}), "/robot/send", "access_token"),
    "feishu": (frozenset({"open.feishu.cn", "open.larksuite.com"}), "/open-apis/bot/v2/hook/", ""),
}


@dataclass(frozen=True, slots=True)
class Window:
    """At most `sends` in any `seconds`."""

    sends: int
    seconds: float

    @property
    def length(self) -> timedelta:
        """The window as a duration."""
        return timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class RobotLimits:
    """What a vendor takes.

    `message_bytes` counts UTF-8 bytes of what `counted` names: the text of the message, or the whole body. In the
    first `quiet_s` seconds of every hour and half hour nothing is sent. The first window is the one that digests
    relieve; later ones are short and only make a send wait.
    """

    message_bytes: int
    windows: tuple[Window, ...]
    counted: Literal["text", "body"] = "text"
    quiet_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """When a robot was last sent to, and until when its vendor wants silence."""

    sent: tuple[datetime, ...] = ()
    blocked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """One post to a robot: the attempt to be stored, and what it means."""

    attempt: Attempt
    ending: Ending
    silence: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Digest:
    """Several messages in one: `body` tells of the first `holds` of them."""

    body: Mapping[str, Any]
    holds: int


class RobotChannel(Protocol):
    """One vendor's robots. `render` is pure; `send` posts one rendered body and never raises."""

    @property
    def limits(self) -> RobotLimits:
        """What the vendor takes."""
        ...

    def render(self, card: Card) -> tuple[Mapping[str, Any], ...]:
        """The bodies that tell of `card`, in order; more than one when it does not fit into one."""
        ...

    def digest(self, cards: Sequence[Card]) -> Digest:
        """One body that tells of as many of `cards` as fit, from the first."""
        ...

    def send(
        self, endpoint: Endpoint, body: Mapping[str, Any], *, delivery_id: str, number: int, now: datetime
    ) -> Posted: ...


RobotChannels = Mapping[EndpointKind, RobotChannel]


class RobotBuckets(Protocol):
    """What robots were sent, across all processes; one robot may serve several endpoints."""

    def open(self, key: str) -> Bucket:
        """The robot's bucket, held until the transaction ends."""
        ...

    def put(self, key: str, bucket: Bucket) -> None: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether it is a robot's turn: at once when `wait_until` is None; `last` says that no other send fits after it."""

    wait_until: datetime | None = None
    last: bool = False
    left: int = field(default=0)


def check_robot_url(kind: EndpointKind, url: str) -> None:
    """Refuse an address that is not this vendor's; the URL policy has already passed it.

    Plain HTTP passes that policy only for a host that the operator named, such as a relay inside the firm.

    Raises:
        Invalid: `robot_url_invalid`, naming what is wanted; the address itself is a secret and not repeated.
    """
    hosts, path, parameter = _ADDRESSES[kind]
    parts = urlsplit(url)
    host_fits = parts.scheme == "http" or ((parts.hostname or "") in hosts and parts.port in (None, 443))
    path_fits = parts.path == path if parameter else parts.path.startswith(path) and len(parts.path) > len(path)
    if not host_fits or not path_fits or (parameter and not parse_qs(parts.query).get(parameter)):
        wanted = f"https://{min(hosts)}{path}" + (f"?{parameter}=…" if parameter else "…")
        raise Invalid(f"a {kind} robot's address looks like {wanted}: copy it from the group", code="robot_url_invalid")


def is_vendor_host(kind: EndpointKind, host: str) -> bool:
    """Whether `host` is one of the vendor's own."""
    return host in _ADDRESSES[kind][0]


def mask_robot_url(url: str) -> str:
    """What may be shown of a robot's address: host and the last four characters."""
    return f"https://{urlsplit(url).hostname}/…{url[-4:]}"


def robot_key(url: str) -> str:
    """The name of a robot's bucket: the same for every endpoint with this address, and not the address."""
    return hashlib.sha256(url.encode()).hexdigest()


def turn_of(bucket: Bucket, limits: RobotLimits, now: datetime, *, sends: int = 1) -> Turn:
    """Whether `sends` messages may go out at `now`, and otherwise when.

    Every window slides: the vendors do not say which kind theirs is, and a sliding one is within any of them.
    """
    waits = [moment for moment in (bucket.blocked_until, quiet_until(limits, now)) if moment is not None]
    waits += [free for window in limits.windows if (free := _free_at(bucket, window, now, sends)) is not None]
    later = max((moment for moment in waits if moment > now), default=None)
    main = limits.windows[0]
    used = sum(moment > now - main.length for moment in bucket.sent)
    left = main.sends - used - sends
    return Turn(wait_until=later, last=later is None and left <= 0, left=max(0, left))


def _free_at(bucket: Bucket, window: Window, now: datetime, sends: int) -> datetime | None:
    recent = sorted(moment for moment in bucket.sent if moment > now - window.length)
    too_many = len(recent) + min(sends, window.sends) - window.sends
    return recent[too_many - 1] + window.length if too_many > 0 else None


def quiet_until(limits: RobotLimits, now: datetime) -> datetime | None:
    """The end of the vendor's busy moment that `now` lies in; None outside one. Minutes are the same in Beijing."""
    begun = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    end = begun + timedelta(seconds=limits.quiet_s)
    return end if now < end else None


def noted(bucket: Bucket, limits: RobotLimits, now: datetime, *, sends: int) -> Bucket:
    """The bucket after `sends` messages at `now`; moments outside every window are forgotten."""
    longest = max(window.length for window in limits.windows)
    kept = tuple(moment for moment in bucket.sent if moment > now - longest)
    return replace(bucket, sent=kept + (now,) * sends)


def silenced(bucket: Bucket, until: datetime) -> Bucket:
    """The bucket of a robot whose vendor asked for silence."""
    return replace(bucket, blocked_until=max(until, bucket.blocked_until or until))
