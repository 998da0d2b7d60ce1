"""`/v1/reps/{id}/skills/review`: a person looks at a rep's values of a month before anybody decides by them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.masked import shown
from service.api.rendering import JsonResponse, instant
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import In, Key, Label, Out
from service.api.schemas.examples import answer, body
from service.api.skills import Month
from service.domain.coaching.score_reviews import ReviewState
from service.domain.ports import UnitOfWork
from service.usecases.coaching.review_scores import Looked, Reviewed, read_review, review_scores
from service.usecases.privacy.keep_audit import actor_of

router = strict_router(tags=["coaching"])


class ScoreReviewIn(In):
    """Which values somebody looked at: those that `digest` names, of a month that is over."""

    month: Annotated[str, StringConstraints(strict=True, pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    digest: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]
    by: Key
    note: Label = ""


class ScoreReviewOut(Out):
    """A rep's values of a month, and who reviewed them.

    `state`: `nothing` where there is no value, `unreviewed`, `reviewed`, or `changed` where the review was of others.
    """

    rep_id: str
    month: str
    state: ReviewState
    digest: Annotated[str, Field(description="Names these values; send it with the review")]
    scores: dict[str, float | None]
    contested: list[str]
    reviewed_by: str | None
    reviewed_at: str | None
    note: str

    @classmethod
    def of(cls, found: Reviewed) -> "ScoreReviewOut":
        """From the values and their review."""
        values, review = found.values, found.review
        return cls(
            rep_id=values.rep_id,
            month=values.month,
            state=found.state,
            digest=values.digest,
            scores=dict(values.scores),
            contested=list(values.contested),
            reviewed_by=review.reviewed_by if review else None,
            reviewed_at=instant(review.at) if review else None,
            note=review.note if review else "",
        )


_DIGEST = "9f2c4d1e8b7a60533c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7"
_IN = {"month": "2026-02", "digest": _DIGEST, "by": "mgr-he", "note": "与本人逐条听过"}
_OUT = {"rep_id": "rep-017", "month": "2026-02", "state": "reviewed", "digest": _DIGEST,
        "scores": {"objection": 61.4, "discovery": None}, "contested": [], "reviewed_by": "mgr-he",
        "reviewed_at": "2026-03-02T01:12:45.118Z", "note": "与本人逐条听过"}  # fmt: skip


@router.get(
    "/reps/{rep_id}/skills/review",
    response_model=ScoreReviewOut,
    responses={200: answer(_OUT), **problems(404)},
    openapi_extra=scoped("coaching:read"),
)
def read(rep_id: str, caller: Caller, services: Wired, month: Month = None) -> JsonResponse:
    """Whether a person reviewed these values as they stand, and the digest that names them."""
    with services.uow(write=False) as tx:
        found = read_review(tx, services, tenant_id=caller.tenant_id, rep_id=rep_id, month=month)
    return JsonResponse(shown(services, caller, ScoreReviewOut.of(found)))


@router.post(
    "/reps/{rep_id}/skills/review",
    response_model=ScoreReviewOut,
    responses={200: answer(_OUT), **problems(404, 409)},
    openapi_extra=scoped("coaching:write", requestBody=body(_IN, "ScoreReviewIn"), **TAKES_KEY),
)
def review(rep_id: str, body: ScoreReviewIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """A trainer, manager or executive who leads the rep looked at these values; written in the audit trail.

    Only for a month that is over, and only for the values as they stand (`values_changed`): when they change later,
    because an appeal was upheld or a visit erased, nobody has reviewed them.
    """

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        looked = Looked(body.by, body.digest, body.note)
        found = review_scores(
            tx,
            services,
            tenant_id=caller.tenant_id,
            rep_id=rep_id,
            month=body.month,
            looked=looked,
            actor=actor_of(caller),
        )
        return 200, shown(services, caller, ScoreReviewOut.of(found))

    return respond_once(services, once, action)
