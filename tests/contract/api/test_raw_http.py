"""Rows 2, 3, 16 and 50 on a real server: what arrives on a socket, not what a polite client would send."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from structlog.testing import capture_logs

from service.api.app import create_app
from service.bootstrap import server_config
from service.domain.content.bundle import Content
from tests.support.api import VISIT, Api, a_wav, make_api

WAV = a_wav()


class Served:
    """The application on a loopback socket, pausing clients cut off after half a second."""

    def __init__(self, api: Api) -> None:
        self.api = api
        config = server_config(create_app(api.services, idle_s=0.5), host="127.0.0.1", port=0)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.address = self.server.servers[0].sockets[0].getsockname()
        self.key = api.key()
        self.visit_id = str(api.client().post("/v1/visits", json=VISIT).json()["id"])

    def connect(self) -> socket.socket:
        connection = socket.create_connection(self.address, timeout=10)
        connection.settimeout(10)
        return connection

    def ask(self, raw: bytes) -> bytes:
        with self.connect() as connection:
            connection.sendall(raw)
            return answer(connection)

    def head(self, method: str, path: str, *headers: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {self.key}", *headers, "", ""]
        return "\r\n".join(lines).encode()


def answer(connection: socket.socket) -> bytes:
    """What comes until the answer is complete or the other side closes."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        if not piece:
            break
        received += piece
    return received


def status(raw: bytes) -> int:
    return int(raw.split(b" ", 2)[1]) if raw else 0


