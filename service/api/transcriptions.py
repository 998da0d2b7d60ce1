"""`POST /v1/audio/transcriptions`: OpenAI's form in, OpenAI's answers out, while the caller waits.

Nothing of it is stored. The text runs in a thread; when the caller hangs up, the thread is told to stop.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from nlp.errors import ModelMissing
from nlp.types import Segment
from service.api.auth import Caller, Wired
from service.api.errors import openai_error, problem_of
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas import transcription_shapes as shapes
from service.api.schemas.transcription_examples import ANSWERS, BODY
from service.api.transcription_form import TranscriptionForm, read_form
from service.domain.errors import Malformed, Unsupported
from service.domain.speech.short_speech import Heard, HearRequest, ShortSpeech
from service.usecases.models.offer_models import speech_option
from service.usecases.services import Services

router = strict_router(tags=["speech"])
CHUNK = 1 << 18
HANG_UP_CHECK_S = 0.3
SEND_AGAIN = "nothing of this request was kept: send the recording again then"
_END = object()


@router.post(
    "/audio/transcriptions",
    response_class=Response,
    responses={200: ANSWERS, **problems(404)},
    openapi_extra=scoped("speech", requestBody=BODY),
)
async def transcribe(request: Request, caller: Caller, services: Wired) -> Response:
    """Turn a short recording into text at once, in the request and answer shapes of OpenAI's endpoint.

    Nothing is stored and nothing is analysed. Longer recordings belong in the queue, which answers at once, survives
    restarts and takes hours: `POST /v1/visits/{visit_id}/recording`. Fields that select what our engines do not have
    (`temperature`, `chunking_strategy`) are taken and change nothing.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise Unsupported("send multipart/form-data with a part named `file`")
    try:
        async with request.form(max_files=2, max_fields=300, max_part_size=16_384) as sent:
            form = read_form(sent)
            option = await run_in_threadpool(speech_option, services, caller.tenant_id, form.model)
            hotwords = [*form.hotwords]
            wanted = HearRequest(option, form.language, hotwords, form.response_format == "diarized_json")
            hearing = _Hearing(services, form, wanted)
            return await hearing.answer(request)
    except MultiPartException as error:
        raise Malformed("the multipart body does not parse", code="multipart_invalid") from error


class _Hearing:
    """One request: the thread that hears, and the loop that answers."""

    def __init__(self, services: Services, form: TranscriptionForm, wanted: HearRequest) -> None:
        self._speech: ShortSpeech = services.short_speech
        self._form = form
        self._wanted = wanted
        self._stop = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Any] = asyncio.Queue()

    async def answer(self, request: Request) -> Response:
        """The response: whole, or as events from the first finished stretch on."""
        task = asyncio.create_task(run_in_threadpool(self._hear))
        task.add_done_callback(lambda _: self._queue.put_nowait(_END))
        watch = asyncio.create_task(self._watch(request))
        try:
            if not self._form.stream:
                return _render(self._form, await task)
            first = await self._queue.get()
            if first is _END:
                task.result()  # what failed before the first word is an answer with its own status
            events = self._events(first, task)
            # The form's file is read whole before its block ends: the first item comes after decoding.
            return StreamingResponse(events, media_type="text/event-stream")
        finally:
            watch.cancel()  # a stream watches its caller by itself

    def _hear(self) -> Heard:
        on_segments = self._push if self._form.stream else None
        try:
            return self._speech.hear(
                _chunks(self._form.file), self._wanted, on_segments=on_segments, should_stop=self._stop.is_set
            )
        except ModelMissing as missing:
            raise ModelMissing(str(missing), remedy=f"{missing.remedy}; {SEND_AGAIN}") from missing

    def _push(self, segments: Sequence[Segment]) -> None:
        self._loop.call_soon_threadsafe(self._queue.put_nowait, list(segments))

    async def _watch(self, request: Request) -> None:
        while not await request.is_disconnected():  # noqa: ASYNC110 - the server offers a question, not an event
            await asyncio.sleep(HANG_UP_CHECK_S)
        self._stop.set()

    async def _events(self, first: Any, task: asyncio.Task[Heard]) -> AsyncIterator[bytes]:  # noqa: ANN401
        said: list[str] = []
        item = first
        try:
            while item is not _END:
                for segment in item:
                    delta = shapes.joined([*said, segment.text])[len(shapes.joined(said)) :]
                    said.append(segment.text)
                    yield _event({"type": "transcript.text.delta", "delta": delta})
                item = await self._queue.get()
            try:
                heard = task.result()
            except Exception as error:  # noqa: BLE001 - the status is sent; all that is left is to say so in the stream
                status, code, detail = problem_of(error)
                yield _event({"type": "error", "error": openai_error(status, code, detail)})
                return
            if self._form.response_format == "diarized_json":
                speaker = shapes.speakers(heard.turns, self._form.names)
                for turn in heard.turns:
                    yield _event(shapes.diarized_segment(turn, speaker(turn)))
            done = {"type": "transcript.text.done", "text": shapes.joined(said), "usage": shapes.usage(heard)}
            yield _event(done)
        finally:
            self._stop.set()  # a caller who leaves in the middle ends the work


def _event(value: object) -> bytes:
    return b"data: " + json_bytes(value) + b"\n\n"


def _chunks(file: UploadFile) -> Iterator[bytes]:
    while chunk := file.file.read(CHUNK):
        yield chunk


def _render(form: TranscriptionForm, heard: Heard) -> Response:
    match form.response_format:
        case "text":
            return PlainTextResponse(shapes.text_of(heard) + "\n")
        case "srt":
            return PlainTextResponse(shapes.as_srt(heard))
        case "vtt":
            return PlainTextResponse(shapes.as_vtt(heard), media_type="text/vtt")
        case "verbose_json":
            return JsonResponse(shapes.as_verbose(heard, language=form.language, granularities=form.granularities))
        case "diarized_json":
            return JsonResponse(shapes.as_diarized(heard, form.names))
        case _:
            return JsonResponse(shapes.as_json(heard))
