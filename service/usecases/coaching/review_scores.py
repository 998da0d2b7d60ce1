"""Review a rep's values of a month, and let them go to whoever decides about people only as they were reviewed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service.domain.coaching.score_reviews import (
    HR_TYPES,
    MonthValues,
    ReviewState,
    ScoreReview,
    Verdict,
    carries_scores,
    review_id,
    state_of,
    without_scores,
)
from service.domain.coaching.skill_report import contested_skills, score_members
from service.domain.delivery.deliveries import Event
from service.domain.errors import Conflict, Forbidden
from service.domain.months import before, bounds, month_of
from service.domain.people import may_lead
from service.domain.ports import UnitOfWork
from service.usecases.coaching.read_skills import (
    RepSkills,
    TeamSkills,
    read_basis,
    read_rep_skills,
    read_team_skills,
    require_rep,
    team_of_rep,
)
from service.usecases.privacy.decide_rules import rules_of
from service.usecases.privacy.keep_audit import note, note_read
from service.usecases.services import Services

REVIEWED = "scores.reviewed"
READ_FOR_HR = "scores.read_for_hr"
WAY_OUT = "a trainer or manager reviews a month that is over: POST /v1/reps/{rep_id}/skills/review"

RepMonth = tuple[str, str]
"""A rep's id and a month."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A rep's values of a month with the review that stands, if there is one; `changed`: it was of other values."""

    values: MonthValues
    state: ReviewState
    review: ScoreReview | None


@dataclass(frozen=True, slots=True)
class Looked:
    """A person's word that they looked at the values that this digest names."""

    by: str
    digest: str
    note: str = ""


def read_review(tx: UnitOfWork, services: Services, *, tenant_id: str, rep_id: str, month: str | None) -> Reviewed:
    """A rep's values of a month (this one where None) and whether a person reviewed them.

    Raises:
        NotFound: nobody of this id is known (`rep_not_found`). Invalid: no such month (`month_invalid`).
    """
    require_rep(tx, tenant_id, rep_id)
    return _reviewed(tx, services, tenant_id, rep_id, month or month_of(services.clock.now()))


def review_scores(
    tx: UnitOfWork, services: Services, *, tenant_id: str, rep_id: str, month: str, looked: Looked, actor: str
) -> Reviewed:
    """The values as reviewed by a person who leads the rep; written down in the audit trail with their digest.

    Raises:
        NotFound: nobody of this id is known (`rep_not_found`). Invalid: no such month (`month_invalid`).
        Conflict: the month is not over (`month_running`), there is no value (`nothing_to_review`), or the values are
            no longer those that were looked at (`values_changed`).
        Forbidden: the reviewer is unknown, has left, is the rep, or does not lead them (`reviewer_unfit`).
    """
    require_rep(tx, tenant_id, rep_id)
    if bounds(month)[1] > services.clock.now():
        raise Conflict("this month's values still change: review them when it is over", code="month_running")
    _require_fit(tx, tenant_id, rep_id, looked.by)
    values = _reviewed(tx, services, tenant_id, rep_id, month).values
    if values.is_empty:
        raise Conflict("too little is known of this month: there is no value to review", code="nothing_to_review")
    if looked.digest != values.digest:
        raise Conflict(
            "these are not the values as they stand: read them again, and send their `digest`", code="values_changed"
        )
    row = ScoreReview(
        id=review_id(rep_id, month),
        tenant_id=tenant_id,
        at=services.clock.now(),
        rep_id=rep_id,
        month=month,
        digest=values.digest,
        reviewed_by=looked.by,
        note=looked.note,
    )
    tx.coaching.score_reviews.put(row)
    detail = {"month": month, "digest": values.digest, "by": looked.by}
    note(tx, services, tenant_id, actor, REVIEWED, f"person:{rep_id}", detail=detail)
    return Reviewed(values, "reviewed", row)


def read_rep_for_hr(services: Services, *, tenant_id: str, rep_id: str, month: str | None, actor: str) -> RepSkills:
    """A rep's month for decisions about people: only as a person reviewed it; the reading is written down.

    Raises:
        Forbidden: the tenant's rule is coaching only (`purpose_forbidden`). Conflict: `review_required`.
        NotFound: nobody of this id is known (`rep_not_found`).
    """
    with services.uow(write=False) as tx:
        require_allowed(tx, services, tenant_id)
        _require_reviewed([read_review(tx, services, tenant_id=tenant_id, rep_id=rep_id, month=month)])
    report = read_rep_skills(services, tenant_id=tenant_id, rep_id=rep_id, month=month)
    note_read(services, tenant_id, actor, READ_FOR_HR, f"person:{rep_id}")
    return report


def read_team_for_hr(services: Services, *, tenant_id: str, team: str, month: str | None, actor: str) -> TeamSkills:
    """A team's month for decisions about people: nobody stands beside others before each one's values are reviewed.

    Each member's values are those that were reviewed, worked out beside everybody who was in the team.

    Raises:
        Forbidden: the tenant's rule is coaching only (`purpose_forbidden`). Conflict: `review_required`.
        NotFound: nobody works in this team (`team_not_found`).
    """
    with services.uow(write=False) as tx:
        require_allowed(tx, services, tenant_id)
    report = read_team_skills(services, tenant_id=tenant_id, team=team, month=month)
    with services.uow(write=False) as tx:
        found = [_reviewed(tx, services, tenant_id, line.rep_id, report.month) for line in report.reps]
    _require_reviewed(found)
    note_read(services, tenant_id, actor, READ_FOR_HR, f"team:{team}")
    lines = zip(report.reps, found, strict=True)
    return replace(
        report,
        reps=tuple(
            replace(line, skills=dict(each.values.scores), contested=each.values.contested) for line, each in lines
        ),
    )


