"""A client of S3-compatible storage, and its refusals in our words: away, denied, full, erased."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from service.domain.errors import NotFound, StorageFull, Unavailable

RETRY_AFTER_S = 30
CONNECT_S, READ_S, ATTEMPTS = 5, 60, 3
_FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507"})
_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "404", "PreconditionFailed", "412"})
_DENIED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "403"})


def s3_client(*, endpoint: str = "", region: str = "", addressing: str = "auto") -> BaseClient:
    """A client with the credentials that boto3 finds by itself; `endpoint` empty: Amazon's.

    Checksums are sent only where they are required, as many compatible servers do not know the newer kinds.
    """
    config = Config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": addressing},
        max_pool_connections=32,
    )
    return boto3.Session().client("s3", endpoint_url=endpoint or None, region_name=region or None, config=config)


def absent(error: ClientError) -> bool:
    """Whether the storage says that the object is not there, or not the one that was meant."""
    return _code(error) in _ABSENT


def is_empty(error: ClientError) -> bool:
    """Whether a range was asked of an object without bytes."""
    return _code(error) in {"InvalidRange", "416"}


@contextmanager
def reads_named() -> Iterator[None]:
    """As `failures_named`, and an object that is not there is one that was erased."""
    with failures_named():
        try:
            yield
        except ClientError as error:
            if absent(error):
                raise NotFound("these bytes were erased", code="blob_erased") from error
            raise


@contextmanager
def failures_named() -> Iterator[None]:
    """Turn the storage's refusals into ours; none of them repeats what the server wrote.

    Raises:
        StorageFull: its quota is used up. Unavailable: it is away, or its settings are wrong; both may pass.
    """
    try:
        yield
    except ClientError as error:
        raise _named(_code(error)) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise _denied("no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") from error
    except BotoCoreError as error:
        raise Unavailable(
            "the storage of recordings cannot be reached; try again", code="storage_away", retry_after_s=RETRY_AFTER_S
        ) from error


def _named(code: str) -> Exception:
    if code in _FULL:
        return StorageFull("the quota of the recordings' storage is used up; free room and send it again")
    if code == "NoSuchBucket":
        return _denied("there is no such bucket: create it, or correct FIELDCUE_STORAGE__S3_BUCKET")
    if code in _DENIED:
        return _denied(f"it answered {code}: its credentials must allow to get, put, list and delete objects")
    return Unavailable(
        f"the storage of recordings answered {code}; try again", code="storage_away", retry_after_s=RETRY_AFTER_S
    )


def _denied(why: str) -> Unavailable:
    return Unavailable(
        f"the storage of recordings refuses us: {why}", code="storage_denied", retry_after_s=RETRY_AFTER_S
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
