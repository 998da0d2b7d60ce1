"""The signature, against the standard's own vector and its own library."""

import base64
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from service.adapters.clock import SystemClock
from service.adapters.webhook import live_secrets, redact, sign
from tests.support.builders import SECRET, an_endpoint
from tests.support.fakes import NOON

OTHER_SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


def headers(signature: str, at: datetime) -> dict[str, str]:
    seconds = str(int(at.timestamp()))
    return {"webhook-id": "evt_1", "webhook-timestamp": seconds, "webhook-signature": signature}


def test_the_standards_vector_is_signed_alike() -> None:
    signature = sign([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(max_size=200), st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York"]))
def test_the_standards_library_accepts_what_we_sign_in_any_time_zone(data: bytes, zone: str) -> None:
    body = b'{"data":"' + base64.b64encode(data) + b'"}'
    now = SystemClock().now().astimezone(ZoneInfo(zone))
    signature = sign([SECRET], "evt_1", int(now.timestamp()), body)

    assert Webhook(SECRET).verify(body, headers(signature, now))


def test_a_changed_byte_is_not_accepted() -> None:
    now = SystemClock().now()
    signature = sign([SECRET], "evt_1", int(now.timestamp()), b'{"a":1}')

    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b'{"a":2}', headers(signature, now))


def test_while_a_secret_is_replaced_both_receivers_accept() -> None:
    now = SystemClock().now()
    endpoint = an_endpoint(secrets=(OTHER_SECRET, SECRET), previous_secret_until=now + timedelta(hours=1))
    signature = sign(live_secrets(endpoint, now), "evt_1", int(now.timestamp()), b"{}")

    assert signature.count("v1,") == 2
    assert Webhook(SECRET).verify(b"{}", headers(signature, now)) == {}
    assert Webhook(OTHER_SECRET).verify(b"{}", headers(signature, now)) == {}


@pytest.mark.parametrize("until", [None, NOON], ids=["never replaced", "overlap is over"])
def test_an_old_secret_signs_nothing_after_its_time(until: datetime | None) -> None:
    endpoint = replace(an_endpoint(), secrets=(OTHER_SECRET, SECRET), previous_secret_until=until)

    assert live_secrets(endpoint, NOON) == (OTHER_SECRET,)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("已收到".encode(), "已收到"),
        (b"call 138-0013-8000 now", "call [number] now"),
        ("客户 13800138000".encode(), "客户 [number]"),
        (b"ask lin@crm.example", "ask [mail]"),
        (b"key whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "key [secret]"),
        (b"Authorization: Bearer abc.def", "Authorization: [secret]"),
        (b"a\r\n\x1b[31mred\x00", "a   [31mred "),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"order 12345", "order 12345"),
    ],
    ids=[
        "chinese",
        "phone",
        "phone beside chinese",
        "mail",
        "secret",
        "bearer",
        "control",
        "not utf-8",
        "short number",
    ],
)
def test_what_a_receiver_answers_is_kept_without_what_nobody_should_read(body: bytes, shown: str) -> None:
    assert redact(body) == shown


def test_a_long_answer_is_cut_at_512_characters() -> None:
    assert len(redact("很".encode() * 5000)) == 512
