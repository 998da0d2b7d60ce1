"""`fieldcue train` and `evaluate`: the text models made again from the corpus, and measured."""

import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from nlp.classify.artefact import load_artefact
from nlp.classify.opening import named_encoder
from nlp.encode import load_encoder
from nlp.errors import ModelMissing
from service.adapters.clock import SystemClock
from service.bootstrap import build, load_settings, open_registry, open_store
from service.cli.outcomes import train_from_outcomes
from service.usecases.coaching.review_findings import export_tasks
from service.usecases.models.label_visits import label_visits
from service.usecases.privacy.training_consent import still_allowed
from service.usecases.visits.assist_analysis import REMEDIES

Task = Literal["all", "turns", "roles", "triage", "churn", "accounts"]
NO_TRAINING = "their consent does not cover `training`; ask for it, then PATCH /v1/visits/{id}/consent"
TASKS: tuple[Task, ...] = ("turns", "roles", "triage", "churn", "accounts")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(train)
    app.command()(evaluate)
    app.command()(corrections)
    app.command()(label)


def train(
    task: Annotated[Task, typer.Argument(help="Which model")] = "all",
    corrections: Annotated[
        Path | None, typer.Option(help="Corrected turns that train beside the corpus, as Label Studio exports them")
    ] = None,
    outcomes: Annotated[
        Path | None, typer.Option(help="With churn: what became of accounts, a JSON line each; trains account risk")
    ] = None,
    encoder: Annotated[
        Path | None, typer.Option(help="With turns or all: a sentence encoder's ONNX directory, heard where it helps")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose visits the corrections and outcomes are about")] = "default",
    to: Annotated[Path | None, typer.Option(help="Write here and register nothing")] = None,
) -> None:
    """Make new versions from the corpus, checked against their ONNX form; some minutes on two cores.

    Each becomes the challenger of the version in use: `fieldcue models compare`, then `fieldcue models promote`.
    """
    from models.train import main

    if outcomes is not None:
        if task != "churn":
            raise typer.BadParameter("outcomes teach churn alone: `fieldcue train churn --outcomes FILE`")
        train_from_outcomes(outcomes, tenant_id=tenant)
        return
    if encoder is not None and task not in {"all", "turns"}:
        raise typer.BadParameter("an encoder reads turns: `fieldcue train turns --encoder DIR`")
    _need_corpus()
    settings = load_settings()
    registry = open_registry(settings)
    arguments = [task, "--base", str(registry.champion("turns")), *_encoders(encoder, settings.content.encoder_dir)]
    now = SystemClock().now()
    with tempfile.TemporaryDirectory() as work:
        draft = Path(work) / "draft"
        draft.mkdir()
        if corrections is not None:
            allowed = _allowed(corrections, tenant_id=tenant, folder=Path(work), now=now)
            arguments += ["--corrections", str(allowed)]
        if to is not None:
            sys.exit(main([*arguments, "--to", str(to)]))
        main([*arguments, "--to", str(draft)])
        for name in TASKS if task == "all" else (task,):
            about = _made_from(corrections, draft / name) if name == "turns" else {}
            version = registry.add(name, draft / name, now=now, about=about)
            print(f"{name}: version {version.number} is the challenger; `fieldcue models compare {name}` is next")


def _encoders(wanted: Path | None, held: Path | None) -> list[str]:
    """Arguments that say which encoder to try, opened once so that a wrong one is refused before minutes of work, and
    where the one lies that the model in use may name."""
    if wanted is not None:
        load_encoder(wanted)
    named = (("--encoder", wanted), ("--base-encoder", held))
    return [word for option, path in named if path is not None for word in (option, str(path))]


def _made_from(corrections: Path | None, made: Path) -> dict[str, str]:
    """What a turn model was made from, beside the corpus; says what an encoder asks of the installation."""
    about = {"corrections": corrections.name} if corrections else {}
    named = named_encoder(load_artefact(made))
    if named is not None:
        about["encoder"] = named.name
        print(f"turns: it needs the encoder {named.name}; set FIELDCUE_CONTENT__ENCODER_DIR to its directory")
    return about


def evaluate() -> None:
    """Measure every model out of fold; writes metrics, cards and the quality table beside the models."""
    from models.evaluate import main

    _need_corpus()
    sys.exit(main([]))


def corrections(
    to: Annotated[Path, typer.Argument(help="The file to write; it holds what customers said")],
    tenant: Annotated[str, typer.Option(help="Whose corrections")] = "default",
) -> None:
    """Write what people corrected as Label Studio tasks, for `fieldcue train turns --corrections FILE`."""
    store = open_store(load_settings())
    with store.uow(write=False) as tx:
        found = export_tasks(tx, tenant_id=tenant, now=SystemClock().now())
    store.close()
    to.write_text(json.dumps(found.tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{len(found.tasks)} judged turns of tenant {tenant} in {to}")
    if found.left_out:
        print(f"{found.left_out} judged visits are left out: {NO_TRAINING}", file=sys.stderr)


def label(
    to: Annotated[Path, typer.Argument(help="The file to write; it holds what customers said, masked")],
    llm: Annotated[bool, typer.Option("--llm", help="Let the language model of FIELDCUE_LLM__... label")] = False,
    tenant: Annotated[str, typer.Option(help="Whose visits")] = "default",
    visits: Annotated[int, typer.Option(min=1, max=10_000, help="The newest so many")] = 100,
) -> None:
    """Have a tenant's own visits labelled, as Label Studio tasks for `fieldcue train turns --corrections FILE`.

    These are silver labels: a model's word, each borne out by a quote. Look at some before you train on them.
    """
    if not llm:
        raise typer.BadParameter("who shall label? say --llm; what people corrected is `fieldcue corrections`")
    installation = build(load_settings())
    try:
        assistant = installation.assistant()
        if assistant is None:
            raise ModelMissing("no language model is configured", remedy="set FIELDCUE_LLM__BASE_URL and _MODEL")
        found = label_visits(installation.services, assistant, tenant_id=tenant, visits=visits)
    finally:
        installation.close()
    to.write_text(json.dumps(found.tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{len(found.tasks)} turns of {found.visits} visits in {to}; {found.named} labels, {found.dropped} dropped")
    if not found.visits and not found.failed:
        print("only analysed visits whose consent covers `training` are labelled, and there is none", file=sys.stderr)
    for code, count in sorted(found.failed.items()):
        print(f"{count} visits were not labelled ({code}): {REMEDIES[code]}", file=sys.stderr)
    if found.failed and not found.visits:
        raise typer.Exit(1)


def _allowed(corrections: Path, *, tenant_id: str, folder: Path, now: datetime) -> Path:
    """The corrections without those of visits whose consent does not cover training (any more), in a file of the same
    name; a file that is no list of tasks as it is, for the trainer to say so."""
    try:
        tasks = json.loads(corrections.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return corrections
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        return corrections
    store = open_store(load_settings())
    with store.uow(write=False) as tx:
        kept = still_allowed(tx, tenant_id, tasks, now)
    store.close()
    if len(kept) < len(tasks):
        print(f"{len(tasks) - len(kept)} of {len(tasks)} turns are left out: {NO_TRAINING}", file=sys.stderr)
    allowed = folder / corrections.name
    allowed.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    return allowed


def _need_corpus() -> None:
    from models.corpus.check import conversation_files

    if not conversation_files():
        raise ModelMissing(
            "there is no corpus to learn from", remedy="run this in a checkout that holds models/corpus/*.txt"
        )
