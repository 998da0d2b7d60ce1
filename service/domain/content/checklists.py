"""Tick items at check-in: eight seconds for three of them, each measuring one skill."""

from pydantic import Field

from service.domain.content.examples import Examples
from service.domain.content.header import Closed, Code, Header, Text
from service.domain.content.selections import Selection


class AskWhen(Closed):
    """Without any key the item is always possible. `said` makes it fit, `unless` (known already) takes it away."""

    stages: tuple[str, ...] = ()
    first_visit: bool | None = None
    said: Selection | None = None
    unless: tuple[Selection, ...] = ()


class ChecklistItem(Header):
    """One thing to tick off, in a sentence the rep can say yes or no to; `weight` orders items that all fit."""

    skill: Code
    text: Text = Field(max_length=40)
    when: AskWhen = AskWhen()
    weight: int = Field(default=50, ge=1, le=100)
    examples: Examples
