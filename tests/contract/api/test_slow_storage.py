"""A storage of recordings that hangs holds up who sends and listens, and nobody else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import httpx
import pytest

from service.api.app import create_app
from tests.support.api import VISIT, Api, a_wav
from tests.support.served_app import serving

MORE_THAN_THERE_ARE_THREADS = 50
OTHERS = ("/readyz", "/v1/visits?limit=1", "/v1/limits")


@dataclass
class HangingStore:
    """The blob store `inner`, whose bytes come and go only after `goes_on`."""

    inner: Any
    goes_on: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(self, *given: Any, **named: Any) -> Any:
        self._hang()
        return self.inner.write(*given, **named)

    def open(self, key: str) -> BinaryIO:
        self._hang()
        return self.inner.open(key)  # type: ignore[no-any-return]

    def _hang(self) -> None:
        self.waiting.release()
        assert self.goes_on.wait(60)


@contextmanager
def all_at_once(*calls: Any) -> Iterator[list[int]]:
    """The statuses that the calls end with, each made in a thread of its own."""
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda call=call: statuses.append(call().status_code)) for call in calls]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        for thread in threads:
            thread.join(60)


@pytest.fixture
def store(api: Api) -> HangingStore:
    return HangingStore(api.services.blobs)


@pytest.fixture
def client(api: Api, store: HangingStore) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {api.key()}"}
    with (
        serving(create_app(replace(api.services, blobs=store))) as address,
        httpx.Client(base_url=address, headers=headers, timeout=60, trust_env=False) as client,
    ):
        yield client
        store.goes_on.set()


def a_visit(client: httpx.Client) -> str:
    return str(client.post("/v1/visits", json=VISIT).raise_for_status().json()["id"])


def others_are_answered(client: httpx.Client) -> bool:
    return all(client.get(path, timeout=20).status_code in {200, 503} for path in OTHERS)


def test_many_who_send_to_a_storage_that_hangs_hold_up_nobody_else(client: httpx.Client, store: HangingStore) -> None:
    def send(visit: str) -> httpx.Response:
        return client.post(f"/v1/visits/{visit}/recording", files={"file": ("a.wav", a_wav(0.1))})

    visits = [a_visit(client) for _ in range(MORE_THAN_THERE_ARE_THREADS)]
    with all_at_once(*(lambda visit=visit: send(visit) for visit in visits)) as statuses:
        assert all(store.waiting.acquire(timeout=30) for _ in range(10))
        assert others_are_answered(client)
        store.goes_on.set()
    assert statuses == [202] * MORE_THAN_THERE_ARE_THREADS


def test_many_who_listen_from_a_storage_that_hangs_hold_up_nobody_else(
    client: httpx.Client, store: HangingStore
) -> None:
    store.goes_on.set()
    visit = a_visit(client)
    sent = client.post(f"/v1/visits/{visit}/recording", files={"file": ("a.wav", a_wav(0.1))}).json()
    store.goes_on.clear()
    while store.waiting.acquire(blocking=False):
        pass

    def listen() -> httpx.Response:
        return client.get(f"/v1/recordings/{sent['id']}/audio")

    with all_at_once(*[listen] * MORE_THAN_THERE_ARE_THREADS) as statuses:
        assert all(store.waiting.acquire(timeout=30) for _ in range(10))
        assert others_are_answered(client)
        store.goes_on.set()
    assert statuses == [200] * MORE_THAN_THERE_ARE_THREADS
