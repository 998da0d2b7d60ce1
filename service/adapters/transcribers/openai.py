"""A transcription service that speaks the OpenAI protocol (`POST …/audio/transcriptions`), as a `Transcriber`.

Invariant: only stretches in which somebody speaks leave this machine, over a connection that was checked like a
webhook's; neither the key nor a word that was said stands in an error. What a person must put right (key, model,
address, quota) waits as a missing model; what may pass is tried again; the rest is refused.
"""

import io
import time
import wave
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpcore
import httpx
import numpy as np

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray
from nlp.asr.hotwords import PROMPT_ZH, fit_hotwords
from nlp.asr.segments import settle_times, shift
from nlp.asr.voice import Stretch, find_voice, join_stretches
from nlp.errors import Cancelled, ModelMissing
from nlp.types import Segment
from service.adapters import guarded_http
from service.adapters.transcribers.answers import BAD_ANSWER, read_answer
from service.adapters.urls import UrlRules
from service.domain.errors import Permanent, Transient

REMEDY = "check FIELDCUE_ASR__REMOTE_URL, FIELDCUE_ASR__REMOTE_KEY and the model's name"
MAY_PASS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
PUT_RIGHT = frozenset({401, 402, 403, 404, 405, 407})
ANSWER_BYTES = 4 * 1024 * 1024
PROMPT_CHARS = 150  # Chinese takes up to 1.5 tokens a character, and the protocol keeps 224 of a prompt
LONGEST_WAIT_S = 30.0
AGAIN_TEMPERATURE = "0.4"


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """Which service and model.

    `url` is the address before `/audio/transcriptions`, such as `https://api.example.com/v1`; the operator gave it, so
    its host may be a private one. `piece_s` bounds what is sent at once, `tries` how often one piece is tried.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    timeout_s: float = 300.0
    piece_s: float = 60.0
    tries: int = 3
    pause_s: float = 1.0


class RemoteTranscriber:
    """The remote model; holds nothing but its address."""

    def __init__(self, options: RemoteOptions) -> None:
        self._options = options
        self._url = options.url.rstrip("/") + "/audio/transcriptions"
        parts = urlsplit(options.url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
        self._host = parts.hostname or ""
        self._rules = UrlRules(allowed_hosts=(f"{self._host}:{port}",))

    def transcribe(
        self,
        audio: FloatArray,
        *,
        language: str,
        hotwords: Sequence[str],
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
        again: bool = False,
    ) -> list[Segment]:
        """What is said in `audio`; see `Transcriber.transcribe`.

        Raises:
            Cancelled: `should_stop` said so.
            ModelMissing: key, model, quota or address must be put right.
            Transient: it may pass. Permanent: it will not.
        """
        if should_stop():
            raise Cancelled("the transcription was stopped")
        pieces = join_stretches(find_voice(audio), longest_s=self._options.piece_s, gap_s=2.0)
        segments: list[Segment] = []
        for n, piece in enumerate(pieces, 1):
            if should_stop():
                raise Cancelled("the transcription was stopped")
            request = self._request(audio[piece.start : piece.end], language=language, hotwords=hotwords, again=again)
            heard = self._ask(request, piece, should_stop=should_stop)
            segments += [shift(s, piece.start_ms, channel=0) for s in heard]
            on_progress(n / len(pieces))
        segments.sort(key=lambda s: s.start_ms)
        return settle_times(segments, duration_ms=audio.size * 1000 // SAMPLE_RATE_HZ)

    def describe(self) -> Mapping[str, str]:
        """Engine, model and parameters, for the record of the result."""
        return {
            "engine": f"remote {self._host}",
            "model": self._options.model,
            "parameters": f"verbose_json temperature 0 pieces of {self._options.piece_s:.0f} s",
        }

    def _ask(self, request: httpx.Request, piece: Stretch, *, should_stop: Callable[[], bool]) -> list[Segment]:
        for attempt in range(1, self._options.tries + 1):
            try:
                body = self._send(request)
            except Transient as failure:
                if attempt == self._options.tries:
                    raise
                self._wait(failure, attempt, should_stop)
            else:
                return read_answer(body, duration_ms=piece.end_ms - piece.start_ms)
        raise AssertionError("the last try either answers or raises")

    def _wait(self, failure: Transient, attempt: int, should_stop: Callable[[], bool]) -> None:
        asked = failure.fields.get("retry_after_s")
        wait = float(asked) if isinstance(asked, float) else self._options.pause_s * 2 ** (attempt - 1)
        until = time.monotonic() + min(wait, LONGEST_WAIT_S)
        while time.monotonic() < until:
            if should_stop():
                raise Cancelled("the transcription was stopped")
            time.sleep(min(0.1, max(0.0, until - time.monotonic())))

    def _request(self, samples: FloatArray, *, language: str, hotwords: Sequence[str], again: bool) -> httpx.Request:
        prompt = PROMPT_ZH if language == "zh" and not again else ""
        terms = fit_hotwords(hotwords, count_tokens=len, budget=PROMPT_CHARS - len(prompt))
        fields: dict[str, str | list[str]] = {
            "model": self._options.model,
            "language": language,
            "response_format": "verbose_json",
            "temperature": AGAIN_TEMPERATURE if again else "0",
            "timestamp_granularities[]": ["segment", "word"],
        }
        if prompt or terms:
            fields["prompt"] = prompt + terms
        files = {"file": ("piece.wav", to_wav(samples), "audio/wav")}
        headers = {"authorization": f"Bearer {self._options.key}"} if self._options.key else {}
        request = httpx.Request("POST", self._url, data=fields, files=files, headers=headers)
        request.read()
        return request

    def _send(self, request: httpx.Request) -> bytes:
        headers = {name: value for name, value in request.headers.items() if name not in {"host", "connection"}}
        headers["user-agent"] = "Fieldcue/1"
        with guarded_http.request(
            self._rules, "POST", self._url, headers=headers, content=request.content, total_s=self._options.timeout_s
        ) as response:
            body = _body(response)
            _refuse_failure(response, body, self._options.model)
        return body


def to_wav(samples: FloatArray) -> bytes:
    """The samples as a WAV file of 16 bits."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((samples.clip(-1.0, 1.0) * 32767).astype(np.dtype("<i2")).tobytes())
    return out.getvalue()


def _body(response: httpcore.Response) -> bytes:
    body = b""
    with guarded_http.failures_named():
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > ANSWER_BYTES:
                raise Permanent("the transcription service's answer has no end", code=BAD_ANSWER)
    return body


def _refuse_failure(response: httpcore.Response, body: bytes, model: str) -> None:
    status = response.status
    if status == 200:
        return
    if status in PUT_RIGHT or 300 <= status < 400 or (status == 429 and b"insufficient_quota" in body):
        raise ModelMissing(f"the transcription service refuses the model {model!r} (HTTP {status})", remedy=REMEDY)
    if status in MAY_PASS:
        headers = {name.lower(): value for name, value in response.headers}
        told = headers.get(b"retry-after", b"").decode("latin-1")
        fields = {"retry_after_s": float(told)} if told.isascii() and told.isdigit() else {}
        raise Transient(f"the transcription service answered {status}", code="remote_failed", **fields)
    raise Permanent(f"the transcription service answered {status}", code="remote_refused")
