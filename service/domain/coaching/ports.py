"""Everything coaching keeps, behind one small repository for all kinds of rows.

Invariant: rows of other tenants do not exist for any method here.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from service.domain.coaching.check_in import CheckIn, Proof
from service.domain.coaching.course_rows import CourseRow
from service.domain.coaching.debriefs import DebriefRow
from service.domain.coaching.hint_rows import HintFeedback, HintRow
from service.domain.coaching.observations import CoachedVisit, ObservationRow
from service.domain.coaching.reviews import Appeal, FindingPlace, LabelRow
from service.domain.coaching.score_reviews import ScoreReview
from service.domain.records import Page


class CoachingRow(Protocol):
    """What every row has: its id, its tenant, and the moment it is ordered by."""

    @property
    def id(self) -> str: ...
    @property
    def tenant_id(self) -> str: ...
    @property
    def at(self) -> datetime: ...


Row = TypeVar("Row", bound=CoachingRow)


class Rows(Protocol[Row]):
    """Rows of one kind."""

    def add(self, row: Row) -> bool:
        """Store it unless one of this id stands; whether it was new."""
        ...

    def put(self, row: Row) -> None:
        """Store it in place of one with the same id, if there is one."""
        ...

    def get(self, tenant_id: str, row_id: str) -> Row | None: ...
    def find(
        self,
        tenant_id: str,
        *,
        among: Mapping[str, Collection[str]] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """Rows whose columns have one of the given values, with `since <= at < until`, the newest first.

        Rows of the same moment are in falling order of their ids.
        """
        ...

    def heads(
        self,
        tenant_id: str,
        columns: Sequence[str],
        *,
        among: Mapping[str, Collection[str]] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Mapping[str, Any]]:
        """Of the rows that `find` gives, in its order, these columns alone: none that is sealed, so nothing is opened.

        Raises:
            ValueError: one of the columns may be sealed.
        """
        ...

    def page(self, tenant_id: str, page: Page, *, among: Mapping[str, Collection[str]] | None = None) -> list[Row]:
        """A cursor page in falling order of ids."""
        ...

    def remove(self, tenant_id: str, *, among: Mapping[str, Collection[str]]) -> int:
        """Forget rows whose columns have one of the given values; how many there were."""
        ...


class CoachingStore(Protocol):
    """One `Rows` per kind, on the unit of work's transaction."""

    observations: Rows[ObservationRow]
    visits: Rows[CoachedVisit]
    hints: Rows[HintRow]
    feedback: Rows[HintFeedback]
    courses: Rows[CourseRow]
    check_ins: Rows[CheckIn]
    proofs: Rows[Proof]
    debriefs: Rows[DebriefRow]
    labels: Rows[LabelRow]
    appeals: Rows[Appeal]
    places: Rows[FindingPlace]
    score_reviews: Rows[ScoreReview]
