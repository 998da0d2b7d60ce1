"""A CRM's receiving end: verifies each webhook with the standard's own library and keeps what it says."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

MAX_BODY = 8 * 1024 * 1024


@dataclass(slots=True)
class Inbox:
    """What arrived: verified events in order, and how many requests were refused."""

    secret: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, visit_id: str, *, timeout_s: float) -> dict[str, Any] | None:
        """The `visit.analyzed` event of this visit; None when it does not come in time."""

        def find() -> dict[str, Any] | None:
            for event in self.events:
                if event["type"] == "visit.analyzed" and event["data"]["visit_id"] == visit_id:
                    return event
            return None

        with self.arrived:
            self.arrived.wait_for(lambda: find() is not None, timeout_s)
            return find()

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """The status to answer with: 204 for a verified event, 401 for anything else."""
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.refused += 1
            return 401
        with self.arrived:
            self.events.append({**json.loads(body), "headers": headers})
            self.arrived.notify_all()
        return 204


class StubCrm:
    """An HTTP server on a free loopback port, for as long as the block runs."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.inbox))
        self._thread = threading.Thread(target=self._server.serve_forever, name="stub-crm", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> "StubCrm":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("content-length", "0")), MAX_BODY)
            body = self.rfile.read(length)
            status = inbox.take(body, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
            del format, args

    return Receiver
