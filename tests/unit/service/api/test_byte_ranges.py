"""Stored bytes are closed however their sending ends: sent whole, or left by the player at any moment."""

import asyncio
import io
from typing import Any

import pytest

from service.api.byte_ranges import PIECE, StoredBytes

SIZE = 4 * PIECE


def send_until(stored: io.BytesIO, *, messages: int | None) -> list[dict[str, Any]]:
    """What is sent before the player goes away after so many messages; None: it stays."""
    sent: list[dict[str, Any]] = []

    async def play() -> None:
        gone = asyncio.Event()
        if messages == 0:
            gone.set()

        async def receive() -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)
            if len(sent) == messages:
                gone.set()
            await asyncio.sleep(0)

        answer = StoredBytes(stored, 0, SIZE, status=200, headers={})
        await answer({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)

    asyncio.run(play())
    return sent


@pytest.mark.parametrize("messages", [0, 1, 2, None])
def test_the_file_is_closed_whenever_the_player_leaves(messages: int | None) -> None:
    stored = io.BytesIO(b"x" * SIZE)
    sent = send_until(stored, messages=messages)
    assert stored.closed
    if messages is None:
        assert b"".join(message.get("body", b"") for message in sent) == b"x" * SIZE
