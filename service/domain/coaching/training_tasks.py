"""Labels as Label Studio tasks: what the model said of a turn, and what people say, as the next training reads it.

A task tells everything its turn carries, not only what one person judged: the trainer takes a turn's codes as complete,
so what the model had found beside the judged finding stands until somebody says otherwise. Invariant: tasks of one turn
all tell the same codes, whoever's label they were made from.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.domain.coaching.reviews import LabelRow

TRAINED = ("objection", "signal")
MAY_TRAIN = "may_train"


def training_task(label: LabelRow, *, of_turn: Sequence[LabelRow] = (), may_train: bool = True) -> Mapping[str, Any]:
    """The task of one label (Label Studio's V1.x JSON).

    Args:
        of_turn: all labels of the same turn; only those of objections and signals count.
        may_train: whether the visit's consent covers training; a task that says no is shown, and not learned from.
    """
    trained = label.kind in TRAINED
    codes = settled_codes([*of_turn, label]) if trained else _own_word(label)
    name = "labels" if trained else label.kind
    around = [*label.before, f"{label.role}|{label.text}", *label.after]
    data = {
        "text": label.text,
        "role": label.role,
        "turns": [{"role": role, "text": text} for role, _, text in (line.partition("|") for line in around)],
        "turn": len(label.before),
        "visit_id": label.visit_id,
        "visit_turn": label.turn,
        "finding_id": label.finding_id,
    }
    judged = {"source": label.source, "kind": label.kind, "code": label.code, "verdict": label.verdict}
    task: dict[str, Any] = {
        "data": data,
        "annotations": [
            {
                "completed_by": label.by,
                "created_at": label.at.isoformat(),
                "result": [_choices(name, codes)],
                "meta": {**judged, "note": label.note, MAY_TRAIN: may_train},
            }
        ],
        "predictions": [],
    }
    if label.score is not None:
        said_by_model = {"model_version": label.model, "score": label.score}
        task["predictions"] = [{**said_by_model, "result": [_choices(name, [label.code])]}]
    return task


def settled_codes(labels: Sequence[LabelRow]) -> list[str]:
    """What a turn carries after all that people said of it, in alphabetical order; the newest word holds.

    A word on the turn itself holds against a form's, whichever is newer: a form is changed without hearing it again.

    Args:
        labels: of one turn, at least one.
    """
    told = sorted({label.id: label for label in labels if label.kind in TRAINED}.values(), key=_weight)
    codes = set(told[-1].found)
    for label in told:
        if label.verdict in ("wrong", "should_be"):
            codes.discard(label.code)
        codes.update(_own_word(label))
    return sorted(codes)


def same_turn(label: LabelRow, labels: Sequence[LabelRow]) -> list[LabelRow]:
    """Those of `labels` that are about the turn of `label`."""
    return [other for other in labels if (other.visit_id, other.turn) == (label.visit_id, label.turn)]


def _own_word(label: LabelRow) -> list[str]:
    said = {"right": (label.code,), "wrong": ()}
    return list(said.get(label.verdict, label.should_be))


def _weight(label: LabelRow) -> tuple[bool, datetime, str]:
    return label.source != "debrief", label.at, label.id


def _choices(name: str, codes: list[str]) -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": codes}}
