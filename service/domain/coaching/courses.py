"""Assigns micro-courses to a rep, each with the visits that call for it.

Invariant: an assignment without evidence cannot be built, and no course is assigned twice while it is still open.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.coaching.skills import SkillScore
from service.domain.content.courses import CourseItem, Streak, Unhandled
from service.domain.content.selections import Selection
from service.domain.evidence import Evidence, find_evidence, local_day, shorten, spoken_day
from service.domain.matching import Match, find_matches
from service.domain.objections import raised_objections
from service.domain.privacy.withdrawal import Withdrawal
from service.domain.visit import VisitRecord

PLAN_URGENCY = 10.0
FALLING_URGENCY = 45.0
FALLEN_BY = 6.0  # points; less is the weather


@dataclass(frozen=True, slots=True)
class CourseAssignment:
    """One course for one rep: why, in a sentence the rep reads, the words behind it, and why it was withdrawn.

    Raises:
        ValueError: no evidence.
    """

    course: str
    title: str
    skill: str
    minutes: int
    reason: str
    because: tuple[Evidence, ...]
    urgency: float
    withdrawn: Withdrawal | None = None

    def __post_init__(self) -> None:
        if not self.because:
            raise ValueError(f"course {self.course} is assigned without evidence")


@dataclass(frozen=True, slots=True)
class _Case:
    """One trigger that holds: its sentence, its evidence, and how much it presses (higher first)."""

    reason: str
    because: tuple[Evidence, ...]
    urgency: float


def assign_courses(
    courses: Sequence[CourseItem],
    *,
    visits: Sequence[VisitRecord],
    skills: Sequence[SkillScore],
    titles: dict[tuple[str, str], str],
    now: datetime,
    already: Collection[str] = (),
    limit: int = 2,
    last_month: Mapping[str, float] | None = None,
) -> list[CourseAssignment]:
    """The courses a rep's visits call for, the most pressing first, at most one a skill dimension.

    When nothing presses, the one course of the monthly plan for the rep's weakest skill.

    Args:
        visits: of this rep, in any order, the newest being the one just analysed.
        skills: the rep's scores; those with insufficient data assign nothing.
        titles: Chinese names by (kind, code).
        already: ids of courses this rep has open or has finished lately.
        last_month: the rep's values of last month by skill; a skill that fell by more than chance calls for a course.
    """
    ordered = sorted(visits, key=lambda record: record.visited_at)
    free = [course for course in courses if course.in_use and course.id not in already]
    found: list[CourseAssignment] = []
    for course in free:
        cases = list(_cases(course, ordered, skills, titles=titles, now=now))
        cases += _falling(course, ordered, skills, last_month or {}, titles=titles, now=now)
        if cases:
            found.append(_assign(course, max(cases, key=lambda candidate: candidate.urgency)))
    if not found:
        found.extend(_plan(free, ordered, skills, titles=titles, now=now))
    found.sort(key=lambda assignment: (-assignment.urgency, assignment.course))
    chosen: list[CourseAssignment] = []
    for assignment in found:
        if assignment.skill not in {kept.skill for kept in chosen}:
            chosen.append(assignment)
    return chosen[:limit]


def _assign(course: CourseItem, case: _Case) -> CourseAssignment:
    return CourseAssignment(
        course.id, course.title, course.skill, course.minutes, case.reason, case.because, case.urgency
    )


def _plan(
    courses: Sequence[CourseItem],
    visits: Sequence[VisitRecord],
    skills: Sequence[SkillScore],
    *,
    titles: dict[tuple[str, str], str],
    now: datetime,
) -> Iterator[CourseAssignment]:
    """One course for the weakest known skill that has one and words behind it."""
    for score in sorted(skills, key=lambda known: 101.0 if known.score is None else known.score):
        known = tuple(_proofs(score, visits))
        for course in courses:
            line = course.trigger.plan
            if line is None or course.skill != score.code or not known:
                continue
            if score.score is not None and score.score < line.below:
                name = titles.get(("skill", score.code), score.code)
                proof, note = known[0]
                reason = (
                    f"本月建议补“{name}”：目前{score.score:.0f}分，是您各项里最低的。"
                    f"比如{_day(proof, now=now)}“{shorten(proof.quote)}”：{note}"
                )
                yield _assign(course, _Case(reason, tuple(said for said, _ in known[:3]), PLAN_URGENCY))
                return


def _cases(
    course: CourseItem,
    visits: Sequence[VisitRecord],
    skills: Sequence[SkillScore],
    *,
    titles: dict[tuple[str, str], str],
    now: datetime,
) -> Iterator[_Case]:
    trigger = course.trigger
    if trigger.streak is not None:
        yield from _streak(trigger.streak, visits, course=course, now=now)
    if trigger.unhandled is not None:
        yield from _unhandled(trigger.unhandled, visits, titles=titles, now=now)
    if trigger.said is not None and visits:
        yield from _said(trigger.said, visits, now=now)
    if trigger.low_skill is not None:
        for score in skills:
            if score.code == course.skill:
                yield from _low_skill(score, below=trigger.low_skill.below, visits=visits, titles=titles)


def _streak(streak: Streak, visits: Sequence[VisitRecord], *, course: CourseItem, now: datetime) -> Iterator[_Case]:
    recent = visits[-streak.visits :]
    if len(recent) < streak.visits:
        return
    evidence: list[Evidence] = []
    for visit in recent:
        anchors = _in_visit(streak.despite, visit, now=now)
        missed = not any(_in_visit(selection, visit, now=now) for selection in streak.without)
        if not anchors or not missed:
            return
        evidence.append(anchors[-1].evidence)
    days = "、".join(_day(said, now=now) for said in evidence)
    reason = f"连续{len(recent)}次拜访（{days}）都出现了同样的缺口：{course.description}"
    yield _Case(reason, tuple(evidence), 90.0 + len(recent))


def _unhandled(
    rule: Unhandled, visits: Sequence[VisitRecord], *, titles: dict[tuple[str, str], str], now: datetime
) -> Iterator[_Case]:
    open_ones = [
        raised
        for visit in visits[-rule.visits :]
        for raised in raised_objections(visit)
        if raised.answer is None and raised.finding.code in rule.objections
    ]
    if len(open_ones) < rule.times:
        return
    last = open_ones[-1]
    name = titles.get(("objection", last.finding.code), last.finding.code)
    reason = (
        f"最近有{len(open_ones)}处“{name}”类异议没有得到回应，"
        f"比如{_day(last.evidence, now=now)}客户说“{shorten(last.evidence.quote)}”"
    )
    yield _Case(reason, tuple(raised.evidence for raised in open_ones[-3:]), 60.0 + 5.0 * len(open_ones))


def _said(selection: Selection, visits: Sequence[VisitRecord], *, now: datetime) -> Iterator[_Case]:
    matches = find_matches(selection, visit=visits[-1], earlier=visits[:-1], now=now)
    if matches:
        last = matches[-1].evidence
        who = "您说" if last.role == "rep" else "客户说"
        reason = f"{_day(last, now=now)}{who}“{shorten(last.quote)}”"
        yield _Case(reason, tuple(match.evidence for match in matches[-3:]), 70.0)


def _low_skill(
    score: SkillScore, *, below: int, visits: Sequence[VisitRecord], titles: dict[tuple[str, str], str]
) -> Iterator[_Case]:
    if score.score is None or score.score >= below:
        return
    evidence = tuple(proof for proof, _ in _proofs(score, visits))
    if evidence:
        name = titles.get(("skill", score.code), score.code)
        reason = f"“{name}”目前{score.score:.0f}分，来自{score.n}处观察"
        yield _Case(reason, evidence[:3], 50.0 + (below - score.score) / 2)


def _falling(
    course: CourseItem,
    visits: Sequence[VisitRecord],
    skills: Sequence[SkillScore],
    last_month: Mapping[str, float],
    *,
    titles: dict[tuple[str, str], str],
    now: datetime,
) -> Iterator[_Case]:
    """A dimension that stood higher last month by more than its band can explain, with what pulled it down."""
    for score in skills:
        before = last_month.get(score.code)
        if course.skill != score.code or course.trigger.plan is None or score.score is None or before is None:
            continue
        if before - score.score < FALLEN_BY or (score.band and before <= score.band[1]):
            continue
        known = tuple(_proofs(score, visits))
        if known:
            name = titles.get(("skill", score.code), score.code)
            proof, note = known[0]
            reason = (
                f"“{name}”从上月的{before:.0f}分降到{score.score:.0f}分。"
                f"比如{_day(proof, now=now)}“{shorten(proof.quote)}”：{note}"
            )
            yield _Case(reason, tuple(said for said, _ in known[:3]), FALLING_URGENCY + before - score.score)


def _proofs(score: SkillScore, visits: Sequence[VisitRecord]) -> Iterator[tuple[Evidence, str]]:
    """What spoke against the skill, and the rule's note to each."""
    by_id = {visit.visit_id: visit for visit in visits}
    for seen in score.evidence:
        visit = by_id.get(seen.visit_id)
        if seen.value < 50 and seen.turn is not None and visit is not None:
            proof = find_evidence(visit, turn=seen.turn, quote=seen.quote)
            if proof is not None:
                yield proof, seen.note


def _in_visit(selection: Selection, visit: VisitRecord, *, now: datetime) -> list[Match]:
    return find_matches(selection.model_copy(update={"scope": "this"}), visit=visit, earlier=(), now=now)


def _day(said: Evidence, *, now: datetime) -> str:
    return spoken_day(local_day(said.said_at), today=local_day(now))
