"""Bodies of metrics: a value, its threshold, its trend, and everything it was read from."""

from service.api.rendering import instant
from service.api.schemas.base import Out
from service.api.schemas.processes import ProofOut, proofs
from service.domain.content.metrics import Metric
from service.usecases.crm.read_metrics import MetricReading

SHOWN = 200


class ThresholdOut(Out):
    """From where on the value is good."""

    at_least: float | None
    at_most: float | None


class BesideOut(Out):
    """The raw figure shown next to the metric."""

    title: str
    unit: str
    value: float | None
    n: int


class MetricOut(Out):
    """A metric now; under three observations there is no value and `status` is insufficient_data."""

    id: str
    title: str
    definition: str
    unit: str
    serves: list[str]
    value: float | None
    n: int
    status: str
    threshold: ThresholdOut
    before: float | None
    trend: str
    beside: BesideOut | None
    since: str
    until: str

    @classmethod
    def of(cls, reading: MetricReading) -> "MetricOut":
        """From the use case's answer."""
        return cls(**_metric_fields(reading))


def _metric_fields(reading: MetricReading) -> dict[str, object]:
    value = reading.now
    metric = value.metric
    limits = metric.threshold
    return {
        "id": metric.id,
        "title": metric.title,
        "definition": metric.definition,
        "unit": metric.unit,
        "serves": list(metric.serves),
        "value": _rounded(value.value),
        "n": value.n,
        "status": value.status,
        "threshold": ThresholdOut(at_least=limits.at_least, at_most=limits.at_most),
        "before": _rounded(reading.before),
        "trend": reading.trend,
        "beside": _beside(metric, reading),
        "since": instant(value.since),
        "until": instant(value.until),
    }


def _beside(metric: Metric, reading: MetricReading) -> BesideOut | None:
    if metric.beside is None or reading.beside is None:
        return None
    value, n = reading.beside
    return BesideOut(title=metric.beside.title, unit=metric.beside.unit, value=_rounded(value), n=n)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


class MetricsOut(Out):
    """All metrics in use."""

    items: list[MetricOut]


class ObservationOut(Out):
    """One case the value was read from: 1 or 0 for a share, else its number."""

    subject: str
    value: float
    because: list[ProofOut]


class CauseOut(Out):
    """A possible cause, how often it is named, and by which events."""

    branch: str
    name: str
    n: int
    share: float
    because: list[ProofOut]


class PointOut(Out):
    """The value of one past day."""

    day: str
    value: float | None
    n: int


class MetricDetailOut(MetricOut):
    """A metric with its lineage: the worst cases first, two hundred at most, each with its events."""

    observations: list[ObservationOut]
    causes: list[CauseOut]
    history: list[PointOut]


def metric_detail(reading: MetricReading) -> MetricDetailOut:
    """From the use case's answer."""
    metric = reading.now.metric
    ordered = sorted(reading.now.observations, key=lambda it: it.value, reverse=metric.threshold.at_most is not None)
    return MetricDetailOut(
        observations=[
            ObservationOut(
                subject=found.subject, value=round(found.value, 4), because=proofs(found.because, reading.events)
            )
            for found in ordered[:SHOWN]
        ],
        causes=[
            CauseOut(branch=cause.branch, name=cause.name, n=cause.n, share=round(cause.share, 4),
                     because=proofs(cause.because[:SHOWN], reading.events))
            for cause in reading.causes
        ],
        history=[PointOut(day=point.day, value=_rounded(point.value), n=point.n) for point in reading.history],
        **_metric_fields(reading),
    )  # fmt: skip
