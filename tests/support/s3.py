"""An S3 server that we did not write, on loopback; one bucket per test."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.client import BaseClient
from moto.server import ThreadedMotoServer

from service.adapters.blob_s3 import PREFIX

REGION = "eu-central-1"


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a running server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def a_bucket(client: BaseClient) -> str:
    name = f"recordings-{secrets.token_hex(6)}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def stored(client: BaseClient, bucket: str, key: str) -> bytes:
    """An object's bytes as they lie in the bucket."""
    return bytes(client.get_object(Bucket=bucket, Key=f"{PREFIX}{key}")["Body"].read())


def objects(client: BaseClient, bucket: str) -> list[str]:
    return [each["Key"] for each in client.list_objects_v2(Bucket=bucket).get("Contents", ())]
