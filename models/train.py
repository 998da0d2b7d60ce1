"""Makes the shipped text models from the corpus: `python -m models.train network all`.

`network` needs torch and half an hour; `all` is everything else and reuses the last network.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.training import verdicts
from models.training.account_churn import (
    AccountRun,
    WatchedAccount,
    account_files,
    account_verdicts,
    looks_of,
    measure_accounts,
    spoken_by,
)
from models.training.churn import churn_files, measure_churn
from models.training.corpus import Conversation, load_conversations, load_messages
from models.training.corrections import load_corrections
from models.training.encoded import EncoderChoice, choose_encoder
from models.training.histories import ACCOUNTS, LEARNT_SEED, simulate
from models.training.labels import TrainedLabel, load_labels
from models.training.package import MODELS, write_model
from models.training.parity import largest_difference, require_parity
from models.training.rivals import memory_files, memory_of, remembering
from models.training.roles import measure_roles, role_files
from models.training.triage import measure_triage, triage_files
from models.training.turns import TurnRun, final_weights, labels_file, measure, shipped_calibration
from nlp.classify import TurnModels
from nlp.classify.opening import CHARACTERS, READER, TALK
from nlp.encode import load_encoder
from nlp.evaluation.versions import CORRECTED, VERDICTS, pack

PARITY_TALKS = 200
TASKS = ("turns", "roles", "triage", "churn", "accounts")
OPINIONS = "opinions.npz"


def network_files(directory: Path) -> dict[str, bytes]:
    """The network's files as the slow task left them in a turn model's directory; none where it never ran."""
    paths = {name: directory / name for name in (READER, TALK, CHARACTERS, OPINIONS)}
    return {name: path.read_bytes() for name, path in paths.items()} if paths[OPINIONS].is_file() else {}


def train_network_task(root: Path) -> None:
    """The slow part, half an hour of one core: the network out of fold on some folds, and once on everything."""
    from models.training.network_run import network_task_files  # torch is only installed where networks are trained

    (root / "turns").mkdir(parents=True, exist_ok=True)
    for name, content in network_task_files(load_conversations(), load_labels()).items():
        (root / "turns" / name).write_bytes(content)


def train_turns_and_churn(
    root: Path,
    wanted: set[str],
    *,
    base: Path = MODELS / "turns",
    corrected: Sequence[Conversation] = (),
    encoder: Path | None = None,
    base_encoder: Path | None = None,
) -> None:
    """Turn models, and the churn model that reads their out-of-fold scores.

    Args:
        root: where to write.
        wanted: turns, churn or both.
        base: the turn model that they start from: its network is kept, and it is asked about the corrections.
        corrected: a tenant's corrections, which train beside the corpus.
        encoder: a sentence encoder to be heard, if it helps; None for none.
        base_encoder: where the encoder lies that `base` names, if it names one.
    """
    labels = load_labels()
    conversations = [*load_conversations(), *corrected]
    network = network_files(base)
    run = measure(conversations, labels, opinions=network.get(OPINIONS, b""))
    choice = choose_encoder(run, load_encoder(encoder), directory=encoder) if encoder else None
    if choice is not None:
        print(choice.said)
        run = choice.run
    run = remembering(run, labels)
    if "turns" in wanted:
        directory, difference = write_turns(root, run, labels, conversations, network=network, choice=choice)
        (directory / VERDICTS).write_bytes(pack(verdicts.of_turns(run, labels)))
        if corrected:
            said = verdicts.as_it_speaks(TurnModels.load(base, encoder=base_encoder), corrected, labels)
            (directory / CORRECTED).write_bytes(pack(said))
        print(f"turns: {len(run.table.texts)} turns, graph and trainer differ by {difference:.1e}")
    if "churn" in wanted:
        churn = measure_churn(conversations, run.table.conversation, run.probabilities(), labels)
        directory = write_model("churn", churn_files(churn), about={"visits": len(churn.gold)}, root=root)
        names = [f"{talk.source} {talk.turns[0].text}" for talk in conversations if talk.churn is not None]
        (directory / VERDICTS).write_bytes(pack(verdicts.of_churn(churn, names)))


def write_turns(
    root: Path,
    run: TurnRun,
    labels: list[TrainedLabel],
    conversations: Sequence[Conversation],
    *,
    network: Mapping[str, bytes],
    choice: EncoderChoice | None = None,
) -> tuple[Path, float]:
    """The directory of a turn model trained on all turns of a run, and how far its graphs are from their trainer.

    Args:
        conversations: of the run; some of them are compared on.
        network: the network's files; empty where none was heard.
        choice: the sentence encoder that was tried; None for none.

    Raises:
        ParityBroken: what was written says something else than what was trained.
    """
    weights, grams, files = final_weights(run.table, run.allowed)
    head = choice.head() if choice and choice.share else None
    about: dict[str, object] = {"turns": len(run.table.texts)}
    share = 0.0
    if choice is not None:
        about["encoder"] = choice.about()
        share = choice.share
    memory = memory_of(run)
    files |= {**network, **(head.files() if head else {}), **memory_files(memory)}
    files["labels.json"] = labels_file(labels, run, network=bool(network), encoded=share)
    directory = write_model("turns", files, about=about, root=root)
    sample = [talk for talk in conversations if len(talk.turns) > 1][:: max(1, len(conversations) // PARITY_TALKS)]
    models = TurnModels.load(directory, encoder=choice.directory if choice else None)
    shipped = shipped_calibration(run, network=bool(network), encoded=share)
    encoded = head.of_table if head else None
    difference = largest_difference(sample, weights, grams, shipped, models, labels, encoded=encoded, memory=memory)
    require_parity(difference)
    return directory, difference


def train_accounts(root: Path, watched: Sequence[WatchedAccount] = (), *, champion: Path | None = None) -> Path:
    """The account risk model: on simulated accounts, or on a tenant's own beside them.

    Args:
        root: where to write.
        watched: the tenant's accounts; empty for the shipped model.
        champion: the model in use, whose verdict on the tenant's accounts is kept for the comparison.
    """
    simulated = looks_of(simulate(ACCOUNTS, seed=LEARNT_SEED))
    if not watched:
        run, about = measure_accounts(simulated), {"simulated": ACCOUNTS}
    else:
        run = measure_accounts(looks_of(watched), simulated=simulated, alone=False)
        about = {"simulated": ACCOUNTS, "watched": len(watched)}
    directory = write_model("accounts", account_files(run), about=about, root=root)
    (directory / VERDICTS).write_bytes(pack(account_verdicts(run)))
    if watched and champion is not None:
        judged = AccountRun(run.looks, *spoken_by(champion, run.looks))
        (directory / CORRECTED).write_bytes(pack(account_verdicts(judged)))
    return directory


def main(arguments: list[str] | None = None) -> int:
    """Trains what is asked for and writes it under `models/`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="+", choices=("all", "network", *TASKS))
    parser.add_argument("--to", type=Path, default=MODELS)
    parser.add_argument("--base", type=Path, help="the turn model in use, whose network is kept")
    parser.add_argument("--corrections", type=Path, help="a Label Studio export of corrected turns")
    parser.add_argument(
        "--encoder", type=Path, help="a sentence encoder in ONNX form, heard by the turn models if it helps"
    )
    parser.add_argument("--base-encoder", type=Path, help="where the encoder lies that the model in use names")
    options = parser.parse_args(arguments)
    wanted = set(TASKS) if "all" in options.tasks else set(options.tasks)
    if "network" in wanted:
        train_network_task(options.to)
    if wanted & {"turns", "churn"}:
        codes = [label.code for label in load_labels()]
        corrected = load_corrections(options.corrections, codes) if options.corrections else ()
        base = options.base or options.to / "turns"
        train_turns_and_churn(
            options.to,
            wanted,
            base=base,
            corrected=corrected,
            encoder=options.encoder,
            base_encoder=options.base_encoder,
        )
    if "roles" in wanted:
        roles = measure_roles(load_conversations())
        directory = write_model("roles", role_files(roles), about={"turns": len(roles.gold)}, root=options.to)
        (directory / VERDICTS).write_bytes(pack(verdicts.of_roles(roles)))
    if "triage" in wanted:
        messages = load_messages()
        triage = measure_triage(messages, load_conversations())
        directory = write_model("triage", triage_files(triage), about={"messages": len(messages)}, root=options.to)
        (directory / VERDICTS).write_bytes(pack(verdicts.of_triage(triage)))
    if "accounts" in wanted:
        train_accounts(options.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
