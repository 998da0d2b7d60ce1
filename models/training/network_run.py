"""Runs the slow task: the network out of fold on the judged folds, then on everything, as files for `models/turns`."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from models.training.corpus import Conversation
from models.training.folds import fold_of
from models.training.labels import TrainedLabel
from models.training.linear import allowed_matrix
from models.training.matrix import turn_table
from models.training.network import Longs, NetworkData, arrays_of, known_characters, network_data, network_margins
from models.training.network_fit import train_network
from models.training.network_graph import reader_graph, sounds_of, talk_graph
from models.training.opinions import JUDGED_FOLDS, pack_opinions
from models.training.turns import spelling

Learnt = tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]]


def _learnt(
    data: NetworkData, gold: NDArray[np.bool_], allowed: NDArray[np.bool_], at: Longs, judge: Longs, characters: int
) -> Learnt:
    """A network's arrays and its margins of the turns `judge`; in a process of its own."""
    network = train_network(data, gold, allowed, at, characters)
    return arrays_of(network), network_margins(network, data, judge)


def network_task_files(conversations: list[Conversation], labels: list[TrainedLabel]) -> dict[str, bytes]:
    """Graphs, characters and out-of-fold opinions by file name; each of the three networks in a process of its own.

    Args:
        conversations: the corpus.
        labels: what to learn, in the order of the columns.
    """
    table = turn_table(conversations, labels)
    allowed = allowed_matrix(table.roles, [label.roles for label in labels]) & table.labelled[:, None]
    folds = np.asarray([fold_of(source) for source in table.sources])
    characters = known_characters(table, spelling())
    data = network_data(table, characters, spelling())
    parts = [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in JUDGED_FOLDS]
    parts.append((np.arange(len(folds)), np.arange(0)))
    with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(_learnt, data, table.gold, allowed, *part, len(characters)) for part in parts]
        *judging, shipped = [each.result() for each in waiting]
    judged = np.concatenate([judge for _, judge in parts])
    margins = np.concatenate([heard for _, heard in judging])
    arrays, _ = shipped
    return {
        "reader.onnx": reader_graph(arrays, sounds_of(characters, spelling())),
        "talk.onnx": talk_graph(arrays),
        "characters.txt": "\n".join(characters).encode(),
        "opinions.npz": pack_opinions(table, judged, margins),
    }
