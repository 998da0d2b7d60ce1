"""`/v1/visits/{id}/recording` and `/v1/recordings/{id}`: bytes or an address in, state out.

The upload reads the body itself, in this order: key, visit, consent, quota, and only then the first byte.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.responses import Response

from service.adapters.full_disk import full_disk_named
from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, once_key, respond_once
from service.api.middleware import require_json
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.examples import RECORDING
from service.api.schemas.visits import RecordingOut, RecordingUrlIn
from service.api.storage_threads import in_storage_thread
from service.api.strict_json import parse_strict_json
from service.domain.errors import Invalid, Malformed, NotFound, Unsupported
from service.domain.ports import UnitOfWork
from service.domain.visit import Visit
from service.usecases.operations.answer_once import OnceKey
from service.usecases.services import Services
from service.usecases.visits.accept_recording import (
    StoredBytes,
    accept_recording,
    accept_recording_url,
    admit_recording,
    store_bytes,
)

router = strict_router(tags=["recordings"])
CHUNK = 1 << 20
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {"file": {"type": "string", "format": "binary"}},
            },
        },
        "application/json": {
            "schema": {"$ref": "#/components/schemas/RecordingUrlIn"},
            "example": {"url": "https://files.crm.example/visits/5512.m4a", "display_name": "客户拜访.m4a"},
        },
    },
}


@router.post(
    "/visits/{visit_id}/recording",
    status_code=202,
    response_model=RecordingOut,
    responses={202: RECORDING, 200: {**RECORDING, "model": RecordingOut, "description": "These bytes were sent before"},
               **problems(404, 409, 507)},
    openapi_extra=scoped("visits:write", requestBody=_BODY, **TAKES_KEY),
)  # fmt: skip
async def upload(visit_id: str, request: Request, caller: Caller, services: Wired) -> Response:
    """Send a recording as multipart `file`, or as JSON with a `url` to fetch it from.

    202 means the bytes are stored and the work is queued: nothing that happens later loses them.
    """
    visit = await run_in_threadpool(admit_recording, services, caller.tenant_id, visit_id)
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
        return await _from_bytes(request, services, visit)
    return await _from_url(request, services, visit)


async def _from_bytes(request: Request, services: Services, visit: Visit) -> Response:
    once = once_key(request)
    try:
        # The framework spools a large file to the temporary directory before we see it: that disk may be full, too.
        with full_disk_named():
            async with request.form(max_files=2, max_fields=8, max_part_size=4_096) as form:
                file = _only_file([value for _, value in form.multi_items()], form.getlist("file"))
                stored = await in_storage_thread(store_bytes, services, visit, _chunks(file))
                name = file.filename or ""
    except MultiPartException as error:
        raise Malformed("the multipart body does not parse", code="multipart_invalid") from error
    if once is not None:
        once = OnceKey(once.tenant_id, once.route, once.key, f"{once.fingerprint}:{stored.sha256}")
    return await in_storage_thread(_accept_bytes, services, once, visit, stored, name)


def _only_file(values: list[UploadFile | str], named: list[UploadFile | str]) -> UploadFile:
    files = [value for value in named if isinstance(value, UploadFile)]
    if len(values) != 1 or len(files) != 1:
        raise Invalid("send exactly one part, a file named `file`", code="one_file_expected")
    return files[0]


def _chunks(file: UploadFile) -> Iterator[bytes]:
    while chunk := file.file.read(CHUNK):
        yield chunk


def _accept_bytes(
    services: Services, once: OnceKey | None, visit: Visit, stored: StoredBytes, name: str
) -> JsonResponse:
    accepted = False

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        nonlocal accepted
        recording, is_new = accept_recording(tx, services, visit, stored, display_name=name)
        accepted = True  # from here on the commit decides; the sweep removes bytes that no row names
        return (202 if is_new else 200), json_bytes(RecordingOut.of(recording))

    try:
        return respond_once(services, once, action)
    finally:
        if not accepted:
            services.blobs.delete(stored.blob)  # refused, or a replayed answer: these bytes belong to no row


async def _from_url(request: Request, services: Services, visit: Visit) -> Response:
    content_type = request.headers.get("content-type", "")
    if not content_type:
        raise Unsupported("send multipart/form-data with a file, or application/json with a url")
    require_json(content_type)
    body = await request.body()
    if len(body) > services.limits.json_body_bytes:
        raise Malformed("the body is too long for an address", code="body_too_long")
    parsed = RecordingUrlIn.model_validate(_as_object(parse_strict_json(body)))
    once = once_key(request)
    if once is not None:
        digest = hashlib.sha256(json.dumps(parsed.model_dump(), sort_keys=True).encode()).hexdigest()
        once = OnceKey(once.tenant_id, once.route, once.key, f"{once.fingerprint}:{digest}")
    await run_in_threadpool(services.urls.check, parsed.url)

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        recording = accept_recording_url(tx, services, visit, parsed.url, display_name=parsed.display_name)
        return 202, json_bytes(RecordingOut.of(recording))

    return await run_in_threadpool(respond_once, services, once, action)


def _as_object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid("the body must be an object with a `url`")
    return value


@router.get(
    "/recordings/{recording_id}",
    response_model=RecordingOut,
    responses={200: {**RECORDING, "description": "OK"}, **problems(404)},
    openapi_extra=scoped("visits:read"),
)
def read(recording_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """A recording's state; `waiting_for_model` says in `detail` how to go on."""
    with services.uow(write=False) as tx:
        recording = tx.recordings.get(caller.tenant_id, recording_id)
    if recording is None:
        raise NotFound("there is no such recording", code="recording_not_found")
    return JsonResponse(RecordingOut.of(recording))
