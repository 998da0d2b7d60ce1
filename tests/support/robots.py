"""Robots of the three vendors as they behave: they answer HTTP 200 to everything, and the body says what went wrong.

Each enforces what its vendor documents: signature, size in bytes, kinds of message, rate with failed sends counted.
"""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from apprise.plugins.dingtalk import NotifyDingTalk
from cryptography.hazmat.primitives import hashes, hmac

from tests.support.receiver import Behave, Receiver, answers, receiving

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
TOKEN = "d9be50f6a2f74f3c8b3f1f0a7a3e1d5b2c4e6f8091a2b3c4d5e6f708192a3b4c"
DING_SECRET = "SECa0ab7f3ba9742c0invented"
FEISHU_SECRET = "inventedFeishuSecret"
PATHS = {
    "wecom": f"/cgi-bin/webhook/send?key={KEY}",
    "dingtalk": f"/robot/send?access_token={TOKEN}",
    "feishu": f"/open-apis/bot/v2/hook/{TOKEN}",
}
SECRETS = {"wecom": "", "dingtalk": DING_SECRET, "feishu": FEISHU_SECRET}


@dataclass
class Robot:
    """One robot in one group: what people saw, and every answer it gave."""

    kind: str
    receiver: Receiver
    posts: list[float] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.receiver.host}{PATHS[self.kind]}"

    def texts(self) -> list[str]:
        return [text_of(body) for body in self.seen]


def text_of(body: dict[str, Any]) -> str:
    """What people read of a body, titles and markup included."""
    if "markdown" in body:
        return str(body["markdown"].get("content", body["markdown"].get("text")))
    card = body["card"]
    words = [element["content"] for element in card["body"]["elements"] if element["tag"] == "markdown"]
    return "\n".join([card["header"]["title"]["content"], *words])


@contextmanager
def a_robot(kind: str, *, meanwhile: Behave | None = None, code: int | None = None) -> Iterator[Robot]:
    """A listening robot.

    Args:
        meanwhile: takes the place of the answer once the message was shown, such as a cut connection.
        code: answered to everything, instead of what the message deserves.
    """
    robots: list[Robot] = []

    def behave(connection: Any, request: bytes) -> None:
        robot = robots[0]
        found = _judge(robot, request) if code is None else code
        robot.codes.append(found)
        if meanwhile is not None:
            meanwhile(connection, request)
            return
        said = {"code": found, "msg": "x"} if kind == "feishu" else {"errcode": found, "errmsg": "x"}
        answers(200, json.dumps(said).encode())(connection, request)

    with receiving(behave) as receiver:
        robots.append(Robot(kind, receiver))
        yield robots[0]


def _judge(robot: Robot, request: bytes) -> int:
    head, _, data = request.partition(b"\r\n\r\n")
    address = urlsplit(head.split(b" ")[1].decode())
    robot.posts.append(time.monotonic())
    found = _RULES[robot.kind](robot, address.path, parse_qs(address.query), data)
    if found == 0:
        robot.seen.append(json.loads(data))
    return found


def _in_the_last(robot: Robot, seconds: float) -> int:
    return sum(robot.posts[-1] - moment < seconds for moment in robot.posts)


def _wecom(robot: Robot, path: str, query: dict[str, list[str]], data: bytes) -> int:
    body = json.loads(data)
    if path != "/cgi-bin/webhook/send" or query.get("key") != [KEY]:
        return 93000
    if _in_the_last(robot, 60) > 20:
        return 45009
    if b"\\u" in data:
        return 40033
    if set(body) != {"msgtype", "markdown"} or body["msgtype"] != "markdown":
        return 40008
    return 45002 if len(body["markdown"]["content"].encode()) > 4096 else 0


def _dingtalk(robot: Robot, path: str, query: dict[str, list[str]], data: bytes) -> int:
    body = json.loads(data)
    if path != "/robot/send" or query.get("access_token") != [TOKEN]:
        return 300005
    if _in_the_last(robot, 60) > 20:
        return 130101
    sent_ms = int(query.get("timestamp", ["0"])[0])
    if abs(time.time() * 1000 - sent_ms) > 3_600_000 or query.get("sign") != [ding_sign(sent_ms)]:
        return 310000
    if body.get("msgtype") != "markdown" or not body["markdown"]["title"] or body["at"]["isAtAll"]:
        return 40035
    return 460101 if len(data) > 20_000 else 0


def ding_sign(sent_ms: int) -> str:
    """The signature as the apprise library makes it."""
    plugin = NotifyDingTalk(token=TOKEN, secret=DING_SECRET.replace("-", ""))
    real, time.time = time.time, lambda: sent_ms / 1000
    try:
        _, signature = plugin.get_signature()
    finally:
        time.time = real
    return parse_qs(f"sign={signature}")["sign"][0]


def _feishu(robot: Robot, path: str, query: dict[str, list[str]], data: bytes) -> int:
    del query
    body = json.loads(data)
    if path != f"/open-apis/bot/v2/hook/{TOKEN}":
        return 19001
    if _in_the_last(robot, 60) > 100 or _in_the_last(robot, 1) > 5:
        return 11232
    if len(data) > 20_480 or body.get("msg_type") != "interactive" or body["card"]["schema"] != "2.0":
        return 9499
    return 0 if _feishu_signed(body) else 19021


def _feishu_signed(body: dict[str, Any]) -> bool:
    """The rule of the vendor's guide, by another library: the time and the secret are the key, nothing is hashed."""

    at = body.get("timestamp", "0")
    mac = hmac.HMAC(f"{at}\n{FEISHU_SECRET}".encode(), hashes.SHA256())
    mac.update(b"")
    fresh = abs(time.time() - int(at)) <= 3_600
    return fresh and body.get("sign") == base64.b64encode(mac.finalize()).decode()


_RULES: dict[str, Callable[[Robot, str, dict[str, list[str]], bytes], int]] = {
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
}
