"""The server side of the OpenAI transcription protocol, as much as a client can see of it, on `tests.support.receiver`.

It reads the form as a real server does and refuses what that would refuse; what it hears is what it was told to hear.
"""

import email
import email.policy
import io
import json
import socket
import wave
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.receiver import Behave, answers

SENTENCES = ("这台设备报价偏高，", "我们想先看交期，再谈合同。")


def form_of(request: bytes) -> dict[str, list[bytes]]:
    """The multipart fields of a request, by name; files by their bytes."""
    head, _, body = request.partition(b"\r\n\r\n")
    kind = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-type:"))
    message = email.message_from_bytes(kind + b"\r\n\r\n" + body, policy=email.policy.HTTP)
    fields: dict[str, list[bytes]] = {}
    for part in message.iter_parts():  # type: ignore[attr-defined]
        name = part.get_param("name", header="content-disposition")
        fields.setdefault(name, []).append(part.get_payload(decode=True))
    return fields


def seconds_of(wav: bytes) -> float:
    """How long the sent sound is."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        return file.getnframes() / file.getframerate()


def verbose(seconds: float, sentences: Sequence[str] = SENTENCES, **changes: Any) -> dict[str, Any]:
    """A `verbose_json` answer: the sentences one after the other, a word for each character."""
    segments, words, at = [], [], 0.1
    step = min(0.2, (seconds - 0.2) / max(1, sum(map(len, sentences))))
    for number, sentence in enumerate(sentences):
        start = at
        for character in sentence:
            words.append({"word": character, "start": round(at, 3), "end": round(at + step, 3)})
            at += step
        segments.append(
            {
                "id": number,
                "seek": 0,
                "start": round(start, 3),
                "end": round(at, 3),
                "text": sentence,
                "tokens": [1, 2],
                "temperature": 0.0,
                "avg_logprob": -0.3,
                "compression_ratio": 1.2,
                "no_speech_prob": 0.01,
            }
        )
    answer = {"task": "transcribe", "language": "chinese", "duration": seconds, "text": "".join(sentences)}
    return {**answer, "segments": segments, "words": words, **changes}


def hears(sentences: Sequence[str] = SENTENCES, *, key: str = "", **changes: Any) -> Behave:
    """A server that hears the sentences in whatever is sent to it; `changes` are laid over its answer."""

    def behave(connection: socket.socket, request: bytes) -> None:
        head = request.partition(b"\r\n\r\n")[0]
        fields = form_of(request)
        fault = _fault(head, fields, key)
        if fault:
            error = {"error": {"message": fault, "type": "invalid_request_error", "param": None, "code": None}}
            answers(401 if fault == "key" else 400, json.dumps(error).encode())(connection, request)
            return
        document = verbose(seconds_of(fields["file"][0]), sentences, **changes)
        answers(200, json.dumps(document).encode(), content_type="application/json")(connection, request)

    return behave


def _fault(head: bytes, fields: Mapping[str, Sequence[bytes]], key: str) -> str:
    if not head.startswith(b"POST /v1/audio/transcriptions "):
        return "path"
    if key and f"authorization: Bearer {key}".encode().lower() not in head.lower():
        return "key"
    if fields.get("response_format") != [b"verbose_json"] or not fields.get("model"):
        return "form"
    return "" if fields.get("timestamp_granularities[]") == [b"segment", b"word"] else "granularities"
