"""Measures all models out of fold and writes metrics, cards and the quality table: `python -m models.evaluate`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from models.train import OPINIONS, network_files
from models.training import cards
from models.training.account_card import accounts_card
from models.training.account_churn import AccountRun, account_figures, looks_of, spoken_by
from models.training.churn import measure_churn
from models.training.confusions import confusions
from models.training.corpus import Conversation, load_conversations, load_messages
from models.training.fact_card import facts_card
from models.training.fact_figures import fact_figures
from models.training.facts import load_facts
from models.training.gate import gate_figures, load_examples
from models.training.histories import ACCOUNTS, JUDGED_SEED, simulate
from models.training.labels import TrainedLabel, load_labels
from models.training.leakage import near_duplicates
from models.training.learning import SHARES, learning_curve
from models.training.opinions import SHARE
from models.training.package import MODELS, json_bytes
from models.training.plots import CALIBRATION, calibration_plot
from models.training.report import churn_figures, role_figures, triage_figures, turn_figures
from models.training.rivals import remembering
from models.training.roles import measure_roles
from models.training.triage import measure_triage
from models.training.turns import TurnRun, measure, one_opinion, own_characters, own_words
from nlp.classify import TurnModels
from nlp.text.segmentation import load_segmenter

CARDS = {
    "turns": cards.turns_card,
    "roles": cards.roles_card,
    "triage": cards.triage_card,
    "churn": cards.churn_card,
}


def comparison(run: TurnRun, labels: list[TrainedLabel], simpler: dict[str, TurnRun]) -> dict[str, Any]:
    """Macro-F1 of every model tried, all on the turns that the network was judged on."""
    tried = {
        **simpler,
        "linear: all of that with neighbours and place": one_opinion(run, run.linear),
        "network: characters, sounds and neighbouring turns": one_opinion(run, (run.margins - run.linear) / SHARE),
        "linear and network together": one_opinion(run, run.margins),
        "both, and rivals' names remembered (shipped)": run,
    }
    figures = {name: turn_figures(one, labels, run.judged) for name, one in tried.items()}
    return {name: {key: own[key] for key in ("macro_f1", "macro_f1_founding")} for name, own in figures.items()}


def turns_out_of_fold(root: Path, conversations: list[Conversation], labels: list[TrainedLabel]) -> TurnRun:
    """The turn models, linear, network and memory of rivals, each turn judged by weights that had not learnt it."""
    run = measure(conversations, labels, opinions=network_files(root / "turns").get(OPINIONS, b""))
    return remembering(run, labels)


def measure_turns_and_churn(
    root: Path, conversations: list[Conversation], labels: list[TrainedLabel], run: TurnRun, *, compare: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures of the turn models, with the simpler ones where asked for, and of churn risk."""
    figures: dict[str, Any] = dict(turn_figures(run, labels))
    figures["near_duplicates"] = len(near_duplicates(run.table.texts, run.folds))
    views = {"linear: characters of the turn": own_characters, "linear: with syllables, pairs apart, cues": own_words}
    simpler = {name: measure(conversations, labels, view) for name, view in views.items()} if compare else {}
    figures["comparison"] = comparison(run, labels, simpler)
    figures["confusions"] = confusions(run, labels)
    figures["learning"] = learning_curve(conversations, labels, run, SHARES if compare else ())
    figures["examples"] = gate_figures(TurnModels.load(root / "turns"), load_examples(), labels)
    churn = measure_churn(conversations, run.table.conversation, run.probabilities(), labels)
    return figures, dict(churn_figures(churn))


def measure_accounts_apart(root: Path) -> None:
    """Account risk as shipped, on simulated accounts that it has not seen; writes its figures and card."""
    looks = looks_of(simulate(ACCOUNTS, seed=JUDGED_SEED))
    run = AccountRun(looks, *spoken_by(root / "accounts", looks))
    figures = account_figures(run)
    (root / "accounts" / "metrics.json").write_bytes(json_bytes(figures))
    (root / "accounts" / "card.md").write_text(accounts_card(figures, root / "accounts"), encoding="utf-8")


def measure_summary(root: Path, conversations: list[Conversation], labels: list[TrainedLabel], run: TurnRun) -> None:
    """Facts that the summary tells, beside first turns and TextRank; writes `summary/metrics.json` and its card."""
    figures = fact_figures(
        load_facts(conversations=conversations),
        conversations,
        run,
        models=TurnModels.load(root / "turns"),
        labels=labels,
        cut=load_segmenter().words,
    )
    (root / "summary").mkdir(exist_ok=True)
    (root / "summary" / "metrics.json").write_bytes(json_bytes(figures))
    (root / "summary" / "card.md").write_text(facts_card(figures), encoding="utf-8")


def write_card(root: Path, task: str, figures: dict[str, Any]) -> None:
    """A model's card and the plot of its calibration, from what `metrics.json` holds."""
    (root / task / "card.md").write_text(CARDS[task](figures), encoding="utf-8")
    (root / task / CALIBRATION).write_text(calibration_plot(figures["reliability"]), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Measures everything, a few minutes on one core."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=MODELS)
    parser.add_argument("--no-comparison", action="store_true", help="leave out the simpler models of the table")
    parser.add_argument("--accounts-only", action="store_true", help="measure account risk and nothing else")
    parser.add_argument(
        "--cards-only", action="store_true", help="write cards and plots from metrics.json, measure none"
    )
    parser.add_argument("--facts-only", action="store_true", help="measure the facts in summaries and nothing else")
    options = parser.parse_args(arguments)
    if options.cards_only:
        for task in CARDS:
            write_card(options.to, task, json.loads((options.to / task / "metrics.json").read_bytes()))
        return 0
    if not options.facts_only:
        measure_accounts_apart(options.to)
    if options.accounts_only:
        return 0
    conversations, labels = load_conversations(), load_labels()
    run = turns_out_of_fold(options.to, conversations, labels)
    measure_summary(options.to, conversations, labels, run)
    if options.facts_only:
        return 0
    turns, churn = measure_turns_and_churn(options.to, conversations, labels, run, compare=not options.no_comparison)
    roles = dict(role_figures(measure_roles(conversations)))
    triage = dict(triage_figures(measure_triage(load_messages(), conversations)))
    for task, figures in {"turns": turns, "roles": roles, "triage": triage, "churn": churn}.items():
        (options.to / task / "metrics.json").write_bytes(json_bytes(figures))
        write_card(options.to, task, json.loads(json_bytes(figures)))
    table = cards.quality_table(turns, roles, triage, churn)
    (options.to / "quality.md").write_text(table, encoding="utf-8")
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
