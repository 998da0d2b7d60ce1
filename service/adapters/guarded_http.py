"""One HTTP request to a caller's URL: to a checked address, within a total time, never redirected, never pooled.

Invariant: the address that is connected to is one that was checked in this very call; the name goes into SNI, the
certificate check and Host unchanged. httpcore is used directly because httpx has no public hook for the connection.
"""

import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpcore

from service.adapters.urls import UrlRules
from service.domain.errors import Invalid, ServiceError, Transient

CONNECT_S = 5.0


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves once, checks all addresses, connects to one of them; every later read keeps to the deadline."""

    def __init__(self, rules: UrlRules, deadline: float) -> None:
        self._rules = rules
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        until = min(self._deadline, time.monotonic() + (timeout or CONNECT_S))
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._rules.addresses(host, port):
            left = _left(until, httpcore.ConnectTimeout)
            try:
                stream = self._network.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return DeadlineStream(stream, self._deadline)
        raise failure


class DeadlineStream(httpcore.NetworkStream):
    """A stream that ends at the deadline, however many bytes still drip."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._within(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def _within(self, timeout: float | None, error: type[Exception]) -> float:
        left = _left(self._deadline, error)
        return left if timeout is None else min(left, timeout)


def _left(deadline: float, error: type[Exception]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the time for this request is over")
    return left


@contextmanager
def request(
    rules: UrlRules,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes = b"",
    total_s: float,
    ssl_context: ssl.SSLContext | None = None,
) -> Iterator[httpcore.Response]:
    """An open response whose body has not been read.

    Args:
        total_s: seconds for everything, name look-up and body included; connecting has five of them.
    Raises:
        Invalid: `url_forbidden`. Transient: everything that goes wrong on the way, its code says what.
    """
    rules.split(url)
    backend = GuardedBackend(rules, time.monotonic() + total_s)
    timeouts = {"connect": CONNECT_S, "read": total_s, "write": total_s, "pool": total_s}
    own = {"accept-encoding": "identity", "connection": "close"}
    sent: list[tuple[bytes | str, bytes | str]] = [*own.items(), *headers.items()]
    with (
        failures_named(),
        httpcore.ConnectionPool(
            network_backend=backend, ssl_context=ssl_context or _systems_trust(), retries=0
        ) as pool,
        pool.stream(method, url, headers=sent, content=content, extensions={"timeout": timeouts}) as response,
    ):
        yield response


@cache
def _systems_trust() -> ssl.SSLContext:
    """Who is trusted by this machine, read once a process: reading it takes 20 ms of the processor."""
    return ssl.create_default_context()


@contextmanager
def failures_named() -> Iterator[None]:
    """Turn what httpcore and the TLS library raise into one error with a stable code and a reason."""
    try:
        yield
    except (Invalid, Transient):
        raise
    except httpcore.TimeoutException as error:
        unsent = isinstance(error, httpcore.ConnectTimeout | httpcore.PoolTimeout)
        raise Transient(f"no complete answer in time ({_kind(error)})", code="timeout", unsent=unsent) from error
    except httpcore.ConnectError as error:
        raise _connect_failure(error) from error
    except httpcore.NetworkError as error:
        raise Transient(f"the connection broke ({_kind(error)})", code="connection_broken") from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
        raise Transient(f"no valid HTTP ({_kind(error)})", code="protocol_error") from error


def _connect_failure(error: httpcore.ConnectError) -> ServiceError:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Transient(f"the certificate is not valid: {cause.verify_message}", code="tls_failed")
    if isinstance(cause, ssl.SSLError):
        return Transient(f"TLS failed: {cause.reason}", code="tls_failed")
    return Transient("no connection", code="connection_refused")


def _kind(error: Exception) -> str:
    return type(error).__name__
