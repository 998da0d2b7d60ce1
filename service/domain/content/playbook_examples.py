"""Small event stories inside a rule's file, with a fixed now: they show when it fires, and they run as tests."""

import datetime as dt
import re
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from service.domain.content.examples import Line
from service.domain.content.header import Closed, Text
from service.domain.content.playbook_values import EventType, FieldName

_LOCAL = ZoneInfo("Asia/Shanghai")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?", re.ASCII)
_ROLES = {"r": "rep", "c": "customer", "o": "other"}


def read_moment(value: object) -> dt.datetime:
    """A moment as stories write it, in Chinese time: `2026-03-02 09:00`.

    Raises:
        ValueError: anything else.
    """
    if isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("write a moment such as 2026-03-02 09:00 (Chinese time)")
    return dt.datetime.fromisoformat(value).replace(tzinfo=_LOCAL).astimezone(dt.UTC)


Moment = Annotated[dt.datetime, BeforeValidator(read_moment)]
Scalar = str | int | float | bool | None


class StoryEvent(Closed):
    """One event: what, when, on which entity (`s1` is the subject), what it wrote; `talk` is an analysed visit's."""

    at: Moment
    type: EventType
    id: Annotated[Text, Field(max_length=80)] | None = None
    data: dict[FieldName, Scalar] = Field(default={}, max_length=40)
    talk: tuple[Line, ...] = ()
    keywords: dict[str, str] = Field(default={}, description="word: category, for `talk`")

    @property
    def findings(self) -> list[dict[str, Scalar]]:
        """What the talk holds, as an analysed visit's event carries it."""
        found: list[dict[str, Scalar]] = []
        for turn, line in enumerate(self.talk):
            letter, objections, signals, text = line.split("|", 3)
            labels = [("objection", code) for code in objections.split(",") if code]
            labels += [("signal", code) for code in signals.split(",") if code]
            labels += [("keyword", category) for word, category in self.keywords.items() if word in text]
            found.extend({"kind": kind, "code": code, "score": 0.9, "turn": turn, "role": _ROLES[letter], "quote": text}
                         for kind, code in labels)  # fmt: skip
        return found


class Story(Closed):
    """What happened up to `now`; `says` are words that the message must hold, `times` how often the rule fires."""

    events: tuple[StoryEvent, ...] = Field(min_length=1, max_length=60)
    now: Moment
    says: str = ""
    times: int = Field(default=1, ge=1, le=50)
    note: str = ""


class PlaybookExamples(Closed):
    """When a rule must fire and when it must not."""

    fires: tuple[Story, ...] = Field(min_length=1, max_length=20)
    stays_silent: tuple[Story, ...] = Field(min_length=1, max_length=20)
