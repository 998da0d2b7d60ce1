"""Independent readings of the corpus: how far two readers agree about each label, and what a third decided.

`models/corpus/readings/second.tsv` holds what a reader found who saw no label, `third.tsv` the labels on which author
and second reader differed, with those that a third gave. What the author had given follows from both.
Run `python -m models.training.readings` for the table of `models/corpus/agreement.md`.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.training.corpus import CORPUS, Conversation, load_conversations
from models.training.labels import TrainedLabel, load_labels
from models.training.report import is_founding

READINGS = CORPUS / "readings"
Place = tuple[str, int]
"""A conversation (`visits_1-009` is the ninth of `visits_1`) and a turn of it, from 0."""
Codes = frozenset[str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often each of two readers gave a label, and how often both did, on the same turns."""

    first: int
    second: int
    both: int

    @property
    def f1(self) -> float:
        """1 where nobody gave it: there is nothing to differ about."""
        given = self.first + self.second
        return 2 * self.both / given if given else 1.0


def read_labels(path: Path, *columns: str) -> dict[Place, tuple[Codes, ...]]:
    """The label columns of a file of readings, by place."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {
            (row["conversation"], int(row["turn"])): tuple(
                frozenset(row[name].split(",")) - {""} for name in columns
            )
            for row in rows
        }  # fmt: skip


def author_labels(conversations: Iterable[Conversation]) -> dict[Place, Codes]:
    """What the corpus says of each turn, by place."""
    counts: dict[str, int] = {}
    said: dict[Place, Codes] = {}
    for conversation in conversations:
        number = counts[conversation.source] = counts.get(conversation.source, 0) + 1
        for turn, one in enumerate(conversation.turns):
            said[f"{conversation.source}-{number:03d}", turn] = one.codes
    return said


def agreements(
    first: Mapping[Place, Codes], second: Mapping[Place, Codes], labels: Sequence[TrainedLabel]
) -> dict[str, Agreement]:
    """Agreement by label's code on the places of `first`; who says nothing of a place gave no label there."""
    found: dict[str, Agreement] = {}
    for code in (label.code for label in labels):
        mine = {place for place, codes in first.items() if code in codes}
        theirs = {place for place in first if code in second.get(place, frozenset())}
        found[code] = Agreement(len(mine), len(theirs), len(mine & theirs))
    return found


def two_readings(
    conversations: Iterable[Conversation], folder: Path = READINGS
) -> dict[bool, tuple[dict[Place, Codes], dict[Place, Codes]]]:
    """First and second labels of every turn that was read twice; of founding files (True) and of all others."""
    second = {place: codes for place, (codes,) in read_labels(folder / "second.tsv", "labels").items()}
    disputed = {place: asked for place, (asked,) in read_labels(folder / "third.tsv", "asked").items()}
    read = {conversation for conversation, _ in second}
    sources = np.asarray(sorted({conversation.rsplit("-", 1)[0] for conversation in read}))
    founders = set(sources[is_founding(sources)].tolist())
    parts: dict[bool, tuple[dict[Place, Codes], dict[Place, Codes]]] = {True: ({}, {}), False: ({}, {})}
    for place, codes in author_labels(conversations).items():
        if place[0] not in read:
            continue
        own = second.get(place, frozenset())
        founding = place[0].rsplit("-", 1)[0] in founders
        first, again = parts[founding]
        # Founding files keep their labels; in the others a majority stands, and the author's follow from who differed.
        first[place] = codes if founding else own ^ disputed.get(place, frozenset())
        again[place] = own
    return parts


def table_of(found: Mapping[str, Agreement]) -> list[str]:
    """The lines of a Markdown table."""
    lines = ["| label | first | second | both | F1 |", "|---|---|---|---|---|"]
    return lines + [
        f"| `{code}` | {one.first} | {one.second} | {one.both} | {one.f1:.2f} |" for code, one in found.items()
    ]


def main() -> None:
    labels = load_labels()
    for founding, (first, second) in two_readings(load_conversations()).items():
        found = agreements(first, second, labels)
        macro = {
            kind: sum(found[label.code].f1 for label in labels if label.kind == kind)
            / sum(label.kind == kind for label in labels)
            for kind in ("objection", "signal")
        }
        name = "founding files" if founding else "later files"
        print(f"\n{name}, {len(first)} turns: macro-F1 {macro['objection']:.3f} / {macro['signal']:.3f}\n")
        print("\n".join(table_of(found)))


if __name__ == "__main__":
    main()
