"""Measures all models out of fold and writes metrics, cards and the quality table: `python -m models.evaluate`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from models.training import cards
from models.training.churn import measure_churn
from models.training.corpus import load_conversations, load_messages
from models.training.gate import gate_figures, load_examples
from models.training.labels import load_labels
from models.training.leakage import near_duplicates
from models.training.package import MODELS, json_bytes
from models.training.report import churn_figures, role_figures, triage_figures, turn_figures
from models.training.roles import measure_roles
from models.training.triage import measure_triage
from models.training.turns import measure, own_characters, own_words
from nlp.classify import TurnModels


def measure_turns_and_churn(root: Path, *, compare: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures of the turn models, with the comparison where asked for, and of churn risk."""
    conversations, labels = load_conversations(), load_labels()
    run = measure(conversations, labels)
    figures: dict[str, Any] = dict(turn_figures(run, labels))
    figures["near_duplicates"] = len(near_duplicates(run.table.texts, run.folds))
    views = {"characters of the turn alone": own_characters, "characters, syllables, pairs apart, cues": own_words}
    tried: dict[str, dict[str, Any]] = {}
    for name, view in views.items() if compare else ():
        tried[name] = dict(turn_figures(measure(conversations, labels, view), labels))
    tried["all of that with neighbours and place (shipped)"] = figures
    figures["comparison"] = {
        name: {key: own[key] for key in ("macro_f1", "macro_f1_founding")} for name, own in tried.items()
    }
    figures["examples"] = gate_figures(TurnModels.load(root / "turns"), load_examples(), labels)
    churn = measure_churn(conversations, run.table.conversation, run.probabilities(), labels)
    return figures, dict(churn_figures(churn))


def main(arguments: list[str] | None = None) -> int:
    """Measures everything, a few minutes on one core."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=MODELS)
    parser.add_argument("--no-comparison", action="store_true", help="leave out the simpler models of the table")
    options = parser.parse_args(arguments)
    turns, churn = measure_turns_and_churn(options.to, compare=not options.no_comparison)
    roles = dict(role_figures(measure_roles(load_conversations())))
    triage = dict(triage_figures(measure_triage(load_messages())))
    written = (
        ("turns", turns, cards.turns_card), ("roles", roles, cards.roles_card),
        ("triage", triage, cards.triage_card), ("churn", churn, cards.churn_card),
    )
    for task, figures, card in written:
        (options.to / task / "metrics.json").write_bytes(json_bytes(figures))
        (options.to / task / "card.md").write_text(card(figures), encoding="utf-8")
    table = cards.quality_table(turns, roles, triage, churn)
    (options.to / "quality.md").write_text(table, encoding="utf-8")
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
