"""Conversations to sparse rows and labels, with the very functions that score them later."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from models.training.corpus import Conversation
from models.training.labels import TrainedLabel
from nlp.classify.grams import GramHits, Grams
from nlp.classify.situation import NAMES, situations
from nlp.types import Role

BEFORE_SCALE, AFTER_SCALE = 0.5, 0.4


@dataclass(frozen=True, slots=True)
class TurnTable:
    """All turns of many conversations, flat: who speaks, what holds, and which conversation and source each is of.

    `gold` says something of the `labelled` turns only.
    """

    texts: list[str]
    roles: NDArray[np.str_]
    gold: NDArray[np.bool_]
    conversation: NDArray[np.int64]
    sources: NDArray[np.str_]
    labelled: NDArray[np.bool_]


def turn_table(conversations: Sequence[Conversation], labels: Sequence[TrainedLabel]) -> TurnTable:
    """Flattens conversations; `gold` is bool [turns, labels]."""
    turns = [turn for conversation in conversations for turn in conversation.turns]
    sizes = [len(conversation.turns) for conversation in conversations]
    gold = np.asarray([[label.code in turn.codes for label in labels] for turn in turns], dtype=bool)
    return TurnTable(
        texts=[turn.text for turn in turns],
        roles=np.asarray([turn.role for turn in turns]),
        gold=gold.reshape(len(turns), len(labels)),
        conversation=np.repeat(np.arange(len(conversations)), sizes),
        sources=np.repeat(np.asarray([conversation.source for conversation in conversations]), sizes),
        labelled=np.asarray([turn.labelled for turn in turns], dtype=bool),
    )


def stack(hits: Sequence[GramHits], size: int) -> sp.csr_matrix:
    """Grams as float32 CSR [texts, size]."""
    bounds = np.concatenate([[0], np.cumsum([len(hit.ids) for hit in hits])])
    ids = np.concatenate([hit.ids for hit in hits])
    values = np.concatenate([hit.values for hit in hits])
    return sp.csr_matrix((values, ids, bounds), shape=(len(hits), size), dtype=np.float32)


def shifted(rows: sp.csr_matrix, conversation: NDArray[np.int64], step: int) -> sp.csr_matrix:
    """For each turn the row of the turn `step` away in the same conversation, zeros where there is none."""
    count = rows.shape[0]
    at = np.arange(count) + step
    inside = (at >= 0) & (at < count)
    inside[inside] &= conversation[at[inside]] == conversation[inside]
    padded = sp.vstack([rows, sp.csr_matrix((1, rows.shape[1]), dtype=np.float32)]).tocsr()
    return padded[np.where(inside, at, count)]


def design(table: TurnTable, grams: Grams, *, roles: Sequence[Role] | None = None) -> sp.csr_matrix:
    """The linear model's rows: own grams, the turn before's, the turn after's, situation; CSR float32.

    Args:
        table: the turns.
        grams: vocabulary.
        roles: who speaks, where it is not the table's own roles (the role model must not see them).
    """
    own = stack(grams.of_all(table.texts), grams.size)
    near = own[:, : grams.context_size]
    speakers: list[Role] = list(table.roles) if roles is None else list(roles)
    blocks: list[NDArray[np.float32]] = []
    for number in np.unique(table.conversation):
        at = np.flatnonzero(table.conversation == number)
        blocks.append(situations([table.texts[i] for i in at.tolist()], [speakers[i] for i in at.tolist()]))
    place = sp.csr_matrix(np.concatenate(blocks) if blocks else np.zeros((0, len(NAMES)), np.float32))
    before = shifted(near, table.conversation, -1) * BEFORE_SCALE
    after = shifted(near, table.conversation, 1) * AFTER_SCALE
    return sp.hstack([own, before, after, place]).tocsr().astype(np.float32)
