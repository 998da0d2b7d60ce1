"""Trains the network on the shards that `synth` makes, until a given time is used up; can be stopped and gone on with.

`python -m models.asr_demo.train --data DIR --minutes 60`. The learning rate follows the clock, so a slower machine sees
fewer sentences and still ends well.
"""

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from models.asr_demo.batches import UNKNOWN, Batch, Numbers, batches, collate, usable
from models.asr_demo.network import Network
from models.asr_demo.pronounce import vocabulary
from models.asr_demo.sentences import load_sentences
from models.asr_demo.synth import Utterance, read_shard

RATE, DECAY, WARM_UP, CLIP, AVERAGE = 2.5e-3, 0.02, 200, 3.0, 0.998
# How much naming sounds and tones counts beside writing syllables: less towards the end.
NAMING, NAMING_LATE, LATE = 1.0, 0.3, 0.6
SAVE_S, TOLD_EVERY, JUDGED_BY = 240, 50, 100


@dataclass(slots=True)
class Progress:
    """How far training has come; `average` are the weights that are kept, a running mean of those that move."""

    network: Network
    optimiser: torch.optim.Optimizer
    average: dict[str, Tensor]
    step: int = 0
    spent_s: float = 0.0
    hours: float = 0.0
    told: list[float] = field(default_factory=list)

    def state(self) -> dict[str, Any]:
        """Everything that a later run goes on from."""
        return {
            "network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(), "average": self.average,
            "step": self.step, "spent_s": self.spent_s, "hours": self.hours,
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average = state["average"]
        self.step, self.spent_s, self.hours = state["step"], state["spent_s"], state["hours"]


def prepare(data: Path) -> tuple[list[str], list[str]]:
    """The syllables and the sounds that are learnt; decided once, from the training sentences and the first shard."""
    path = data / "labels.json"
    if not path.exists():
        heard = read_shard(min(data.glob("train_*[0-9].npz")))
        sounds = sorted({name for u in heard for name in u.sounds.tolist()})
        labels = {"syllables": vocabulary(load_sentences()["train"]), "sounds": sounds}
        path.write_text(json.dumps(labels, ensure_ascii=False), encoding="utf-8")
    found = json.loads(path.read_text(encoding="utf-8"))
    return found["syllables"], found["sounds"]


def loss_of(network: Network, batch: Batch, naming: float) -> tuple[Tensor, Tensor]:
    """What is learnt from, and the part of it that is syllables, in nats a syllable."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores, sounds, tones = network(batch.features, batch.steps)
    written = functional.ctc_loss(
        scores.float().log_softmax(-1).transpose(0, 1), batch.syllables, batch.steps, batch.counts,
        reduction="sum", zero_infinity=True,
    ) / batch.counts.sum()  # fmt: skip
    named = sum(
        functional.cross_entropy(found.float().flatten(0, 1), wanted.flatten(), ignore_index=UNKNOWN)
        for found, wanted in ((sounds, batch.sounds), (tones, batch.tones))
    )
    return written + naming * named, written.detach()


def rate_at(step: int, share: float) -> float:
    """Quickly up, then down along a cosine to almost nothing when `share` of the time is 1."""
    return RATE * min((step + 1) / WARM_UP, 1) * max(0.005, 0.5 * (1 + math.cos(math.pi * min(1.0, share))))


def take_step(progress: Progress, batch: Batch, share: float) -> float:
    """Learn from one batch; the loss of syllables."""
    for group in progress.optimiser.param_groups:
        group["lr"] = rate_at(progress.step, share)
    loss, written = loss_of(progress.network, batch, NAMING if share < LATE else NAMING_LATE)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(progress.network.parameters(), CLIP)
    progress.optimiser.step()
    progress.optimiser.zero_grad(set_to_none=True)
    progress.step += 1
    progress.hours += float(batch.steps.sum()) * 0.04 / 3600
    keep = min(AVERAGE, (progress.step + 1) / (progress.step + 30))
    for name, value in progress.network.state_dict().items():
        progress.average[name].lerp_(value, 1 - keep)
    return float(written)


def best_path(scores: Tensor) -> list[int]:
    """The labels of one utterance's best path: repeats and blanks removed."""
    return [int(i) for i in torch.unique_consecutive(scores.argmax(-1)) if i]


def edits(a: Sequence[int], b: Sequence[int]) -> int:
    """Insertions, deletions and substitutions that turn `a` into `b`.

    >>> edits([1, 2, 3], [1, 3, 4])
    2
    """
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


@torch.no_grad()  # type: ignore[untyped-decorator]
def syllable_error_rate(network: Network, utterances: Sequence[Utterance], numbers: Numbers) -> float:
    """Errors of the best path for each syllable said."""
    network.eval()
    wrong = 0
    for u in utterances:
        batch = collate([u], numbers, None)
        scores, _, _ = network(batch.features, batch.steps)
        wrong += edits(best_path(scores[0]), batch.syllables.tolist())
    network.train()
    return wrong / sum(len(u.syllables) for u in utterances)


def keep_state(data: Path, progress: Progress, syllables: Sequence[str], sounds: Sequence[str]) -> None:
    """What a later run goes on from, replaced whole, and the averaged weights that are exported."""
    torch.save(progress.state(), data / "state.part")
    (data / "state.part").rename(data / "state.pt")
    torch.save({"average": progress.average, "syllables": syllables, "sounds": sounds}, data / "network.pt")


def begin(syllables: Sequence[str], sounds: int) -> Progress:
    """An untaught network."""
    torch.manual_seed(1)
    network = Network(syllables, sounds)
    weights = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() <= 1]
    groups = [{"params": weights, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98), fused=True)
    return Progress(network, optimiser, {name: value.clone() for name, value in network.state_dict().items()})


def train(data: Path, minutes: float, threads: int) -> None:
    """Train for `minutes` in all, earlier runs counted in; `network.pt` holds the averaged weights."""
    torch.set_num_threads(threads)
    syllables, sounds = prepare(data)
    numbers = Numbers({s: i for i, s in enumerate(syllables, 1)}, {s: i for i, s in enumerate(sounds)})
    progress = begin(syllables, len(sounds))
    if (data / "state.pt").exists():
        progress.restore(torch.load(data / "state.pt"))
    judging = {
        name: usable(read_shard(data / f"valid_{name}.npz"), numbers)[:JUDGED_BY] for name in ("clear", "spoilt")
    }
    source = batches(data, numbers, progress.step)
    at = saved = time.monotonic()
    while progress.spent_s < minutes * 60:
        progress.told.append(take_step(progress, next(source), progress.spent_s / (minutes * 60)))
        now = time.monotonic()
        progress.spent_s, at = progress.spent_s + now - at, now
        if progress.step % TOLD_EVERY == 0:
            mean = sum(progress.told) / len(progress.told)
            progress.told.clear()
            done = f"step {progress.step} {progress.spent_s / 60:.1f} min {progress.hours:.2f} h"
            print(f"{done} loss {mean:.3f}", flush=True)
        if now - saved > SAVE_S or progress.spent_s >= minutes * 60:
            judge = Network(syllables, len(sounds))
            judge.load_state_dict(progress.average)
            rates = {name: round(syllable_error_rate(judge, us, numbers), 4) for name, us in judging.items()}
            print(f"step {progress.step}: syllable error rates {rates}", flush=True)
            keep_state(data, progress, syllables, sounds)
            saved = at = time.monotonic()


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    train(options.data, options.minutes, options.threads)


if __name__ == "__main__":
    main()
