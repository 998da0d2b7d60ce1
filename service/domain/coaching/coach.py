"""All coaching for one analysed visit: hints, courses, skill values.

Invariant: everything comes out of the visit, the history and the content given; the same values give the same
coaching, so that the stage may run twice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.coaching.behaviour import Behaviour, measure_behaviour
from service.domain.coaching.courses import CourseAssignment, assign_courses
from service.domain.coaching.hint_learning import NOTHING_LEARNED, Preference
from service.domain.coaching.hints import GivenHint, Hint, propose_hints
from service.domain.coaching.observations import observation_id
from service.domain.coaching.skills import Observation, SkillScore, observe, score_observed
from service.domain.content.bundle import Content
from service.domain.crm.facts import NO_FACTS, KnownFact
from service.domain.visit import VisitRecord

ACCOUNT_VISITS = 3


@dataclass(frozen=True, slots=True)
class Coaching:
    """What the coach stage stores: at most three hints, at most two courses, seven skill values.

    `observations` are this visit's own, undecayed; `content_digest` names the content they were made with.
    """

    hints: tuple[Hint, ...]
    courses: tuple[CourseAssignment, ...]
    skills: tuple[SkillScore, ...]
    observations: tuple[Observation, ...]
    behaviour: Behaviour
    content_digest: str


def coach(
    visit: VisitRecord,
    *,
    history: Sequence[VisitRecord],
    content: Content,
    now: datetime,
    given_hints: Sequence[GivenHint] = (),
    open_courses: Collection[str] = (),
    team_means: Mapping[str, float] | None = None,
    ticks: Sequence[Observation] = (),
    struck: Collection[str] = (),
    preference: Preference = NOTHING_LEARNED,
    last_month: Mapping[str, float] | None = None,
    facts: Mapping[str, KnownFact] = NO_FACTS,
) -> Coaching:
    """Coaching for the visit just analysed.

    Args:
        history: earlier visits to this account and of this rep, mixed and in any order; all others are left out here.
        given_hints: hints given for this account after earlier visits (not those of this visit).
        open_courses: ids of courses the rep has not finished.
        team_means: mean skill scores of the rep's team, by skill code.
        preference: what feedback has taught about hints.
        last_month: the rep's skill values at the end of last month.
        ticks: what the rep ticked off and had signed, over the time that still weighs.
        facts: what the CRM says of the account right now, by the fact's id.
        struck: ids of observations in talk that upheld appeals have struck out.
    """
    newest_first = _before(visit, history)
    of_account = [record for record in newest_first if record.account_id == visit.account_id][:ACCOUNT_VISITS]
    of_rep = [record for record in newest_first if record.rep_id == visit.rep_id]
    seen = observe(content.skill_cards, [*of_rep, visit])
    counted = [*(one for one in seen if observation_id(one, source="talk") not in struck), *ticks]
    skills = score_observed(content.skill_cards, counted, now=now, team_means=team_means)
    hints = propose_hints(content.hint_cards, visit=visit, history=of_account, now=now, given=given_hints,
                          titles=content.titles, preference=preference, facts=facts)  # fmt: skip
    return Coaching(
        hints=tuple(hints),
        courses=tuple(
            assign_courses(
                content.courses,
                visits=[*of_rep, visit],
                skills=skills,
                titles=content.titles,
                now=now,
                already=open_courses,
                last_month=last_month,
            )
        ),
        skills=tuple(skills),
        observations=tuple(observe(content.skill_cards, [visit])),
        behaviour=measure_behaviour(visit, content.talktracks),
        content_digest=content.digest,
    )


def _before(visit: VisitRecord, history: Sequence[VisitRecord]) -> list[VisitRecord]:
    """Each earlier visit once, the newest first."""
    before = {
        record.visit_id: record
        for record in history
        if record.visit_id != visit.visit_id and record.visited_at <= visit.visited_at
    }
    return sorted(before.values(), key=lambda record: record.visited_at, reverse=True)
