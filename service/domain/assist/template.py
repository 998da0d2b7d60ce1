"""A prompt as a file: which inputs it takes, what its answer must look like, and the words around the data.

Invariant: data of conversations stands between delimiters that are drawn anew for each call and stripped from the
data itself; a template is filled by plain substitution of its declared inputs, and nothing in the data is looked at
as a template.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nlp.types import Turn
from service.domain.content.header import Header

_SLOT = re.compile(r"\{\{([a-z_]+)\}\}")
_ROLES = {"customer": "客户", "rep": "销售"}
SUMMARY = "summary"
SECOND_OPINION = "second_opinion"


class TemplateHeader(Header):
    """The front matter of a template; its text follows after the second `---`."""

    version: int
    inputs: tuple[Literal["turns", "labels"], ...]
    output: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """One version of one task's prompt; `output` is the JSON schema of its answer."""

    task: str
    version: int
    inputs: tuple[str, ...]
    output: Mapping[str, Any]
    text: str

    @property
    def name(self) -> str:
        """`task/v<n>`, as results name it."""
        return f"{self.task}/v{self.version}"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent: the rules, and the data they are about."""

    rules: str
    data: str


def unknown_slots(template: PromptTemplate) -> set[str]:
    """Slots in the text that are no declared input; `delimiter` is always there, `turns` is sent as data."""
    return set(_SLOT.findall(template.text)) - {*template.inputs, "delimiter"}


def fill(template: PromptTemplate, *, delimiter: str, data: str, inputs: Mapping[str, str]) -> Prompt:
    """The prompt for one call.

    Args:
        delimiter: random, unguessable for whoever spoke in the conversation.
        data: what was said; stands between the delimiters, which it cannot contain.
        inputs: values of the declared inputs that are ours, such as the list of labels.
    """
    known = {**inputs, "delimiter": delimiter}
    rules = _SLOT.sub(lambda slot: known.get(slot[1], slot[0]), template.text)
    return Prompt(rules, f"<<{delimiter}>>\n{data.replace(delimiter, '')}\n<<{delimiter}>>")


def write_turns(turns: Sequence[Turn]) -> str:
    """The turns as lines of number, role and words, without characters that nobody sees."""
    return "\n".join(f"[{turn.i}] {_ROLES.get(turn.role, '其他')}：{visible(turn.text)}" for turn in turns)


def visible(text: str) -> str:
    """`text` in one line, without control, format, private and tag characters."""
    kept = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in
            {"Cc", "Cf", "Co", "Cs"})  # fmt: skip
    return "".join(kept)


def split_turns(turns: Sequence[Turn], *, characters: int) -> list[list[Turn]]:
    """All turns in order, in pieces of at most `characters` each; a longer turn is a piece of its own."""
    pieces: list[list[Turn]] = []
    room = 0
    for turn in turns:
        length = len(turn.text) + 12
        if not pieces or length > room:
            pieces.append([])
            room = characters
        pieces[-1].append(turn)
        room -= length
    return pieces
