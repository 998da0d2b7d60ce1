"""The network: convolutions over characters and sounds, attention and peak per turn, convolutions over turns.

Invariant: torch is imported here and in `network_fit.py` only, and scoring never needs it; damage to the text
(sound-alikes, lost punctuation, dropped characters) is done in training only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.training.matrix import TurnTable
from models.training.network_graph import DILATIONS, HEADS
from nlp.classify.grams import Spelling
from nlp.classify.network import FIRST, ROLE_NUMBERS, UNKNOWN, numbers_of

WIDTH, DROPOUT = 128, 0.3
FEWEST_USES = 3
DAMAGE, NO_PUNCTUATION = 0.15, 0.25
GAP = 2
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NetworkData:
    """Turns as numbers, and for each character the characters that sound like it."""

    written: list[Longs]
    sounded: list[Longs]
    roles: Longs
    conversation: Longs
    alike: list[Longs]
    marks: NDArray[np.bool_]
    sounds: int


def known_characters(table: TurnTable, spelling: Spelling) -> list[str]:
    """Characters used often enough to be learnt, most frequent first."""
    counts: dict[str, int] = {}
    for text in table.texts:
        for mark in spelling.written(text)[1:-1]:
            counts[mark] = counts.get(mark, 0) + 1
    return sorted((mark for mark, n in counts.items() if n >= FEWEST_USES), key=lambda mark: (-counts[mark], mark))


def network_data(table: TurnTable, characters: Sequence[str], spelling: Spelling) -> NetworkData:
    """All turns of a table as numbers."""
    numbers = {mark: number for number, mark in enumerate(characters, FIRST)}
    pairs = [numbers_of(text, numbers, spelling) for text in table.texts]
    sound_of = [0, UNKNOWN] + [numbers_of(mark, numbers, spelling)[1][0] for mark in characters]
    groups: dict[int, list[int]] = {}
    for number, sound in enumerate(sound_of):
        groups.setdefault(sound, []).append(number)
    own = [[number] if sound <= UNKNOWN else groups[sound] for number, sound in enumerate(sound_of)]
    return NetworkData(
        [np.asarray(written) for written, _ in pairs],
        [np.asarray(sounded) for _, sounded in pairs],
        np.asarray([ROLE_NUMBERS[role] for role in table.roles.tolist()]),
        table.conversation,
        [np.asarray(alike) for alike in own],
        np.asarray([False, False] + [mark in ",.?!~" for mark in characters]),
        max(spelling.syllables.values()) - min(spelling.syllables.values()) + 1 + FIRST,
    )


def damaged(data: NetworkData, at: int, chance: np.random.Generator) -> tuple[Longs, Longs]:
    """A turn as a hurried recogniser might have written it; its sounds stay what they were."""
    written, sounded = data.written[at].copy(), data.sounded[at]
    draw = chance.random(len(written))
    drop = NO_PUNCTUATION if chance.random() >= NO_PUNCTUATION else 1.0
    keep = ~(data.marks[written] & (chance.random(len(written)) < (drop if drop == 1.0 else 0.05)))
    written[draw < 0.3 * DAMAGE] = UNKNOWN
    for place in np.flatnonzero((draw > 0.3 * DAMAGE) & (draw < 0.6 * DAMAGE)):
        written[place] = chance.choice(data.alike[written[place]])
    keep &= ~((draw > 0.6 * DAMAGE) & (draw < 0.75 * DAMAGE))
    return (written[keep], sounded[keep]) if keep.any() else (written, sounded)


class Network(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """See the module; parameter names are those `network_graph` reads."""

    def __init__(self, characters: int, sounds: int, labels: int, width: int = WIDTH) -> None:
        super().__init__()
        self.width = width
        self.ce, self.se = nn.Embedding(characters, width, padding_idx=0), nn.Embedding(sounds, width, padding_idx=0)
        nn.init.normal_(self.ce.weight, 0, 0.2)
        nn.init.normal_(self.se.weight, 0, 0.2)
        self.c = nn.ModuleList([nn.Linear(3 * width, width) for _ in DILATIONS])
        self.n = nn.ModuleList([nn.LayerNorm(width) for _ in DILATIONS])
        self.att, self.tv = nn.Linear(width, HEADS), nn.Linear((HEADS + 1) * width, 2 * width)
        self.re = nn.Embedding(len(ROLE_NUMBERS) + 1, 2 * width, padding_idx=0)
        self.t = nn.ModuleList([nn.Linear(6 * width, 2 * width) for _ in range(2)])
        self.m = nn.ModuleList([nn.LayerNorm(2 * width) for _ in range(2)])
        self.out, self.drop = nn.Linear(4 * width, labels), nn.Dropout(DROPOUT)

    @staticmethod
    def near(rows: Tensor, step: int) -> Tensor:
        """Each row beside the one `step` before and after; talks and turns are kept apart by empty rows."""
        none = rows.new_zeros(step, rows.shape[1])
        return torch.cat([torch.cat([none, rows[:-step]]), rows, torch.cat([rows[step:], none])], 1)

    def read(self, written: Tensor, sounded: Tensor) -> Tensor:
        """One row a character, [characters, width], each knowing its neighbours."""
        mask = (written > 0).unsqueeze(1).float()
        rows = self.drop(self.ce(written) + self.se(sounded))
        for layer, dilation in enumerate(DILATIONS):
            calm = self.near(self.n[layer](rows) * mask, dilation)
            rows = (rows + self.drop(functional.gelu(self.c[layer](calm)))) * mask
        return rows

    def vectors(self, written: Tensor, sounded: Tensor, turn: Tensor, count: int) -> Tensor:
        """One vector a turn; `turn` is each character's turn, -1 between turns."""
        rows, owner = self.read(written, sounded)[turn >= 0], turn[turn >= 0]
        heads = self.att(rows)
        index = owner[:, None].expand(-1, HEADS)
        top = torch.zeros(count, HEADS).scatter_reduce(0, index, heads, "amax", include_self=False)
        weight = (heads - top.detach()[owner]).exp()
        weight = weight / torch.zeros(count, HEADS).index_add(0, owner, weight)[owner]
        parts = [torch.zeros(count, self.width).index_add(0, owner, rows * weight[:, k : k + 1]) for k in range(HEADS)]
        wide = owner[:, None].expand(-1, self.width)
        parts.append(torch.zeros(count, self.width).scatter_reduce(0, wide, rows, "amax", include_self=False))
        pooled: Tensor = functional.gelu(self.tv(self.drop(torch.cat(parts, 1))))
        return pooled

    def forward(self, batch: "Batch") -> Tensor:
        """Margins [turns, labels]."""
        vectors = self.vectors(batch.written, batch.sounded, batch.turn, len(batch.at))
        spoken = (batch.roles > 0).unsqueeze(1).float()
        first = torch.zeros(len(batch.roles), vectors.shape[1]).index_copy(0, batch.places, vectors)
        first = (first + self.re(batch.roles)) * spoken
        rows = first
        for linear, normal in zip(self.t, self.m, strict=True):
            rows = (rows + self.drop(functional.gelu(linear(self.near(normal(rows) * spoken, 1))))) * spoken
        margins: Tensor = self.out(self.drop(torch.cat([first, rows], 1)))[batch.places]
        return margins


