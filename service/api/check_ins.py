"""`/v1/visits/{id}/checklist`, `/proof` and `/debrief`: eight seconds at check-in, one call after the visit."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from fastapi import Request
from pydantic import Field, StrictBool, StrictInt
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.responses import Response

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, once_key, respond_once
from service.api.masked import shown
from service.api.rendering import JsonResponse, instant
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import In, Key, Label, Out, clean_label
from service.api.schemas.coaching_answers import (
    CHECKLIST_IN,
    CHECKLIST_OUT,
    CONFIRMATION_IN,
    CONFIRMED_OUT,
    DEBRIEF_OUT,
    PROOF_BODY,
    PROOF_OUT,
)
from service.api.storage_threads import in_storage_thread
from service.domain.access import Principal
from service.domain.coaching.check_in import CheckIn
from service.domain.coaching.checklists import Tick
from service.domain.coaching.debriefs import BREAKTHROUGHS, Change, DebriefForm
from service.domain.errors import Invalid, Malformed
from service.domain.ports import UnitOfWork
from service.usecases.operations.answer_once import OnceKey
from service.usecases.services import Services
from service.usecases.visits.check_in import accept_proof, answer_checklist, show_checklist, store_proof
from service.usecases.visits.confirm_debrief import FilledDebrief, confirm_debrief, read_debrief

router = strict_router(tags=["coaching"])
CHUNK = 1 << 18


class ChecklistIn(In):
    """Every item's answer at once."""

    answers: Annotated[dict[Key, StrictBool], Field(min_length=1, max_length=10)]
    took_ms: Annotated[StrictInt, Field(ge=0, le=3_600_000)] | None = None


class ChecklistOut(Out):
    """A visit's checklist; `exempt` and high quality where the customer signed a proof."""

    visit_id: str
    state: str
    high_quality: bool
    items: list[Tick]
    answers: dict[str, bool]
    chosen_at: str
    answered_at: str | None
    took_ms: int | None
    proof_id: str | None

    @classmethod
    def of(cls, check: CheckIn) -> "ChecklistOut":
        """From the row."""
        return cls(
            visit_id=check.id,
            state=check.state,
            high_quality=check.high_quality,
            items=list(check.items),
            answers=dict(check.answers),
            chosen_at=instant(check.at),
            answered_at=check.answered_at and instant(check.answered_at),
            took_ms=check.took_ms,
            proof_id=check.proof_id,
        )


class ProofOut(Out):
    """A proof as kept, and the checklist it stands for."""

    id: str
    visit_id: str
    sha256: str
    size_bytes: int
    display_name: str
    received_at: str
    checklist: ChecklistOut


class ConfirmationIn(In):
    """The form as the rep wants it; without `form` it was right as it stood."""

    by: Key
    form: "FormIn | None" = None


class FormIn(In):
    """The whole form; a field left out is empty."""

    breakthrough: Literal[BREAKTHROUGHS] | None = None  # type: ignore[valid-type]
    objections: Annotated[tuple[Key, ...], Field(max_length=10)] = ()
    next_step: Label = ""
    due: date | None = None


class DebriefOut(Out):
    """The form as the recording fills it, and as it was confirmed."""

    visit_id: str
    version: int
    filled: DebriefForm
    confirmed: DebriefForm | None
    confirmed_at: str | None
    confirmed_by: str
    changes: list[Change]

    @classmethod
    def of(cls, visit_id: str, found: FilledDebrief) -> "DebriefOut":
        """From the stored form, if it was confirmed."""
        row = found.confirmed
        return cls(
            visit_id=visit_id,
            version=found.version,
            filled=found.filled,
            confirmed=row and row.form,
            confirmed_at=row and instant(row.at),
            confirmed_by=row.confirmed_by if row else "",
            changes=list(row.changes) if row else [],
        )


