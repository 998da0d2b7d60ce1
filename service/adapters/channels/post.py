"""Posts one body to a robot and reads what its vendor says in the answer: HTTP 200 is not success.

Invariant: a robot's address, which is its secret, is in no error, log line or stored answer.
"""

import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from service.adapters import guarded_http
from service.adapters.urls import UrlRules
from service.adapters.webhook import read_some, redact
from service.domain.delivery.deliveries import Attempt, Endpoint
from service.domain.delivery.robots import Ending, Posted, is_vendor_host
from service.domain.errors import ServiceError

TOTAL_S = 15.0
UNSENT = frozenset({"dns_failed", "connection_refused", "tls_failed", "url_forbidden", "robot_url_invalid"})

Verdict = tuple[Ending, str, timedelta]
"""How it ended, what the vendor called it, and how long it wants silence."""
Judge = Callable[[Mapping[str, Any]], Verdict]


@dataclass(frozen=True, slots=True)
class Poster:
    """Sends to the vendors' own hosts, and to those the operator named; `judge` reads a vendor's answer."""

    rules: UrlRules
    ssl_context: ssl.SSLContext | None = None
    total_s: float = TOTAL_S

    def post(
        self,
        endpoint: Endpoint,
        url: str,
        body: Mapping[str, Any],
        judge: Judge,
        *,
        delivery_id: str,
        number: int,
        now: datetime,
    ) -> Posted:
        """Post `body` to `url`, the signed form of the endpoint's address; never raises."""
        began = time.monotonic()
        status, text, (ending, reason, silence) = self._ask(endpoint, url, wire(body), judge)
        attempt = Attempt(
            delivery_id=delivery_id,
            number=number,
            at=now,
            status=status,
            error="" if ending == "sent" else f"{ending}: {reason}",
            latency_ms=round((time.monotonic() - began) * 1000),
            body=text,
        )
        return Posted(attempt, ending, silence)

    def _ask(self, endpoint: Endpoint, url: str, content: bytes, judge: Judge) -> tuple[int | None, str, Verdict]:
        if not self._is_allowed(endpoint, url):
            return None, "", ("rejected", "the address is not the vendor's", timedelta(0))
        try:
            with guarded_http.request(
                self.rules,
                "POST",
                url,
                headers={"content-type": "application/json; charset=utf-8", "user-agent": "Fieldcue/1 (+robots)"},
                content=content,
                total_s=self.total_s,
                ssl_context=self.ssl_context,
            ) as response:
                data = read_some(response)
        except ServiceError as failure:
            sent = failure.code not in UNSENT and not failure.fields.get("unsent")
            ending: Ending = "ambiguous" if sent else "transient"
            return None, "", (ending, f"{failure.code}: {failure.detail}", timedelta(0))
        return response.status, _hide(redact(data), endpoint), _verdict(response.status, data, judge)

    def _is_allowed(self, endpoint: Endpoint, url: str) -> bool:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        return self.rules.vouches_for(host, port) or (parts.scheme == "https" and is_vendor_host(endpoint.kind, host))


def _verdict(status: int, data: bytes, judge: Judge) -> Verdict:
    if status == 429:
        return "rate_limited", "http_429", timedelta(seconds=60)
    if status >= 500:
        return "transient", f"http_{status}", timedelta(0)
    if not 200 <= status < 300:
        return "rejected", f"http_{status}", timedelta(0)
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        return "ambiguous", "the answer is no JSON object", timedelta(0)
    return judge(answer)


def _hide(text: str, endpoint: Endpoint) -> str:
    """The answer without the address, whole or its secret part, and without the signing secret."""
    parts = urlsplit(endpoint.secrets[0])
    tail = parts.path.rsplit("/", 1)[-1]
    for secret in (*endpoint.secrets, parts.query.partition("=")[2], tail if len(tail) >= 16 else ""):
        text = text.replace(secret, "[secret]") if secret else text
    return text


def wire(body: Mapping[str, Any]) -> bytes:
    """The bytes of a body: real characters, because WeCom refuses escaped ones and limits count bytes."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
