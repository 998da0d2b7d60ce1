"""A TCP proxy on loopback that goes wrong on demand: down, half open, resetting, slicing.

What is half open when the fault begins stays so: its bytes are swallowed, nobody is told, and only whoever asks for
signs of life finds out. New connections work again as soon as the fault ends.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal, Self, get_args

Fault = Literal["none", "down", "half_open", "reset", "slicer"]
FAULTS: tuple[Fault, ...] = get_args(Fault)[1:]
CHUNK = 65_536
SLICE = 7  # bytes: within the head of a frame of either protocol
SLICE_S = 0.002
RST = struct.pack("ii", 1, 0)  # SO_LINGER for no time at all: closing sends RST instead of FIN


class Link:
    """Two connections that are one to their ends. `dead`: what comes in goes nowhere."""

    def __init__(self, caller: asyncio.StreamWriter) -> None:
        self.ends = [caller]
        self.dead = False

    def abort(self) -> None:
        for end in self.ends:
            raw = end.get_extra_info("socket")
            with suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
            end.transport.abort()


class FaultProxy:
    """Listens at `port` and passes on to `upstream` on loopback, as long as its context is open."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.fault: Fault = "none"
        self.connections = 0
        self._links: set[Link] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def set(self, fault: Fault) -> None:
        """From now on go wrong like this; `none` ends it."""
        self._do(self._set(fault))

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """The fault for the length of the block."""
        self.set(fault)
        try:
            yield
        finally:
            self.set("none")

    def _do(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _end(self) -> None:
        await self._stop_listening()
        for link in list(self._links):
            link.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _set(self, fault: Fault) -> None:
        self.fault = fault
        if fault in {"down", "reset"}:
            for link in list(self._links):
                link.abort()
        if fault == "half_open":
            for link in self._links:
                link.dead = True
        if fault == "down":
            await self._stop_listening()
        elif self._server is None:
            await self._listen()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        link = Link(writer)
        self._links.add(link)
        try:
            if self.fault == "reset":
                link.abort()
            elif self.fault == "half_open":
                link.dead = True
                await self._pass(link, reader, None)
            else:
                await self._join(link, reader, writer)
        except OSError:
            link.abort()
        finally:
            self._links.discard(link)

    async def _join(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        their_reader, their_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        link.ends.append(their_writer)
        ways = [
            asyncio.ensure_future(self._pass(link, reader, their_writer)),
            asyncio.ensure_future(self._pass(link, their_reader, writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in link.ends:
            end.close()

    async def _pass(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None) -> None:
        while data := await reader.read(CHUNK):
            if link.dead or writer is None:
                continue
            if self.fault != "slicer":
                writer.write(data)
                await writer.drain()
                continue
            for start in range(0, len(data), SLICE):
                writer.write(data[start : start + SLICE])
                await writer.drain()
                await asyncio.sleep(SLICE_S)
        if link.dead:  # one end has given up; the other is not told
            await asyncio.Event().wait()
