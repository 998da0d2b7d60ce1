"""Which visits models may learn from: those whose consent names training, has not ended and was not withdrawn.

Invariant: a consent that names no purposes does not cover training; nobody's texts are learned from by default.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from service.domain.coaching.training_tasks import MAY_TRAIN
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import stone_of


def trainable(tx: UnitOfWork, tenant_id: str, visit_ids: Collection[str], now: datetime) -> frozenset[str]:
    """Those of the visits that may be learned from at `now`."""
    found = (tx.visits.get(tenant_id, visit_id) for visit_id in sorted(set(visit_ids)))
    return frozenset(visit.id for visit in found if visit is not None and visit.covers("training", now))


def still_allowed(
    tx: UnitOfWork, tenant_id: str, tasks: Sequence[Mapping[str, Any]], now: datetime
) -> list[Mapping[str, Any]]:
    """Tasks of a file that was written earlier, without those of visits that may not be learned from (any more).

    Of a visit that was never here the task's own word counts; one that was erased is left out by its tombstone.
    """
    named = {str(_visit_of(task)) for task in tasks if _visit_of(task) is not None}
    allowed = trainable(tx, tenant_id, named, now)
    refused = {visit_id for visit_id in named - allowed if _was_here(tx, tenant_id, visit_id)}
    return [task for task in tasks if _visit_of(task) not in refused and not _says_no(task)]


def _visit_of(task: Mapping[str, Any]) -> object:
    data = task.get("data")
    return data.get("visit_id") if isinstance(data, Mapping) else None


def _says_no(task: Mapping[str, Any]) -> bool:
    """Whether the task was exported with the word that its visit must not be learned from."""
    answers = task.get("annotations")
    metas = [one.get("meta") for one in answers if isinstance(one, Mapping)] if isinstance(answers, list) else []
    return any(isinstance(meta, Mapping) and meta.get(MAY_TRAIN) is False for meta in metas)


def _was_here(tx: UnitOfWork, tenant_id: str, visit_id: str) -> bool:
    erased = tx.privacy.tombstones.get(tenant_id, stone_of(tenant_id, "visit", visit_id)) is not None
    return erased or tx.visits.get(tenant_id, visit_id) is not None
