"""What differs between groups in what the models say, with intervals and what it does not prove."""

from typing import Annotated

from pydantic import Field

from service.api.rendering import instant
from service.api.schemas.base import Out
from service.api.schemas.examples import answer
from service.domain.privacy.bias import Comparison, Estimate
from service.usecases.privacy.read_bias import ReadBias

Titles = dict[tuple[str, str], str]


class EstimateOut(Out):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, found: Estimate) -> "EstimateOut":
        """From the estimate."""
        return cls(value=found.value, low=found.low, high=found.high)


class GroupOut(Out):
    """A group that is told of."""

    kind: Annotated[str, Field(description="named, unknown (nothing says it), others (too small to be told)")]
    group: str
    visits: int
    reps: int


class ComparisonOut(Out):
    """A group beside all others; `rest` and `difference` are null where too few others are left."""

    group: str
    n: int
    value: EstimateOut
    rest_n: int
    rest: EstimateOut | None
    difference: EstimateOut | None
    marked: Annotated[bool, Field(description="Whether the two intervals do not overlap")]

    @classmethod
    def of(cls, row: Comparison) -> "ComparisonOut":
        """From the comparison."""
        rest = EstimateOut.of(row.rest) if row.rest else None
        gap = EstimateOut.of(row.difference) if row.difference else None
        return cls(group=row.group.label, n=row.n, value=EstimateOut.of(row.value), rest_n=row.rest_n, rest=rest,
                   difference=gap, marked=row.marked)  # fmt: skip


class BiasFigureOut(Out):
    """One label, churn level or skill."""

    kind: Annotated[str, Field(description="objection, signal, churn_level, skill")]
    code: str
    title: str
    unit: Annotated[str, Field(description="visits: a share of them; reps: the mean of their values, 0 to 100")]
    groups: list[ComparisonOut]


class VersionsOut(Out):
    """Models by task, and how many of the opened analyses they made."""

    versions: dict[str, str]
    visits: int


class BiasOut(Out):
    """The report; `limits` says in Chinese what it does not prove."""

    by: str
    since: str
    until: str
    visits: int
    visits_opened: Annotated[int, Field(description="Of which churn level and model versions were read")]
    visits_left_out: Annotated[int, Field(description="In groups that are too few even together")]
    reps_left_out: int
    comparisons: int
    marks: int
    groups: list[GroupOut]
    figures: list[BiasFigureOut]
    models: list[VersionsOut]
    limits: list[str]

    @classmethod
    def of(cls, read: ReadBias, titles: Titles) -> "BiasOut":
        """From the report, its labels named."""
        report = read.report
        return cls(
            by=read.by,
            since=instant(read.since),
            until=instant(read.until),
            visits=read.visits,
            visits_opened=read.opened,
            visits_left_out=report.visits_left_out,
            reps_left_out=report.reps_left_out,
            comparisons=report.comparisons,
            marks=report.marks,
            groups=[GroupOut(kind=g.kind, group=g.label, visits=g.visits, reps=g.reps) for g in report.groups],
            figures=[
                BiasFigureOut(
                    kind=figure.kind,
                    code=figure.code,
                    title=titles.get((figure.kind, figure.code), figure.code),
                    unit="reps" if figure.kind == "skill" else "visits",
                    groups=[ComparisonOut.of(row) for row in figure.groups],
                )
                for figure in report.figures
            ],
            models=[VersionsOut(versions=each.versions, visits=each.visits) for each in read.models],
            limits=list(read.limits),
        )


BIAS_OUT = answer(
    {
        "by": "team",
        "since": "2025-12-11T03:12:45.118Z",
        "until": "2026-03-11T03:12:45.118Z",
        "visits": 643,
        "visits_opened": 500,
        "visits_left_out": 3,
        "reps_left_out": 1,
        "comparisons": 2,
        "marks": 2,
        "groups": [
            {"kind": "named", "group": "华东一部", "visits": 380, "reps": 14},
            {"kind": "named", "group": "华南二部", "visits": 260, "reps": 9},
        ],
        "figures": [
            {
                "kind": "objection",
                "code": "price",
                "title": "价格",
                "unit": "visits",
                "groups": [
                    {
                        "group": "华东一部",
                        "n": 380,
                        "value": {"value": 0.3, "low": 0.256, "high": 0.348},
                        "rest_n": 260,
                        "rest": {"value": 0.45, "low": 0.391, "high": 0.511},
                        "difference": {"value": -0.15, "low": -0.225, "high": -0.074},
                        "marked": True,
                    },
                    {
                        "group": "华南二部",
                        "n": 260,
                        "value": {"value": 0.45, "low": 0.391, "high": 0.511},
                        "rest_n": 380,
                        "rest": {"value": 0.3, "low": 0.256, "high": 0.348},
                        "difference": {"value": 0.15, "low": 0.074, "high": 0.225},
                        "marked": True,
                    },
                ],
            }
        ],
        "models": [{"versions": {"churn": "churn-2", "turns": "turns-7"}, "visits": 500}],
        "limits": ["差异不等于偏见：各组的行业、客户和销售阶段不同，标签和得分本来就可能不同。"],
    }
)
