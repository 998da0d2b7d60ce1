"""Skill reports of reps and teams, from stored observations alone: no analysis is read and no model runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.coaching.observations import CoachedVisit
from service.domain.coaching.skill_report import (
    LOOKS_BACK,
    TREND_MONTHS,
    Scene,
    SkillValue,
    contested_skills,
    rate_rep,
    rate_team,
    score_members,
)
from service.domain.coaching.talk_figures import ReuseComparison, TalkFigures, compare_reuse, talk_figures
from service.domain.errors import NotFound
from service.domain.months import before, bounds, month_of
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.domain.records import Page
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class RepSkills:
    """One rep's month beside the team's."""

    rep_id: str
    team: str
    month: str
    skills: tuple[SkillValue, ...]
    talk: TalkFigures
    team_talk: TalkFigures
    last_month_talk: TalkFigures
    content_digest: str


@dataclass(frozen=True, slots=True)
class RepLine:
    """One rep in a team's report: their values by skill, which of them are under appeal, and the month's visits."""

    rep_id: str
    name: str
    visits: int
    skills: dict[str, float | None]
    contested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamSkills:
    """A team's month: its own values, each member's, and what the best do differently."""

    team: str
    month: str
    skills: tuple[SkillValue, ...]
    talk: TalkFigures
    reps: tuple[RepLine, ...]
    reuse: ReuseComparison | None
    content_digest: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What a month's report of some people is made from: their observations as a scene, and their visits."""

    month: str
    scene: Scene
    visits: Sequence[CoachedVisit]


def read_basis(
    tx: UnitOfWork, services: Services, *, tenant_id: str, ids: list[str] | None, month: str | None
) -> Basis:
    """The month of the people with these ids, of everybody where None; this month where `month` is None.

    Raises:
        Invalid: no month such as 2026-03 (`month_invalid`).
    """
    month = month or month_of(services.clock.now())
    begin, end = bounds(month)
    scene = _scene(tx, services, tenant_id, ids, month)
    return Basis(month, scene, tx.coaching.visits.find(tenant_id, among=_among(ids), since=begin, until=end))


def read_rep_skills(services: Services, *, tenant_id: str, rep_id: str, month: str | None = None) -> RepSkills:
    """A rep's seven values and how their talks went in `month` (this month where None), beside team and last month.

    Raises:
        NotFound: nobody of this id is known, neither as a person nor from a visit (`rep_not_found`).
    """
    with services.uow(write=False) as tx:
        person = tx.people.get(tenant_id, rep_id)
        require_rep(tx, tenant_id, rep_id)
        ids = team_of_rep(tx, tenant_id, rep_id)
        basis = read_basis(tx, services, tenant_id=tenant_id, ids=ids, month=month)
        month, scene, visits = basis.month, basis.scene, basis.visits
        earlier_begin, earlier_end = bounds(before(month))
        earlier = tx.coaching.visits.find(tenant_id, among={"rep_id": [rep_id]}, since=earlier_begin, until=earlier_end)
    return RepSkills(
        rep_id=rep_id,
        team=person.team if person else "",
        month=month,
        skills=tuple(rate_rep(scene, rep_id, month)),
        talk=talk_figures([visit for visit in visits if visit.rep_id == rep_id], scene.figures),
        team_talk=talk_figures(visits, scene.figures),
        last_month_talk=talk_figures(earlier, scene.figures),
        content_digest=services.content.digest,
    )


def read_team_skills(services: Services, *, tenant_id: str, team: str, month: str | None = None) -> TeamSkills:
    """A team's seven values, each member's, and what the top fifth does differently.

    Raises:
        NotFound: nobody works in this team (`team_not_found`).
    """
    with services.uow(write=False) as tx:
        members = members_of(tx, tenant_id, team)
        ids = [person.id for person in members]
        basis = read_basis(tx, services, tenant_id=tenant_id, ids=ids, month=month)
        month, scene, visits = basis.month, basis.scene, basis.visits
    titles = {track.id: track.title for track in services.content.talktracks}
    reps = [person for person in members if person.role == "rep" or any(v.rep_id == person.id for v in visits)]
    scores = score_members(scene, [person.id for person in reps], month)
    return TeamSkills(
        team=team,
        month=month,
        skills=tuple(rate_team(scene, month)),
        talk=talk_figures(visits, scene.figures),
        reps=tuple(
            RepLine(
                person.id,
                person.name,
                sum(visit.rep_id == person.id for visit in visits),
                scores[person.id],
                tuple(sorted(contested_skills(scene, person.id, month))),
            )
            for person in reps
        ),
        reuse=compare_reuse(visits, titles, scene.figures),
        content_digest=services.content.digest,
    )


