"""A receiver of webhooks on loopback that misbehaves as it is told, and remembers every connection."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behave = Callable[[socket.socket, bytes], None]
"""Gets the connection and the request that was read from it; answers as it likes."""


@dataclass
class Receiver:
    """What came in."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def headers(self, index: int = -1) -> dict[str, str]:
        head, _, _ = self.requests[index].partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    def body(self, index: int = -1) -> bytes:
        return self.requests[index].partition(b"\r\n\r\n")[2]


def answers(status: int, body: bytes = b"", **headers: str) -> Behave:
    """A well-behaved answer."""

    def behave(connection: socket.socket, _request: bytes) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("content-length", str(len(body)))
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        connection.sendall(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)

    return behave


def says_nothing(connection: socket.socket, _request: bytes) -> None:
    """Accepts and never answers."""
    with suppress(OSError):
        connection.settimeout(10)
        connection.recv(1)


def resets(connection: socket.socket, _request: bytes) -> None:
    """Cuts the connection hard."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def drips(data: bytes, every_s: float = 0.05) -> Behave:
    """Sends one byte at a time."""

    def behave(connection: socket.socket, _request: bytes) -> None:
        with suppress(OSError):
            for byte in data:
                connection.sendall(bytes([byte]))
                time.sleep(every_s)

    return behave


def floods(connection: socket.socket, _request: bytes) -> None:
    """Answers 200 and never ends its body."""
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)


@contextmanager
def receiving(behave: Behave, context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A listening receiver; every connection is handled in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    receiver = Receiver(listener.getsockname()[1])

    def handle(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            served = context.wrap_socket(connection, server_side=True) if context else connection
            request = _read_request(served)
            if request:
                receiver.requests.append(request)
                behave(served, request)
            served.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                receiver.connections += 1
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    connection.settimeout(10)
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head = data.partition(b"\r\n\r\n")[0].lower()
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")), 0)
    while len(data) < len(head) + 4 + length:
        data += connection.recv(65536)
    return data
