"""`/v1/messages/triage`: synchronous, without a database, within a few milliseconds.

`async def` on purpose: the work takes under a millisecond, and a thread hand-over would cost more than it.
"""

import time
from typing import Annotated, Literal

from pydantic import Field

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import In, Key, Out, Prose
from service.api.schemas.examples import TRIAGE_IN, TRIAGE_OUT
from service.usecases.models.triage_message import triage_message

router = strict_router(tags=["messages"])


class MessageIn(In):
    """One chat message; `from` is who sent it, `context` what is known of the deal in a sentence."""

    text: Annotated[Prose, Field(min_length=1)]
    sender: Annotated[Literal["rep", "customer"], Field(alias="from")]
    context: Prose = ""
    id: Key | None = None


class TriageOut(Out):
    """The verdict; `score` is the calibrated probability that the manager should step in."""

    id: str | None
    manager_should_step_in: bool
    score: float
    reason: str
    latency_ms: float


@router.post(
    "/messages/triage",
    response_model=TriageOut,
    responses={200: TRIAGE_OUT, **problems()},
    openapi_extra=scoped("triage", requestBody=TRIAGE_IN),
)
async def triage(body: MessageIn, caller: Caller, services: Wired) -> JsonResponse:
    """Does this message deserve the manager now?"""
    del caller  # admitted by scope; the verdict does not depend on the tenant
    started = time.perf_counter()
    verdict = triage_message(services.triage, body.text, sender=body.sender, context=body.context)
    elapsed_ms = (time.perf_counter() - started) * 1_000
    return JsonResponse(
        TriageOut(
            id=body.id,
            manager_should_step_in=verdict.manager_should_step_in,
            score=round(verdict.score, 4),
            reason=verdict.reason,
            latency_ms=round(elapsed_ms, 3),
        )
    )
