"""A figure of a report opened into everything it rests on, as far as the viewer may see it: the words, and the second.

Invariant: grounds of reps outside the viewer's scope are counted and not shown; the figure itself is the report's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from service.domain.coaching.figure_grounds import (
    MEASURES,
    RATES,
    Ground,
    grounds_of_observations,
    grounds_of_share,
    grounds_of_talk,
    grounds_of_track,
    grounds_of_visits,
)
from service.domain.coaching.observations import CoachedVisit
from service.domain.coaching.skill_report import SkillValue, rate_rep, rate_team, rows_behind
from service.domain.coaching.talk_figures import Figure, ReuseComparison, TrackUse, compare_reuse, talk_figures
from service.domain.errors import NotFound
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.usecases.coaching.read_skills import Basis, members_of, read_basis, require_rep, team_of_rep
from service.usecases.console.view_needs import pending_courses, risky_visits
from service.usecases.console.view_scope import Scope, account_name, read_scope
from service.usecases.services import Services

Of = Literal["own", "team"]
Group = Literal["all", "top", "rest"]
SHOWN = 200  # the newest; a team's skill may rest on thousands
COUNTED = ("visits", "pending", "at_risk")


@dataclass(frozen=True, slots=True)
class GroundLine:
    """One ground, with whose it is and with whom, as people call them."""

    ground: Ground
    rep: str
    account: str


@dataclass(frozen=True, slots=True)
class FigureView:
    """Everything on the page.

    `kind` and `code` name the figure: `skill` and its code, `talk` and its name, `track` and its id; one that counts is
    its own name. `n` is what it rests on, `hidden` how much of that belongs to people the viewer does not see.
    """

    kind: str
    code: str
    title: str
    whose: str
    month: str
    value: float | None
    n: int
    hidden: int
    contested: bool
    lines: tuple[GroundLine, ...]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A figure with its grounds, before anybody's scope is laid over it."""

    value: float | None
    grounds: Sequence[Ground]
    contested: bool = False
    title: str = ""


def view_rep_figure(
    services: Services, viewer: Person, *, rep_id: str, name: str, of: Of, month: str | None
) -> FigureView:
    """A figure of the rep's report, their own or the team's beside it.

    Raises:
        NotFound: no such rep (`rep_not_found`) or no such figure (`figure_not_found`), or not for this viewer.
        Invalid: no month (`month_invalid`).
    """
    kind, code = _parse(name)
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        scope.require_rep(rep_id)
        require_rep(tx, scope.tenant_id, rep_id)
        ids = team_of_rep(tx, scope.tenant_id, rep_id)
        basis = read_basis(tx, services, tenant_id=scope.tenant_id, ids=ids, month=month)
        opened = _of_people(basis, kind, code, rep_id=rep_id if of == "own" else None)
        whose = scope.name(rep_id) if of == "own" else scope.team_of(rep_id)
        return _view(tx, scope, basis.month, (kind, code), opened, whose=whose)


def view_team_figure(
    services: Services, viewer: Person, *, team: str, name: str, of: Group, month: str | None
) -> FigureView:
    """A figure of the team's page; `of` is everybody, or the top fifth or the rest of those who are compared.

    Raises:
        NotFound: no such team (`team_not_found`) or no such figure (`figure_not_found`), or not for this viewer.
        Invalid: no month (`month_invalid`).
    """
    kind, code = _parse(name)
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        scope.require_team(team)
        members = members_of(tx, scope.tenant_id, team)
        ids = [person.id for person in members]
        basis = read_basis(tx, services, tenant_id=scope.tenant_id, ids=ids, month=month)
        if kind in ("pending", "at_risk"):
            made = Counter(visit.rep_id for visit in basis.visits)
            reps = [person.id for person in members if person.role == "rep" or made[person.id]]
            waiting = kind == "pending"
            grounds = _waiting(tx, services, scope, reps) if waiting else _risky(tx, scope, reps, basis.month, made)
            opened = _Opened(len(grounds), grounds)
        elif kind == "track" or of != "all":
            titles = {track.id: track.title for track in services.content.talktracks}
            opened = _compared(basis, kind, code, of=of, reuse=compare_reuse(basis.visits, titles, basis.scene.figures))
        else:
            opened = _of_people(basis, kind, code, rep_id=None)
        return _view(tx, scope, basis.month, (kind, code), opened, whose=team)


