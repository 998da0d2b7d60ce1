"""`/v1/recordings/{id}/audio`, `/v1/visits/{id}/recording/audio` and links: hearing what was sent.

As with texts, who may not see persons hears the masked recording: a voice saying a name is that name. With
`personal:read` one may seek in it as it was sent; a player that cannot send a key gets a link for ten minutes.
"""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field, StrictInt
from starlette.responses import Response

from service.api.auth import Caller, Wired
from service.api.byte_ranges import MEDIA, stream_bytes, stream_redacted
from service.api.rendering import JsonResponse, instant
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import In, Out
from service.api.schemas.examples import answer, body
from service.api.storage_threads import in_storage_thread
from service.domain.speech.audio_links import MAX_AGE
from service.usecases.privacy.keep_audit import actor_of
from service.usecases.visits.open_audio import (
    OpenedAudio,
    make_audio_link,
    open_audio,
    open_linked_audio,
    open_visit_audio,
)
from service.usecases.visits.redact_audio import open_redacted
from service.usecases.visits.show_masked import choose_view

router = strict_router(tags=["recordings"])
REDACTED = "Names, numbers, addresses, health, children and whereabouts as a tone; as good as the transcript's masking"
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes as they were sent", "content": {MEDIA: {}}},
    206: {"description": "The range asked for", "content": {MEDIA: {}}},
}
_LINK_IN = body({"lasts_s": 300}, "AudioLinkIn")
_LINK_OUT = answer({"url": "/v1/audio?link=WyJ0ZW5f...", "expires_at": "2026-03-11T03:25:00.000Z"})


class AudioLinkIn(In):
    """How long the link shall open the recording."""

    lasts_s: Annotated[StrictInt, Field(ge=10, le=int(MAX_AGE.total_seconds()))] = int(MAX_AGE.total_seconds())


class AudioLinkOut(Out):
    """An address that plays one recording without a key."""

    url: str
    expires_at: str


def _answer(request: Request, opened: OpenedAudio) -> Response:
    recording = opened.recording
    etag = f'"{recording.sha256[:32]}"'
    return stream_bytes(request, opened.bytes, size=recording.size_bytes, etag=etag, filename=recording.display_name)


@router.get(
    "/recordings/{recording_id}/audio",
    response_class=Response,
    responses={**_BYTES, **problems(403, 404, 409, 416, 503)},
    openapi_extra=scoped("visits:read"),
)
async def download(
    recording_id: str,
    request: Request,
    caller: Caller,
    services: Wired,
    redacted: Annotated[str | None, Query(pattern="^(true|false)$", description=REDACTED)] = None,
) -> Response:
    """The recording as it was sent, never shown in place by a browser; one `Range: bytes=` is honoured.

    With `redacted=true`, and for a key without `personal:read`, a WAV of 16,000 Hz with a tone where the transcript
    names somebody or tells what is sensitive: word by word where the engine gave times for words, else the whole turn;
    whole, without ranges. `redacted=false` without that scope is 403.
    """
    if choose_view(caller, None if redacted is None else redacted == "true"):
        opened = await in_storage_thread(
            open_redacted, services, caller.tenant_id, recording_id, actor=actor_of(caller)
        )
        return stream_redacted(opened.sound, filename=f"{opened.recording.display_name}.redacted.wav")
    return _answer(
        request, await in_storage_thread(open_audio, services, caller.tenant_id, recording_id, actor=actor_of(caller))
    )


@router.get(
    "/visits/{visit_id}/recording/audio",
    response_class=Response,
    responses={**_BYTES, **problems(404, 416)},
    openapi_extra=scoped("personal:read"),
)
async def download_of_visit(visit_id: str, request: Request, caller: Caller, services: Wired) -> Response:
    """The visit's newest recording as it was sent; players may seek with `Range: bytes=`."""
    return _answer(
        request, await in_storage_thread(open_visit_audio, services, caller.tenant_id, visit_id, actor=actor_of(caller))
    )


@router.post(
    "/recordings/{recording_id}/audio-link",
    response_model=AudioLinkOut,
    responses={200: _LINK_OUT, **problems(404)},
    openapi_extra=scoped("personal:read", requestBody=_LINK_IN),
)
def link(recording_id: str, body: AudioLinkIn, caller: Caller, services: Wired) -> JsonResponse:
    """An address that plays this one recording without a key, for ten minutes at most."""
    with services.uow() as tx:
        text, made = make_audio_link(
            tx,
            services,
            tenant_id=caller.tenant_id,
            recording_id=recording_id,
            key_id=caller.key_id,
            lasts=timedelta(seconds=body.lasts_s),
        )
    return JsonResponse(AudioLinkOut(url=f"/v1/audio?link={text}", expires_at=instant(made.expires_at)))


@router.get(
    "/audio",
    response_class=Response,
    responses={**_BYTES, **problems(404, 416)},
)
async def linked(
    request: Request, services: Wired, link: Annotated[str, Query(max_length=600, description="From `audio-link`")]
) -> Response:
    """The recording behind a link; needs no key, ends with the link or with the key that asked for it."""
    return _answer(request, await in_storage_thread(open_linked_audio, services, link))
