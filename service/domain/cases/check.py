"""Whether an item of content does what its own cases say: something to say or nothing, in the figures they give."""

from collections.abc import Callable, Iterator, Mapping

from service.domain.cases.counting import of_losses, of_metric, of_plan
from service.domain.cases.deciding import of_attribution, of_credibility, of_desk, of_loop
from service.domain.cases.outcome import CaseFault, Outcome, Path, differences
from service.domain.cases.reporting import of_pressure, of_reports
from service.domain.cases.standing import of_health, of_process
from service.domain.content.attribution import AttributionCard
from service.domain.content.bundle import Content
from service.domain.content.case_examples import Case, CaseExamples
from service.domain.content.closed_loops import ClosedLoop
from service.domain.content.credibility import CredibilityCard
from service.domain.content.deal_desk import DealDesk
from service.domain.content.header import Header
from service.domain.content.health_cards import HealthCard
from service.domain.content.loss_patterns import LossPattern
from service.domain.content.metrics import Metric
from service.domain.content.plan_cards import PlanCard
from service.domain.content.pressure_cards import PressureCard
from service.domain.content.processes import Process
from service.domain.content.report_cards import ReportCard

_JUDGES: Mapping[type[Header], Callable[..., Outcome]] = {
    Process: of_process,
    HealthCard: of_health,
    Metric: of_metric,
    PlanCard: of_plan,
    LossPattern: of_losses,
    AttributionCard: of_attribution,
    CredibilityCard: of_credibility,
    DealDesk: of_desk,
    ClosedLoop: of_loop,
    ReportCard: of_reports,
    PressureCard: of_pressure,
}


def cases_of(item: Header) -> CaseExamples | None:
    """The item's cases; None where it has none, or is of a kind that has none."""
    found = getattr(item, "examples", None)
    return found if isinstance(found, CaseExamples) else None


def failures_in(item: Header, content: Content) -> Iterator[CaseFault]:
    """Every case of an item that does not hold.

    Args:
        content: with the item in it, and with what it names.
    """
    cases = cases_of(item)
    if cases is None:
        return
    for number, case in enumerate(cases.fires):
        yield from _failures(item, case, content, ("examples", "fires", number), fires=True)
    for number, case in enumerate(cases.stays_silent):
        yield from _failures(item, case, content, ("examples", "stays_silent", number), fires=False)


def _failures(item: Header, case: Case, content: Content, path: Path, *, fires: bool) -> Iterator[CaseFault]:
    outcome = _JUDGES[type(item)](item, case, content)
    if outcome.fired != fires:
        said = "has something to say" if outcome.fired else "stays silent"
        yield CaseFault(path, f"{said}: {dict(outcome.figures)}; mend the item or the case")
    yield from differences(case.gives, outcome, (*path, "gives"))
