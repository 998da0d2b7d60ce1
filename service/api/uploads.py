"""`/v1/uploads`: recordings in pieces, for weak networks (tus 1.0.0: creation, checksum, termination, expiration).

`PATCH` reads its body as it arrives, so that a cut connection loses at most the last piece.
"""

import re
from typing import Annotated

from fastapi import Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from service.api.auth import Caller, Wired
from service.api.caching import NEEDS_KEY, RequiredOnce, respond_once
from service.api.middleware import BodyAborted
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.examples import RECORDING
from service.api.schemas.visits import RecordingOut
from service.api.storage_threads import in_storage_thread
from service.domain.errors import Malformed, Unsupported
from service.domain.ports import UnitOfWork
from service.domain.speech.upload import Upload, parse_metadata
from service.usecases.operations.answer_once import OnceKey
from service.usecases.services import Services
from service.usecases.visits.accept_recording import admit_recording
from service.usecases.visits.resume_upload import (
    Appending,
    completing,
    create_upload,
    find_upload,
    remove_upload,
    writing,
)

router = strict_router(tags=["recordings"])
TUS = {"Tus-Resumable": "1.0.0", "Tus-Version": "1.0.0", "Tus-Checksum-Algorithm": "sha1,sha256"}
_PIECES = {
    "required": True,
    "content": {"application/offset+octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
_COUNT = re.compile(r"^(0|[1-9][0-9]{0,15})$", re.ASCII)
_SHA256 = re.compile(r"^[0-9a-f]{64}$", re.ASCII)
Offset = Annotated[str, Header(alias="Upload-Offset", pattern=_COUNT.pattern, description="Where these bytes begin")]
Length = Annotated[str, Header(alias="Upload-Length", pattern=_COUNT.pattern, description="Bytes in all")]


def _headers(services: Services, upload: Upload) -> dict[str, str]:
    expires = upload.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    offset = upload.length if upload.state == "complete" else services.parts.size(upload.part)
    return {**TUS, "Upload-Offset": str(offset), "Upload-Length": str(upload.length), "Upload-Expires": expires}


@router.post(
    "/visits/{visit_id}/uploads",
    status_code=201,
    response_class=Response,
    responses={201: {"description": "Created; send bytes with PATCH to Location"}, **problems(404, 409, 507)},
    openapi_extra=scoped("visits:write"),
)
def create(
    visit_id: str,
    caller: Caller,
    services: Wired,
    upload_length: Length,
    upload_metadata: Annotated[str, Header(max_length=4_096, description="filename, sha256 (base64 values)")] = "",
) -> Response:
    """Start a resumable upload of a recording."""
    visit = admit_recording(services, caller.tenant_id, visit_id)
    metadata = parse_metadata(upload_metadata)
    sha256 = metadata.get("sha256", "").lower()
    if sha256 and not _SHA256.match(sha256):
        raise Malformed("sha256 in Upload-Metadata must be 64 hex digits", code="metadata_invalid")
    name = metadata.get("filename", "")
    upload = create_upload(services, visit, length=int(upload_length), display_name=name, sha256=sha256)
    headers = {**_headers(services, upload), "Location": f"/v1/uploads/{upload.id}"}
    return Response(status_code=201, headers=headers)


@router.head(
    "/uploads/{upload_id}",
    response_class=Response,
    responses={200: {"description": "Upload-Offset says where to go on"}, **problems(404, 410)},
    openapi_extra=scoped("visits:write"),
)
def status(upload_id: str, caller: Caller, services: Wired) -> Response:
    """How many bytes have durably arrived."""
    with services.uow(write=False) as tx:
        upload = find_upload(tx, services, caller.tenant_id, upload_id)
    return Response(headers=_headers(services, upload))


@router.patch(
    "/uploads/{upload_id}",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "Stored; Upload-Offset says how far"}, **problems(404, 409, 410, 423, 460, 507)},
    openapi_extra=scoped("visits:write", requestBody=_PIECES),
)
async def append(
    upload_id: str,
    request: Request,
    caller: Caller,
    services: Wired,
    upload_offset: Offset,
    upload_checksum: Annotated[str, Header(max_length=200, description="e.g. `sha256 <base64>`")] = "",
) -> Response:
    """Add bytes at the offset. The same bytes twice are harmless; a wrong checksum leaves nothing behind."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/offset+octet-stream":
        raise Unsupported("send the bytes as application/offset+octet-stream")
    held = writing(services, caller.tenant_id, upload_id)
    upload = await run_in_threadpool(held.__enter__)
    try:
        appending = Appending(services, upload, int(upload_offset), upload_checksum)
        await run_in_threadpool(appending.begin)
        await _receive(request, appending)
        offset = await run_in_threadpool(appending.finish)
    finally:
        await run_in_threadpool(held.__exit__, None, None, None)
    return Response(status_code=204, headers={**TUS, "Upload-Offset": str(offset)})


async def _receive(request: Request, appending: Appending) -> None:
    buffer = bytearray()
    try:
        async for piece in request.stream():
            buffer += piece
            if len(buffer) >= 1 << 20:
                await run_in_threadpool(appending.write, bytes(buffer))
                buffer.clear()
    except (ClientDisconnect, BodyAborted):
        if buffer:
            await run_in_threadpool(appending.write, bytes(buffer))
        await run_in_threadpool(appending.abandon)
        raise
    if buffer:
        await run_in_threadpool(appending.write, bytes(buffer))


@router.post(
    "/uploads/{upload_id}/complete",
    status_code=202,
    response_model=RecordingOut,
    responses={202: RECORDING, **problems(404, 409, 410, 423, 507)},
    openapi_extra=scoped("visits:write", **NEEDS_KEY),
)
async def complete(upload_id: str, caller: Caller, services: Wired, once: RequiredOnce) -> JsonResponse:
    """Turn the finished upload into a recording. Needs an Idempotency-Key; a repeat gives the same answer."""
    return await in_storage_thread(_complete, services, once, caller.tenant_id, upload_id)


def _complete(services: Services, once: OnceKey, tenant_id: str, upload_id: str) -> JsonResponse:
    with completing(services, tenant_id, upload_id) as accept:

        def action(tx: UnitOfWork) -> tuple[int, bytes]:
            return 202, json_bytes(RecordingOut.of(accept(tx)))

        return respond_once(services, once, action)


@router.delete(
    "/uploads/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=problems(404, 409, 410, 423),
    openapi_extra=scoped("visits:write"),
)
def remove(upload_id: str, caller: Caller, services: Wired) -> Response:
    """Give up an unfinished upload."""
    remove_upload(services, caller.tenant_id, upload_id)
    return Response(status_code=204, headers=TUS)
