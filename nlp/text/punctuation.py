"""Punctuation for engines that write none: a small model over characters, and the pauses between words.

Why: turns, sentences and the summary are cut at marks. Invariant: nothing but marks is added and no character moves;
text that already carries marks is left alone, because two writers of marks are worse than one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlp.errors import ModelMissing

MARKS = "，。？！、；：,.?!;:…"
WEIGHTS = "weights.npz"
EDGE = "\x02"
AROUND = 4
# A question ends here, when nothing that belongs to it follows.
_ASKING = re.compile(r"(?:[吗呢么]|是不是|对不对|行不行|好不好|可不可以|能不能|有没有)$")
_ASKED = re.compile(r"什么时候|怎么样|怎么[^都也]|多少|几[个天台年月号点]|哪[个家里儿]|谁|为什么|为啥|凭什么|咋")
LONGEST_QUESTION = 18


@dataclass(frozen=True, slots=True)
class PauseOptions:
    """What a pause says: one of `stop_ms` ends the sentence; one of `comma_ms` weighs `comma_odds` for a mark."""

    comma_ms: int = 250
    stop_ms: int = 700
    comma_odds: float = 2.0


DEFAULT_PAUSES = PauseOptions()


@dataclass(frozen=True, slots=True)
class Punctuator:
    """Weights of the character patterns around a gap; `threshold` in log odds."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    @classmethod
    def load(cls, directory: Path) -> "Punctuator":
        """The model of a directory that `models.training.punctuation` wrote.

        Raises:
            ModelMissing: it is not there.
        """
        path = directory / WEIGHTS
        if not path.is_file():
            raise ModelMissing(
                f"there is no punctuation model in {directory}", remedy="run python -m models.training.punctuation"
            )
        with np.load(path, allow_pickle=False) as stored:
            names = bytes(stored["names"]).decode("utf-8").split("\n")
            weights = dict(zip(names, stored["weights"].astype(float).tolist(), strict=True))
            return cls(weights, bias=float(stored["bias"]), threshold=float(stored["threshold"]))

    def marks(
        self, text: str, *, pauses: Mapping[int, int] | None = None, options: PauseOptions = DEFAULT_PAUSES
    ) -> list[tuple[int, str]]:
        """The marks that `text` lacks: (offset before which it stands, mark), in order; its end has one too.

        Args:
            text: without marks; with some, nothing is returned.
            pauses: milliseconds of silence before the character at an offset, where they are known.
        """
        plain = text.rstrip()
        if not plain.strip() or any(character in MARKS for character in plain):
            return []
        pauses = pauses or {}
        found: list[tuple[int, str]] = []
        begun = 0
        for at in range(1, len(plain)):
            pause = pauses.get(at, 0)
            if pause < options.stop_ms and not self._ends(plain, at, pause, options):
                continue
            clause = plain[begun:at].strip()
            if clause:
                found.append((at, "？" if asks(clause) else "。" if pause >= options.stop_ms else "，"))
                begun = at
        return [*found, (len(plain), "？" if asks(plain[begun:].strip()) else "。")]

    def _ends(self, text: str, at: int, pause: int, options: PauseOptions) -> bool:
        odds = self.bias + sum(self.weights.get(feature, 0.0) for feature in features(text, at))
        return odds + (options.comma_odds if pause >= options.comma_ms else 0.0) > self.threshold


def features(text: str, at: int) -> list[str]:
    """The patterns around the gap before `text[at]`: up to four characters on each side, and both sides together."""
    padded = EDGE * AROUND + text + EDGE * AROUND
    left, right = padded[at : at + AROUND], padded[at + AROUND : at + 2 * AROUND]
    alone = [f"<{n}{left[-n:]}" for n in range(1, AROUND + 1)] + [f">{n}{right[:n]}" for n in range(1, AROUND + 1)]
    both = [f"={left[-a:]}|{right[:b]}" for a, b in ((1, 1), (2, 1), (1, 2), (2, 2))]
    return [*alone, *both, f"~{left[-2]}", f"^{right[1]}"]


def asks(clause: str) -> bool:
    """Whether these words ask: by their last particle, or by a question word in a short clause."""
    return _ASKING.search(clause) is not None or (len(clause) <= LONGEST_QUESTION and _ASKED.search(clause) is not None)


def bare(text: str) -> tuple[str, dict[int, str]]:
    """`text` without marks and blanks, and which mark stood before each offset of what is left (its end included)."""
    plain: list[str] = []
    marks: dict[int, str] = {}
    for character in text:
        if character in MARKS:
            if plain:
                marks[len(plain)] = character
        elif not character.isspace():
            plain.append(character)
    return "".join(plain), marks


def lacks_marks(texts: Sequence[str], *, chars_a_mark: int = 60) -> bool:
    """Whether these texts, taken together, come from a writer who sets no marks; False for too little to tell.

    >>> lacks_marks(["这台设备报价偏高我们想先看交期再谈合同你那边什么时候能给个准话"])
    True
    """
    joined = "".join(texts)
    if len(joined) < 12:
        return False
    return sum(character in MARKS for character in joined) * chars_a_mark < len(joined)


def with_marks(text: str, marks: Sequence[tuple[int, str]]) -> str:
    """`text` with the marks in their places.

    >>> with_marks("报价高先看交期", [(3, "，"), (7, "。")])
    '报价高，先看交期。'
    """
    for at, mark in sorted(marks, reverse=True):
        text = text[:at] + mark + text[at:]
    return text


def save_punctuator(punctuator: Punctuator, directory: Path) -> None:
    """Write what `Punctuator.load` reads; half precision, which moves no mark that matters."""
    names = sorted(punctuator.weights)
    np.savez_compressed(
        directory / WEIGHTS,
        names=np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8),
        weights=np.array([punctuator.weights[name] for name in names], dtype=np.float16),
        bias=np.float64(punctuator.bias),
        threshold=np.float64(punctuator.threshold),
    )
