"""The S3 server and a client of it, with credentials that only the test server takes."""

from collections.abc import Iterator

import pytest
from botocore.client import BaseClient

from service.adapters.s3_client import s3_client
from tests.support.s3 import REGION, a_bucket, s3_server


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def client(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> BaseClient:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return s3_client(endpoint=s3_url, region=REGION)


@pytest.fixture
def bucket(client: BaseClient) -> str:
    return a_bucket(client)
