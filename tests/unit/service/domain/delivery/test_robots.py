"""When a robot may speak: every window at every moment, whose addresses are taken, what is shown of them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.delivery.robots import (
    Bucket,
    RobotLimits,
    Window,
    check_robot_url,
    is_vendor_host,
    mask_robot_url,
    noted,
    quiet_until,
    robot_key,
    silenced,
    turn_of,
)
from service.domain.errors import Invalid
from tests.support.fakes import NOON

TWO_WINDOWS = RobotLimits(4_096, (Window(20, 60), Window(5, 1)))
AT = NOON + timedelta(minutes=7)
WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-1234"
DING = "https://oapi.dingtalk.com/robot/send?access_token=abcd"
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/0a1b2c3d"


@pytest.mark.parametrize(
    ("kind", "url"),
    [("wecom", WECOM), ("dingtalk", DING), ("feishu", FEISHU), ("wecom", WECOM.replace(".com/", ".com:443/")),
     ("feishu", FEISHU.replace("feishu.cn", "larksuite.com")),
     ("wecom", WECOM.replace("https://qyapi.weixin.qq.com", "http://relay.example:9000"))],
    ids=["wecom", "dingtalk", "feishu", "port said", "lark", "the operator's relay"],
)  # fmt: skip
def test_the_vendors_addresses_are_taken(kind: str, url: str) -> None:
    check_robot_url(kind, url)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("wecom", DING),
        ("dingtalk", FEISHU),
        ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/"),
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"),
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="),
        ("wecom", WECOM.replace("send", "upload_media")),
        ("wecom", WECOM.replace("qq.com", "qq.com.evil.example")),
        ("wecom", WECOM.replace(".com/", ".com:8443/")),
        ("dingtalk", DING.replace("oapi", "evil.oapi")),
    ],
    ids=["another vendor", "another too", "no token", "no key", "empty key", "path", "longer host", "port", "sub"],
)
def test_any_other_address_is_refused_without_repeating_it(kind: str, url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_robot_url(kind, url)  # type: ignore[arg-type]
    assert refusal.value.code == "robot_url_invalid"
    assert "693a91f6" not in refusal.value.detail


def test_only_the_end_of_an_address_is_shown_and_its_bucket_does_not_hold_it() -> None:
    assert mask_robot_url(WECOM) == "https://qyapi.weixin.qq.com/…1234"
    assert robot_key(WECOM) != robot_key(DING)
    assert "693a" not in robot_key(WECOM)
    assert is_vendor_host("wecom", "qyapi.weixin.qq.com")
    assert not is_vendor_host("wecom", "oapi.dingtalk.com")


def test_twenty_go_out_in_a_minute_and_the_next_waits_for_the_first_to_leave_the_window() -> None:
    limits = RobotLimits(4_096, (Window(20, 60),))
    bucket = Bucket(tuple(AT + timedelta(seconds=n) for n in range(19)))
    now = AT + timedelta(seconds=20)

    last = turn_of(bucket, limits, now)
    assert (last.wait_until, last.last, last.left) == (None, True, 0)
    full = noted(bucket, limits, now, sends=1)
    assert turn_of(full, limits, now).wait_until == AT + timedelta(seconds=60)
    assert turn_of(full, limits, AT + timedelta(seconds=60)).wait_until is None


def test_a_short_window_makes_wait_a_moment_and_asks_for_no_digest() -> None:
    bucket = noted(Bucket(), TWO_WINDOWS, AT, sends=5)

    turn = turn_of(bucket, TWO_WINDOWS, AT)
    assert (turn.wait_until, turn.last) == (AT + timedelta(seconds=1), False)
    assert not turn_of(bucket, TWO_WINDOWS, AT + timedelta(seconds=1)).last


def test_a_message_in_parts_waits_until_there_is_room_for_all_of_them() -> None:
    limits = RobotLimits(4_096, (Window(20, 60),))
    bucket = Bucket(tuple(AT + timedelta(seconds=n) for n in range(19)))
    now = AT + timedelta(seconds=30)

    assert turn_of(bucket, limits, now, sends=3).wait_until == AT + timedelta(seconds=61)


def test_a_vendor_that_asked_for_silence_gets_it() -> None:
    until = AT + timedelta(minutes=10)
    bucket = silenced(Bucket(), until)

    assert turn_of(bucket, TWO_WINDOWS, AT).wait_until == until
    assert turn_of(bucket, TWO_WINDOWS, until).wait_until is None
    assert silenced(bucket, AT).blocked_until == until


@pytest.mark.parametrize(
    ("minute", "second", "quiet"),
    [(0, 0, True), (0, 59, True), (1, 0, False), (29, 59, False), (30, 0, True), (30, 59, True), (31, 0, False)],
)
def test_whole_and_half_hours_are_avoided(minute: int, second: int, quiet: bool) -> None:
    limits = RobotLimits(20_000, (Window(100, 60),), quiet_s=60)
    now = NOON.replace(minute=minute, second=second)
    end = quiet_until(limits, now)

    assert (end is not None) is quiet
    if end is not None:
        assert turn_of(Bucket(), limits, now).wait_until == end == now.replace(second=0) + timedelta(minutes=1)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=120).map(sorted), st.integers(1, 3))
def test_however_messages_come_no_window_ever_holds_too_many(arrivals: list[float], sends: int) -> None:
    bucket, clock, sent = Bucket(), AT, []
    for arrival in arrivals:
        clock = max(clock, AT + timedelta(seconds=arrival))
        while (turn := turn_of(bucket, TWO_WINDOWS, clock, sends=sends)).wait_until is not None:
            clock = turn.wait_until
        bucket = noted(bucket, TWO_WINDOWS, clock, sends=sends)
        sent += [clock] * sends
    assert len(sent) == len(arrivals) * sends
    for window in TWO_WINDOWS.windows:
        for moment in sent:
            assert _within(sent, moment, window) <= window.sends
    assert len(bucket.sent) <= TWO_WINDOWS.windows[0].sends


def _within(sent: list[datetime], end: datetime, window: Window) -> int:
    return sum(end - window.length < moment <= end for moment in sent)
