"""`/v1/subjects/{ref}`: what is kept about a person, an account or a visit; its copy, its erasure with a receipt."""

from functools import partial
from typing import Annotated

from fastapi import Query
from starlette.responses import Response, StreamingResponse

from service.api.auth import Caller, Wired
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.privacy import (
    RECEIPT_OUT,
    RECEIPT_PAGE,
    SUBJECT_OUT,
    ReceiptOut,
    ReceiptPageOut,
    SubjectOut,
)
from service.domain.errors import Forbidden, NotFound
from service.domain.privacy.rules import stone_of
from service.usecases.privacy.erase_subject import Subject, erase_subject, parse_subject
from service.usecases.privacy.export_subject import read_subject, zip_export
from service.usecases.privacy.keep_audit import actor_of, note
from service.usecases.privacy.keep_requests import answer_by_copy

router = strict_router(tags=["privacy"])


def _subject(text: str) -> Subject:
    subject = parse_subject(text)
    if subject.kind == "tenant":
        raise Forbidden("a whole tenant is erased on the machine: fieldcue privacy erase", code="tenant_by_command")
    return subject


@router.get(
    "/subjects/{subject_ref}",
    response_model=SubjectOut,
    responses={200: SUBJECT_OUT, **problems(404)},
    openapi_extra=scoped("personal:read"),
)
def read(subject_ref: str, caller: Caller, services: Wired) -> JsonResponse:
    """What is kept about `person:ID`, `account:ID` or `visit:ID`, by kind of row."""
    with services.uow(write=False) as tx:
        found = read_subject(tx, services, caller.tenant_id, _subject(subject_ref))
    return JsonResponse(SubjectOut.of(found))


@router.get(
    "/subjects/{subject_ref}/export",
    response_class=Response,
    responses={200: {"description": "subject.json and the recordings", "content": {"application/zip": {}}},
               **problems(404)},
    openapi_extra=scoped("personal:read"),
)  # fmt: skip
def export(subject_ref: str, caller: Caller, services: Wired) -> Response:
    """A copy of everything about the subject: rows as JSON, recordings as they were sent, in one zip archive.

    Open requests of the subject for access or a copy are answered by it.
    """
    subject = _subject(subject_ref)
    with services.uow() as tx:
        found = read_subject(tx, services, caller.tenant_id, subject)
        stone = stone_of(caller.tenant_id, subject.kind, subject.ref)
        visit_id = subject.ref if subject.kind == "visit" else None
        note(tx, services, caller.tenant_id, actor_of(caller), "subject.exported", f"{subject.kind}:{stone[:16]}",
             visit_id=visit_id, detail={"rows": found.counts()})  # fmt: skip
        answer_by_copy(tx, services, caller.tenant_id, subject.kind, subject.ref, actor=actor_of(caller))
    headers = {"Content-Disposition": 'attachment; filename="subject.zip"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(zip_export(services, found), media_type="application/zip", headers=headers)


@router.delete(
    "/subjects/{subject_ref}",
    response_model=ReceiptOut,
    responses={200: RECEIPT_OUT, **problems(404, 409)},
    openapi_extra=scoped("privacy:write"),
)
def erase(
    subject_ref: str,
    caller: Caller,
    services: Wired,
    reason: Annotated[str, Query(max_length=200, description="Why, for the receipt and the audit trail")] = "",
) -> JsonResponse:
    """Erase everything about the subject, everywhere; asked again, it answers with the receipt that stands.

    Open requests about the subject are answered by it, and keep no name.
    """
    receipt = erase_subject(services, caller.tenant_id, _subject(subject_ref), actor=actor_of(caller), reason=reason)
    return JsonResponse(ReceiptOut.of(receipt))


@router.get(
    "/erasures",
    response_model=ReceiptPageOut,
    responses={200: RECEIPT_PAGE, **problems()},
    openapi_extra=scoped("audit:read"),
)
def receipts(caller: Caller, services: Wired, page: PageOf) -> JsonResponse:
    """Receipts of erasures, the newest first."""
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.privacy.receipts.get, caller.tenant_id))
        found = tx.privacy.receipts.page(caller.tenant_id, page)
    items = [ReceiptOut.of(row) for row in found]
    return JsonResponse(ReceiptPageOut(items=items, next_cursor=next_cursor([row.id for row in found], page)))


@router.get(
    "/erasures/{receipt_id}",
    response_model=ReceiptOut,
    responses={200: RECEIPT_OUT, **problems(404)},
    openapi_extra=scoped("audit:read"),
)
def receipt(receipt_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One receipt."""
    with services.uow(write=False) as tx:
        found = tx.privacy.receipts.get(caller.tenant_id, receipt_id)
    if found is None:
        raise NotFound("there is no such receipt", code="receipt_not_found")
    return JsonResponse(ReceiptOut.of(found))
