"""Talk tracks: what to say to whom, per objection or situation and customer role."""

from pydantic import Field

from service.domain.content.facts import FactNames
from service.domain.content.header import Closed, Code, Codes, Header, Text


class Strategy(Closed):
    """How to speak to one customer role: what they care about, sentences that work, and what to leave out."""

    role: Code
    title: Text
    cares_about: Text
    say: tuple[Text, ...] = Field(min_length=2)
    ask: tuple[Text, ...] = Field(min_length=1)
    avoid: Text


class TalkTrack(Header):
    """Strategies for at least three customer roles; `bring` names the proof to have at hand.

    `facts`: what the CRM says of the account that belongs beside these words, the weightiest first.
    """

    objections: Codes = ()
    situations: Codes = ()
    bring: tuple[Text, ...] = Field(min_length=1)
    strategies: tuple[Strategy, ...] = Field(min_length=3)
    facts: FactNames = ()
