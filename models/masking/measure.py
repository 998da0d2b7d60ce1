"""Measures masking on the sentences of this folder and writes its card and figures: `python -m models.masking.measure`.

Rules may change until `building.txt` reads well; `held_out.txt` is only ever counted, never looked at for rules.
"""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlp.evaluation.intervals import RESAMPLES
from nlp.text.masking import KINDS, Masker, Personal, load_masker

FOLDER = Path(__file__).resolve().parent
HALVES = ("held_out", "building")
_MARKED = re.compile(r"<(?P<kind>[a-z_]+)\|(?P<said>[^>]+)>")
NAMES = {
    "name": "Names",
    "phone": "Phones",
    "id_card": "ID cards",
    "bank_card": "Bank cards",
    "plate": "Number plates",
    "address": "Addresses",
    "health": "Health facts",
    "minor": "Children under 14",
    "location": "Whereabouts",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what in it leads to a person."""

    text: str
    gold: tuple[Personal, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Per sentence, shape (n_sentences,): stretches found right, found wrong and missed; characters in all and left."""

    right: np.ndarray
    wrong: np.ndarray
    missed: np.ndarray
    characters: np.ndarray
    left: np.ndarray


def parse(line: str) -> Sentence:
    """A line such as `打我手机<phone|139 0000 5678>` as text and spans.

    Raises:
        ValueError: a kind that masking does not know.
    """
    text, at, gold = "", 0, []
    for match in _MARKED.finditer(line):
        text += line[at : match.start()]
        kind = next((kind for kind in KINDS if kind == match["kind"]), None)
        if kind is None:
            raise ValueError(f"unknown kind in: {line}")
        gold.append(Personal(kind, (len(text), len(text) + len(match["said"]))))
        text, at = text + match["said"], match.end()
    return Sentence(text + line[at:], tuple(gold))


def load_half(half: str) -> list[Sentence]:
    """The sentences of `building` or `held_out`."""
    lines = (FOLDER / f"{half}.txt").read_text(encoding="utf-8").splitlines()
    return [parse(line) for line in lines if line.strip()]


def count(masker: Masker, sentences: Sequence[Sentence], kind: str | None) -> Counts:
    """What the masker finds of `kind` (None: of all kinds); right means the same kind and the same span."""
    rows = []
    for sentence in sentences:
        everything = masker.find(sentence.text)
        gold = {each for each in sentence.gold if kind in (None, each.kind)}
        found = {each for each in everything if kind in (None, each.kind)}
        hidden = {at for each in everything for at in range(*each.span)}
        wanted = {at for each in gold for at in range(*each.span) if not sentence.text[at].isspace()}
        rows.append((len(gold & found), len(found - gold), len(gold - found), len(wanted), len(wanted - hidden)))
    return Counts(*np.asarray(rows, dtype=float).T)


def share(of: np.ndarray, against: np.ndarray, *, seed: int = 7) -> list[float]:
    """Value, low and high end of `of / (of + against)`, resampled by sentences; zeros where nothing was counted."""
    if not of.sum() + against.sum():
        return [0.0, 0.0, 0.0]
    draws = np.random.default_rng(seed).integers(0, len(of), (RESAMPLES, len(of)))
    up, down = of[draws].sum(axis=1), (of + against)[draws].sum(axis=1)
    low, high = np.quantile(up[down > 0] / down[down > 0], [0.025, 0.975])
    return [round(float(value), 4) for value in (of.sum() / (of + against).sum(), low, high)]


def measure(masker: Masker) -> dict[str, dict[str, dict[str, object]]]:
    """Precision, recall and hidden characters, per half and kind, each with its 95% bootstrap interval."""
    figures: dict[str, dict[str, dict[str, object]]] = {}
    for half in HALVES:
        sentences = load_half(half)
        figures[half] = {}
        for kind in (*KINDS, None):
            counts = count(masker, sentences, kind)
            figures[half][kind or "all"] = {
                "gold": int(counts.right.sum() + counts.missed.sum()),
                "precision": share(counts.right, counts.wrong),
                "recall": share(counts.right, counts.missed),
                "hidden": share(counts.characters - counts.left, counts.left),
            }
    return figures


def table(figures: dict[str, dict[str, object]]) -> list[str]:
    """The figures of one half as a table."""
    rows = ["| kind | n | precision | recall | characters hidden |", "| --- | --- | --- | --- | --- |"]
    for kind, found in figures.items():
        name = NAMES.get(kind, "All kinds")
        rows.append(f"| {name} | {found['gold']} | {_shown(found['precision'])} | {_shown(found['recall'])} | "
                    f"{_shown(found['hidden'])} |")  # fmt: skip
    return rows


def quality(figures: dict[str, dict[str, dict[str, object]]]) -> str:
    """The part of the README's quality table that is about masking."""
    n = len(load_half("held_out"))
    note = (
        f"Masking, on {n} sentences that no rule was tuned on, with near misses; 95% bootstrap intervals over "
        "sentences; exact spans. Written, not recorded; health, children and whereabouts by the hand that wrote the "
        "rules, so these flatter. Made by `python -m models.masking.measure`."
    )
    return "\n".join([*table(figures["held_out"]), "", note])


def card(figures: dict[str, dict[str, dict[str, object]]]) -> str:
    """The card: what is masked, how it was measured, and where it fails."""
    head = (FOLDER / "card_head.md").read_text(encoding="utf-8").rstrip()
    halves = [f"## {half.replace('_', ' ').capitalize()}\n\n" + "\n".join(table(figures[half])) for half in HALVES]
    return "\n\n".join([head, *halves]) + "\n"


def main() -> int:
    """Measure and write metrics.json, card.md and quality.md."""
    figures = measure(load_masker())
    (FOLDER / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (FOLDER / "card.md").write_text(card(figures), encoding="utf-8")
    (FOLDER / "quality.md").write_text(quality(figures) + "\n", encoding="utf-8")
    print(quality(figures))
    return 0


def _shown(values: object) -> str:
    value, low, high = values if isinstance(values, list) else (0.0, 0.0, 0.0)
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    sys.exit(main())
