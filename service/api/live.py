"""`/v1/live`: a WebSocket that takes sentences while a talk goes on, and answers with cues.

Every text frame is a JSON object with a `type`. The caller sends `start` (or `resume`), then `sentence`s, or `audio`
and then sound in binary frames, then `end`; the answers are `ready`, one `heard` a sentence, `ended`, and `error`,
after which the socket stays open unless it says `fatal`. The key comes in the Authorization header, or, from a browser,
as the subprotocol `key.<key>` beside `fieldcue.live.v1`. Nothing said here is stored.
"""

import asyncio
import secrets
import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, WebSocket
from pydantic import Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.websockets import WebSocketDisconnect

from nlp.errors import NlpError
from service.api.auth import Gatekeeper
from service.api.errors import STATUS_OF, problem_of, problem_response
from service.api.live_audio import AudioIn, LiveEars, Said
from service.api.masked import shown
from service.api.schemas.base import In, Key, Label, Milliseconds, Prose
from service.api.strict_json import parse_strict_json
from service.domain.access import Principal
from service.domain.errors import Conflict, Forbidden, Invalid, Malformed, ServiceError, Unavailable
from service.usecases.models.offer_models import chosen_option
from service.usecases.services import Services
from service.usecases.visits.live_talks import LiveTalk, LiveTalks, Opening

router = APIRouter()
PROTOCOL = "fieldcue.live.v1"
SCOPE = "coaching:read"
IDLE_S = 900.0  # a lunch is longer than a visit's silence
MOST_FAULTS = 20
POLICY, NORMAL, GOING = 1008, 1000, 1001


class StartIn(In):
    """Begin a talk."""

    type: Literal["start"]
    rep_id: Key
    account_id: Key
    visit_id: Key | None = None
    stage: Label = ""
    customer_role: Annotated[Label, Field(description="As in the talk tracks, such as economic_buyer")] = ""


class ResumeIn(In):
    """Take a talk up again after the connection broke; `last_cue` is the last `seq` that arrived."""

    type: Literal["resume"]
    session_id: Key
    last_cue: Annotated[int, Field(ge=0, strict=True)] = 0


class SentenceIn(In):
    """One sentence as it was said; a missing role is predicted."""

    type: Literal["sentence"]
    text: Annotated[Prose, Field(min_length=1, max_length=2_000)]
    role: Literal["rep", "customer", "other"] | None = None
    start_ms: Milliseconds | None = None
    end_ms: Milliseconds | None = None


class EndIn(In):
    """The talk is over."""

    type: Literal["end"]


FrameIn = StartIn | ResumeIn | SentenceIn | AudioIn | EndIn
FRAME: TypeAdapter[FrameIn] = TypeAdapter(Annotated[FrameIn, Field(discriminator="type")])


@router.websocket("/v1/live")
async def live(socket: WebSocket) -> None:
    """Serve one connection."""
    socket.scope["fieldcue.request_id"] = f"req_{secrets.token_hex(12)}"
    try:
        authorization = _presented(socket)
        principal = await _admit(socket, authorization)
    except ServiceError as error:
        await _deny(socket, error)
        return
    offered = socket.scope.get("subprotocols", [])
    await socket.accept(subprotocol=PROTOCOL if PROTOCOL in offered else None)
    await LiveSocket(socket, authorization, principal).serve()


