"""Reads `models/corpus/` into values; the one place that knows its compact format.

Invariant: a conversation's `source` is its file, and files are never split between what trains and what judges.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from opencc import OpenCC

from nlp.types import RiskLevel, Role

CORPUS = Path(__file__).parents[1] / "corpus"
ROLES: dict[str, Role] = {"r": "rep", "c": "customer", "o": "other"}
_HEADER = re.compile(r"^(id|industry|channel|stage|date|product|churn_risk): (.*)$")


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """One written turn, folded to Simplified, with the codes an annotator gave it."""

    role: Role
    text: str
    codes: frozenset[str]


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


def _turn(line: str, simplify: OpenCC) -> LabelledTurn:
    role, objections, signals, text = line.split("|", 3)
    codes = frozenset(code for code in (*objections.split(","), *signals.split(",")) if code)
    text = text.strip()
    simple = simplify.convert(text)
    return LabelledTurn(ROLES[role], simple if len(simple) == len(text) else text, codes)


def _conversation(source: str, block: str, simplify: OpenCC) -> Conversation | None:
    headers: dict[str, str] = {}
    turns: list[LabelledTurn] = []
    for line in block.splitlines():
        header = _HEADER.match(line)
        if header and not turns:
            headers[header[1]] = header[2].strip()
        elif line.count("|") >= 3 and line[0] in ROLES:
            turns.append(_turn(line, simplify))
    risk = headers.get("churn_risk")
    churn: RiskLevel | None = risk if risk in ("low", "medium", "high") else None  # type: ignore[assignment]
    return Conversation(source, tuple(turns), churn, headers.get("industry", "")) if turns else None


def load_conversations(folder: Path = CORPUS) -> list[Conversation]:
    """Every conversation of the folder; a turn of `turns_*.txt` is a conversation of its own.

    Args:
        folder: where the `visits_`, `snippets_` and `turns_` files lie.
    """
    simplify = OpenCC("t2s")
    conversations: list[Conversation] = []
    for path in sorted(folder.glob("[a-z]*_[0-9]*.txt")):
        text = path.read_text(encoding="utf-8")
        blocks = text.splitlines() if path.stem.startswith("turns_") else re.split(r"\n\s*\n", text)
        for block in blocks:
            found = _conversation(path.stem, block, simplify)
            if found is not None:
                conversations.append(found)
    return conversations


def load_messages(folder: Path = CORPUS) -> list[Message]:
    """Every labelled chat message of the folder's `messages_*.jsonl`."""
    simplify = OpenCC("t2s")
    messages: list[Message] = []
    for path in sorted(folder.glob("messages_[0-9]*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.strip():
                continue
            row = json.loads(line)
            texts = (simplify.convert(str(row.get("context", ""))), simplify.convert(str(row["text"])))
            messages.append(
                Message(path.stem, row["from"], *texts, bool(row["manager_should_step_in"]), str(row["reason"]))
            )
    return messages
