"""Hint cards: when to speak up, what to suggest, and in whose words.

Invariant: every slot of a card's text names one of its selections and a field that evidence can fill, so a hint
never contains a word of fact that nobody said.
"""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from nlp.types import RiskLevel
from service.domain.content.facts import FactNames, TalkExamples
from service.domain.content.header import Closed, Code, Header, Text
from service.domain.content.selections import Selection

SLOT = re.compile(r"\{(?:([a-z_]+)\.)?([a-z_]+)\}")
SlotField = Literal["quote", "when", "date", "speaker", "amount", "due", "what", "label"]
SLOT_FIELDS: frozenset[str] = frozenset({"quote", "when", "date", "speaker", "amount", "due", "what", "label"})


class Trigger(Closed):
    """All of `when` must hold and none of `unless`; `stages` and `risk` narrow it further where given.

    `facts` names what the CRM must say of the account right now, all of them; `unless_facts` what it must not.
    """

    when: dict[Code, Selection] = Field(min_length=1)
    unless: tuple[Selection, ...] = ()
    stages: tuple[str, ...] = ()
    risk: tuple[RiskLevel, ...] = ()
    facts: FactNames = ()
    unless_facts: FactNames = ()


class HintCard(Header):
    """One piece of advice; the first selection of `when` is the one that plain slots such as {quote} speak of."""

    action: Code
    trigger: Trigger
    text: Text
    priority: int = Field(ge=1, le=100)
    talktrack: Code | None = None
    cooldown_days: int = Field(default=14, ge=0, le=365)
    expires_days: int = Field(default=7, ge=1, le=90)
    examples: TalkExamples

    @model_validator(mode="after")
    def _slots_are_known(self) -> Self:
        for name, slot in SLOT.findall(self.text):
            if name and name not in self.trigger.when:
                raise ValueError(f"text: the slot {{{name}.{slot}}} names no selection of `when`")
            if slot not in SLOT_FIELDS:
                raise ValueError(f"text: unknown slot {{{slot}}}; known: {', '.join(sorted(SLOT_FIELDS))}")
        if not any(slot == "quote" for _, slot in SLOT.findall(self.text)):
            raise ValueError("text: a hint speaks in the customer's words; use {quote}")
        if "{" in SLOT.sub("", self.text):
            raise ValueError("text: a brace that opens no slot; write {quote} or {name.quote}")
        return self

    @property
    def primary(self) -> str:
        """The name of the selection that plain slots speak of."""
        return next(iter(self.trigger.when))