class LiveSocket:
    """One connection: at most one talk, one frame after the other."""

    def __init__(self, socket: WebSocket, authorization: str, principal: Principal) -> None:
        self.socket = socket
        self.authorization = authorization
        self.principal = principal
        self.services: Services = socket.app.state.services
        self.talks: LiveTalks = socket.app.state.live
        self.talk: LiveTalk | None = None
        self.ears: LiveEars | None = None
        self.screen = 0
        self.faults = 0

    async def serve(self) -> None:
        """Until the caller ends the talk, leaves, is silent for too long or keeps sending what cannot be read."""
        try:
            while await self._one():
                pass
        except WebSocketDisconnect:
            pass
        except TimeoutError:
            await self.socket.close(GOING, "idle")
        finally:
            if self.talk is not None:
                self.talks.leave(self.talk, self.screen)

    async def _one(self) -> bool:
        """Serve one frame; False when the connection is over."""
        message = await asyncio.wait_for(self.socket.receive(), IDLE_S)
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", NORMAL))
        started = time.perf_counter()
        try:
            await _admit(self.socket, self.authorization)  # a revoked key ends the talk within seconds
        except ServiceError as error:
            await self._refuse(error, fatal=True)
            return False
        try:
            return await self._frame(message, started)
        except ServiceError as error:
            fatal = error.code in {"live_taken_over", "live_talk_gone", "live_talks_full"}
            await self._refuse(error, fatal=fatal)
            return not fatal and self.faults < MOST_FAULTS
        except NlpError as error:
            _, code, detail = problem_of(error)
            await self._refuse(Unavailable(detail, code=code), fatal=False)
            return self.faults < MOST_FAULTS

    async def _frame(self, message: Any, started: float) -> bool:  # noqa: ANN401 - an ASGI message
        if self.ears is not None and message.get("bytes") is not None:
            await self._tell(await run_in_threadpool(self.ears.feed, message["bytes"]))
            return True
        frame = _parse(message)
        if isinstance(frame, AudioIn):
            await self._listen(frame)
        elif isinstance(frame, StartIn):
            await self._start(frame)
        elif isinstance(frame, ResumeIn):
            await self._resume(frame)
        elif isinstance(frame, SentenceIn):
            await self._sentence(frame, started)
        else:
            await self._end()
            return False
        return True

    async def _start(self, frame: StartIn) -> None:
        if self.talk is not None:
            raise Conflict("this connection has a talk already: end it first", code="live_talk_open")
        opening = Opening(frame.rep_id, frame.account_id, frame.visit_id, frame.stage, frame.customer_role)
        talk = await run_in_threadpool(self.talks.open, self.principal.tenant_id, opening)
        self.talk, self.screen = talk, talk.screen
        await self._send({"type": "ready", "session_id": talk.id, "heard": 0, "cues": []})

    async def _resume(self, frame: ResumeIn) -> None:
        if self.talk is not None:
            raise Conflict("this connection has a talk already: end it first", code="live_talk_open")
        self.talk, self.screen = self.talks.take_up(self.principal.tenant_id, frame.session_id)
        talk = self.talk.talk
        missed = list(talk.after(frame.last_cue))
        await self._send({"type": "ready", "session_id": self.talk.id, "heard": talk.heard, "cues": missed})

    async def _sentence(self, frame: SentenceIn, started: float) -> None:
        talk = self._open_talk()
        heard = await run_in_threadpool(
            talk.hear,
            self.services,
            frame.text,
            screen=self.screen,
            role=frame.role,
            start_ms=frame.start_ms,
            end_ms=frame.end_ms,
        )
        spent = round((time.perf_counter() - started) * 1_000, 2)
        await self._send(
            {"type": "heard", "i": heard.i, "role": heard.role, "cues": list(heard.cues), "latency_ms": spent}
        )

    async def _listen(self, frame: AudioIn) -> None:
        talk = self._open_talk()
        if self.ears is not None:
            raise Conflict("this connection listens already", code="live_audio_open")
        if not self.principal.may("speech"):
            raise Forbidden("this key lacks the scope speech", code="scope_missing")
        option = await run_in_threadpool(chosen_option, self.services, self.principal.tenant_id)
        count = self.talks.count_sent(talk, option)
        self.ears = await run_in_threadpool(LiveEars, frame, self.services.live_speech, option, count)
        await self._send({"type": "listening"})

    async def _tell(self, said: list[Said]) -> None:
        """One `heard` a sentence, with what each stage took of its latency."""
        for sentence in said:
            started = time.perf_counter()
            heard = await run_in_threadpool(
                self._open_talk().hear,
                self.services,
                sentence.text,
                screen=self.screen,
                role=sentence.role,
                start_ms=sentence.start_ms,
                end_ms=sentence.end_ms,
            )
            cues_ms = round((time.perf_counter() - started) * 1_000, 2)
            stages = {"pause_ms": sentence.waited_ms, "speech_ms": sentence.speech_ms, "cues_ms": cues_ms}
            await self._send(
                {"type": "heard", "i": heard.i, "role": heard.role, "cues": list(heard.cues), "text": sentence.text,
                 "start_ms": sentence.start_ms, "end_ms": sentence.end_ms, "stages": stages,
                 "latency_ms": round(sum(stages.values()), 2)}
            )  # fmt: skip

    async def _end(self) -> None:
        talk = self._open_talk()
        if self.ears is not None:
            await self._tell(await run_in_threadpool(self.ears.finish))
        self.talks.end(talk)
        self.talk = None
        await self._send({"type": "ended", "heard": talk.talk.heard, "cues": len(talk.talk.cues)})
        await self.socket.close(NORMAL)

    def _open_talk(self) -> LiveTalk:
        if self.talk is None:
            raise Conflict("send `start` or `resume` first", code="live_talk_missing")
        return self.talk

    async def _refuse(self, error: ServiceError, *, fatal: bool) -> None:
        self.faults += 1
        fatal = fatal or self.faults >= MOST_FAULTS
        body = {"type": "error", "code": error.code, "detail": error.detail, "fatal": fatal}
        await self._send({**body, **{name: value for name, value in error.fields.items() if name != "status"}})
        if fatal:
            await self.socket.close(POLICY, error.code)

    async def _send(self, body: object) -> None:
        await self.socket.send_text(shown(self.services, self.principal, body).decode())


