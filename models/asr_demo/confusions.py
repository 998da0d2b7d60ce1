"""How what was said comes to be heard as something else, counted on validation sentences, never on those that judge.

A syllable's sound and its tone are mixed up independently: the network tells sounds apart well, and tones poorly.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from models.asr_demo.batches import Numbers, collate
from models.asr_demo.network import Network
from models.asr_demo.synth import Utterance, read_shard
from models.asr_demo.train import best_path

# Below one in two hundred a mix-up is chance, and every option makes the search slower.
RAREST, SMOOTHING = 0.005, 3.0

Pairs = Sequence[tuple[str, str]]


def aligned(heard: Sequence[str], said: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of what was heard and what was said, by the fewest edits; insertions and losses have no pair.

    Two syllables that differ in their tone alone are half as far apart as others.
    """
    rows, columns = len(heard) + 1, len(said) + 1
    cost = np.zeros((rows, columns))
    cost[:, 0], cost[0] = np.arange(rows), np.arange(columns)
    for i in range(1, rows):
        for j in range(1, columns):
            change = cost[i - 1, j - 1] + _distance(heard[i - 1], said[j - 1])
            cost[i, j] = min(change, cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    pairs: list[tuple[str, str]] = []
    i, j = rows - 1, columns - 1
    while i and j:
        if cost[i, j] == cost[i - 1, j - 1] + _distance(heard[i - 1], said[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((heard[i], said[j]))
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _distance(a: str, b: str) -> float:
    return 0.0 if a == b else 0.5 if sound_of(a) == sound_of(b) else 1.0


def sound_of(syllable: str) -> str:
    """The syllable without its tone."""
    return syllable[:-1]


def tone_of(syllable: str) -> str:
    """The number of its tone."""
    return syllable[-1]


def chances(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, float]]:
    """For each said value the probability of each heard one, smoothed towards being heard right."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for heard, said in pairs:
        counts[said][heard] += 1
    found: dict[str, dict[str, float]] = {}
    for said, times in counts.items():
        times[said] += SMOOTHING  # type: ignore[assignment]
        total = sum(times.values())
        found[said] = {heard: n / total for heard, n in times.items()}
    return found


def heard_as(pairs: Pairs, syllables: Sequence[str]) -> dict[str, dict[str, float]]:
    """For each heard syllable, the log probability of hearing it when each of `syllables` is said."""
    tones = chances((tone_of(a), tone_of(b)) for a, b in pairs if sound_of(a) == sound_of(b))
    sounds = chances((sound_of(a), sound_of(b)) for a, b in pairs)
    by_sound: dict[str, list[str]] = defaultdict(list)
    for syllable in syllables:
        by_sound[sound_of(syllable)].append(syllable)
    mistaken = _mistaken(sounds)
    found: dict[str, dict[str, float]] = {}
    for heard in syllables:
        sound, tone = sound_of(heard), tone_of(heard)
        own = sounds.get(sound, {}).get(sound, 1.0)
        options = {sound: own, **mistaken.get(sound, {})}
        found[heard] = {
            said: float(np.log(chance * max(tones.get(tone_of(said), {}).get(tone, 0.0), 1e-3)))
            for other, chance in options.items()
            for said in by_sound.get(other, [])
        }
    return found


def _mistaken(sounds: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """For each heard sound, those that are sometimes heard as it."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for said, heard in sounds.items():
        for other, chance in heard.items():
            if other != said and chance >= RAREST:
                found[other][said] = chance
    return found


@torch.no_grad()  # type: ignore[untyped-decorator]
def hear(network: Network, utterance: Utterance, syllables: Sequence[str]) -> list[str]:
    """The syllables of the best path."""
    batch = collate([utterance], Numbers(dict.fromkeys(utterance.syllables, 0), {}), None)
    scores, _, _ = network(batch.features, batch.steps)
    return [syllables[i - 1] for i in best_path(scores[0])]


def confusions(data: Path) -> dict[str, dict[str, float]]:
    """What the trained network mixes up in clear speech of the voices and the sentences that choose."""
    torch.set_num_threads(1)  # more of them wait for each other on a busy machine
    kept = torch.load(data / "network.pt")
    network = Network(kept["syllables"], len(kept["sounds"])).eval()
    network.load_state_dict(kept["average"])
    pairs: list[tuple[str, str]] = []
    for utterance in read_shard(data / "valid_clear.npz"):
        pairs += aligned(hear(network, utterance, kept["syllables"]), utterance.syllables)
    return heard_as(pairs, kept["syllables"])