@dataclass(frozen=True, slots=True)
class Batch:
    """Turns of some talks laid end to end, with empty rows between."""

    at: Longs
    written: Tensor
    sounded: Tensor
    turn: Tensor
    roles: Tensor
    places: Tensor


def batch_of(data: NetworkData, talks: Sequence[Longs], chance: np.random.Generator | None) -> Batch:
    """Lays talks end to end, damaged when `chance` is given."""
    written, sounded, turn, roles, places = [], [], [], [], []
    at = np.concatenate(list(talks))
    empty, place = np.zeros(GAP, np.int64), 0
    for talk in talks:
        places.append(np.arange(place, place + len(talk)))
        roles += [data.roles[talk], empty]
        place += len(talk) + GAP
    for number, own in enumerate(at.tolist()):
        one, other = damaged(data, own, chance) if chance else (data.written[own], data.sounded[own])
        written += [one, empty]
        sounded += [other, empty]
        turn += [np.full(len(one), number), empty - 1]
    laid = [torch.from_numpy(np.concatenate(rows)) for rows in (written, sounded, turn, roles, places)]
    return Batch(at, *laid)


def batches(talks: Sequence[Longs], size: int) -> Iterator[list[Longs]]:
    """Talks in their order, about `size` turns at a time."""
    held: list[Longs] = []
    for talk in talks:
        held.append(talk)
        if sum(map(len, held)) >= size:
            yield held
            held = []
    if held:
        yield held


def talks_of(conversation: Longs, at: Longs) -> list[Longs]:
    """The turns `at`, grouped by conversation."""
    return [at[conversation[at] == number] for number in np.unique(conversation[at])]


def network_margins(network: Network, data: NetworkData, at: Longs) -> NDArray[np.float32]:
    """Margins of the turns `at`, float32 [len(at), labels]."""
    margins = np.zeros((len(data.roles), network.out.out_features), np.float32)
    with torch.no_grad():
        for held in batches(talks_of(data.conversation, at), 300):
            batch = batch_of(data, held, None)
            margins[batch.at] = network(batch).numpy()
    return margins[at]


def arrays_of(network: Network) -> dict[str, NDArray[np.float32]]:
    """The trained arrays by name."""
    return {name: value.numpy() for name, value in network.state_dict().items()}
