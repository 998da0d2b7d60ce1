"""Whether findings, churn levels and skill values differ between groups: each figure as a chart and as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.console.guests import Viewer
from service.console.rendering import page
from service.console.wiring import console_of
from service.domain.privacy.bias import (
    CHURN,
    GROUPINGS,
    LEAST_REPS,
    LEAST_VISITS,
    SKILL,
    BiasFigure,
    Estimate,
    Grouping,
)
from service.usecases.console.view_privacy import actor_in, require_answer
from service.usecases.console.view_scope import store_name
from service.usecases.privacy.read_bias import DAYS, LONGEST, read_bias

router = APIRouter()
KINDS = (CHURN, SKILL, "objection", "signal")
SPANS = (30, 90, 180, 365)
Days = Annotated[int, Query(ge=1, le=LONGEST.days)]


@dataclass(frozen=True, slots=True)
class KindOfFigures:
    """The figures of one kind; shares of visits, but for skills, whose values go to 100."""

    kind: str
    figures: tuple[BiasFigure, ...]

    @property
    def full(self) -> float:
        """What the end of the scale stands for."""
        return 100.0 if self.kind == SKILL else 1.0

    def x(self, value: float) -> str:
        """Where a value lies on a scale of a hundred steps."""
        return f"{100 * value / self.full:.1f}"

    def width(self, seen: Estimate) -> str:
        """How wide its interval is on that scale; a line that can be seen even where it is none."""
        return f"{max(100 * (seen.high - seen.low) / self.full, 0.6):.1f}"


@router.get("/privacy/fairness")
def report(request: Request, viewer: Viewer, by: Annotated[Grouping, Query()] = "team", days: Days = DAYS) -> Response:
    """The report of the last days; who asked for it is written down."""
    services = console_of(request).services
    with services.uow(write=False) as tx:
        require_answer(tx, viewer)
    since = services.clock.now() - timedelta(days=days)
    found = read_bias(services, viewer.tenant_id, actor=actor_in(viewer), by=by, since=since)
    names = {}
    if by == "store":
        with services.uow(write=False) as tx:
            stores = {one.name for one in found.report.groups if one.kind == "named"}
            names = {store: store_name(tx, viewer.tenant_id, store) for store in stores}
    return page(
        request,
        "privacy_fairness.html",
        found=found,
        report=found.report,
        kinds=list(_by_kind(found.report.figures)),
        by=by,
        groupings=GROUPINGS,
        days=days,
        spans=sorted({*SPANS, days}),
        names=names,
        least={"visits": LEAST_VISITS, "reps": LEAST_REPS},
    )


def _by_kind(figures: Sequence[BiasFigure]) -> Iterator[KindOfFigures]:
    """Those of one kind together, in one order whatever was found; a kind that nobody said anything of is left out."""
    for kind in KINDS:
        own = tuple(figure for figure in figures if figure.kind == kind)
        if own:
            yield KindOfFigures(kind, own)
