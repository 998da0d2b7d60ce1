"""`/v1/visits/{id}/consent`: more purposes agreed to, or taken back, which stops work and erases what they allowed."""

from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.consents import (
    CONFIRMATION_IN,
    CONSENT_MORE_IN,
    CONSENT_OUT,
    ERASED_OUT,
    ConfirmationIn,
    ConsentMoreIn,
    ConsentOut,
    ErasedOut,
)
from service.domain.visit import PURPOSES, Purpose
from service.usecases.privacy.agree_consent import agree_consent
from service.usecases.privacy.check_notice import SCOPE, confirm_notice
from service.usecases.privacy.keep_audit import actor_of
from service.usecases.privacy.withdraw_consent import withdraw_consent

router = strict_router(tags=["visits"])


@router.patch(
    "/visits/{visit_id}/consent",
    response_model=ConsentOut,
    responses={200: CONSENT_OUT, **problems(404, 409)},
    openapi_extra=scoped("visits:write", requestBody=CONSENT_MORE_IN),
)
def agree(visit_id: str, body: ConsentMoreIn, caller: Caller, services: Wired) -> JsonResponse:
    """Add purposes to a consent that stands, each with its own moment and notice; asked twice, it stays as it is."""
    with services.uow() as tx:
        visit = agree_consent(
            tx, services, tenant_id=caller.tenant_id, visit_id=visit_id, actor=actor_of(caller),
            purposes=body.purposes, given_at=body.given_at, notice_version=body.notice_version,
            notice_sha256=body.notice_sha256 or "",
        )  # fmt: skip
    return JsonResponse(visit.consent and ConsentOut.of(visit.consent))


@router.delete(
    "/visits/{visit_id}/consent",
    response_model=ErasedOut,
    responses={200: ERASED_OUT, **problems(404)},
    openapi_extra=scoped("visits:write"),
)
def withdraw(
    visit_id: str,
    caller: Caller,
    services: Wired,
    purpose: Annotated[
        Purpose | None, Query(description="This purpose alone, and those that need it; left out: all of it")
    ] = None,
) -> JsonResponse:
    """Withdraw consent: work is cancelled; audio, transcripts, analyses and undelivered events are erased.

    With `purpose`: recording erases the audio, coaching the hints, courses and values; training and voices erase
    nothing, and from then on models learn nothing from the visit, and no voice of it is measured.
    """
    with services.uow() as tx:
        visit, erased = withdraw_consent(
            tx, services, tenant_id=caller.tenant_id, visit_id=visit_id, actor=actor_of(caller),
            purposes=PURPOSES if purpose is None else (purpose,),
        )  # fmt: skip
    return JsonResponse(ErasedOut.of(visit, erased.counts))


@router.post(
    "/visits/{visit_id}/consent/confirmation",
    response_model=ConsentOut,
    responses={200: CONSENT_OUT, **problems(404, 409)},
    openapi_extra=scoped(SCOPE, requestBody=CONFIRMATION_IN),
)
def confirm(visit_id: str, body: ConfirmationIn, caller: Caller, services: Wired) -> JsonResponse:
    """Release a visit that is held because no recording notice was heard: a person says that the customer knew.

    What was found in it is judged, coached and told from then on. Whoever finds that the customer did not know
    withdraws the consent instead (`DELETE`), which erases it. Asked twice, it stays as it is.
    """
    with services.uow() as tx:
        visit = confirm_notice(
            tx, services, tenant_id=caller.tenant_id, visit_id=visit_id, actor=actor_of(caller), by=body.by,
            why=body.reason,
        )  # fmt: skip
    return JsonResponse(visit.consent and ConsentOut.of(visit.consent))
