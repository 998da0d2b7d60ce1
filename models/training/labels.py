"""The labels a turn can carry, in the order of every model's columns, read from the taxonomy the experts own.

Invariant: objections before signals, each in alphabetical order of its code; roles come from the label's own file.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from nlp.classify.verdicts import LabelKind
from nlp.types import Role

TAXONOMY = Path(__file__).parents[2] / "prompts" / "taxonomy"
_FOLDERS: tuple[tuple[str, LabelKind], ...] = (("objections", "objection"), ("signals", "signal"))


@dataclass(frozen=True, slots=True)
class TrainedLabel:
    """A code, whether it is an objection or a signal, and which roles can carry it."""

    code: str
    kind: LabelKind
    roles: tuple[Role, ...]


def load_labels(taxonomy: Path = TAXONOMY) -> list[TrainedLabel]:
    """Every active objection and signal of the taxonomy.

    Args:
        taxonomy: the folder with `objections/` and `signals/`.
    """
    labels: list[TrainedLabel] = []
    for folder, kind in _FOLDERS:
        for path in sorted((taxonomy / folder).glob("*.yaml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            if content.get("status", "active") != "deprecated":
                labels.append(TrainedLabel(content["id"], kind, tuple(content["roles"])))
    return labels
