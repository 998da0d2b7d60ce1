"""Runs the slow task: the network out of fold on the judged folds, then on everything, as files for `models/turns`."""

import numpy as np

from models.training.corpus import Conversation
from models.training.folds import fold_of
from models.training.labels import TrainedLabel
from models.training.linear import allowed_matrix
from models.training.matrix import turn_table
from models.training.network import arrays_of, known_characters, network_data, network_margins, train_network
from models.training.network_graph import reader_graph, sounds_of, talk_graph
from models.training.opinions import JUDGED_FOLDS, pack_opinions
from models.training.turns import spelling


def network_task_files(conversations: list[Conversation], labels: list[TrainedLabel]) -> dict[str, bytes]:
    """Graphs, characters and out-of-fold opinions by file name.

    Args:
        conversations: the corpus.
        labels: what to learn, in the order of the columns.
    """
    table = turn_table(conversations, labels)
    allowed = allowed_matrix(table.roles, [label.roles for label in labels]) & table.labelled[:, None]
    folds = np.asarray([fold_of(source) for source in table.sources])
    characters = known_characters(table, spelling())
    data = network_data(table, characters, spelling())
    judged = np.flatnonzero(np.isin(folds, JUDGED_FOLDS))
    margins = np.zeros((len(folds), len(labels)), np.float32)
    for fold in JUDGED_FOLDS:
        learner = train_network(data, table.gold, allowed, np.flatnonzero(folds != fold), len(characters))
        here = np.flatnonzero(folds == fold)
        margins[here] = network_margins(learner, data, here)
    arrays = arrays_of(train_network(data, table.gold, allowed, np.arange(len(folds)), len(characters)))
    return {
        "reader.onnx": reader_graph(arrays, sounds_of(characters, spelling())),
        "talk.onnx": talk_graph(arrays),
        "characters.txt": "\n".join(characters).encode(),
        "opinions.npz": pack_opinions(table, judged, margins[judged]),
    }
