"""Take back the hints and courses that rest on nothing but what an upheld appeal has struck out, and tell the CRM.

Invariant: nothing is deleted: what is withdrawn keeps its text and quotes, and says why and by which appeal. What a rep
has done or a trainer has given of their own accord is not touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from service.domain.coaching.course_rows import OPEN, CourseRow, admit_move
from service.domain.coaching.hint_rows import STANDING, HintRow, withdrawn_hint
from service.domain.coaching.reviews import Appeal
from service.domain.coaching.struck import without_findings
from service.domain.delivery.deliveries import Event
from service.domain.evidence import Evidence
from service.domain.ports import UnitOfWork
from service.domain.privacy.withdrawal import Withdrawal, course_grounds, has_fallen, hint_grounds
from service.domain.visit import Visit, VisitRecord
from service.usecases.coaching.coach_visit import record_of
from service.usecases.coaching.keep_coaching import read_struck
from service.usecases.services import Services


def withdraw_coaching(tx: UnitOfWork, services: Services, *, appeal: Appeal, about: str) -> None:
    """Withdraw what the upheld appeal leaves without grounds, and publish `coaching.withdrawn` where that is anything.

    Args:
        about: what was struck out, as people call it.
    """
    visit = tx.visits.get(appeal.tenant_id, appeal.visit_id)
    if visit is None or appeal.ruled_at is None:
        return
    withdrawal = Withdrawal(appeal.ruled_at, appeal.id, f"所依据的{about}经申诉裁定不成立")
    grounds = _Grounds(tx, services, visit)
    hints = [withdrawn_hint(row, withdrawal) for row in grounds.fallen_hints()]
    courses = grounds.fallen_courses()
    for hint in hints:
        tx.coaching.hints.put(hint)
    for course in courses:
        admit_move(course, "withdrawn")
        tx.coaching.courses.put(replace(course, state="withdrawn", withdrawn=withdrawal))
    if hints or courses:
        tx.events.add(_event(tx, services, visit, appeal, withdrawal, hints=hints, courses=courses))


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What the hints and courses that quote one visit still rest on."""

    tx: UnitOfWork
    services: Services
    visit: Visit

    def fallen_hints(self) -> list[HintRow]:
        """Hints for the account, given after this visit or quoting it, that rest on nothing any more."""
        among = {"account_id": [self.visit.account_id], "status": STANDING}
        rows = [row for row in self.tx.coaching.hints.find(self.visit.tenant_id, among=among) if self._quotes(row)]
        cards = {card.id: card for card in self.services.content.hint_cards}
        cited = self._cited([row.document.because for row in rows])
        fallen: list[HintRow] = []
        for row in rows:
            card = cards.get(row.card)
            lost = {at: hint_grounds(card, raw) - hint_grounds(card, ruled) for at, (raw, ruled) in cited.items()}
            if has_fallen(row.document.because, lost, visit_id=self.visit.id):
                fallen.append(row)
        return fallen

    def fallen_courses(self) -> list[CourseRow]:
        """Courses that a rule called for and that rest on nothing any more."""
        among = {"rep_id": [self.visit.rep_id], "state": OPEN, "source": ["rule"]}
        rows = [row for row in self.tx.coaching.courses.find(self.visit.tenant_id, among=among) if self._quotes(row)]
        courses = {course.id: course for course in self.services.content.courses}
        cited = self._cited([row.because for row in rows])
        struck = self._struck_observations(list(cited))
        cards = self.services.content.skill_cards
        fallen: list[CourseRow] = []
        for row in rows:
            course = courses.get(row.course)
            lost = {
                at: course_grounds(course, raw, cards) - course_grounds(course, ruled, cards, struck=struck)
                for at, (raw, ruled) in cited.items()
            }
            if has_fallen(row.because, lost, visit_id=self.visit.id):
                fallen.append(row)
        return fallen

    def _quotes(self, row: HintRow | CourseRow) -> bool:
        because = row.because if isinstance(row, CourseRow) else row.document.because
        return any(said.visit_id == self.visit.id for said in because)

    def _cited(self, proofs: Sequence[Sequence[Evidence]]) -> Mapping[str, tuple[VisitRecord, VisitRecord]]:
        """Each visit that is quoted, as it was found and as it reads after all rulings."""
        tenant_id = self.visit.tenant_id
        ids = sorted({said.visit_id for because in proofs for said in because})
        struck = read_struck(self.tx, tenant_id, ids) if ids else frozenset()
        cited: dict[str, tuple[VisitRecord, VisitRecord]] = {}
        for visit_id in ids:
            visit, record = self.tx.visits.get(tenant_id, visit_id), self.tx.analyses.latest(tenant_id, visit_id)
            if visit is not None and record is not None:
                raw = record_of(visit, record)
                cited[visit_id] = raw, without_findings(raw, struck)
        return cited

    def _struck_observations(self, visit_ids: Sequence[str]) -> frozenset[str]:
        upheld = {"visit_id": visit_ids, "state": ["upheld"]}
        appeals = self.tx.coaching.appeals.find(self.visit.tenant_id, among=upheld) if visit_ids else []
        return frozenset(seen for appeal in appeals for seen in appeal.touches)


def _event(
    tx: UnitOfWork,
    services: Services,
    visit: Visit,
    appeal: Appeal,
    withdrawal: Withdrawal,
    *,
    hints: Sequence[HintRow],
    courses: Sequence[CourseRow],
) -> Event:
    told: dict[str, Any] = {
        "external_id": visit.external_id,
        "rep_id": visit.rep_id,
        "account_id": visit.account_id,
        "appeal_id": appeal.id,
        "text": withdrawal.reason,
        "hints": [{"id": row.id, "card": row.card, "rep_id": row.rep_id, "visit_id": row.visit_id} for row in hints],
        "courses": [{"id": row.id, "course": row.course, "visit_id": row.visit_id} for row in courses],
        "links": {"visit": f"/v1/visits/{visit.id}", "analysis": f"/v1/visits/{visit.id}/analysis"},
    }
    return Event(
        id=services.ids.new("evt"),
        tenant_id=visit.tenant_id,
        type="coaching.withdrawn",
        occurred_at=withdrawal.at,
        visit_id=visit.id,
        sequence=tx.events.next_sequence(visit.tenant_id, visit.id),
        data=told,
    )


def read_withdrawn(tx: UnitOfWork, tenant_id: str, visit_id: str) -> dict[str, Withdrawal]:
    """Why what this visit called for was taken back: hints by id, courses by the course."""
    of_visit = {"visit_id": [visit_id]}
    hints = tx.coaching.hints.find(tenant_id, among={**of_visit, "status": ["withdrawn"]})
    courses = tx.coaching.courses.find(tenant_id, among={**of_visit, "state": ["withdrawn"]})
    by_id = {row.id: row.document.withdrawn for row in hints} | {row.course: row.withdrawn for row in courses}
    return {at: withdrawal for at, withdrawal in by_id.items() if withdrawal is not None}
