"""The network: 40 ms frames, depthwise convolutions, connectionist temporal classification over syllables.

Three quarters of the way up it must also name the sound and the tone of every frame: the synthesiser tells both, and
with them it learns in a tenth of the time. Invariant: padding never changes a result.
"""

import re
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.asr_demo.features import BANDS, HEARD
from models.asr_demo.sizes import BLOCKS, INNER, KERNEL, MOVEMENTS, REACH, SCALE, STRIDE, WIDTH
from models.asr_demo.tones import movements

NAMED_AFTER, TONES = 6, 6
_INITIALS = re.compile(r"ts\.h|ts\.|tsh|ts|tS;h|tS;|th|t|ph|p|kh|k|s\.|s|S;|X|f|m|n|l|z\.")


class Along(torch.autograd.Function):  # type: ignore[misc]
    """A depthwise convolution along time, written out: four times as fast on one core as the library's."""

    @staticmethod
    def forward(ctx: "torch.autograd.function.FunctionCtx", x: Tensor, taps: Tensor) -> Tensor:
        """`x` (batch, time, width); `taps` (KERNEL, width)."""
        side, time = taps.shape[0] // 2, x.shape[1]
        padded = functional.pad(x, (0, 0, side, side))
        found = padded[:, :time] * taps[0]
        for i in range(1, taps.shape[0]):
            found.addcmul_(padded[:, i : i + time], taps[i])
        ctx.save_for_backward(padded, taps)
        return found

    @staticmethod
    def backward(ctx: "torch.autograd.function.BackwardCFunction", back: Tensor) -> tuple[Tensor, Tensor]:
        """The gradients of both."""
        padded, taps = ctx.saved_tensors
        last, side, time = taps.shape[0] - 1, taps.shape[0] // 2, back.shape[1]
        around = functional.pad(back, (0, 0, side, side))
        to_x = around[:, last : last + time] * taps[0]
        for i in range(1, last + 1):
            to_x.addcmul_(around[:, last - i : last - i + time], taps[i])
        return to_x, torch.stack([(padded[:, i : i + time] * back).sum((0, 1)) for i in range(last + 1)])


class Block(nn.Module):  # type: ignore[misc]
    """A look along time, then a look across channels, added to what came in."""

    def __init__(self) -> None:
        super().__init__()
        self.along = nn.Parameter(torch.randn(KERNEL, WIDTH) / KERNEL**0.5)
        self.bias = nn.Parameter(torch.zeros(WIDTH))
        self.norm = nn.LayerNorm(WIDTH)
        self.widen = nn.Linear(WIDTH, INNER)
        self.narrow = nn.Linear(INNER, WIDTH)
        nn.init.normal_(self.narrow.weight, std=0.02)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """`x` (batch, time, width); `mask` (batch, time, 1) is 0 on padding."""
        seen = Along.apply(x * mask, self.along) + self.bias
        return x + self.narrow(functional.silu(self.widen(self.norm(seen)))).float()


class Network(nn.Module):  # type: ignore[misc]
    """Features in, scores of blank and syllables out, and of the sounds and tones of each frame."""

    def __init__(self, syllables: Sequence[str], sounds: int) -> None:
        super().__init__()
        shared = parts(syllables)
        self.register_buffer("parts", shared, persistent=False)
        self.shared = nn.Parameter(torch.zeros(shared.shape[1], WIDTH))
        self.first = nn.Linear(REACH * HEARD, WIDTH)
        self.tonal = nn.Linear(MOVEMENTS, WIDTH, bias=False)
        nn.init.zeros_(self.tonal.weight)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.norm, self.named = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.last = nn.Linear(WIDTH, len(syllables) + 1)
        nn.init.normal_(self.last.weight, std=0.02)
        self.sound, self.tone = nn.Linear(WIDTH, sounds), nn.Linear(WIDTH, TONES)

    def forward(self, x: Tensor, steps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores (batch, frames / 4, 1 + syllables), and of sounds and of tones.

        Args:
            x: (batch, frames, 134), frames a multiple of four, energies free of their mean, 0 on padding.
            steps: (batch,) valid frames / 4.
        """
        with torch.no_grad():
            moved = movements(x[..., BANDS:])
        side = (REACH - STRIDE) // 2
        padded = functional.pad(x / SCALE, (0, 0, side, side))
        stacked = padded.unfold(1, REACH, STRIDE).transpose(2, 3).flatten(2)
        mask = (torch.arange(stacked.shape[1])[None] < steps[:, None]).float()[..., None]
        x = self.first(stacked).float() + self.tonal(moved).float()
        named = x
        for n, block in enumerate(self.blocks, 1):
            x = block(x, mask)
            if n == NAMED_AFTER:
                named = self.named(x)
        scores = functional.linear(self.norm(x), self.output_weights(), self.last.bias)
        return scores, self.sound(named), self.tone(named)

    def output_weights(self) -> Tensor:
        """The last layer: each syllable's own weights, and those of its parts, which it shares with others."""
        return self.last.weight + self.get_buffer("parts") @ self.shared


def parts(syllables: Sequence[str]) -> Tensor:
    """Which parts each label has, (labels, parts): initial, final, both, tone, and pairs of them; blank has none.

    Rare syllables are learnt from frequent ones with the same parts.
    """
    found = [_parts_of(syllable) for syllable in syllables]
    names = sorted({name for group in found for name in group})
    numbers = {name: i for i, name in enumerate(names)}
    table = torch.zeros(len(syllables) + 1, len(names))
    for row, group in enumerate(found, 1):
        for name in group:
            table[row, numbers[name]] = 1
    return table


def _parts_of(syllable: str) -> tuple[str, ...]:
    sound, tone = syllable[:-1], syllable[-1]
    start = _INITIALS.match(sound)
    initial = start.group() if start else ""
    final = sound[len(initial) :]
    return f"i {initial}", f"f {final}", f"s {sound}", f"t {tone}", f"ft {final}{tone}", f"it {initial}{tone}"
