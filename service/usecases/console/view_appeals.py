"""Appeals as the console lists them: what each is about, where that was said, and what was withdrawn with it."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.domain.coaching.reviews import Appeal, AppealState
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.usecases.console.view_scope import Scope, read_scope
from service.usecases.services import Services

SHOWN = 100
READ = 5 * SHOWN  # appeals of other teams lie between


@dataclass(frozen=True, slots=True)
class AppealLine:
    """One appeal; `turn` is where its words stand, `kind` and `code` name a contested finding that is still there.

    `hints` and `courses` count what was withdrawn because of it.
    """

    appeal: Appeal
    turn: int | None = None
    kind: str = ""
    code: str = ""
    hints: int = 0
    courses: int = 0


def list_appeals(
    services: Services, viewer: Person, *, state: AppealState | None = None
) -> tuple[list[AppealLine], Scope]:
    """The newest hundred appeals that the viewer may see, the open ones first, and the scope."""
    among = {"state": [state]} if state else None
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        found = tx.coaching.appeals.find(scope.tenant_id, among=among, limit=READ)
        seen = [appeal for appeal in found if scope.sees(appeal.rep_id)][:SHOWN]
        seen.sort(key=lambda appeal: appeal.state != "open")
        lines = [_line(tx, appeal) for appeal in seen]
    return lines, scope


def _line(tx: UnitOfWork, appeal: Appeal) -> AppealLine:
    if appeal.subject == "observation":
        row = tx.coaching.observations.get(appeal.tenant_id, appeal.target_id)
        turn, kind, code = (row.turn if row else None), "", ""
    else:
        record = tx.analyses.latest(appeal.tenant_id, appeal.visit_id)
        findings = record.analysis.findings if record else ()
        finding = next((one for one in findings if one.id == appeal.target_id), None)
        turn, kind, code = (finding.turn, finding.kind, finding.code) if finding else (None, "", "")
    if appeal.state != "upheld":
        return AppealLine(appeal, turn, kind, code)
    return AppealLine(appeal, turn, kind, code, *_withdrawn(tx, appeal))


def _withdrawn(tx: UnitOfWork, appeal: Appeal) -> tuple[int, int]:
    """How many hints and courses went with it: those of the visit's account and rep."""
    visit = tx.visits.get(appeal.tenant_id, appeal.visit_id)
    if visit is None:
        return 0, 0
    hints = tx.coaching.hints.find(appeal.tenant_id, among={"account_id": [visit.account_id], "status": ["withdrawn"]})
    courses = tx.coaching.courses.find(appeal.tenant_id, among={"rep_id": [visit.rep_id], "state": ["withdrawn"]})
    return (
        _by(appeal, (row.document.withdrawn.appeal_id for row in hints if row.document.withdrawn)),
        _by(appeal, (row.withdrawn.appeal_id for row in courses if row.withdrawn)),
    )


def _by(appeal: Appeal, ids: Iterable[str]) -> int:
    return sum(one == appeal.id for one in ids)