def _parse(name: str) -> tuple[str, str]:
    kind, _, code = name.partition(".")
    if name in COUNTED or (kind in ("skill", "talk", "track") and code):
        return kind, code
    raise _unknown()


def _unknown() -> NotFound:
    return NotFound("there is no such figure", code="figure_not_found")


def _waiting(tx: UnitOfWork, services: Services, scope: Scope, ids: list[str]) -> list[Ground]:
    titles = {course.id: course.title for course in services.content.courses}
    rows = pending_courses(tx, scope.tenant_id, ids)
    return [replace(ground, note=f"《{titles.get(row.course, row.course)}》{row.reason}") for row, ground in rows]


def _risky(tx: UnitOfWork, scope: Scope, ids: list[str], month: str, made: Mapping[str, int]) -> list[Ground]:
    found = (risky_visits(tx, scope.tenant_id, one, month=month, visits=made[one]) for one in ids)
    return [ground for risky in found for _, ground in risky]


def _of_people(basis: Basis, kind: str, code: str, *, rep_id: str | None) -> _Opened:
    """A figure of one rep, of all whom the basis holds where None."""
    visits = [visit for visit in basis.visits if rep_id in (None, visit.rep_id)]
    if kind == "visits":
        return _Opened(len(visits), grounds_of_visits(visits))
    if kind == "talk" and code in (*MEASURES, *RATES):
        figure: Figure = getattr(talk_figures(visits, basis.scene.figures), code)
        return _Opened(figure.value, grounds_of_talk(code, visits), figure.contested)
    if kind == "skill":
        skill = _skill(basis, code, rep_id)
        rows = rows_behind(basis.scene, code, basis.month, rep_id=rep_id)
        return _Opened(skill.score, grounds_of_observations(rows), skill.contested, skill.title)
    raise _unknown()


def _skill(basis: Basis, code: str, rep_id: str | None) -> SkillValue:
    rated = rate_team(basis.scene, basis.month) if rep_id is None else rate_rep(basis.scene, rep_id, basis.month)
    found = next((skill for skill in rated if skill.code == code), None)
    if found is None:
        raise _unknown()
    return found


def _compared(basis: Basis, kind: str, code: str, *, of: Group, reuse: ReuseComparison | None) -> _Opened:
    """A figure of the comparison between the top fifth and the rest."""
    if reuse is None:
        raise _unknown()
    people = {"top": reuse.top, "rest": reuse.rest, "all": (*reuse.top, *reuse.rest)}[of]
    visits = [visit for visit in basis.visits if visit.rep_id in people]
    if kind == "talk" and code in RATES:
        figures = {"handling_rate": (reuse.top_handling, reuse.rest_handling),
                   "reuse_rate": (reuse.top_reuse, reuse.rest_reuse)}  # fmt: skip
        figure = figures[code][0 if of == "top" else 1]
        return _Opened(figure.value, grounds_of_talk(code, visits), figure.contested)
    use = next((use for use in reuse.tracks if kind == "track" and use.track == code), None)
    if use is None:
        raise _unknown()
    return _of_track(use, of, visits)


def _of_track(use: TrackUse, of: Group, visits: Sequence[CoachedVisit]) -> _Opened:
    if of == "all":
        return _Opened(use.worked.value, grounds_of_track(use.track, visits), use.worked.contested, use.title)
    share = use.top_share if of == "top" else use.rest_share
    return _Opened(share, grounds_of_share(use.track, visits), title=use.title)


def _view(
    tx: UnitOfWork, scope: Scope, month: str, name: tuple[str, str], opened: _Opened, *, whose: str
) -> FigureView:
    """What of it the viewer may see, the newest first."""
    seen = [ground for ground in opened.grounds if scope.sees(ground.rep_id)]
    newest = sorted(seen, key=lambda ground: ground.at, reverse=True)[:SHOWN]
    accounts = {one: account_name(tx, scope.tenant_id, one) for one in {ground.account_id for ground in newest} if one}
    return FigureView(
        kind=name[0],
        code=name[1],
        title=opened.title,
        whose=whose,
        month=month,
        value=opened.value,
        n=len(opened.grounds),
        hidden=len(opened.grounds) - len(seen),
        contested=opened.contested,
        lines=tuple(
            GroundLine(ground, scope.name(ground.rep_id), accounts.get(ground.account_id, "")) for ground in newest
        ),
    )
