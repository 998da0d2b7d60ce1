"""What one step of training sees: utterances of like length, from shards that may still be in the making."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.asr_demo.features import BANDS
from models.asr_demo.sizes import STRIDE
from models.asr_demo.synth import Utterance, read_shard

FRAMES_A_STEP, FIRST_STEPS, FIRST_SHARDS, POOL = 6_000, 250, 3, 5
WIDEST_MASK, COLOURED, WARPED = 10, 0.6, 0.07
UNKNOWN = -100  # what the library's losses pass over


@dataclass(frozen=True, slots=True)
class Batch:
    """Utterances padded to one length; `steps` and `counts` are how many frames of 40 ms and syllables each has."""

    features: Tensor
    steps: Tensor
    syllables: Tensor
    counts: Tensor
    sounds: Tensor
    tones: Tensor


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which number stands for which syllable (from 1; 0 is the blank) and for which sound."""

    syllables: Mapping[str, int]
    sounds: Mapping[str, int]


def usable(utterances: Sequence[Utterance], numbers: Numbers) -> list[Utterance]:
    """Those whose every syllable is known and that are long enough to hold them all, even with repeats."""
    return [
        u
        for u in utterances
        if all(s in numbers.syllables for s in u.syllables) and len(u.tones) > 1.3 * len(u.syllables)
    ]


def collate(group: Sequence[Utterance], numbers: Numbers, rng: random.Random | None) -> Batch:
    """One batch; the energies without their mean, and where a generator is given a little changed."""
    longest = max(len(u.tones) for u in group)
    features = torch.zeros(len(group), longest * STRIDE, group[0].features.shape[1])
    sounds, tones = (torch.full((len(group), longest), UNKNOWN) for _ in range(2))
    for i, u in enumerate(group):
        heard = torch.from_numpy(u.features.astype(np.float32))
        heard[:, :BANDS] -= heard[:, :BANDS].mean(0)
        if rng is not None:
            _change(heard, rng)
        features[i, : len(heard)] = heard
        sounds[i, : len(u.tones)] = torch.tensor([numbers.sounds.get(name, 0) for name in u.sounds.tolist()])
        tones[i, : len(u.tones)] = torch.from_numpy(u.tones.astype(np.int64))
    steps = torch.tensor([len(u.tones) for u in group])
    syllables = torch.tensor([numbers.syllables[s] for u in group for s in u.syllables])
    return Batch(features, steps, syllables, torch.tensor([len(u.syllables) for u in group]), sounds, tones)


def _change(heard: Tensor, rng: random.Random) -> None:
    """One band is silenced; often the speaker's throat is longer or shorter, and the colour of the sound another."""
    energies = heard[:, :BANDS]
    width = rng.randint(0, WIDEST_MASK)
    at = rng.randint(0, BANDS - width)
    energies[:, at : at + width] = 0
    if rng.random() < 0.6:
        places = torch.arange(BANDS) * rng.uniform(1 - WARPED, 1 + WARPED) + rng.uniform(-1, 1)
        places = places.clamp(0, BANDS - 1.001)
        below = places.long()
        share = places - below
        energies[:] = energies[:, below] * (1 - share) + energies[:, below + 1] * share
    if rng.random() < 0.5:
        waves = torch.linspace(0, np.pi * rng.uniform(0.5, 2), BANDS) + rng.uniform(0, 2 * np.pi)
        energies += torch.cos(waves) * rng.uniform(0, COLOURED)


def grouped(utterances: Sequence[Utterance], rng: random.Random) -> list[list[Utterance]]:
    """Utterances of like length together, a minute of sound a group, groups in random order."""
    ordered = sorted(utterances, key=lambda u: len(u.features) * rng.uniform(0.9, 1.1))
    groups: list[list[Utterance]] = [[]]
    for utterance in ordered:
        if groups[-1] and (len(groups[-1]) + 1) * len(utterance.features) > FRAMES_A_STEP:
            groups.append([])
        groups[-1].append(utterance)
    rng.shuffle(groups)
    return groups


def batches(data: Path, numbers: Numbers, step: int) -> Iterator[Batch]:
    """Without end from `step` on: short sentences first, then whatever shards exist, the least used before others."""
    rng = random.Random(step)  # noqa: S311 - nothing secret
    used: Counter[Path] = Counter()
    while True:
        shards = sorted(data.glob("train_*[0-9].npz"))
        short = step < FIRST_STEPS
        pool = shards[:FIRST_SHARDS] if short else sorted(shards, key=lambda p: (used[p], rng.random()))[:POOL]
        used.update(pool)
        for group in grouped(usable([u for path in pool for u in read_shard(path)], numbers), rng):
            yield collate(group, numbers, rng)
            step += 1
            if short and step == FIRST_STEPS:
                break
