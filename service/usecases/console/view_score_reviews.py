"""What waits for a person's review before anybody decides by it: a team's values of a month, rep by rep."""

from dataclasses import dataclass

from service.domain.coaching.score_reviews import ReviewState
from service.domain.months import before, month_of
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.usecases.coaching.review_scores import Reviewed, read_review
from service.usecases.console.view_scope import Scope
from service.usecases.privacy.decide_rules import rules_of
from service.usecases.services import Services

_FIRST: tuple[ReviewState, ...] = ("changed", "unreviewed", "reviewed", "nothing")


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One rep's values of the month with the review that stands; `may_review`: the viewer may give one now."""

    rep: Person
    found: Reviewed
    reviewer: str
    may_review: bool


@dataclass(frozen=True, slots=True)
class ReviewBoard:
    """A team's month; `known`: the viewer is a person of the tenant, and no holder of a key."""

    team: str
    month: str
    lines: tuple[ReviewLine, ...]
    waiting: int
    coaching_only: bool
    known: bool
    over: bool


def view_reviews(tx: UnitOfWork, services: Services, scope: Scope, *, team: str, month: str | None) -> ReviewBoard:
    """The board of a team, the month before this one where none is named; who waits stands first.

    Raises:
        NotFound: a team outside the scope (`team_not_found`). Invalid: no such month (`month_invalid`).
    """
    scope.require_team(team)
    now, tenant_id = services.clock.now(), scope.tenant_id
    chosen = month or before(month_of(now))
    over, known = chosen < month_of(now), scope.viewer.id in scope.people
    lines = []
    for rep in scope.reps():
        if rep.team != team:
            continue
        found = read_review(tx, services, tenant_id=tenant_id, rep_id=rep.id, month=chosen)
        open_ = found.state in ("unreviewed", "changed")
        fit = known and over and scope.leads(rep.id) and rep.id != scope.viewer.id
        lines.append(
            ReviewLine(rep, found, scope.name(found.review.reviewed_by) if found.review else "", open_ and fit)
        )
    lines.sort(key=lambda line: (_FIRST.index(line.found.state), line.rep.name))
    waiting = sum(line.found.state in ("unreviewed", "changed") for line in lines)
    coaching_only = rules_of(tx, tenant_id, now).coaching_only
    return ReviewBoard(team, chosen, tuple(lines), waiting, coaching_only, known, over)