def require_purpose(services: Services, tenant_id: str) -> None:
    """As `require_allowed`, in a transaction of its own."""
    with services.uow(write=False) as tx:
        require_allowed(tx, services, tenant_id)


def latest_over(services: Services) -> str:
    """The last month that is over: by it a reading is judged that is about no month."""
    return before(month_of(services.clock.now()))


def require_reviewed(services: Services, tenant_id: str, about: Iterable[RepMonth], *, actor: str) -> None:
    """Refuse a figure or judgement about reps before a person reviewed the values of each one's month; written down.

    Whoever is no rep is not asked about. A rep of whom too little is known has nothing that anybody could review, and
    stays closed: nothing about a person leaves unseen because little is known of them.

    Raises:
        Conflict: `review_required`.
    """
    with services.uow(write=False) as tx:
        wanted = sorted({each for each in about if _is_rep(tx, tenant_id, each[0])})
        found = [_reviewed(tx, services, tenant_id, rep_id, month) for rep_id, month in wanted]
    _require_reviewed(found, open_=("unreviewed", "changed", "nothing"))
    for rep_id in sorted({rep_id for rep_id, _ in wanted}):
        note_read(services, tenant_id, actor, READ_FOR_HR, f"person:{rep_id}")


def events_for_hr(services: Services, tenant_id: str, found: Iterable[Event], *, actor: str) -> list[Event]:
    """Events as an endpoint for `hr` gets them: of its types alone, without scores that nobody reviewed."""
    told = []
    for event in found:
        if event.type not in HR_TYPES:
            continue
        verdict = judge_event(services, event) if carries_scores(event.data) else "reviewed"
        told.append(event if verdict == "reviewed" else replace(event, data=without_scores(event.data, verdict)))
    note_read(services, tenant_id, actor, READ_FOR_HR, "events")
    return told


def judge_event(services: Services, event: Event) -> Verdict:
    """Whether an event's scores may go to whoever decides about people: its rep's month was reviewed as it stands."""
    with services.uow(write=False) as tx:
        if rules_of(tx, event.tenant_id, event.occurred_at).coaching_only:
            return "forbidden"
        visit = tx.visits.get(event.tenant_id, event.visit_id) if event.visit_id else None
        if visit is None:
            return "required"
        month = month_of(event.occurred_at)
        found = _reviewed(tx, services, event.tenant_id, visit.rep_id, month)
    return "reviewed" if found.state == "reviewed" else "required"


def waiting_for_review(tx: UnitOfWork, services: Services, tenant_id: str, month: str) -> list[str]:
    """Reps whose values of a month exist and are not reviewed as they stand."""
    begin, end = bounds(month)
    heads = tx.coaching.observations.heads(tenant_id, ["rep_id"], since=begin, until=end)
    found = [_reviewed(tx, services, tenant_id, rep_id, month) for rep_id in sorted({row["rep_id"] for row in heads})]
    return [each.values.rep_id for each in found if each.state in ("unreviewed", "changed")]


def require_allowed(tx: UnitOfWork, services: Services, tenant_id: str) -> None:
    """Refuse what is for decisions about people where the tenant's rule is coaching only (`purpose_forbidden`)."""
    if rules_of(tx, tenant_id, services.clock.now()).coaching_only:
        raise Forbidden(
            "this tenant uses scores of people for coaching only: `coaching_only` in PUT /v1/privacy/rules",
            code="purpose_forbidden",
        )


def _reviewed(tx: UnitOfWork, services: Services, tenant_id: str, rep_id: str, month: str) -> Reviewed:
    ids = team_of_rep(tx, tenant_id, rep_id)
    scene = read_basis(tx, services, tenant_id=tenant_id, ids=ids, month=month).scene
    contested = tuple(sorted(contested_skills(scene, rep_id, month)))
    values = MonthValues(rep_id, month, score_members(scene, [rep_id], month)[rep_id], contested)
    review = tx.coaching.score_reviews.get(tenant_id, review_id(rep_id, month))
    return Reviewed(values, state_of(values, review), review)


def _require_fit(tx: UnitOfWork, tenant_id: str, rep_id: str, by: str) -> None:
    reviewer, rep = tx.people.get(tenant_id, by), tx.people.get(tenant_id, rep_id)
    if reviewer is None or by == rep_id or not may_lead(reviewer, team=rep.team if rep else ""):
        raise Forbidden(
            "values are reviewed by somebody who leads the rep: their trainer or manager, or an executive",
            code="reviewer_unfit",
        )


def _is_rep(tx: UnitOfWork, tenant_id: str, person_id: str) -> bool:
    person = tx.people.get(tenant_id, person_id)
    return bool(person_id) and (person is None or person.role == "rep")


def _require_reviewed(found: Sequence[Reviewed], *, open_: Sequence[ReviewState] = ("unreviewed", "changed")) -> None:
    waiting = sum(each.state in open_ for each in found)
    if waiting:
        raise Conflict(f"nobody reviewed these values as they stand ({waiting} of {len(found)}): {WAY_OUT}",
                       code="review_required")  # fmt: skip
