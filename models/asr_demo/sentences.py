"""Our own written sentences as things to say: Chinese characters and pauses only, split by whole files.

Invariant: a sentence of a held-out file is never trained on, neither by the network nor by the language model; one that
also stands in a training file is not used to judge.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import jieba

from models.training.corpus import CORPUS, load_conversations, load_messages

Part = Literal["train", "valid", "test"]
DOMAIN = Path(__file__).with_name("sentences.txt")
# Every sixteenth file judges and every sixteenth chooses; whole files, so that no conversation is in two parts.
PARTS = 16
VALID_AT, TEST_AT = 3, 7
LONGEST = 28
FREQUENT_WORD = 100

_HAN = "\u4e00-\u9fff"
_STOPS = re.compile(r"(?<=[。!?;！？；…])|\n")
_PAUSES = re.compile(rf"[^{_HAN}]+")
_UNSPEAKABLE = re.compile(r"[A-Za-z0-9０-９Ａ-Ｚａ-ｚ]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something to say: characters and commas; `source` is the file it was written in."""

    source: str
    text: str

    @property
    def characters(self) -> str:
        """The text without its pauses: what a recogniser is measured against."""
        return self.text.replace("，", "")


def part_of(sources: Iterable[str]) -> dict[str, Part]:
    """Which part each file belongs to; the same for the same set of names."""
    found: dict[str, Part] = {}
    for i, source in enumerate(sorted(set(sources))):
        found[source] = "valid" if i % PARTS == VALID_AT else "test" if i % PARTS == TEST_AT else "train"
    return found


def sentences_of(source: str, text: str) -> list[Sentence]:
    """`text` as sayable sentences; what holds letters or digits is left out, the voice does not read them alike."""
    found: list[Sentence] = []
    for stretch in _STOPS.split(text):
        if _UNSPEAKABLE.search(stretch):
            continue
        clauses = [clause for clause in _PAUSES.split(stretch) if clause]
        found += [Sentence(source, said) for said in _joined(clauses) if len(said) >= 2]
    return found


def _joined(clauses: Sequence[str]) -> list[str]:
    """Clauses put together again, with commas, up to what is said in one breath."""
    joined: list[str] = []
    for clause in clauses:
        if joined and len(joined[-1]) + len(clause) < LONGEST:
            joined[-1] += f"，{clause}"
        else:
            joined.append(clause)
    return [said for said in joined if len(said) <= 2 * LONGEST]


def load_sentences(folder: Path = CORPUS, domain: Path = DOMAIN) -> dict[Part, list[Sentence]]:
    """All sentences by part, each once; judging parts hold none that is also trained on."""
    found: list[Sentence] = []
    for conversation in load_conversations(folder):
        for turn in conversation.turns:
            found += sentences_of(conversation.source, turn.text)
    if domain.is_file():
        for line in domain.read_text(encoding="utf-8").splitlines():
            found += sentences_of("domain", line)
    parts = part_of(sentence.source for sentence in found if sentence.source != "domain")
    seen: set[str] = set()
    split: dict[Part, list[Sentence]] = {"train": [], "valid": [], "test": []}
    order: tuple[Part, ...] = ("train", "valid", "test")
    for part in order:
        for sentence in found:
            if parts.get(sentence.source, "train") == part and sentence.characters not in seen:
                seen.add(sentence.characters)
                split[part].append(sentence)
    return split


@cache
def frequent_words() -> tuple[str, ...]:
    """Words of jieba's dictionary (MIT licence) that are used often, two to four characters long."""
    lines = (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8").splitlines()
    parted = (line.split(" ") for line in lines)
    return tuple(word for word, times, *_ in parted if 2 <= len(word) <= 4 and int(times) >= FREQUENT_WORD)


def load_messages_text(folder: Path = CORPUS) -> list[str]:
    """Chat messages and their situations as sentences: for the language model, which nothing judges on messages."""
    rows = load_messages(folder)
    return [s.text for row in rows for text in (row.text, row.context) for s in sentences_of(row.source, text)]
