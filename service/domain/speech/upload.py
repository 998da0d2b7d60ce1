"""A recording that arrives in pieces: created with its length, resumed at its offset, completed once.

Invariant: the offset is what is durably on disk; the row never claims more. Source: tus resumable upload 1.0.0
(creation, checksum, termination, expiration).
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from service.domain.errors import Gone, Invalid, Malformed

UploadState = Literal["open", "complete", "removed"]
CHECKSUMS = ("sha1", "sha256")
WRITER_LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload; `part` is the key under which its bytes collect, `sha256` what the caller promised (or empty)."""

    id: str
    tenant_id: str
    visit_id: str
    length: int
    part: str
    display_name: str
    sha256: str
    created_at: datetime
    expires_at: datetime
    state: UploadState = "open"
    recording_id: str | None = None
    writer: str = ""
    writer_until: datetime | None = None


def require_open(upload: Upload, now: datetime) -> None:
    """Refuse an upload that was removed or has expired.

    Raises:
        Gone: with code `upload_gone`.
    """
    if upload.state == "removed" or (upload.state == "open" and now >= upload.expires_at):
        raise Gone("this upload was removed or has expired: start a new one", code="upload_gone")


def parse_checksum(header: str) -> tuple[str, bytes]:
    """(algorithm, digest) of a tus `Upload-Checksum` header.

    Raises:
        Malformed: no such algorithm, or no base64 digest of its length (`checksum_unknown`).
    """
    algorithm, _, encoded = header.strip().partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("Upload-Checksum must be: algorithm, blank, base64 digest", code="checksum_unknown") from error
    if algorithm not in CHECKSUMS or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise Malformed(f"checksum algorithms are: {', '.join(CHECKSUMS)}", code="checksum_unknown")
    return algorithm, digest


def parse_metadata(header: str) -> dict[str, str]:
    """Keys and decoded values of a tus `Upload-Metadata` header.

    Raises:
        Invalid: a value that is no base64 of UTF-8 (`metadata_invalid`).
    """
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            found[key] = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError) as error:
            raise Invalid("Upload-Metadata values must be base64 of UTF-8", code="metadata_invalid") from error
    return found
