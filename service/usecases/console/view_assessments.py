"""Versions of the impact assessment and the record of processing: who made and signed each, and what changed."""

from dataclasses import dataclass

from service.domain.ports import UnitOfWork
from service.domain.privacy.assessments import ASSESSMENT_KINDS, AssessmentKind, AssessmentRow, Change, compare
from service.usecases.console.view_privacy import name_of_actor
from service.usecases.console.view_scope import Scope
from service.usecases.privacy.assess_processing import Standing, find_assessment, standing_of
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version; `changes` since the version before it, None of the first; `newest`: no later one stands."""

    row: AssessmentRow
    author: str
    signer: str
    changes: tuple[Change, ...] | None
    newest: bool

    @property
    def may_sign(self) -> bool:
        """Whether it can still be approved: the newest, untouched, and not signed yet."""
        return self.newest and self.row.approved_at is None and self.row.holds()


@dataclass(frozen=True, slots=True)
class KindView:
    """All versions of one kind, the newest first, and what is done otherwise than the signed one says."""

    kind: AssessmentKind
    versions: tuple[VersionLine, ...]
    standing: Standing


def view_assessments(tx: UnitOfWork, services: Services, scope: Scope) -> list[KindView]:
    """Both kinds."""
    installed = services.installed()
    return [
        KindView(kind, _versions(tx, scope, kind), standing_of(tx, services, scope.tenant_id, kind, installed))
        for kind in ASSESSMENT_KINDS
    ]


def view_version(tx: UnitOfWork, scope: Scope, assessment_id: str) -> VersionLine:
    """One version.

    Raises:
        NotFound: there is none (`assessment_not_found`).
    """
    kind = find_assessment(tx, scope.tenant_id, assessment_id).kind
    return next(line for line in _versions(tx, scope, kind) if line.row.id == assessment_id)


def _versions(tx: UnitOfWork, scope: Scope, kind: AssessmentKind) -> tuple[VersionLine, ...]:
    rows = tx.privacy.assessments.find(scope.tenant_id, among={"kind": [kind]})
    rows = sorted(rows, key=lambda row: -row.version)
    before: list[AssessmentRow | None] = [*rows[1:], None][: len(rows)]
    return tuple(
        VersionLine(
            row=row,
            author=name_of_actor(scope, row.author),
            signer=name_of_actor(scope, row.approved_by),
            changes=None if earlier is None else tuple(compare(earlier.document, row.document)),
            newest=row is rows[0],
        )
        for row, earlier in zip(rows, before, strict=True)
    )