@router.get(
    "/visits/{visit_id}/checklist",
    response_model=ChecklistOut,
    responses={200: CHECKLIST_OUT, **problems(404)},
    openapi_extra=scoped("coaching:read"),
)
def checklist(visit_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """Three items chosen for this visit; they are fixed the first time they are read."""
    return JsonResponse(
        shown(
            services, caller, ChecklistOut.of(show_checklist(services, tenant_id=caller.tenant_id, visit_id=visit_id))
        )
    )


@router.post(
    "/visits/{visit_id}/checklist",
    response_model=ChecklistOut,
    responses={200: CHECKLIST_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:write", requestBody=CHECKLIST_IN, **TAKES_KEY),
)
def tick(visit_id: str, body: ChecklistIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Answer all items in one call; each is an observation of its skill."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        check = answer_checklist(
            tx, services, tenant_id=caller.tenant_id, visit_id=visit_id, answers=body.answers, took_ms=body.took_ms
        )
        return 200, shown(services, caller, ChecklistOut.of(check))

    return respond_once(services, once, action)


@router.post(
    "/visits/{visit_id}/proof",
    status_code=201,
    response_model=ProofOut,
    responses={201: PROOF_OUT, **problems(404, 409, 507)},
    openapi_extra=scoped("coaching:write", requestBody=PROOF_BODY, **TAKES_KEY),
)
async def prove(visit_id: str, request: Request, caller: Caller, services: Wired) -> Response:
    """A page the customer signed, as PDF, JPEG or PNG: the checklist is skipped, the visit counts as high quality."""
    once = once_key(request)
    try:
        async with request.form(max_files=2, max_fields=8, max_part_size=4_096) as form:
            files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
            if len(form.multi_items()) != 1 or len(files) != 1 or not form.getlist("file"):
                raise Invalid("send exactly one part, a file named `file`", code="one_file_expected")
            stored = await in_storage_thread(
                store_proof, services, tenant_id=caller.tenant_id, visit_id=visit_id, chunks=_chunks(files[0])
            )
            name = clean_label(files[0].filename or "")[:200]
    except MultiPartException as error:
        raise Malformed("the multipart body does not parse", code="multipart_invalid") from error
    if once is not None:
        once = OnceKey(once.tenant_id, once.route, once.key, f"{once.fingerprint}:{stored[1]}")
    return await in_storage_thread(_keep, services, once, caller, visit_id, stored, name)


def _chunks(file: UploadFile) -> Iterator[bytes]:
    while chunk := file.file.read(CHUNK):
        yield chunk


def _keep(
    services: Services, once: OnceKey | None, caller: Principal, visit_id: str, stored: tuple[str, str, int], name: str
) -> JsonResponse:
    kept = False

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        nonlocal kept
        proof, check = accept_proof(
            tx, services, tenant_id=caller.tenant_id, visit_id=visit_id, stored=stored, name=name
        )
        kept = True
        kept_as = ProofOut(
            id=proof.id, visit_id=visit_id, sha256=proof.sha256, size_bytes=proof.size_bytes,
            display_name=proof.display_name, received_at=instant(proof.at), checklist=ChecklistOut.of(check)
        )  # fmt: skip
        return 201, shown(services, caller, kept_as)

    try:
        return respond_once(services, once, action)
    finally:
        if not kept:
            services.blobs.delete(stored[0])  # a replayed or refused answer: no row names these bytes


@router.get(
    "/visits/{visit_id}/debrief",
    response_model=DebriefOut,
    responses={200: DEBRIEF_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:read"),
)
def debrief(visit_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """The visit's form, filled in from the recording."""
    return JsonResponse(
        shown(
            services,
            caller,
            DebriefOut.of(visit_id, read_debrief(services, tenant_id=caller.tenant_id, visit_id=visit_id)),
        )
    )


@router.post(
    "/visits/{visit_id}/debrief",
    response_model=DebriefOut,
    responses={200: CONFIRMED_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:write", requestBody=CONFIRMATION_IN, **TAKES_KEY),
)
def confirm(visit_id: str, body: ConfirmationIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Confirm the form with one call; what was changed is kept as training feedback."""
    given = body.form
    form = None if given is None else DebriefForm(given.breakthrough, given.objections, given.next_step, given.due)
    known = set(services.content.taxonomy.codes("objection"))
    if form is not None and set(form.objections) - known:
        raise Invalid(f"objections are: {', '.join(sorted(known))}", code="label_unknown")

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        found = confirm_debrief(tx, services, tenant_id=caller.tenant_id, visit_id=visit_id, form=form, by=body.by)
        return 200, shown(services, caller, DebriefOut.of(visit_id, found))

    return respond_once(services, once, action)
