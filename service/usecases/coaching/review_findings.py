"""People's word against the model's: a finding reviewed, a finding or score appealed against, an appeal ruled on.

Invariant: every verdict becomes a label, in the transaction that records it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from nlp.types import Finding
from service.domain.coaching.behaviour import measure_behaviour
from service.domain.coaching.reviews import (
    Appeal,
    AppealState,
    AppealSubject,
    Judgement,
    LabelRow,
    Missed,
    check_should_be,
    label_of,
    missing_label,
    rule,
)
from service.domain.coaching.skills import observe
from service.domain.coaching.struck import resting_on, without_findings
from service.domain.coaching.training_tasks import TRAINED, training_task
from service.domain.errors import Conflict, Gone, NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy.withdrawal import changed_figures
from service.domain.visit import VisitRecord
from service.usecases.coaching.coach_visit import record_of
from service.usecases.coaching.keep_coaching import keep_observations, read_struck
from service.usecases.coaching.withdraw_coaching import withdraw_coaching
from service.usecases.privacy.training_consent import trainable
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a rep contests, and why."""

    subject: AppealSubject
    target_id: str
    reason: str


def review_finding(
    tx: UnitOfWork, services: Services, *, tenant_id: str, finding_id: str, judged: Judgement
) -> LabelRow:
    """The label made of one person's verdict on one finding; a later one of the same person replaces it.

    Raises:
        NotFound: no such finding (`finding_not_found`). Gone: the analysis was made again without it
            (`finding_gone`). Invalid: what it should be is missing or unknown.
    """
    visit, finding = _finding(tx, tenant_id, finding_id)
    known = (
        frozenset(services.content.taxonomy.codes(finding.kind)) if finding.kind in ("objection", "signal") else None
    )
    check_should_be(judged.verdict, judged.should_be, known=known if known is not None else frozenset(judged.should_be))
    for earlier in tx.coaching.labels.find(tenant_id, among={"finding_id": [finding_id], "by": [judged.by]}):
        if earlier.source == judged.source:
            tx.coaching.labels.remove(tenant_id, among={"id": [earlier.id]})
    label = label_of(
        visit, finding, judged, label_id=services.ids.new("lab"), tenant_id=tenant_id, now=services.clock.now()
    )
    tx.coaching.labels.add(label)
    return label


def add_missing(
    tx: UnitOfWork, services: Services, *, tenant_id: str, visit_id: str, missed: Missed, by: str, note: str = ""
) -> LabelRow:
    """The label of what the model missed in a turn; the same person's same word before it is replaced.

    Raises:
        NotFound: no such visit. Conflict: it is not analysed yet (`analysis_not_ready`), or the model did find this
            (`label_found`). Invalid: no such turn, label or quote.
    """
    visit, record = tx.visits.get(tenant_id, visit_id), tx.analyses.latest(tenant_id, visit_id)
    if visit is None:
        raise NotFound("there is no such visit", code="visit_not_found")
    if record is None:
        raise Conflict("this visit is not analysed yet", code="analysis_not_ready")
    known = frozenset(services.content.taxonomy.codes(missed.kind))
    check_should_be("should_be", [missed.code], known=known)
    label = missing_label(
        record_of(visit, record), missed, by=by, note=note, label_id=services.ids.new("lab"), tenant_id=tenant_id,
        now=services.clock.now(),
    )  # fmt: skip
    for earlier in tx.coaching.labels.find(
        tenant_id, among={"visit_id": [visit_id], "code": [missed.code], "by": [by]}
    ):
        if (earlier.verdict, earlier.turn) == ("missing", missed.turn):
            tx.coaching.labels.remove(tenant_id, among={"id": [earlier.id]})
    tx.coaching.labels.add(label)
    return label


def withdraw_label(tx: UnitOfWork, *, tenant_id: str, label_id: str) -> LabelRow:
    """The label that a person took back; it is gone.

    Raises:
        NotFound: no such label (`label_not_found`). Conflict: it came from a ruling or a debrief (`label_settled`).
    """
    label = tx.coaching.labels.get(tenant_id, label_id)
    if label is None:
        raise NotFound("there is no such label", code="label_not_found")
    if label.source != "review":
        raise Conflict("a ruling or a debrief is not taken back here", code="label_settled")
    tx.coaching.labels.remove(tenant_id, among={"id": [label_id]})
    return label


@dataclass(frozen=True, slots=True)
class TrainingTasks:
    """Tasks to learn from, and how many judged visits were left out because their consent does not cover training."""

    tasks: list[Mapping[str, Any]]
    left_out: int


def export_tasks(tx: UnitOfWork, *, tenant_id: str, now: datetime) -> TrainingTasks:
    """One task for each turn of which people judged objections or signals, the newest word first; none of a visit
    whose consent does not cover training at `now`."""
    judged = [label for label in tx.coaching.labels.find(tenant_id) if label.kind in TRAINED and label.turn is not None]
    visit_ids = {label.visit_id for label in judged}
    allowed = trainable(tx, tenant_id, visit_ids, now)
    labels = [label for label in judged if label.visit_id in allowed]
    by_turn: dict[tuple[str, int | None], list[LabelRow]] = {}
    for label in labels:
        by_turn.setdefault((label.visit_id, label.turn), []).append(label)
    tasks = [training_task(of_turn[0], of_turn=of_turn) for of_turn in by_turn.values()]
    return TrainingTasks(tasks, len(visit_ids - allowed))


