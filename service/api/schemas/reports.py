"""Bodies of reports, plans, credibility, loss patterns and pressure tests."""

from typing import Annotated, Any

from pydantic import Field

from service.api.rendering import instant
from service.api.schemas.base import In, Out
from service.domain.crm.credibility import Credibility
from service.domain.crm.plan_grid import PlanGrid
from service.domain.crm.pressure import PressureTest


class AgreementOut(Out):
    """Two accounts of one visit compared."""

    axis: str
    visit_id: str
    value: float
    note: str
    because: list[str]


class AxisOut(Out):
    """One axis of the radar."""

    axis: str
    value: float | None
    n: int


class CredibilityOut(Out):
    """A rep's month; advisory: it leads to coaching, never to more. Under three comparisons there is no value."""

    rep_id: str
    month: str
    value: float | None
    n: int
    status: str
    low_below: float
    axes: list[AxisOut]
    agreements: list[AgreementOut]

    @classmethod
    def of(cls, found: Credibility, *, low_below: float) -> "CredibilityOut":
        """From the use case's answer."""
        status = "insufficient_data" if found.value is None else "low" if found.value < low_below else "good"
        return cls(
            rep_id=found.rep_id,
            month=found.month,
            value=found.value,
            n=found.n,
            status=status,
            low_below=low_below,
            axes=[AxisOut(axis=axis, value=value, n=n) for axis, (value, n) in found.axes.items()],
            agreements=[
                AgreementOut(axis=it.axis, visit_id=it.visit_id, value=it.value, note=it.note, because=list(it.because))
                for it in found.agreements
            ],
        )


class QuotaOut(Out):
    """A quota of the week."""

    action: str
    title: str
    at_least: int
    planned: int
    done: int
    missing: int


class TaskOut(Out):
    """A cell of the grid: customer, product, time."""

    task_id: str
    action: str
    account_id: str
    product: str
    due_at: str
    done_at: str | None
    because: list[str]


class AttainmentOut(Out):
    """Done of what was due by an hour."""

    hour: str
    done: int
    due: int


class PlanOut(Out):
    """A rep's week."""

    rep_id: str
    week: str
    quotas: list[QuotaOut]
    tasks: list[TaskOut]
    attainment: list[AttainmentOut]

    @classmethod
    def of(cls, grid: PlanGrid) -> "PlanOut":
        """From the use case's answer."""
        return cls(
            rep_id=grid.rep_id,
            week=grid.week.date().isoformat(),
            quotas=[
                QuotaOut(action=it.quota.action, title=it.quota.title, at_least=it.quota.at_least, planned=it.planned,
                         done=it.done, missing=it.missing)
                for it in grid.quotas
            ],
            tasks=[
                TaskOut(
                    task_id=it.task_id,
                    action=it.action,
                    account_id=it.account_id,
                    product=it.product,
                    due_at=it.due_at.isoformat(),
                    done_at=it.done_at and instant(it.done_at),
                    because=list(it.because),
                )
                for it in grid.tasks
            ],
            attainment=[
                AttainmentOut(hour=hour.isoformat(), done=done, due=due) for hour, done, due in grid.attainment
            ],
        )  # fmt: skip


class SectionOut(Out):
    """A section of a report and what it is headed."""

    id: str
    title: str


class DailyOut(Out):
    """A day, by the clock of `zone`: key progress, what stands still for too long, usage.

    `sections` are those that the tenant's card (`/v1/content`, kind `reports`) shows, in its order; the others are
    empty.
    """

    day: str
    zone: str
    events: int
    sections: list[SectionOut]
    progress: list[dict[str, Any]]
    stalled: list[dict[str, Any]]
    usage: dict[str, Any]


class WeeklyOut(Out):
    """A week, by the clock of `zone`: conversion ranking, progress in numbers, what stands still, usage.

    Who ended fewer than `at_least` deals has no rate.
    """

    week: str
    zone: str
    events: int
    sections: list[SectionOut]
    ranking: list[dict[str, Any]]
    at_least: int
    progress: dict[str, int]
    stalled: list[dict[str, Any]]
    usage: dict[str, Any]


class LossOut(Out):
    """One pattern's analysis of a group: weekly rates, common traits with their tables, ranked interventions."""

    pattern: str
    group: str
    threshold: float
    weeks: list[dict[str, Any]]
    traits: list[dict[str, Any]]
    interventions: list[dict[str, Any]]


class LossesOut(Out):
    """All patterns' analyses of a group."""

    items: list[LossOut]


class PressureIn(In):
    """CloudEvents of virtual opportunities, of which nothing is stored; none: those of the process's own card."""

    events: Annotated[list[dict[str, Any]], Field(default_factory=list, max_length=1_000)]


class SkippedOut(Out):
    """A stage entered without its evidence."""

    opportunity_id: str
    stage: str
    missing: list[str]


class OtherOut(Out):
    """A field filled with 「其他」."""

    opportunity_id: str
    field: str


class PersonOut(Out):
    """What one person did, and how the card words it."""

    person: str
    says: str
    skips: list[SkippedOut]
    others: list[OtherOut]


class CountOut(Out):
    """A node or field and how often it was evaded."""

    name: str
    n: int


class PressureOut(Out):
    """Who skips nodes and who writes 「其他」, and where the process itself is evaded most.

    `card` is the file of `/v1/content`, kind `pressure_tests`, that says which words count and who comes first;
    `is_enough`: as many opportunities were played as it asks for.
    """

    card: str
    opportunities: int
    is_enough: bool
    people: list[PersonOut]
    skipped_nodes: list[CountOut]
    evaded_fields: list[CountOut]

    @classmethod
    def of(cls, test: PressureTest) -> "PressureOut":
        """From the use case's answer."""
        return cls(
            card=test.card.id,
            opportunities=test.opportunities,
            is_enough=test.is_enough,
            people=[
                PersonOut(
                    person=it.person,
                    says=it.says,
                    skips=[
                        SkippedOut(opportunity_id=opportunity_id, stage=skip.stage, missing=list(skip.missing))
                        for opportunity_id, skip in it.skips
                    ],
                    others=[OtherOut(opportunity_id=use.opportunity_id, field=use.field) for use in it.others],
                )
                for it in test.people
            ],
            skipped_nodes=[CountOut(name=name, n=n) for name, n in test.skipped_nodes],
            evaded_fields=[CountOut(name=name, n=n) for name, n in test.evaded_fields],
        )
