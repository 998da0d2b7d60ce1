"""Reads the written conversations of `models/corpus/` as talks for the invented team: who said what, and nothing else.

They are training data: what the models say about them is better than what they would say about a new talk.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nlp.types import Role, Transcript, Turn

ROLES: dict[str, Role] = {"r": "rep", "c": "customer", "o": "other"}
MS_PER_CHARACTER = 210  # ordinary Mandarin: about 285 characters a minute
PAUSE_MS = 450
LEAST_TURNS = 8


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation with what its author said about it."""

    id: str
    industry: str
    channel: str
    stage: str
    risk: str
    turns: tuple[tuple[Role, str], ...]

    def transcript(self) -> Transcript:
        """The words with times as a recording of usual pace would have given them."""
        at, turns = 500, []
        for i, (role, text) in enumerate(self.turns):
            end = at + max(600, len(text) * MS_PER_CHARACTER)
            turns.append(Turn(i, text, role, 1.0, at, end, text))
            at = end + PAUSE_MS
        return Transcript(tuple(turns), "zh", at)


def read_talks(folder: Path) -> list[Talk]:
    """Every whole visit of the corpus that is long enough to show, in the order of the files.

    Raises:
        SystemExit: there is no corpus in `folder`.
    """
    files = sorted(folder.glob("visits_*.txt"))
    if not files:
        raise SystemExit(f"fieldcue: {folder} holds no visits_*.txt: seed-demo needs the corpus of the repository")
    talks = [talk for file in files for talk in _talks(file.read_text(encoding="utf-8"))]
    return [talk for talk in talks if len(talk.turns) >= LEAST_TURNS]


def _talks(text: str) -> Iterator[Talk]:
    for block in text.split("\n\n"):
        header: dict[str, str] = {}
        turns: list[tuple[Role, str]] = []
        for line in block.splitlines():
            if "|" in line:
                mark, _, _, said = line.split("|", 3)
                turns.append((ROLES[mark], said))
            elif ":" in line:
                name, _, value = line.partition(":")
                header[name] = value.strip()
        if turns and "id" in header:
            yield Talk(header["id"], header.get("industry", ""), header.get("channel", ""), header.get("stage", ""),
                       header.get("churn_risk", ""), tuple(turns))  # fmt: skip