def open_appeal(tx: UnitOfWork, services: Services, *, tenant_id: str, complaint: Complaint) -> Appeal:
    """A new appeal; the score or finding it is about is marked so until it is ruled.

    Raises:
        NotFound: no such finding or observation. Conflict: an appeal about it is open already (`appeal_open`).
    """
    target: list[str] = [complaint.target_id]
    resting: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    about: dict[str, list[str]] = {"subject": [complaint.subject], "target_id": target, "state": ["open"]}
    if complaint.subject == "finding":
        visit, finding = _finding(tx, tenant_id, complaint.target_id)
        visit_id, rep_id, skill, quote = visit.visit_id, visit.rep_id, "", finding.quote
        resting = resting_on(visit, finding.id, services.content.skill_cards)
        figures = _figures_on(services, visit, finding.id)
    else:
        seen = tx.coaching.observations.get(tenant_id, complaint.target_id)
        if seen is None:
            raise NotFound("there is no such observation", code="observation_not_found")
        visit_id, rep_id, skill, quote = seen.visit_id, seen.rep_id, seen.skill, seen.quote
    if tx.coaching.appeals.find(tenant_id, among=about, limit=1):
        raise Conflict("an appeal about this is open already", code="appeal_open")
    appeal = Appeal(
        id=services.ids.new("app"),
        tenant_id=tenant_id,
        at=services.clock.now(),
        visit_id=visit_id,
        rep_id=rep_id,
        subject=complaint.subject,
        target_id=complaint.target_id,
        skill=skill,
        quote=quote,
        reason=complaint.reason,
        observations=resting,
        figures=figures,
    )
    tx.coaching.appeals.add(appeal)
    return appeal


def rule_appeal(
    tx: UnitOfWork, services: Services, *, tenant_id: str, appeal_id: str, state: AppealState, ruling: str, by: str
) -> Appeal:
    """The ruled appeal, and a label of a finding's ruling. Upheld, an observation no longer counts; of a contested
    finding those no longer that rest on it, and the visit's figures are made again as if it had not been found. Hints
    and courses that rest on what was struck out alone are withdrawn.

    Raises:
        NotFound: no such appeal (`appeal_not_found`). Conflict: it was ruled before (`appeal_ruled`).
    """
    appeal = tx.coaching.appeals.get(tenant_id, appeal_id)
    if appeal is None:
        raise NotFound("there is no such appeal", code="appeal_not_found")
    rule(appeal, state)
    ruled = replace(appeal, state=state, ruled_at=services.clock.now(), ruled_by=by, ruling=ruling)
    tx.coaching.appeals.put(ruled)
    if appeal.subject == "finding":
        judged = Judgement("wrong" if state == "upheld" else "right", note=ruling, by=by, source="appeal")
        try:
            review_finding(tx, services, tenant_id=tenant_id, finding_id=appeal.target_id, judged=judged)
        except (NotFound, Gone):
            return ruled  # the analysis was made again without it: there is nothing left to learn from
        if state == "upheld":
            _observe_again(tx, services, tenant_id, appeal.visit_id)
    if state == "upheld":
        withdraw_coaching(tx, services, appeal=ruled, about=_named(tx, services, ruled))
    return ruled


def _observe_again(tx: UnitOfWork, services: Services, tenant_id: str, visit_id: str) -> None:
    """The visit's observations and figures without what was struck out."""
    visit, record = tx.visits.get(tenant_id, visit_id), tx.analyses.latest(tenant_id, visit_id)
    if visit is not None and record is not None:
        seen = without_findings(record_of(visit, record), read_struck(tx, tenant_id, [visit_id]))
        observations = observe(services.content.skill_cards, [seen])
        keep_observations(tx, visit, observations, measure_behaviour(seen, services.content.talktracks))


def _named(tx: UnitOfWork, services: Services, appeal: Appeal) -> str:
    """What the appeal is about, as the rep reads it; never the words themselves."""
    titles = services.content.titles
    if appeal.subject == "observation":
        return f"“{titles.get(('skill', appeal.skill), appeal.skill)}”观察"
    _, finding = _finding(tx, appeal.tenant_id, appeal.target_id)
    return f"“{titles.get((finding.kind, finding.code), finding.code)}”标签"


def _figures_on(services: Services, visit: VisitRecord, finding_id: str) -> tuple[str, ...]:
    """Names of the talk figures that rest on the finding."""
    without, tracks = without_findings(visit, {finding_id}), services.content.talktracks
    return changed_figures(measure_behaviour(visit, tracks), measure_behaviour(without, tracks))


def contested_findings(tx: UnitOfWork, tenant_id: str, visit_id: str) -> list[str]:
    """Ids of the visit's findings with an open appeal."""
    about = {"visit_id": [visit_id], "subject": ["finding"], "state": ["open"]}
    return sorted(appeal.target_id for appeal in tx.coaching.appeals.find(tenant_id, among=about))


def _finding(tx: UnitOfWork, tenant_id: str, finding_id: str) -> tuple[VisitRecord, Finding]:
    place = tx.coaching.places.get(tenant_id, finding_id)
    visit = tx.visits.get(tenant_id, place.visit_id) if place else None
    record = tx.analyses.latest(tenant_id, place.visit_id) if place else None
    if visit is None or record is None:
        raise NotFound("there is no such finding", code="finding_not_found")
    finding = next((found for found in record.analysis.findings if found.id == finding_id), None)
    if finding is None:
        raise Gone("the visit was analysed again, and this finding is no longer there", code="finding_gone")
    return record_of(visit, record), finding
