"""Makes the shipped text models from the corpus: `python -m models.train network all`.

`network` needs torch and half an hour; `all` is everything else and reuses the last network.
"""

import argparse
import sys
from pathlib import Path

from models.training.churn import churn_files, measure_churn
from models.training.corpus import load_conversations, load_messages
from models.training.labels import load_labels
from models.training.package import MODELS, write_model
from models.training.parity import largest_difference, require_parity
from models.training.roles import measure_roles, role_files
from models.training.triage import measure_triage, triage_files
from models.training.turns import final_weights, labels_file, measure, shipped_calibration
from nlp.classify import TurnModels
from nlp.classify.opening import CHARACTERS, READER, TALK

PARITY_TALKS = 200
TASKS = ("turns", "roles", "triage", "churn")
OPINIONS = "opinions.npz"


def network_files(root: Path) -> dict[str, bytes]:
    """The network's files as the slow task left them; none where it never ran."""
    paths = {name: root / "turns" / name for name in (READER, TALK, CHARACTERS, OPINIONS)}
    return {name: path.read_bytes() for name, path in paths.items()} if paths[OPINIONS].is_file() else {}


def train_network_task(root: Path) -> None:
    """The slow part, half an hour of one core: the network out of fold on some folds, and once on everything."""
    from models.training.network_run import network_task_files  # torch is only installed where networks are trained

    (root / "turns").mkdir(parents=True, exist_ok=True)
    for name, content in network_task_files(load_conversations(), load_labels()).items():
        (root / "turns" / name).write_bytes(content)


def train_turns_and_churn(root: Path, wanted: set[str]) -> None:
    """Turn models, and the churn model that reads their out-of-fold scores."""
    conversations, labels = load_conversations(), load_labels()
    network = network_files(root)
    run = measure(conversations, labels, opinions=network.get(OPINIONS, b""))
    if "turns" in wanted:
        weights, grams, files = final_weights(run.table, run.allowed)
        files |= network | {"labels.json": labels_file(labels, run, network=bool(network))}
        directory = write_model("turns", files, about={"turns": len(run.table.texts)}, root=root)
        sample = [talk for talk in conversations if len(talk.turns) > 1][:: max(1, len(conversations) // PARITY_TALKS)]
        models = TurnModels.load(directory)
        shipped = shipped_calibration(run, network=bool(network))
        difference = largest_difference(sample, weights, grams, shipped, models, labels)
        require_parity(difference)
        print(f"turns: {len(run.table.texts)} turns, graph and trainer differ by {difference:.1e}")
    if "churn" in wanted:
        churn = measure_churn(conversations, run.table.conversation, run.probabilities(), labels)
        write_model("churn", churn_files(churn), about={"visits": len(churn.gold)}, root=root)


def main(arguments: list[str] | None = None) -> int:
    """Trains what is asked for and writes it under `models/`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="+", choices=("all", "network", *TASKS))
    parser.add_argument("--to", type=Path, default=MODELS)
    options = parser.parse_args(arguments)
    wanted = set(TASKS) if "all" in options.tasks else set(options.tasks)
    if "network" in wanted:
        train_network_task(options.to)
    if wanted & {"turns", "churn"}:
        train_turns_and_churn(options.to, wanted)
    if "roles" in wanted:
        roles = measure_roles(load_conversations())
        write_model("roles", role_files(roles), about={"turns": len(roles.gold)}, root=options.to)
    if "triage" in wanted:
        messages = load_messages()
        files = triage_files(measure_triage(messages))
        write_model("triage", files, about={"messages": len(messages)}, root=options.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
