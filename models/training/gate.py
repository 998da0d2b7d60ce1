"""The cheap gate: the taxonomy's own examples, which no model is trained on, judged by the committed artefacts.

Invariant: a sentence of `fires` carries its label, one of `stays_silent` does not; each is judged without a talk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from models.training.labels import TAXONOMY, TrainedLabel
from nlp.classify import TurnModels
from nlp.evaluation import label_report, macro_f1
from nlp.types import Turn

_FOLDERS = ("objections", "signals")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence from the taxonomy, and whether its label must hold."""

    code: str
    text: str
    holds: bool


def load_examples(taxonomy: Path = TAXONOMY) -> list[Example]:
    """Every example of every objection and signal.

    Args:
        taxonomy: the folder with `objections/` and `signals/`.
    """
    found: list[Example] = []
    for folder in _FOLDERS:
        for path in sorted((taxonomy / folder).glob("*.yaml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            examples = content.get("examples", {})
            found += [Example(content["id"], text, True) for text in examples.get("fires", [])]
            for silent in examples.get("stays_silent", []):
                text = silent["text"] if isinstance(silent, dict) else silent
                found.append(Example(content["id"], text, False))
    return found


def gate_figures(
    models: TurnModels, examples: Sequence[Example], labels: Sequence[TrainedLabel]
) -> dict[str, dict[str, float]]:
    """Macro-F1 per kind over the examples, and each label's F1.

    Args:
        models: the artefacts to judge.
        examples: from `load_examples`.
        labels: the trained labels.
    """
    per_label: dict[str, float] = {}
    kinds: dict[str, list[float]] = {}
    for label in labels:
        own = [example for example in examples if example.code == label.code]
        scores = [models.score([Turn(0, example.text, label.roles[0])])[0] for example in own]
        found = [(score.objections if label.kind == "objection" else score.signals)[label.code] for score in scores]
        report = label_report(
            np.asarray([one.fires for one in found]),
            np.asarray([example.holds for example in own]),
            np.arange(len(own)),
            resamples=1,
        )
        per_label[label.code] = round(macro_f1([report]), 4)
        kinds.setdefault(label.kind, []).append(report.f1)
    return {"macro_f1": {kind: round(sum(own) / len(own), 4) for kind, own in kinds.items()}, "f1": per_label}