def _parse(message: Any) -> FrameIn:  # noqa: ANN401 - an ASGI message
    text = message.get("text")
    if text is None:
        raise Invalid("send text frames with a JSON object; sound comes after an `audio` frame", code="frame_binary")
    parsed = parse_strict_json(text.encode("utf-8", "surrogatepass"))
    if not isinstance(parsed, dict):
        raise Malformed("a frame is a JSON object with a `type`", code="frame_invalid")
    try:
        return FRAME.validate_python(parsed)
    except ValidationError as error:
        raise Invalid(_faults(error), code="frame_invalid") from error


def _faults(error: ValidationError) -> str:
    """Where and what, never the value."""
    found = error.errors(include_input=False, include_url=False, include_context=False)[:3]
    if any(fault["type"].startswith("union_tag") for fault in found):
        return "`type` is one of start, resume, sentence, audio, end"
    unknown = any(fault["type"] == "extra_forbidden" for fault in found)
    named = [fault for fault in found if fault["type"] != "extra_forbidden"]
    said = [f"{'.'.join(str(part) for part in fault['loc'][1:])}: {fault['msg']}" for fault in named]
    return "; ".join([*said, *(["a field that is not part of this frame"] if unknown else [])])


def _presented(socket: WebSocket) -> str:
    """The Authorization header, or the key a browser sent as a subprotocol, which is the only header it can set."""
    if socket.scope.get("query_string"):
        raise Malformed("this address takes no query; keys never belong in an address", code="unknown_parameter")
    header = socket.headers.get("authorization")
    if header is not None:
        return header
    keys = [name[4:] for name in socket.scope.get("subprotocols", []) if name.startswith("key.")]
    return f"Bearer {keys[0]}" if len(keys) == 1 else ""


async def _admit(socket: WebSocket, authorization: str) -> Principal:
    gatekeeper: Gatekeeper = socket.app.state.gatekeeper
    client = socket.client.host if socket.client else ""
    if gatekeeper.cached(authorization):
        return gatekeeper.admit(authorization, SCOPE, client=client)
    return await run_in_threadpool(gatekeeper.admit, authorization, SCOPE, client=client)


async def _deny(socket: WebSocket, error: ServiceError) -> None:
    """Refuse the handshake with the same problem document as everywhere else."""
    request = Request({**socket.scope, "type": "http", "method": "GET"})
    status = STATUS_OF[error.category]
    await socket.send_denial_response(
        problem_response(request, status, error.code, error.detail, fields=dict(error.fields))
    )
