"""A server that speaks the chat protocol, and answers as a test says: well, badly, or not at all."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.receiver import Behave, Receiver, answers, receiving

Say = Callable[[dict[str, Any]], "str | Behave"]
"""Gets the request; returns what the model says, or what the connection does instead."""


@dataclass
class LlmServer:
    """What it was asked."""

    receiver: Receiver
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://{self.receiver.host}/v1"

    def words(self) -> str:
        """Everything that ever reached the server."""
        return "\n".join(m["content"] for request in self.asked for m in request["messages"])


def envelope(text: str, *, tokens: int = 100, **extra: Any) -> bytes:
    message = {"role": "assistant", "content": text}
    said = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": {"total_tokens": tokens}}
    return json.dumps({**said, **extra}, ensure_ascii=False).encode()


@contextmanager
def llm_server(*says: "Say | str | Behave") -> Iterator[LlmServer]:
    """A listening server; each request is answered by the next of `says`, the last one repeats."""
    queue = list(says)
    servers: list[LlmServer] = []

    def behave(connection: Any, request: bytes) -> None:
        body = json.loads(request.partition(b"\r\n\r\n")[2])
        servers[0].asked.append(body)
        say: Any = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(say, str):
            answers(200, envelope(say))(connection, request)
            return
        try:
            said = say(body)
        except TypeError:
            say(connection, request)
            return
        (answers(200, envelope(said)) if isinstance(said, str) else said)(connection, request)

    with receiving(behave) as receiver:
        servers.append(LlmServer(receiver))
        yield servers[0]


def summary(*sentences: tuple[str, int, str]) -> str:
    """A summary as its template asks for: (text, turn, quote)."""
    items = [{"text": text, "quotes": [{"turn": turn, "quote": quote}]} for text, turn, quote in sentences]
    return json.dumps({"sentences": items}, ensure_ascii=False)


def labels(*found: tuple[int, str, str]) -> str:
    """Labels as their template asks for: (turn, code, quote)."""
    return json.dumps({"labels": [{"turn": t, "code": c, "quote": q} for t, c, q in found]}, ensure_ascii=False)
