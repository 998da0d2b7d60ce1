"""Fetches a recording from a caller's URL, under the rules that webhooks have, within limits of time and rate.

Invariant: nothing of what the other side sent reaches an error's text.
"""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore

from service.adapters import guarded_http
from service.adapters.guarded_http import failures_named
from service.adapters.urls import UrlRules
from service.domain.errors import Invalid, Permanent, Transient

TOTAL_S = 1_800.0
SLOWEST_BYTES_PER_S = 10_000
GRACE_S = 30.0
MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})
NO_AUDIO = ("text/", "application/json", "application/xml", "multipart/")
FAILED = "fetch_failed"


class HttpFetcher:
    """The RemoteFetcher port; the byte limit is the blob store's."""

    def __init__(
        self,
        rules: UrlRules,
        *,
        ssl_context: ssl.SSLContext | None = None,
        total_s: float = TOTAL_S,
        grace_s: float = GRACE_S,
    ) -> None:
        self._rules = rules
        self._ssl_context = ssl_context
        self._total_s = total_s
        self._grace_s = grace_s

    @contextmanager
    def open(self, url: str) -> Iterator[Iterator[bytes]]:
        """The body in chunks.

        Raises:
            Invalid: `url_forbidden`. Transient, Permanent: `fetch_failed`; the first may pass by itself.
        """
        try:
            with guarded_http.request(
                self._rules,
                "GET",
                url,
                headers={"accept": "audio/*, application/octet-stream, */*;q=0.1", "user-agent": "Fieldcue/1"},
                total_s=self._total_s,
                ssl_context=self._ssl_context,
            ) as response:
                _refuse_wrong_answer(response)
                yield self._chunks(response)
        except Transient as error:
            if error.code == FAILED:
                raise
            raise Transient(f"the recording could not be fetched: {error.detail}", code=FAILED) from error

    def _chunks(self, response: httpcore.Response) -> Iterator[bytes]:
        began = time.monotonic()
        read = 0
        with failures_named():
            for chunk in response.iter_stream():
                read += len(chunk)
                passed = time.monotonic() - began
                if passed > self._grace_s and read < passed * SLOWEST_BYTES_PER_S:
                    raise Transient("the other side sends too slowly", code=FAILED)
                yield chunk


def _refuse_wrong_answer(response: httpcore.Response) -> None:
    status = response.status
    if status in MAY_PASS:
        raise Transient(f"the other side answered {status}", code=FAILED)
    if 300 <= status < 400:
        raise Permanent(f"the other side answered {status}; redirects are not followed", code=FAILED)
    if status != 200:
        raise Permanent(f"the other side answered {status}", code=FAILED)
    headers = {name.lower(): value.decode("latin-1").lower() for name, value in response.headers}
    if headers.get(b"content-encoding", "identity") != "identity":
        raise Permanent("the other side compressed the answer although asked not to", code=FAILED)
    if headers.get(b"content-type", "").startswith(NO_AUDIO):
        raise Invalid("the other side sent no audio", code=FAILED)
