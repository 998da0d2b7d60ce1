"""What a measured model called on rows it had not learnt from, kept beside it for `nlp.evaluation.versions`."""

from collections.abc import Sequence

import numpy as np

from models.training.churn import LEVELS, ChurnRun
from models.training.corpus import Conversation
from models.training.corrections import SOURCE
from models.training.labels import TrainedLabel
from models.training.linear import allowed_matrix
from models.training.matrix import turn_table
from models.training.opinions import keys_of
from models.training.report import is_talk
from models.training.roles import RoleRun
from models.training.triage import TriageRun
from models.training.turns import TurnRun, calls
from nlp.classify import TurnModels
from nlp.classify.triage import STEP_IN
from nlp.evaluation.versions import Verdicts
from nlp.roles.model import ROLE_ORDER
from nlp.types import Turn


def of_turns(run: TurnRun, labels: Sequence[TrainedLabel]) -> Verdicts:
    """The turn models' decisions on turns of talks that all opinions judged, and on what a tenant corrected."""
    corrected = np.asarray([source.startswith(SOURCE) for source in run.table.sources])
    rows = np.flatnonzero((is_talk(run.table.sources) & run.judged | corrected) & run.table.labelled)
    names = keys_of(run.table)
    own = run.allowed[rows]
    return Verdicts(
        tuple(label.code for label in labels),
        tuple(names[at] for at in rows.tolist()),
        run.table.conversation[rows],
        calls(run)[rows] & own,
        run.table.gold[rows] & own,
    )


def of_roles(run: RoleRun) -> Verdicts:
    """The role model's choice for each turn."""
    every = np.eye(len(ROLE_ORDER), dtype=bool)
    chosen = every[run.scores.argmax(axis=1)]
    return Verdicts(tuple(ROLE_ORDER), tuple(keys_of(run.table)), run.table.conversation, chosen, every[run.gold])


def of_triage(run: TriageRun) -> Verdicts:
    """Which messages should alarm, and which did."""
    names = keys_of(run.table)[1::2]
    _, gold = run.stepping_in()
    groups = np.arange(len(gold)) // 4
    return Verdicts((STEP_IN,), tuple(names), groups, run.calls()[:, None], gold[:, None])


def of_churn(run: ChurnRun, names: Sequence[str]) -> Verdicts:
    """The level of each visit; `names` tell the visits apart."""
    every = np.eye(len(LEVELS), dtype=bool)
    return Verdicts(tuple(LEVELS), tuple(names), np.arange(len(run.gold)), every[run.levels()], every[run.gold])


def as_it_speaks(models: TurnModels, talks: Sequence[Conversation], labels: Sequence[TrainedLabel]) -> Verdicts:
    """What a finished model calls on talks that it was not trained on; their judged turns only."""
    table = turn_table(talks, labels)
    called = np.zeros_like(table.gold)
    at = 0
    for talk in talks:
        turns = [Turn(i, turn.text, turn.role) for i, turn in enumerate(talk.turns)]
        for scores in models.score(turns):
            said = {**scores.objections, **scores.signals}
            called[at] = [label.code in said and said[label.code].fires for label in labels]
            at += 1
    rows = np.flatnonzero(table.labelled)
    names = keys_of(table)
    own = allowed_matrix(table.roles, [label.roles for label in labels])[rows]
    keys = tuple(names[row] for row in rows.tolist())
    codes = tuple(label.code for label in labels)
    return Verdicts(codes, keys, table.conversation[rows], called[rows] & own, table.gold[rows] & own)
