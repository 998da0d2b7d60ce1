"""Reads `models/corpus/` into values; the format itself is `models/corpus/check.py`.

Invariant: a conversation's `source` is its file, and files are never split between what trains and what judges.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opencc import OpenCC

from models.corpus.check import parse_messages, parse_visits
from nlp.types import RiskLevel, Role

CORPUS = Path(__file__).parents[1] / "corpus"
SINGLE = "turns_"


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """One written turn, folded to Simplified, with the codes an annotator gave it.

    A turn that is there for its neighbours' sake, and that nobody judged, is not `labelled`.
    """

    role: Role
    text: str
    codes: frozenset[str]
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns in order; `churn` is None where nobody judged it, `single` marks files of unconnected turns."""

    source: str
    turns: tuple[LabelledTurn, ...]
    churn: RiskLevel | None = None
    industry: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message with the situation it was sent in, and whether a manager should step in."""

    source: str
    sender: Role
    context: str
    text: str
    step_in: bool
    reason: str
    codes: frozenset[str]


def _simple(text: str, simplify: OpenCC) -> str:
    """`text` in Simplified, unless folding would change its length and so its spans."""
    folded: str = simplify.convert(text)
    return folded if len(folded) == len(text) else text


def _turn(row: Mapping[str, Any], simplify: OpenCC) -> LabelledTurn:
    return LabelledTurn(row["role"], _simple(row["text"], simplify), frozenset(row["objections"] + row["signals"]))


def load_conversations(folder: Path = CORPUS) -> list[Conversation]:
    """Every conversation of the folder; a turn of `turns_*.txt` is a conversation of its own.

    Args:
        folder: where the `visits_`, `snippets_` and `turns_` files lie.

    Raises:
        ValueError: a line breaks the format or the taxonomy; the message names it.
    """
    simplify = OpenCC("t2s")
    faults: list[str] = []
    conversations: list[Conversation] = []
    for path in sorted(folder.glob("[a-z]*_[0-9]*.txt")):
        for visit in parse_visits(path, faults):
            turns = tuple(_turn(row, simplify) for row in visit["turns"])
            groups = [(turn,) for turn in turns] if path.stem.startswith(SINGLE) else [turns]
            conversations += [
                Conversation(path.stem, group, visit.get("churn_risk"), visit.get("industry", ""))
                for group in groups
                if group
            ]
    if faults:
        raise ValueError("; ".join(faults[:3]))
    return conversations


def load_messages(folder: Path = CORPUS) -> list[Message]:
    """Every labelled chat message of the folder's `messages_*.jsonl`.

    Args:
        folder: where they lie.

    Raises:
        ValueError: a line breaks the format or the taxonomy; the message names it.
    """
    simplify = OpenCC("t2s")
    faults: list[str] = []
    messages = [
        Message(
            path.stem,
            row["from"],
            _simple(row["context"], simplify),
            _simple(row["text"], simplify),
            row["manager_should_step_in"],
            row["reason"],
            frozenset(row["objections"] + row["signals"]),
        )
        for path in sorted(folder.glob("messages_[0-9]*.jsonl"))
        for row in parse_messages(path, faults)
    ]
    if faults:
        raise ValueError("; ".join(faults[:3]))
    return messages
