"""What the coach stage writes beside the analysis: observations, how the talk went, hints, courses, and where findings
are.

Invariant: running it twice leaves what running it once leaves; what a person has answered meanwhile is not touched.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from service.domain.coaching.behaviour import Behaviour
from service.domain.coaching.coach import Coaching
from service.domain.coaching.course_rows import DUE_IN, OPEN, CourseRow
from service.domain.coaching.courses import CourseAssignment
from service.domain.coaching.hint_rows import SETTLED, HintFeedback, hint_row
from service.domain.coaching.hints import GivenHint, HintStatus
from service.domain.coaching.observations import CoachedVisit, observation_row
from service.domain.coaching.reviews import FindingPlace
from service.domain.coaching.skill_report import LOOKS_BACK
from service.domain.coaching.skills import Observation
from service.domain.ports import UnitOfWork
from service.domain.records import AnalysisRecord
from service.domain.visit import Visit

COURSE_REST = timedelta(days=30)  # a course that was assigned is not assigned again for a month
HINT_REST = timedelta(days=365)  # no card rests longer
HINT_HEAD = ("id", "card", "action", "at", "status", "visit_id", "rep_id")


def keep_coaching(tx: UnitOfWork, visit: Visit, record: AnalysisRecord, coaching: Coaching, *, now: datetime) -> None:
    """Write it all for the visit's latest analysis."""
    store, tenant_id = tx.coaching, visit.tenant_id
    keep_observations(tx, visit, coaching.observations, coaching.behaviour)
    keep_places(tx, visit, record, now=now)
    store.hints.remove(tenant_id, among={"visit_id": [visit.id], "status": ["proposed"]})
    for hint in coaching.hints:
        row = hint_row(
            hint, tenant_id=tenant_id, visit_id=visit.id, rep_id=visit.rep_id, account_id=visit.account_id, at=now
        )
        known = None if store.hints.add(row) else store.hints.get(tenant_id, row.id)
        if known is not None and known.status == "withdrawn":
            store.hints.put(row)  # called for again, and on grounds that no appeal has struck out
    store.courses.remove(tenant_id, among={"visit_id": [visit.id], "state": ["proposed"]})
    for course in coaching.courses:
        given = _course_row(visit, course, now=now)
        before = None if store.courses.add(given) else store.courses.get(tenant_id, given.id)
        if before is not None and before.state == "withdrawn":
            store.courses.put(given)


def keep_places(tx: UnitOfWork, visit: Visit, record: AnalysisRecord, *, now: datetime) -> None:
    """Which visit each finding is in, so that people can say whether it is right."""
    tx.coaching.places.remove(visit.tenant_id, among={"visit_id": [visit.id]})
    for finding in record.analysis.findings:
        tx.coaching.places.put(FindingPlace(finding.id, visit.tenant_id, now, visit.id))


def keep_observations(tx: UnitOfWork, visit: Visit, observations: Sequence[Observation], behaviour: Behaviour) -> None:
    """What the visit's words say of the rep, in place of what was kept before."""
    store = tx.coaching
    store.observations.remove(visit.tenant_id, among={"visit_id": [visit.id], "source": ["talk"]})
    for seen in observations:
        store.observations.put(observation_row(visit, seen, source="talk"))
    store.visits.put(
        CoachedVisit(visit.id, visit.tenant_id, visit.visited_at, visit.rep_id, visit.account_id, behaviour)
    )


def read_struck(tx: UnitOfWork, tenant_id: str, visit_ids: Collection[str]) -> frozenset[str]:
    """Ids of the visits' findings that upheld appeals have struck out."""
    upheld = {"visit_id": visit_ids, "subject": ["finding"], "state": ["upheld"]}
    return frozenset(appeal.target_id for appeal in tx.coaching.appeals.find(tenant_id, among=upheld))


def _course_row(visit: Visit, course: CourseAssignment, *, now: datetime) -> CourseRow:
    key = "|".join((visit.rep_id, course.course, visit.id))
    return CourseRow(
        id="crs_" + hashlib.sha256(key.encode()).hexdigest()[:32],
        tenant_id=visit.tenant_id,
        at=now,
        visit_id=visit.id,
        rep_id=visit.rep_id,
        course=course.course,
        skill=course.skill,
        source="rule",
        reason=course.reason,
        because=course.because,
        state="proposed",
        due_at=now + DUE_IN,
    )


def read_given_hints(
    tx: UnitOfWork,
    tenant_id: str,
    *,
    account_id: str,
    until: datetime,
    but_visit: str | None = None,
    rep_id: str = "",
) -> list[GivenHint]:
    """Hints that were given for the account before `until`, for their cool-down; not those of `but_visit`.

    What was withdrawn counts as never given: its card may speak again on better grounds.

    Args:
        rep_id: whom the next hints are for. Of a colleague's hints only those then count that settle the matter for
            everybody: done, done already, or wrong; the others this rep has not seen, or may judge otherwise.
    """
    given = tx.coaching.hints.heads(
        tenant_id, HINT_HEAD, among={"account_id": [account_id]}, since=until - HINT_REST, until=until
    )
    settled = [row["id"] for row in given if row["status"] in SETTLED]
    answers = tx.coaching.feedback.find(tenant_id, among={"hint_id": settled}) if settled else []
    last = {answer.hint_id: answer for answer in reversed(answers)}  # the last answer is the one that counts
    return [
        _given(row, last.get(row["id"]))
        for row in given
        if row["status"] != "withdrawn"
        and (row["visit_id"] is None or row["visit_id"] != but_visit)
        and (rep_id in ("", row["rep_id"]) or _settles_for_all(row["status"], last.get(row["id"])))
    ]


def _given(row: Mapping[str, Any], answer: HintFeedback | None) -> GivenHint:
    answered_at = answer.at if answer is not None else row["at"]
    settled_at = answered_at if row["status"] in SETTLED else None
    return GivenHint(row["card"], row["action"], row["at"], row["status"] == "dismissed", settled_at)


def _settles_for_all(status: HintStatus, answer: HintFeedback | None) -> bool:
    """Whether what one rep made of a hint is as true for a colleague."""
    waved_away = status == "dismissed" and answer is not None and answer.reason in ("already_done", "wrong")
    return status == "done" or waved_away


def read_open_courses(
    tx: UnitOfWork, tenant_id: str, *, rep_id: str, now: datetime, but_visit: str | None = None
) -> set[str]:
    """Ids of courses that the rep has open, or was given within the month; not those this visit called for, nor what
    was withdrawn.
    """
    rows = tx.coaching.courses.find(tenant_id, among={"rep_id": [rep_id]})
    return {
        row.course
        for row in rows
        if row.state != "withdrawn"
        and (row.state in OPEN or row.at >= now - COURSE_REST)
        and (row.visit_id is None or row.visit_id != but_visit)
    }


def read_ticks(tx: UnitOfWork, tenant_id: str, *, rep_id: str, now: datetime) -> list[Observation]:
    """What the rep ticked off or had signed, as far as it still weighs and no upheld appeal has struck it out."""
    rows = tx.coaching.observations.find(
        tenant_id, among={"rep_id": [rep_id], "source": ["tick", "proof"]}, since=now - LOOKS_BACK
    )
    upheld = {"rep_id": [rep_id], "subject": ["observation"], "state": ["upheld"]}
    struck = {appeal.target_id for appeal in tx.coaching.appeals.find(tenant_id, among=upheld)}
    return [row.observed() for row in rows if row.id not in struck]
