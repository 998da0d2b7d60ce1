"""Silver labels: a language model's word on a tenant's own visits, from which the local models can be trained.

Invariant: a label is kept only where a quote bears it out and the turn's role can carry it; texts are masked; a task
has the form of people's corrections (Label Studio) and says that a machine wrote it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlp.types import Turn
from service.domain.visit import VisitRecord
from service.usecases.privacy.training_consent import trainable
from service.usecases.services import Services
from service.usecases.visits.assist_analysis import NO_PROCESSOR, NO_TEMPLATE, Assistant, Degraded, Labelled

AROUND = 3
"""Turns before and after that a task carries as context."""
SHORTEST = 4
"""Characters of a turn that is worth a label; shorter ones are context."""
OVER = frozenset({"llm_budget", "llm_down", "llm_refused", NO_PROCESSOR, NO_TEMPLATE})
"""What ends the work: the next visit would fare no better."""


@dataclass(frozen=True, slots=True)
class SilverLabels:
    """Tasks; visits that were labelled; labels kept and dropped; visits that were not, by reason."""

    tasks: list[Mapping[str, Any]]
    visits: int
    named: int
    dropped: int
    failed: Mapping[str, int]


def label_visits(services: Services, assistant: Assistant, *, tenant_id: str, visits: int) -> SilverLabels:
    """Tasks of the newest analysed visits whose consent covers training; answers that were paid for already are not
    asked for again."""
    now = services.clock.now()
    with services.uow(write=False) as tx:
        newest = tx.visits.history(tenant_id, before=now, limit=visits, purpose="training")
        allowed = trainable(tx, tenant_id, [record.visit_id for record in newest], now)
    records = [record for record in newest if record.visit_id in allowed]
    tasks: list[Mapping[str, Any]] = []
    failed: Counter[str] = Counter()
    done = named = dropped = 0
    for at, record in enumerate(records):
        try:
            labelled = assistant.label(tenant_id, record.visit_id, record.analysis.turns)
        except Degraded as reason:
            failed[reason.code] += len(records) - at if reason.code in OVER else 1
            if reason.code in OVER:
                break
            continue
        kept, unfit = _fitting(services, labelled)
        made = silver_tasks(record, labelled, kept, at=services.clock.now().isoformat())
        tasks += made
        done, named, dropped = done + 1, named + len(kept), dropped + labelled.dropped + unfit
    return SilverLabels(tasks, done, named, dropped, dict(failed))


def silver_tasks(
    record: VisitRecord, labelled: Labelled, kept: frozenset[tuple[int, str]], *, at: str
) -> list[Mapping[str, Any]]:
    """One task for each turn of customer or rep that is long enough, without a label too: that says that none holds."""
    turns = labelled.turns
    return [
        _task(record.visit_id, turns, place, sorted(code for number, code in kept if number == turn.i), labelled.by, at)
        for place, turn in enumerate(turns)
        if turn.role != "other" and len(turn.text.strip()) >= SHORTEST
    ]


def _fitting(services: Services, labelled: Labelled) -> tuple[frozenset[tuple[int, str]], int]:
    """Labels that the role of their turn can carry, and how many cannot."""
    roles = {turn.i: turn.role for turn in labelled.turns}
    taxonomy = services.content.taxonomy
    fit = frozenset(
        (turn, code)
        for turn, code in labelled.named
        if taxonomy.allows("objection", code, roles[turn]) or taxonomy.allows("signal", code, roles[turn])
    )
    return fit, len(labelled.named) - len(fit)


def _task(
    visit_id: str, turns: Sequence[Turn], place: int, codes: Sequence[str], by: str, at: str
) -> Mapping[str, Any]:
    first = max(0, place - AROUND)
    near = turns[first : place + AROUND + 1]
    turn = turns[place]
    return {
        "data": {
            "text": turn.text,
            "role": turn.role,
            "turns": [{"role": one.role, "text": one.text} for one in near],
            "turn": place - first,
            "visit_id": visit_id,
            "visit_turn": turn.i,
        },
        "annotations": [
            {
                "completed_by": by,
                "created_at": at,
                "result": [
                    {"from_name": "labels", "to_name": "text", "type": "choices", "value": {"choices": list(codes)}}
                ],
                "meta": {"source": "llm", "silver": True},
            }
        ],
        "predictions": [],
    }
