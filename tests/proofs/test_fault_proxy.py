"""The proxy itself: each fault is what its name says, what is half open stays so, and new connections work again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from tests.support.fault_proxy import SLICE, FaultProxy

SAID = b"PING and then some more than one slice holds\r\n"
SHORT_S = 0.3
LONG_S = 10.0


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says back what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

        def answer(caller: socket.socket) -> None:
            with closing(caller), suppress(OSError):
                while data := caller.recv(1_000):
                    caller.sendall(data)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.fixture
def proxy(echo: int) -> Iterator[FaultProxy]:
    with FaultProxy(echo) as made:
        yield made


def call(proxy: FaultProxy, timeout_s: float = LONG_S) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=timeout_s)


def said_back(caller: socket.socket) -> list[bytes]:
    """What was said, piece by piece as it came back."""
    caller.sendall(SAID)
    pieces: list[bytes] = []
    while sum(map(len, pieces)) < len(SAID):
        pieces.append(caller.recv(1_000))
        if not pieces[-1]:
            raise ConnectionResetError
    return pieces


def test_without_a_fault_all_comes_through(proxy: FaultProxy) -> None:
    with closing(call(proxy)) as caller:
        assert b"".join(said_back(caller)) == SAID


def test_down_refuses_and_cuts_off_and_listens_again_at_the_same_port(proxy: FaultProxy) -> None:
    with closing(call(proxy)) as caller:
        said_back(caller)
        with proxy.failing("down"):
            with pytest.raises(ConnectionError):
                said_back(caller)
            with pytest.raises(ConnectionRefusedError):
                call(proxy)
    with closing(call(proxy)) as again:
        assert b"".join(said_back(again)) == SAID


def test_reset_takes_a_call_and_cuts_it_off(proxy: FaultProxy) -> None:
    with proxy.failing("reset"), pytest.raises(ConnectionError), closing(call(proxy)) as caller:
        said_back(caller)


def test_what_is_half_open_swallows_and_stays_so_while_new_calls_work_again(proxy: FaultProxy) -> None:
    with closing(call(proxy)) as caller:
        said_back(caller)
        with proxy.failing("half_open"):
            pass
        caller.settimeout(SHORT_S)
        with pytest.raises(TimeoutError):
            said_back(caller)
        with closing(call(proxy)) as again:
            assert b"".join(said_back(again)) == SAID


def test_a_call_that_comes_while_it_is_half_open_is_taken_and_not_answered(proxy: FaultProxy) -> None:
    with proxy.failing("half_open"), closing(call(proxy, SHORT_S)) as caller, pytest.raises(TimeoutError):
        said_back(caller)


def test_the_slicer_lets_all_through_in_small_pieces(proxy: FaultProxy) -> None:
    with proxy.failing("slicer"), closing(call(proxy)) as caller:
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pieces = said_back(caller)
    assert b"".join(pieces) == SAID
    assert len(pieces) > 1
    assert len(pieces[0]) <= SLICE * 3  # a few may lie together by the time they are read
