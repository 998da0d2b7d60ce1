"""Resumable uploads: headers and what may still be used."""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.domain.errors import Gone, Invalid, Malformed
from service.domain.speech.upload import Upload, parse_checksum, parse_metadata, require_open

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
OPEN = Upload("upl_1", "t1", "vis_1", 10, "p", "a.wav", "", NOW, NOW + timedelta(hours=24))


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def test_an_open_upload_may_be_used_until_it_expires() -> None:
    require_open(OPEN, NOW + timedelta(hours=24) - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("upload", "now"),
    [(OPEN, OPEN.expires_at), (replace(OPEN, state="removed"), NOW)],
    ids=["expired", "removed"],
)
def test_an_upload_that_ended_is_gone(upload: Upload, now: datetime) -> None:
    with pytest.raises(Gone) as refusal:
        require_open(upload, now)
    assert refusal.value.code == "upload_gone"


def test_a_complete_upload_stays_usable_so_that_a_repeat_gets_its_answer() -> None:
    require_open(replace(OPEN, state="complete"), OPEN.expires_at + timedelta(days=2))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_checksum_header_gives_algorithm_and_digest(algorithm: str) -> None:
    digest = hashlib.new(algorithm, b"x", usedforsecurity=False).digest()
    assert parse_checksum(f"{algorithm} {b64(digest)}") == (algorithm, digest)


@pytest.mark.parametrize(
    "header",
    ["", "sha256", "md5 " + b64(b"0" * 16), "sha256 " + b64(b"short"), "sha256 not-base64!", "sha256 客户"],
    ids=["empty", "no digest", "unknown", "too short", "no base64", "Chinese"],
)
def test_a_checksum_header_that_cannot_be_checked_is_refused(header: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_checksum(header)
    assert refusal.value.code == "checksum_unknown"


def test_metadata_values_are_decoded() -> None:
    header = f"filename {b64('客户拜访.m4a'.encode())}, is_confidential, sha256 {b64(b'ab')}"
    assert parse_metadata(header) == {"filename": "客户拜访.m4a", "is_confidential": "", "sha256": "ab"}


@pytest.mark.parametrize("header", ["filename !!", "filename " + b64(b"\xff\xfe")], ids=["no base64", "no UTF-8"])
def test_metadata_that_cannot_be_read_is_refused(header: str) -> None:
    with pytest.raises(Invalid):
        parse_metadata(header)
