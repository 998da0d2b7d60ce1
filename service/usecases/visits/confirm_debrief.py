"""The visit form: filled in from the recording, confirmed with one call; what was changed teaches the next model.

Each changed field becomes a label, told as it is; an objection that was changed becomes one of the turn that the form
had quoted as well, and that one the next training reads.
"""

from dataclasses import dataclass

from service.domain.coaching.debriefs import (
    DebriefForm,
    DebriefRow,
    changes_between,
    fill_form,
    judge_objections,
    labels_of_changes,
)
from service.domain.coaching.reviews import label_of
from service.domain.errors import Conflict, NotFound
from service.domain.ports import UnitOfWork
from service.domain.records import AnalysisRecord
from service.domain.visit import Visit
from service.usecases.coaching.coach_visit import record_of
from service.usecases.privacy.check_notice import require_verified
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class FilledDebrief:
    """The form as the recording fills it, and as it was confirmed, if it was."""

    version: int
    filled: DebriefForm
    confirmed: DebriefRow | None


def read_debrief(services: Services, *, tenant_id: str, visit_id: str) -> FilledDebrief:
    """The form of a visit.

    Raises:
        NotFound: no such visit. Conflict: it is not analysed yet (`analysis_not_ready`).
    """
    with services.uow(write=False) as tx:
        _, record = _analysed(tx, tenant_id, visit_id)
        confirmed = tx.coaching.debriefs.get(tenant_id, visit_id)
    return FilledDebrief(record.version, fill_form(record.analysis.debrief, services.content.titles), confirmed)


def confirm_debrief(
    tx: UnitOfWork, services: Services, *, tenant_id: str, visit_id: str, form: DebriefForm | None, by: str
) -> FilledDebrief:
    """The form, filled and confirmed, with what the rep changed in it; `form` is None where all of it was right."""
    visit, record = _analysed(tx, tenant_id, visit_id)
    debrief, titles = record.analysis.debrief, services.content.titles
    filled = fill_form(debrief, titles)
    confirmed = filled if form is None else form
    changes = changes_between(filled, confirmed, debrief)
    row = DebriefRow(visit_id, tenant_id, services.clock.now(), record.version, confirmed, changes, by)
    tx.coaching.debriefs.put(row)
    tx.coaching.labels.remove(tenant_id, among={"visit_id": [visit_id], "source": ["debrief"]})
    texts = {turn.i: (str(turn.role), turn.text) for turn in record.analysis.turns}
    label_ids = {change.field: services.ids.new("lab") for change in changes}
    for label in labels_of_changes(row, visit_id=visit_id, texts=texts, label_ids=label_ids):
        tx.coaching.labels.add(label)
    seen = record_of(visit, record)
    for finding, judged in judge_objections(row, filled=filled, visit=seen, titles=titles):
        label_id = services.ids.new("lab")
        tx.coaching.labels.add(
            label_of(seen, finding, judged, label_id=label_id, tenant_id=tenant_id, now=services.clock.now())
        )
    return FilledDebrief(record.version, filled, row)


def _analysed(tx: UnitOfWork, tenant_id: str, visit_id: str) -> tuple[Visit, AnalysisRecord]:
    visit = tx.visits.get(tenant_id, visit_id)
    if visit is None:
        raise NotFound("there is no such visit", code="visit_not_found")
    require_verified(visit)
    record = tx.analyses.latest(tenant_id, visit_id)
    if record is None:
        raise Conflict("this visit is not analysed yet", code="analysis_not_ready")
    return visit, record
