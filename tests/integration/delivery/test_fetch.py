"""Fetching a recording from a caller's address: limits, refusals, and nothing of the answer in the error."""

import gzip
from pathlib import Path

import pytest

from service.adapters.blob import DiskBlobStore
from service.adapters.fetch import HttpFetcher
from service.adapters.urls import UrlRules
from service.domain.errors import Invalid, Permanent, ServiceError, TooLarge, Transient
from tests.support.builders import TENANT
from tests.support.receiver import Behave, Receiver, answers, drips, floods, receiving, resets, says_nothing


def fetch(receiver: Receiver, *, total_s: float = 2.0, grace_s: float = 30.0) -> bytes:
    fetcher = HttpFetcher(UrlRules(allowed_hosts=[receiver.host]), total_s=total_s, grace_s=grace_s)
    with fetcher.open(f"http://{receiver.host}/a.wav") as chunks:
        return b"".join(chunks)


def test_the_bytes_arrive_as_they_were_sent() -> None:
    with receiving(answers(200, b"RIFF" * 100_000, content_type="audio/wav")) as receiver:
        assert fetch(receiver) == b"RIFF" * 100_000


@pytest.mark.parametrize(
    ("behave", "kind"),
    [
        (answers(404, b"canary"), Permanent),
        (answers(302, location="http://127.0.0.1:1/"), Permanent),
        (answers(200, b"<html>canary", content_type="text/html; charset=utf-8"), Invalid),
        (answers(200, gzip.compress(b"canary"), content_encoding="gzip"), Permanent),
        (answers(500, b"canary"), Transient),
        (answers(429), Transient),
        (resets, Transient),
        (says_nothing, Transient),
        (answers(200, b"canary", content_length="100"), Transient),
    ],
    ids=["404", "redirect", "html", "gzip", "500", "429", "reset", "silence", "cut off"],
)
def test_each_refusal_is_typed_and_quotes_nothing(behave: Behave, kind: type[ServiceError]) -> None:
    with receiving(behave) as receiver, pytest.raises(kind) as failed:
        fetch(receiver, total_s=0.5)

    assert failed.value.code == "fetch_failed"
    assert "canary" not in str(failed.value)


def test_one_byte_at_a_time_is_cut_at_the_rate() -> None:
    slow = drips(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n" + b"x" * 500, 0.01)
    with receiving(slow) as receiver, pytest.raises(Transient, match="too slowly"):
        fetch(receiver, total_s=20, grace_s=0.2)


def test_an_endless_body_is_cut_at_the_stores_limit(tmp_path: Path) -> None:
    store = DiskBlobStore(tmp_path)
    with receiving(floods) as receiver:
        fetcher = HttpFetcher(UrlRules(allowed_hosts=[receiver.host]))
        with pytest.raises(TooLarge), fetcher.open(f"http://{receiver.host}/a.wav") as chunks:
            store.write(TENANT, chunks, limit=1_000_000)


def test_a_forbidden_address_is_not_connected_to() -> None:
    with receiving(answers(200)) as trap:
        opening = HttpFetcher(UrlRules()).open(f"https://127.0.0.1:{trap.port}/")
        with pytest.raises(Invalid) as refused:
            opening.__enter__()
    assert refused.value.code == "url_forbidden"
    assert trap.connections == 0