def members_of(tx: UnitOfWork, tenant_id: str, team: str) -> list[Person]:
    """Who works in the team now; refuses a team in which nobody does (`team_not_found`)."""
    members = [person for person in tx.people.of_team(tenant_id, team) if person.active]
    if not members:
        raise NotFound("there is no such team", code="team_not_found")
    return members


def team_of_rep(tx: UnitOfWork, tenant_id: str, rep_id: str) -> list[str] | None:
    """Ids of the people beside whom a rep is rated, the rep among them; None, which is everybody, without a team."""
    return _ids(_colleagues(tx, tenant_id, tx.people.get(tenant_id, rep_id)), rep_id)


def require_rep(tx: UnitOfWork, tenant_id: str, rep_id: str) -> None:
    """Refuse an id that is neither a person's nor a visit's rep (`rep_not_found`)."""
    if tx.people.get(tenant_id, rep_id) is None and not tx.visits.page(tenant_id, Page(1), rep_id=rep_id):
        raise NotFound("there is no such rep", code="rep_not_found")


def read_recent_scene(
    tx: UnitOfWork, services: Services, tenant_id: str, ids: list[str] | None, *, since: datetime
) -> Scene:
    """What is known of a team right now, for values at `since` and after it; `ids` as `team_of_rep` gives them."""
    now = services.clock.now()
    rows = tx.coaching.observations.find(tenant_id, among=_among(ids), since=since - LOOKS_BACK, until=now)
    struck = read_struck_observations(tx, tenant_id, ids)
    return Scene(cards=services.content.skill_cards, rows=rows, titles=services.content.titles, now=now, struck=struck)


def read_struck_observations(tx: UnitOfWork, tenant_id: str, ids: list[str] | None) -> frozenset[str]:
    """Ids of a team's observations that upheld appeals have struck out; of everybody's where `ids` is None."""
    upheld = tx.coaching.appeals.find(tenant_id, among={**_among(ids), "state": ["upheld"]})
    return frozenset(seen for appeal in upheld for seen in appeal.touches)


def _colleagues(tx: UnitOfWork, tenant_id: str, person: Person | None) -> list[Person]:
    return tx.people.of_team(tenant_id, person.team) if person is not None and person.team else []


def _ids(members: Sequence[Person], rep_id: str) -> list[str] | None:
    """The team's people with the rep; None, which means everybody, where no team is known."""
    return sorted({rep_id, *(person.id for person in members)}) if members else None


def _among(ids: list[str] | None) -> dict[str, list[str]]:
    return {} if ids is None else {"rep_id": ids}


def _scene(tx: UnitOfWork, services: Services, tenant_id: str, ids: list[str] | None, month: str) -> Scene:
    since, until = bounds(before(month, TREND_MONTHS))[0] - LOOKS_BACK, bounds(month)[1]
    rows = tx.coaching.observations.find(tenant_id, among=_among(ids), since=since, until=until)
    appeals = tx.coaching.appeals.find(tenant_id, among={**_among(ids), "state": ["open", "upheld"]})
    open_ones = [appeal for appeal in appeals if appeal.state == "open"]
    figures: dict[str, set[str]] = {}
    for appeal in open_ones:
        figures.setdefault(appeal.visit_id, set()).update(appeal.figures)
    return Scene(
        cards=services.content.skill_cards,
        rows=rows,
        titles=services.content.titles,
        now=services.clock.now(),
        contested=frozenset(seen for appeal in open_ones for seen in appeal.touches),
        struck=frozenset(seen for appeal in appeals if appeal.state == "upheld" for seen in appeal.touches),
        figures=figures,
    )
