"""Fits the network: first it guesses hidden characters of the talks it may see, then it learns their labels.

Guessing teaches it what goes with what before any label is spent: `models/README.md`, decision 11, has what it brings.
All arithmetic is float32 on one thread: bfloat16 took seven times as long on processors without such instructions.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.training.network import Batch, Longs, Network, NetworkData, batch_of, batches, talks_of
from nlp.classify.network import FIRST, UNKNOWN

TURNS_PER_STEP, WARM_UP, AVERAGE, DECAY, SCALE = 128, 100, 0.99, 0.05, 10.0
CHOSEN, HIDDEN = 0.2, 0.9
"""Share of the characters that are guessed, and of those the share that is hidden with its sound; the rest is seen."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One run over the talks: how often, and the highest rate of its cosine."""

    epochs: int
    rate: float


PRETRAINING, FINE_TUNING = Schedule(8, 3e-3), Schedule(14, 3e-3)


class MaskedCharacters(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """Which character a hidden one is, from the network's row at its place; left behind once labels are learnt."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        width = network.width
        self.turned = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(network.ce.num_embeddings))

    def loss(self, network: Network, batch: Batch) -> Tensor:
        """Mean negative log-likelihood of the chosen characters, in nats."""
        chosen = (batch.written > UNKNOWN) & (torch.rand(len(batch.written)) < CHOSEN)
        hidden = chosen & (torch.rand(len(batch.written)) < HIDDEN)
        written = batch.written.masked_fill(hidden, UNKNOWN)
        sounded = batch.sounded.masked_fill(hidden, UNKNOWN)
        rows = self.turned(network.read(written, sounded)[chosen])
        return functional.cross_entropy(rows @ network.ce.weight.T + self.bias, batch.written[chosen])


def train_network(
    data: NetworkData,
    gold: NDArray[np.bool_],
    allowed: NDArray[np.bool_],
    at: Longs,
    characters: int,
    *,
    seed: int = 7,
    schedules: tuple[Schedule, Schedule] = (PRETRAINING, FINE_TUNING),
) -> Network:
    """Trains on the turns `at` and on no others; the weights are an exponential average over steps.

    Args:
        data: all turns.
        gold: [turns, labels].
        allowed: which labels each turn's role can carry; the others add nothing to the loss.
        at: which turns to learn from, whole conversations.
        characters: how many characters are known.
        seed: of order, damage, hiding and dropout.
        schedules: of pretraining and of fine-tuning.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network = Network(characters + FIRST, data.sounds, gold.shape[1])
    masked = MaskedCharacters(network)
    talks = talks_of(data.conversation, at)
    order, chance = random.Random(seed), np.random.default_rng(seed)  # noqa: S311  not for secrets

    def masked_loss(batch: Batch) -> Tensor:
        return masked.loss(network, batch)

    def label_loss(batch: Batch) -> Tensor:
        may = torch.from_numpy(allowed[batch.at]).float()
        wanted = torch.from_numpy(gold[batch.at]).float()
        margins = network(batch)
        loss = functional.binary_cross_entropy_with_logits(margins, wanted, weight=may, reduction="sum")
        return SCALE * loss / may.sum()

    def shuffled() -> list[Batch]:
        order.shuffle(talks)
        return [batch_of(data, held, chance) for held in batches(talks, TURNS_PER_STEP)]

    own = list(network.parameters())
    _descend([*own, *masked.parameters()], masked_loss, shuffled, schedules[0])
    _descend(own, label_loss, shuffled, schedules[1])
    network.eval()
    return network


def _descend(
    weights: Sequence[Tensor],
    loss_of: Callable[[Batch], Tensor],
    shuffled: Callable[[], list[Batch]],
    schedule: Schedule,
) -> None:
    """Brings the loss down by AdamW and leaves in `weights` their average over the steps."""
    average = [weight.detach().clone() for weight in weights]
    optimiser = torch.optim.AdamW(weights, lr=schedule.rate, weight_decay=DECAY)
    step = 0
    for epoch in range(schedule.epochs):
        held = shuffled()
        for place, batch in enumerate(held):
            done = (epoch + place / len(held)) / schedule.epochs
            calm = 0.02 + 0.49 * (1 + math.cos(math.pi * done))
            optimiser.param_groups[0]["lr"] = schedule.rate * min(1.0, step / WARM_UP) * calm
            optimiser.zero_grad()
            loss_of(batch).backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            with torch.no_grad():
                torch._foreach_mul_(average, AVERAGE)
                torch._foreach_add_(average, weights, alpha=1 - AVERAGE)
            step += 1
    with torch.no_grad():
        for weight, value in zip(weights, average, strict=True):
            weight.copy_(value)
