"""Measures all models out of fold and writes metrics, cards and the quality table: `python -m models.evaluate`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from models.train import OPINIONS, network_files
from models.training import cards
from models.training.churn import measure_churn
from models.training.corpus import load_conversations, load_messages
from models.training.gate import gate_figures, load_examples
from models.training.labels import TrainedLabel, load_labels
from models.training.leakage import near_duplicates
from models.training.opinions import SHARE
from models.training.package import MODELS, json_bytes
from models.training.report import churn_figures, role_figures, triage_figures, turn_figures
from models.training.roles import measure_roles
from models.training.triage import measure_triage
from models.training.turns import TurnRun, measure, one_opinion, own_characters, own_words
from nlp.classify import TurnModels


def comparison(run: TurnRun, labels: list[TrainedLabel], simpler: dict[str, TurnRun]) -> dict[str, Any]:
    """Macro-F1 of every model tried, all on the turns that the network was judged on."""
    tried = {
        **simpler,
        "linear: all of that with neighbours and place": one_opinion(run, run.linear),
        "network: characters, sounds and neighbouring turns": one_opinion(run, (run.margins - run.linear) / SHARE),
        "linear and network together (shipped)": run,
    }
    figures = {name: turn_figures(one, labels, run.judged) for name, one in tried.items()}
    return {name: {key: own[key] for key in ("macro_f1", "macro_f1_founding")} for name, own in figures.items()}


def measure_turns_and_churn(root: Path, *, compare: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures of the turn models, with the simpler ones where asked for, and of churn risk."""
    conversations, labels = load_conversations(), load_labels()
    run = measure(conversations, labels, opinions=network_files(root).get(OPINIONS, b""))
    figures: dict[str, Any] = dict(turn_figures(run, labels))
    figures["near_duplicates"] = len(near_duplicates(run.table.texts, run.folds))
    views = {"linear: characters of the turn": own_characters, "linear: with syllables, pairs apart, cues": own_words}
    simpler = {name: measure(conversations, labels, view) for name, view in views.items()} if compare else {}
    figures["comparison"] = comparison(run, labels, simpler)
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
        ("turns", turns, cards.turns_card),
        ("roles", roles, cards.roles_card),
        ("triage", triage, cards.triage_card),
        ("churn", churn, cards.churn_card),
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
