"""Cue cards: what to put before a rep's eyes while the talk is still going on.

Invariant: a card speaks because of words of this talk: those just said, or those that are missing after others.
"""

from typing import Self

from pydantic import Field, model_validator

from service.domain.content.examples import Examples
from service.domain.content.header import Closed, Code, Header, Text
from service.domain.content.selections import Selection


class MissingStep(Closed):
    """A step nobody has taken: the talk is `after_turns` turns long, and nothing of `none_of` was said.

    With `once_said`, the step is owed from those words on, and `after_turns` counts from there. `unless_known` looks
    into earlier visits: what is known already need not be asked.
    """

    after_turns: int = Field(ge=1, le=500)
    none_of: tuple[Selection, ...] = Field(min_length=1)
    once_said: Selection | None = None
    unless_known: tuple[Selection, ...] = ()


class CueCard(Header):
    """One cue; `said` shows it when the sentence just heard says so, `missing` when a step is overdue.

    `text` may use {quote}, the words that brought it up. A missing step is shown again every `repeat_turns` turns, at
    most `repeats` times, and no more once the step is taken.
    """

    text: Text = Field(max_length=120)
    said: Selection | None = None
    missing: MissingStep | None = None
    talktrack: Code | None = None
    stages: tuple[str, ...] = ()
    priority: int = Field(default=50, ge=1, le=100)
    repeat_turns: int = Field(default=12, ge=4, le=200)
    repeats: int = Field(default=3, ge=1, le=5)
    examples: Examples

    @model_validator(mode="after")
    def _one_reason(self) -> Self:
        if (self.said is None) == (self.missing is None):
            raise ValueError("name exactly one of said, missing")
        if "{" in self.text.replace("{quote}", ""):
            raise ValueError("text: the only slot here is {quote}")
        if "{quote}" in self.text and self.missing is not None and self.missing.once_said is None:
            raise ValueError("text: {quote} needs words: give `said`, or `missing.once_said`")
        return self
