"""The zoo of receivers on real sockets: each one leads to the attempt that the schedule expects."""

import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook

from service.adapters.clock import SystemClock
from service.adapters.urls import UrlRules
from service.adapters.webhook import HttpWebhookSender
from service.domain.delivery.deliveries import Attempt, Endpoint
from tests.support.builders import SECRET, an_endpoint
from tests.support.receiver import Behave, Receiver, answers, drips, floods, receiving, resets, says_nothing

BODY = '{"type":"visit.analyzed","data":{"客户":"恒通"}}'.encode()


def send(
    receiver: Receiver, *, total_s: float = 2.0, endpoint: Endpoint | None = None, rules: UrlRules | None = None
) -> Attempt:
    sender = HttpWebhookSender(rules or UrlRules(allowed_hosts=[receiver.host]), total_s=total_s)
    target = endpoint or an_endpoint(url=f"http://{receiver.host}/hooks?tenant=1")
    return sender.send(target, "evt_1", BODY, delivery_id="dlv_1", number=3, now=SystemClock().now())


def test_what_arrives_is_signed_and_verified_by_the_standards_library() -> None:
    with receiving(answers(204)) as receiver:
        attempt = send(receiver)

    assert (attempt.status, attempt.error, attempt.number) == (204, "", 3)
    headers = receiver.headers()
    assert receiver.body() == BODY
    assert Webhook(SECRET).verify(receiver.body(), headers)["type"] == "visit.analyzed"
    assert headers["host"] == receiver.host
    assert (headers["webhook-id"], headers["x-delivery-id"], headers["x-attempt"]) == ("evt_1", "dlv_1", "3")
    assert receiver.requests[0].startswith(b"POST /hooks?tenant=1 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("behave", "status", "error"),
    [
        (answers(200, "已收到".encode()), 200, ""),
        (answers(500, b"stack"), 500, "http_500"),
        (answers(302, location="http://127.0.0.1:1/"), 302, "http_302"),
        (answers(410), 410, "http_410"),
        (answers(429, retry_after="120"), 429, "http_429"),
        (floods, 200, ""),
        (drips(b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n" + b"x" * 400, 0.01), 200, ""),
    ],
    ids=["200", "500", "302", "410", "429", "endless body", "dripping body"],
)
def test_the_status_decides(behave: Behave, status: int, error: str) -> None:
    with receiving(behave) as receiver:
        attempt = send(receiver)

    assert (attempt.status, attempt.error) == (status, error)
    assert len(attempt.body) <= 512
    assert receiver.connections == 1


@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (says_nothing, "timeout"),
        (resets, "connection_broken"),
        (drips(b"HTTP/1.1 200 OK\r\n" + b"x-slow: 1\r\n" * 100), "timeout"),
        (drips(b"SSH-2.0-OpenSSH\r\n\r\n", 0), "protocol_error"),
    ],
    ids=["silence", "reset", "dripping head", "not HTTP"],
)
def test_what_is_no_answer_is_named_and_ends_in_time(behave: Behave, error: str) -> None:
    began = time.monotonic()
    with receiving(behave) as receiver:
        attempt = send(receiver, total_s=0.5)

    assert attempt.status is None
    assert attempt.error.startswith(f"{error}:")
    assert time.monotonic() - began < 3


def test_nobody_listening_is_a_refused_connection() -> None:
    with receiving(answers(200)) as receiver:
        pass
    assert send(receiver).error.startswith("connection_refused:")


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_read_in_both_forms(form: str) -> None:
    moment = SystemClock().now() + timedelta(seconds=120)
    value = "120" if form == "seconds" else format_datetime(moment.astimezone(UTC), usegmt=True)
    with receiving(answers(429, retry_after=value)) as receiver:
        attempt = send(receiver)

    assert attempt.retry_after_s == pytest.approx(120, abs=2)


def test_a_redirect_to_another_listener_is_never_followed() -> None:
    with receiving(answers(200)) as trap, receiving(answers(307, location=f"http://{trap.host}/")) as receiver:
        attempt = send(receiver)

    assert attempt.status == 307
    assert trap.connections == 0


@pytest.mark.parametrize(
    "url", ["https://crm.example:8443/", "https://127.0.0.1:8443/", "http://127.0.0.1:{port}/"], ids=str
)
def test_no_connection_is_opened_to_a_forbidden_address(url: str) -> None:
    with receiving(answers(200)) as trap:
        rules = UrlRules(resolve=lambda host, port: ["93.184.215.14", "127.0.0.1"])
        attempt = send(trap, endpoint=an_endpoint(url=url.format(port=trap.port)), rules=rules)

    assert attempt.error.startswith("url_forbidden:")
    assert trap.connections == 0


def certificate(folder: Path, host: str, days: int = 1) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with its own certificate, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = SystemClock().now()
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cadata=built.public_bytes(serialization.Encoding.PEM).decode())


@pytest.mark.parametrize(
    ("name_in_certificate", "days", "trusted", "expected"),
    [
        ("crm.example", 1, True, ""),
        ("other.example", 1, True, "tls_failed: the certificate is not valid: Hostname mismatch"),
        ("crm.example", -1, True, "tls_failed: the certificate is not valid: certificate has expired"),
        ("crm.example", 1, False, "tls_failed: the certificate is not valid: self-signed certificate"),
    ],
    ids=["valid", "wrong host", "expired", "self-signed"],
)
def test_the_certificate_is_checked_for_the_name_not_the_address(
    tmp_path: Path, name_in_certificate: str, days: int, trusted: bool, expected: str
) -> None:
    server, client = certificate(tmp_path, name_in_certificate, days)
    with receiving(answers(200), server) as receiver:
        rules = UrlRules(allowed_hosts=[f"crm.example:{receiver.port}"], resolve=lambda host, port: ["127.0.0.1"])
        sender = HttpWebhookSender(rules, ssl_context=client if trusted else None, total_s=5)
        endpoint = replace(an_endpoint(), url=f"https://crm.example:{receiver.port}/")
        attempt = sender.send(endpoint, "evt_1", BODY, delivery_id="dlv_1", number=1, now=SystemClock().now())

    assert attempt.error.startswith(expected)
    assert bool(attempt.status) == (expected == "")
