"""The network's training, where torch is installed: what it is fed, and that it learns what a line cannot."""

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from models.training.corpus import Conversation, LabelledTurn
from models.training.labels import TrainedLabel
from models.training.linear import allowed_matrix
from models.training.matrix import TurnTable, turn_table
from models.training.network import (
    GAP,
    NetworkData,
    arrays_of,
    batch_of,
    batches,
    damaged,
    known_characters,
    network_data,
    network_margins,
    talks_of,
)
from models.training.network_fit import MaskedCharacters, Schedule, train_network
from models.training.network_graph import reader_graph, sounds_of, talk_graph
from nlp.classify.artefact import session
from nlp.classify.network import FIRST, UNKNOWN, NetworkScorer
from tests.support.tiny_linear import a_spelling

LABELS = [TrainedLabel("price", "objection", ("customer",))]


def a_table(talks: int = 40) -> TurnTable:
    said = [
        Conversation(
            "visits_1",
            (
                LabelledTurn("rep", "您看报价", frozenset()),
                LabelledTurn("customer", "太贵了" if at % 2 else "好的好", frozenset({"price"} if at % 2 else ())),
            ),
        )
        for at in range(talks)
    ]
    return turn_table(said, LABELS)


def some_data(table: TurnTable) -> tuple[NetworkData, list[str]]:
    characters = known_characters(table, a_spelling())
    return network_data(table, characters, a_spelling()), characters


def test_rare_characters_are_not_learnt() -> None:
    assert "太" in known_characters(a_table(), a_spelling())
    assert known_characters(a_table(2), a_spelling()) == []


def test_talks_are_laid_end_to_end_with_empty_rows_between() -> None:
    table = a_table(2)
    data, _ = some_data(a_table())
    batch = batch_of(data, talks_of(table.conversation, np.arange(4)), None)
    assert batch.at.tolist() == [0, 1, 2, 3]
    assert len(batch.roles) == 4 + 2 * GAP
    assert (batch.roles[batch.places] > 0).all()
    assert int((batch.turn < 0).sum()) == 4 * GAP


def test_batches_hold_whole_talks() -> None:
    talks = [np.arange(3), np.arange(3, 5), np.arange(5, 9)]
    assert [len(held) for held in batches(talks, 4)] == [2, 1]


def test_damage_keeps_something_and_stays_within_the_known_numbers() -> None:
    data, characters = some_data(a_table())
    chance = np.random.default_rng(1)
    for _ in range(200):
        written, sounded = damaged(data, 1, chance)
        assert len(written) == len(sounded) > 0
        assert written.min() >= UNKNOWN
        assert written.max() < len(characters) + FIRST


def test_it_learns_and_its_graphs_say_the_same() -> None:
    table = a_table()
    data, characters = some_data(table)
    allowed = allowed_matrix(table.roles, [label.roles for label in LABELS])
    everything = np.arange(len(table.texts))
    network = train_network(data, table.gold, allowed, everything, len(characters))
    margins = network_margins(network, data, everything)
    customer = table.roles == "customer"
    assert margins[customer & table.gold[:, 0]].min() > margins[customer & ~table.gold[:, 0]].max()
    arrays = arrays_of(network)
    reader = reader_graph(arrays, sounds_of(characters, a_spelling()))
    scorer = NetworkScorer(characters, a_spelling(), reader=session(reader), talk=session(talk_graph(arrays)))
    shipped = scorer.margins(table.texts[:2], ["rep", "customer"])
    assert shipped == pytest.approx(margins[:2], abs=1e-4)


def test_masked_characters_are_learnt() -> None:
    table = a_table()
    data, characters = some_data(table)
    allowed = np.ones(table.gold.shape, dtype=bool)
    everything = np.arange(len(table.texts))
    batch = batch_of(data, talks_of(table.conversation, everything), None)

    def nats(pretraining: Schedule) -> float:
        torch.manual_seed(3)
        network = train_network(
            data, table.gold, allowed, everything, len(characters), schedules=(pretraining, Schedule(0, 0.0))
        )
        masked = MaskedCharacters(network)
        optimiser = torch.optim.Adam(masked.parameters(), lr=0.01)
        for _ in range(30):  # its head was left behind: only what the network knows is compared
            optimiser.zero_grad()
            loss = masked.loss(network, batch)
            loss.backward()
            optimiser.step()
        return loss.item()

    assert nats(Schedule(30, 3e-3)) < 0.8 * nats(Schedule(0, 0.0))


def test_what_is_not_to_be_learnt_from_is_never_read() -> None:
    table = a_table()
    data, characters = some_data(table)
    allowed = np.ones(table.gold.shape, dtype=bool)
    half = np.arange(len(table.texts) // 2)
    schedules = (Schedule(1, 3e-3), Schedule(1, 3e-3))
    one = train_network(data, table.gold, allowed, half, len(characters), schedules=schedules)
    for at in range(len(half), len(table.texts)):
        data.written[at] = data.written[at][::-1].copy()
    gold = table.gold.copy()
    gold[len(half) :] = ~gold[len(half) :]
    other = train_network(data, gold, allowed, half, len(characters), schedules=schedules)
    assert all((other.state_dict()[name] == value).all() for name, value in one.state_dict().items())
