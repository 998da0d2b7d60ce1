"""A tenant's corrected findings as training data, read from the tasks that Label Studio and our own export write.

One task is one turn with its neighbours: `data.turns` (role, text), `data.turn` (which of them was judged), and the
codes in `annotations[].result[].value.choices`. Nobody judged the neighbours; they train nothing, they are context.
Where `data.visit_turn` says which turn of the visit it is, the last task of one turn stands for all of it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.training.corpus import Conversation, LabelledTurn
from models.training.folds import FOLDS
from nlp.errors import InputInvalid

SOURCE = "feedback"
ROLES = ("rep", "customer", "other")


def load_corrections(path: Path, codes: Sequence[str]) -> list[Conversation]:
    """Every judged task of a Label Studio export, as short conversations; tasks without an annotation are left out.

    Args:
        path: the JSON file, a list of tasks.
        codes: what the taxonomy knows.

    Raises:
        InputInvalid: a task that breaks the form, or a code that the taxonomy does not hold; the message names it.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise InputInvalid(f"{path.name} is no readable JSON file: {fault}") from fault
    if not isinstance(tasks, list):
        raise InputInvalid(f"{path.name}: expected a list of tasks, as Label Studio exports them")
    found: dict[object, Conversation] = {}
    for number, task in enumerate(tasks, start=1):
        choices = _choices(task, f"{path.name}, task {number}")
        if choices is not None:
            talk = _conversation(task, choices, codes, f"{path.name}, task {number}")
            place = task["data"].get("visit_turn")
            found[number if place is None else (task["data"]["visit_id"], place)] = talk
    return list(found.values())


def source_of(visit_id: str) -> str:
    """The pretended file of a visit's corrections: all of one visit are in one fold, the visits over all folds."""
    return f"{SOURCE}_{int(hashlib.sha256(visit_id.encode()).hexdigest()[:8], 16) % FOLDS + 1}"


def _choices(task: object, where: str) -> list[str] | None:
    """The codes of the last annotation that nobody cancelled; None where nobody judged."""
    if not isinstance(task, Mapping):
        raise InputInvalid(f"{where}: expected an object")
    kept = [one for one in task.get("annotations") or [] if not one.get("was_cancelled")]
    if not kept:
        return None
    results: Sequence[Mapping[str, Any]] = kept[-1].get("result") or []
    chosen = [one.get("value", {}).get("choices", []) for one in results if one.get("type") == "choices"]
    return [str(code) for codes in chosen for code in codes]


def _conversation(task: Mapping[str, Any], choices: list[str], codes: Sequence[str], where: str) -> Conversation:
    unknown = sorted(set(choices) - set(codes))
    if unknown:
        raise InputInvalid(f"{where}: the taxonomy holds no {', '.join(unknown)}; remove it or add its file")
    data = task.get("data")
    try:
        turns = [(str(turn["role"]), str(turn["text"])) for turn in data["turns"]]  # type: ignore[index]
        judged, visit_id = int(data["turn"]), str(data["visit_id"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError) as fault:
        raise InputInvalid(f"{where}: data needs visit_id, turn, and turns of role and text") from fault
    if not 0 <= judged < len(turns):
        raise InputInvalid(f"{where}: data.turn is {judged}, but there are {len(turns)} turns")
    strange = [role for role, _ in turns if role not in ROLES]
    if strange:
        raise InputInvalid(f"{where}: no such role as {strange[0]}; say {', '.join(ROLES)}")
    return Conversation(
        source_of(visit_id),
        tuple(
            LabelledTurn(
                role,  # type: ignore[arg-type]
                text,
                frozenset(choices) if at == judged else frozenset(),
                labelled=at == judged,
            )
            for at, (role, text) in enumerate(turns)
        ),
    )
