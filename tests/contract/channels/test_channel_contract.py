"""What every vendor's channel promises, against a robot that enforces the vendor's rules."""

import json
from dataclasses import replace

import pytest

from service.adapters.channels.all import robot_channels
from service.adapters.channels.post import wire
from service.adapters.clock import SystemClock
from service.adapters.urls import UrlRules
from service.domain.delivery.cards import Card
from service.domain.delivery.deliveries import Endpoint
from service.domain.delivery.robots import Posted, RobotChannel
from tests.support.builders import an_endpoint
from tests.support.receiver import answers, resets, says_nothing
from tests.support.robots import KEY, SECRETS, TOKEN, Robot, a_robot, text_of

KINDS = ("wecom", "dingtalk", "feishu")
CARD = Card(
    "预算确认超过 72 小时未更新",
    "3F9A2C",
    (("请处理", "林经理、销售运营"),),
    ("客户在三月一日说：Q2 有两百万技改预算。", "原话：「预算要到下周会上定」"),
    "critical",
    "https://fieldcue.example/alerts/1",
    "本内容由模型自动生成，仅供参考",
)

pytestmark = pytest.mark.parametrize("kind", KINDS)


def channel_of(kind: str, robot: Robot | None = None, *, total_s: float = 5.0) -> RobotChannel:
    rules = UrlRules(allowed_hosts=[robot.receiver.host] if robot else [])
    return robot_channels(rules, total_s=total_s)[kind]  # type: ignore[index]


def endpoint_of(kind: str, url: str, *, secret: str | None = None) -> Endpoint:
    given = SECRETS[kind] if secret is None else secret
    return an_endpoint(kind=kind, url="https://shown/…", secrets=(url, given))


def send(
    kind: str, robot: Robot, card: Card = CARD, *, total_s: float = 5.0, endpoint: Endpoint | None = None
) -> list[Posted]:
    channel = channel_of(kind, robot, total_s=total_s)
    target = endpoint or endpoint_of(kind, robot.url)
    now = SystemClock().now()
    return [channel.send(target, body, delivery_id="dlv_1", number=1, now=now) for body in channel.render(card)]


def test_a_card_is_taken_by_the_vendor_and_people_see_all_of_it(kind: str) -> None:
    with a_robot(kind) as robot:
        (posted,) = send(kind, robot)

    assert (posted.ending, posted.attempt.status, posted.attempt.error) == ("sent", 200, "")
    (text,) = robot.texts()
    for said in ("预算确认超过 72 小时未更新", "林经理", "两百万技改预算", "3F9A2C", "模型自动生成"):
        assert said in text
    assert CARD.link in json.dumps(robot.seen[0], ensure_ascii=False)


@pytest.mark.parametrize("length", [1, 300, 1_300, 1_340, 1_365, 3_000, 6_500, 40_000])
def test_no_body_is_over_the_vendors_limit_and_no_character_is_cut(kind: str, length: int) -> None:
    card = replace(CARD, paragraphs=("涨" * length,))
    with a_robot(kind) as robot:
        posted = send(kind, robot, card)

    assert {each.ending for each in posted} == {"sent"}
    assert all("\ufffd" not in text for text in robot.texts())
    shown = sum(text.count("涨") for text in robot.texts())
    assert shown == length or (len(posted) == 3 and robot.texts()[-1].count("…") >= 1)


def test_what_does_not_fit_is_split_between_paragraphs_and_numbered(kind: str) -> None:
    paragraphs = tuple(f"第{n}段：{'话' * 300}。" for n in range(1, 25 if kind != "wecom" else 10))
    channel = channel_of(kind)
    texts = [text_of(dict(body)) for body in channel.render(replace(CARD, paragraphs=paragraphs))]

    assert len(texts) in (2, 3)
    assert [f"（{n}/{len(texts)}）" in text for n, text in enumerate(texts, start=1)] == [True] * len(texts)
    whole = [paragraph for paragraph in paragraphs if any(paragraph in text for text in texts)]
    assert len(whole) >= len(paragraphs) - 1
    assert all("3F9A2C" in text for text in texts)


HOSTILE = (
    ("@所有人 马上打款", "@所有人"),
    ("@all pay now", "@all"),
    ("<@all> <@userid>", "<@"),
    ('<at user_id="all">所有人</at>', "<at"),
    ("<at id=all></at>", "<at"),
    ("[点这里](https://evil.example/x)", "]("),
    ("https://evil.example/x 看看", "https://evil"),
    ("evil.example.com/x", "evil.example.com"),
    ("![图](http://evil.example/a.png)", "!["),
    ("# 系统公告\n**已中奖**", "**已中奖**"),
    ('<font color="warning">红</font>', '<font color="warning">红'),
    ("`rm -rf`", "`rm"),
    ("a\u202egnp.exe\u202c b", "\u202e"),
    ("＠所有人", "@所有人"),
)