@pytest.fixture
def served(tmp_path: Path, content: Content) -> Iterator[Served]:
    running = Served(make_api(tmp_path, content, recording_bytes=200_000))
    yield running
    running.server.should_exit = True
    running.thread.join(10)
    for client in running.api.clients:
        client.close()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"TRACE /v1/visits HTTP/1.1\r\nHost: x\r\n\r\n", {405}),
        (b"BREW /v1/visits HTTP/1.1\r\nHost: x\r\n\r\n", {405}),
        (b"GET /healthz HTTP/1.0\r\n\r\n", {200}),
        (b"GET /healthz HTTP/1.1\r\n\r\n", {400}),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_048_576 + b"\r\n\r\n", {400, 431}),
        (b"POST /v1/visits HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", {400}),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {400, 414}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {400}),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", {400}),
    ],
    ids=["TRACE", "BREW", "HTTP/1.0", "no Host", "1 MB header", "two lengths", "long address", "TLS", "NUL in header"],
)
def test_row_50_odd_requests_get_a_plain_refusal(served: Served, raw: bytes, expected: set[int]) -> None:
    assert status(served.ask(raw)) in expected
    assert status(served.ask(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")) == 200


def test_row_50_length_and_chunks_together_cannot_smuggle_a_second_request(served: Served) -> None:
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    body = b"0\r\n\r\n" + smuggled
    raw = served.head("POST", "/v1/visits", f"Content-Length: {len(body)}", "Transfer-Encoding: chunked") + body
    with served.connect() as connection:
        connection.sendall(raw)
        first = answer(connection)
    assert status(first) in {400, 415, 422}


def test_row_2_a_chunked_body_without_a_length_is_cut_at_the_limit(served: Served) -> None:
    head = served.head(
        "POST",
        f"/v1/visits/{served.visit_id}/recording",
        "Content-Type: multipart/form-data; boundary=b",
        "Transfer-Encoding: chunked",
    )
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    with served.connect() as connection:
        connection.sendall(head + f"{len(start):x}\r\n".encode() + start + b"\r\n")
        try:
            for _ in range(100):
                connection.sendall(b"10000\r\n" + b"\0" * 65_536 + b"\r\n")
        except OSError:
            pass  # the server stopped listening, as it should
        received = answer_or_nothing(connection)
    assert status(received) in {0, 413}
    assert served.api.blobs() == []
    assert served.api.database.state.recordings == {}


def answer_or_nothing(connection: socket.socket) -> bytes:
    try:
        return answer(connection)
    except OSError:
        return b""


def test_row_3_a_connection_cut_inside_a_piece_keeps_what_arrived(served: Served) -> None:
    client = served.api.client()
    headers = {"Upload-Length": str(len(WAV))}
    address = client.post(f"/v1/visits/{served.visit_id}/uploads", headers=headers).headers["Location"]
    head = served.head(
        "PATCH",
        address,
        "Content-Type: application/offset+octet-stream",
        "Upload-Offset: 0",
        f"Content-Length: {len(WAV)}",
    )
    with served.connect() as connection:
        connection.sendall(head + WAV[:20_000])
        time.sleep(0.3)  # what the server has not read when the connection ends is lost with it, in any server
    until = time.monotonic() + 10
    while (offset := int(client.head(address).headers["Upload-Offset"])) < 20_000 and time.monotonic() < until:
        time.sleep(0.05)
    assert offset == 20_000
    sent = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "20000"}
    while (rest := client.patch(address, content=WAV[20_000:], headers=sent)).status_code == 423:
        assert time.monotonic() < until  # the cut writer lets go a moment after its bytes are there
        time.sleep(0.05)
    assert rest.status_code == 204
    done = client.post(f"{address}/complete", headers={"Idempotency-Key": "k"})
    assert (done.status_code, done.json()["size_bytes"]) == (202, len(WAV))


def test_row_16_a_client_that_pauses_inside_a_body_is_cut_off(served: Served) -> None:
    head = served.head("POST", "/v1/visits", "Content-Type: application/json", "Content-Length: 500")
    started = time.monotonic()
    with served.connect() as connection:
        connection.sendall(head + b"{")
        received = answer(connection)
    assert status(received) == 408
    assert time.monotonic() - started < 5


def test_row_53_a_forged_address_does_not_start_the_count_of_wrong_keys_anew(served: Served) -> None:
    statuses = []
    for number in range(12):
        forged = f"X-Forwarded-For: 10.0.0.{number}\r\nX-Tenant-Id: ten_huadong"
        raw = f"GET /v1/visits HTTP/1.1\r\nHost: x\r\n{forged}\r\n\r\n"
        statuses.append(status(served.ask(raw.encode())))
    assert statuses == [401] * 10 + [429] * 2


def test_a_client_that_leaves_is_no_failure_of_ours(served: Served) -> None:
    with capture_logs() as logged:
        for body in (b'{"rep_id":', b"--b\r\nContent-Disposition"):
            kind = "application/json" if body.startswith(b"{") else "multipart/form-data; boundary=b"
            path = "/v1/visits" if body.startswith(b"{") else f"/v1/visits/{served.visit_id}/recording"
            with served.connect() as connection:
                connection.sendall(served.head("POST", path, f"Content-Type: {kind}", "Content-Length: 5000") + body)
        until = time.monotonic() + 5
        while len(logged) < 2 and time.monotonic() < until:
            time.sleep(0.02)
    assert {(entry["event"], entry["log_level"]) for entry in logged} == {("client left", "debug")}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_refused_and_cut_uploads_leave_no_file_descriptor_and_no_blob(served: Served) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    client = served.api.client()
    path = f"/v1/visits/{served.visit_id}/recording"
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + b"x" * 150_000
    headers = {"Content-Type": "multipart/form-data; boundary=b"}

    def send_badly() -> None:
        assert client.post(path, content=start + b"\r\n--b--\r\n", headers=headers).status_code == 422
        assert client.post(path, content=start, headers=headers).status_code == 422
        with served.connect() as connection:
            length = "Content-Length: 190000"
            connection.sendall(served.head("POST", path, f"Content-Type: {headers['Content-Type']}", length) + start)

    send_badly()
    time.sleep(0.3)
    before = open_files()
    for _ in range(15):
        send_badly()
    until = time.monotonic() + 10
    while open_files() > before and time.monotonic() < until:
        time.sleep(0.05)
    assert open_files() <= before
    assert served.api.blobs() == []
