"""`/v1/hints`: what was proposed to reps, and what they made of it."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.masked import shown
from service.api.rendering import JsonResponse, instant
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import In, Key, Label, Out
from service.api.schemas.coaching import FEEDBACK_IN, HINT_OUT, HINTS_OUT
from service.domain.coaching.hint_rows import HintRow
from service.domain.coaching.hints import Hint
from service.domain.ports import UnitOfWork
from service.usecases.coaching.answer_hint import Answer, answer_hint

router = strict_router(tags=["coaching"])
LISTED = 50


class FeedbackIn(In):
    """What the rep says of a hint: a dismissal names its reason, a done one may name its outcome."""

    verdict: Literal["accepted", "dismissed", "done"]
    reason: Literal["", "not_now", "already_done", "wrong", "not_useful", "not_my_customer"] = ""
    outcome: Literal["", "advanced", "unchanged", "backfired"] = ""
    note: Annotated[Label, Field(description="In the rep's own words")] = ""


class HintOut(Out):
    """A hint as given, with its state; `hint` holds its text, quotes and why it was ranked where it was."""

    id: str
    visit_id: str | None
    rep_id: str
    account_id: str
    given_at: str
    expires_at: str
    status: str
    hint: Hint

    @classmethod
    def of(cls, row: HintRow) -> "HintOut":
        """From the row."""
        return cls(
            id=row.id,
            visit_id=row.visit_id,
            rep_id=row.rep_id,
            account_id=row.account_id,
            given_at=instant(row.at),
            expires_at=instant(row.expires_at),
            status=row.status,
            hint=row.document,
        )


class HintsOut(Out):
    """Hints of one account, the newest first."""

    items: list[HintOut]


@router.get(
    "/hints",
    response_model=HintsOut,
    responses={200: HINTS_OUT, **problems()},
    openapi_extra=scoped("coaching:read"),
)
def of_account(caller: Caller, services: Wired, account_id: Annotated[Key, Query()]) -> JsonResponse:
    """The last fifty hints for one account, those that have expired too.

    Each carries the words it rests on with their day (`because`), a `link` that opens the first of them on the visit's
    page, and the CRM's `facts` with the events behind them.
    """
    with services.uow(write=False) as tx:
        rows = tx.coaching.hints.find(caller.tenant_id, among={"account_id": [account_id]}, limit=LISTED)
    return JsonResponse(shown(services, caller, HintsOut(items=[HintOut.of(row) for row in rows])))


@router.post(
    "/hints/{hint_id}/feedback",
    response_model=HintOut,
    responses={200: HINT_OUT, **problems(404, 409, 410)},
    openapi_extra=scoped("coaching:write", requestBody=FEEDBACK_IN, **TAKES_KEY),
)
def answer(hint_id: str, body: FeedbackIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Accept, dismiss or report a hint done; the next ranking learns from it."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        given = Answer(body.verdict, body.reason, body.outcome, body.note)
        row = answer_hint(tx, services, tenant_id=caller.tenant_id, hint_id=hint_id, answer=given)
        return 200, shown(services, caller, HintOut.of(row))

    return respond_once(services, once, action)
