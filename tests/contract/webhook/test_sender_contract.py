"""What the sender and its fake both promise: whatever happens comes back as an attempt that names its delivery."""

import pytest

from service.adapters.urls import UrlRules
from service.adapters.webhook import HttpWebhookSender
from service.domain.ports import WebhookSender
from tests.support.builders import an_endpoint
from tests.support.fakes import NOON, FakeSender
from tests.support.receiver import answers, receiving


@pytest.mark.parametrize("kind", ["real", "fake"])
@pytest.mark.parametrize(("status", "error"), [(200, ""), (503, "http_503")])
def test_an_answer_becomes_an_attempt(kind: str, status: int, error: str) -> None:
    with receiving(answers(status)) as receiver:
        sender: WebhookSender = FakeSender([(status, error, None)])
        if kind == "real":
            sender = HttpWebhookSender(UrlRules(allowed_hosts=[receiver.host]), total_s=5)
        endpoint = an_endpoint(url=f"http://{receiver.host}/")
        attempt = sender.send(endpoint, "evt_1", b"{}", delivery_id="dlv_1", number=4, now=NOON)

    assert (attempt.delivery_id, attempt.number, attempt.at) == ("dlv_1", 4, NOON)
    assert (attempt.status, attempt.error) == (status, error)
    assert attempt.latency_ms >= 0


@pytest.mark.parametrize("kind", ["real", "fake"])
def test_no_answer_becomes_an_attempt_without_a_status(kind: str) -> None:
    sender: WebhookSender = FakeSender([(None, "url_forbidden: local", None)])
    if kind == "real":
        sender = HttpWebhookSender(UrlRules())
    attempt = sender.send(an_endpoint(url="https://localhost/"), "e", b"{}", delivery_id="d", number=1, now=NOON)

    assert attempt.status is None
    assert attempt.error.startswith("url_forbidden")
