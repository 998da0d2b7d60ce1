"""What operators measure: counters and histograms of this process, and gauges read from the database when asked.

Invariant: labels are stages, queues, kinds and codes of ours; no tenant, person, address or word of a conversation.
"""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from nlp.types import Analysis
from service.domain.ports import UnitOfWork

SECONDS = (0.01, 0.05, 0.2, 1, 5, 20, 60, 300, 1_800, 7_200)
SCORES = tuple(n / 10 for n in range(1, 11))

STAGES = Histogram("fieldcue_stage_seconds", "Time a stage took", ["stage", "outcome"], buckets=SECONDS)
REAL_TIME = Histogram(
    "fieldcue_real_time_factor",
    "Seconds of work for a second of audio",
    ["stage"],
    buckets=(0.01, 0.03, 0.1, 0.3, 0.5, 1, 2, 5),
)
ATTEMPTS = Counter("fieldcue_delivery_attempts_total", "Tries of deliveries", ["kind", "outcome"])
EXHAUSTED = Counter("fieldcue_webhook_exhausted_total", "Deliveries given up", ["kind"])
SCORE = Histogram("fieldcue_model_score", "Scores of findings, to see them drift", ["kind"], buckets=SCORES)
RISK = Histogram("fieldcue_churn_probability", "Churn probabilities, to see them drift", buckets=SCORES)
DEGRADED = Counter("fieldcue_degraded_total", "Parts of analyses that did not run as wished", ["what", "reason"])


def note_stage(stage: str, outcome: str, seconds: float, *, audio_ms: int | None = None) -> None:
    """One stage ended."""
    STAGES.labels(stage, outcome).observe(seconds)
    if audio_ms:
        REAL_TIME.labels(stage).observe(seconds / (audio_ms / 1000))


def note_attempt(kind: str, outcome: str) -> None:
    """One try of a delivery ended in this state."""
    ATTEMPTS.labels(kind, outcome).inc()
    if outcome == "dead":
        EXHAUSTED.labels(kind).inc()


def note_analysis(analysis: Analysis) -> None:
    """One analysis was made: its scores are looked at as a distribution, never by visit."""
    for finding in analysis.findings:
        SCORE.labels(finding.kind).observe(finding.score)
    RISK.observe(analysis.churn_risk.probability)
    for skipped in analysis.skipped:
        DEGRADED.labels(skipped.what, skipped.reason).inc()


def write_metrics(tx: UnitOfWork, now: datetime) -> bytes:
    """All of it in Prometheus' text format; the gauges are of the whole installation, from its database."""
    registry = CollectorRegistry()

    def gauge(name: str, said: str, label: str, values: Iterable[tuple[str, float]]) -> None:
        made = Gauge(name, said, [label], registry=registry)
        for key, value in values:
            made.labels(key).set(value)

    depth = tx.runs.depth(now)
    signs = tx.office.signs_of_life(now)
    states, oldest_s = tx.deliveries.tally(now)
    gauge("fieldcue_queue_runs", "Runs that are due", "queue", ((queue, n) for queue, (n, _) in depth.items()))
    gauge("fieldcue_queue_oldest_seconds", "Age of the oldest due run", "queue",
          ((queue, age_s) for queue, (_, age_s) in depth.items()))  # fmt: skip
    gauge("fieldcue_queue_sign_of_life_seconds", "Since the queue last proved that it moves", "queue",
          ((queue, age_s) for queue, sign in signs.items() if (age_s := sign.age_s(now)) is not None))  # fmt: skip
    gauge("fieldcue_deliveries", "Deliveries that are not over", "state", states.items())
    Gauge("fieldcue_delivery_oldest_seconds", "Age of the oldest due delivery", registry=registry).set(oldest_s)
    return generate_latest(registry) + generate_latest(REGISTRY)