@pytest.mark.parametrize(("said", "dangerous"), HOSTILE, ids=[said[:12] for said, _ in HOSTILE])
def test_nothing_that_was_said_is_a_mention_a_link_or_markup(kind: str, said: str, dangerous: str) -> None:
    card = Card(said, "3F9A2C", ((said, said),), (said,), notice=said)
    channel = channel_of(kind)
    bodies = [*channel.render(card), channel.digest([card, card]).body]

    for body in bodies:
        assert dangerous not in wire(body).decode()
        assert "@" not in text_of(dict(body))


def test_a_digest_tells_of_every_card_it_counts(kind: str) -> None:
    cards = [replace(CARD, title=f"提醒{n}", code=f"C{n:05}") for n in range(1, 31)]
    channel = channel_of(kind)
    digest = channel.digest(cards)
    with a_robot(kind) as robot:
        now = SystemClock().now()
        posted = channel_of(kind, robot).send(
            endpoint_of(kind, robot.url), digest.body, delivery_id="d", number=1, now=now
        )

    assert posted.ending == "sent"
    (text,) = robot.texts()
    assert 2 <= digest.holds <= 30
    assert all(f"C{n:05}" in text for n in range(1, digest.holds + 1))
    assert f"C{digest.holds + 1:05}" not in text
    assert f"{digest.holds} 条消息合并" in text


@pytest.mark.parametrize(
    ("behave", "ending"),
    [(resets, "ambiguous"), (says_nothing, "ambiguous"), (answers(200, b"<html>"), "ambiguous"),
     (answers(502), "transient"), (answers(429), "rate_limited"), (answers(404), "rejected")],
    ids=["reset", "silence", "no JSON", "502", "429", "404"],
)  # fmt: skip
def test_what_happens_on_the_way_has_one_meaning(kind: str, behave: object, ending: str) -> None:
    with a_robot(kind, meanwhile=behave) as robot:  # type: ignore[arg-type]
        (posted,) = send(kind, robot, total_s=0.5)

    assert posted.ending == ending
    assert posted.attempt.error.startswith(f"{ending}:")


def test_a_robot_that_nobody_answers_for_was_not_sent_to(kind: str) -> None:
    with a_robot(kind) as robot:
        pass
    (posted,) = send(kind, robot)
    assert posted.ending == "transient"


CODES = {
    "wecom": [(45009, "rate_limited"), (-1, "busy"), (45033, "busy"), (93000, "rejected"), (40058, "rejected"),
              (60020, "transient")],
    "dingtalk": [(130101, "rate_limited"), (-1, "busy"), (310000, "rejected"), (300005, "rejected"), (88, "transient")],
    "feishu": [(11232, "rate_limited"), (19021, "rejected"), (19022, "rejected"), (19024, "rejected"),
               (9499, "rejected"), (55001, "transient")],
}  # fmt: skip


def test_http_200_is_not_success_the_bodys_code_decides(kind: str) -> None:
    for code, ending in CODES[kind]:
        with a_robot(kind, code=code) as robot:
            (posted,) = send(kind, robot)
        assert (posted.ending, posted.attempt.status) == (ending, 200), code
        assert str(code) in posted.attempt.error


def test_a_wrong_secret_is_named_where_the_vendor_signs(kind: str) -> None:
    with a_robot(kind) as robot:
        (posted,) = send(kind, robot, endpoint=endpoint_of(kind, robot.url, secret="wrong"))
    assert posted.ending == ("sent" if kind == "wecom" else "rejected")


def test_the_address_is_in_nothing_that_is_kept(kind: str) -> None:
    def echo(connection: object, request: bytes) -> None:
        answers(200, b'{"errcode":1,"code":1,"echo":"' + request.split(b" ")[1] + b'"}')(connection, request)  # type: ignore[arg-type]

    with a_robot(kind, meanwhile=echo) as robot:
        (posted,) = send(kind, robot)
    kept = repr(posted)
    assert all(secret not in kept for secret in (KEY, TOKEN, *filter(None, SECRETS.values())))


@pytest.mark.parametrize("host", ["evil.example", "qyapi.weixin.qq.com.evil.example", "127.0.0.1"])
def test_no_other_host_is_ever_sent_to(kind: str, host: str) -> None:
    channel = channel_of(kind)
    endpoint = endpoint_of(kind, f"https://{host}/cgi-bin/webhook/send?key={KEY}")
    posted = channel.send(endpoint, channel.render(CARD)[0], delivery_id="d", number=1, now=SystemClock().now())
    assert (posted.ending, posted.attempt.status) == ("rejected", None)
