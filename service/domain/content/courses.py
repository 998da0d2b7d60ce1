"""Micro-courses: three to eight minutes of real text, and what in a rep's visits calls for one.

Invariant: the minutes a course claims are the nearest whole ones to what its text takes; nobody estimates them.

How long it takes is an assumption, stated here once. Text is read at 300 characters a minute, punctuation not counted.
Source: adults read Chinese aloud at 255 ± 29 characters a minute (Trauzettel-Klosinski and Dietz, IOVS 53, 2012,
18 to 35 years); the national curriculum for Chinese asks for 500 a minute, silently and for ordinary prose, by the
end of middle school. Training text on a screen, whose dialogues one hears in one's head, lies between the two and
nearer the first. Each practice question takes a minute more, to think, say it and compare: our estimate, unmeasured.
"""

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from service.domain.content.examples import Examples
from service.domain.content.header import Closed, Code, Codes, Header, Text
from service.domain.content.selections import Selection

READING_SPEED = 300  # characters a minute; see above
PRACTICE_MINUTES = 1  # for each question
MIN_MINUTES, MAX_MINUTES = 3, 8
REP = "销售"


class Streak(Closed):
    """`visits` visits of the rep in a row with something of `despite` in each and nothing of `without`."""

    visits: int = Field(default=3, ge=2, le=10)
    despite: Selection
    without: tuple[Selection, ...] = Field(min_length=1)


class Unhandled(Closed):
    """Objections of these types left open, at least `times` over the rep's last `visits` visits."""

    objections: Codes = Field(min_length=1)
    times: int = Field(default=2, ge=1, le=20)
    visits: int = Field(default=3, ge=1, le=20)


class LowSkill(Closed):
    """A skill value below the line, counted from at least three observations."""

    below: int = Field(default=50, ge=1, le=100)


class CourseTrigger(Closed):
    """Any one of these calls for the course.

    `plan` is the monthly one: when nothing presses, the weakest skill below its line gets this course.
    """

    streak: Streak | None = None
    unhandled: Unhandled | None = None
    said: Selection | None = None
    low_skill: LowSkill | None = None
    plan: LowSkill | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if not any((self.streak, self.unhandled, self.said, self.low_skill, self.plan)):
            raise ValueError("trigger: name at least one of streak, unhandled, said, low_skill, plan")
        return self


class Dialogue(Closed):
    """A short talk and what to notice in it; lines begin with 客户 or 销售."""

    talk: tuple[Text, ...] = Field(min_length=3)
    notice: Text


class Practice(Closed):
    """A question to answer aloud, and an answer a good colleague would give."""

    question: Text
    answer: Text


class Variant(Closed):
    """The same situation with somebody else across the table, who cares about something else.

    `role` is a customer role as talk tracks have them; lines begin with `who` (as the rep would say it) or 销售.
    """

    role: Code
    who: Text = Field(max_length=12)
    change: Text
    talk: tuple[Text, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _two_speak(self) -> Self:
        if {line.partition("：")[0] for line in self.talk} != {self.who, REP}:
            raise ValueError(f"talk: every line begins with `{self.who}：` or `{REP}：`, and both speak")
        return self


class CourseItem(Header):
    """One micro-course; `minutes` is what its text takes to read and practise.

    What came later than the rest may be left out: `trade` where it plays, `why` the customer thinks so, a `variant`
    for another role, `more_practice`, and a `self_check` for the next visit.
    """

    skill: Code
    trade: Text | None = Field(default=None, max_length=20)
    minutes: int = Field(ge=MIN_MINUTES, le=MAX_MINUTES)
    objections: Codes = ()
    trigger: CourseTrigger
    situation: Text
    bad: Dialogue
    good: Dialogue
    why: Text | None = None
    variant: Variant | None = None
    points: tuple[Text, ...] = Field(min_length=3)
    practice: Practice
    more_practice: tuple[Practice, ...] = Field(default=(), max_length=2)
    self_check: tuple[Text, ...] = Field(default=(), max_length=6)
    talktrack: Code | None = None
    examples: Examples

    @property
    def practices(self) -> tuple[Practice, ...]:
        """Every question, the one the rep answers first."""
        return (self.practice, *self.more_practice)

    @property
    def characters(self) -> int:
        """How much there is to read: characters without punctuation and blanks."""
        return sum(character.isalnum() for text in self._texts() for character in text)

    @property
    def takes_minutes(self) -> float:
        """Reading it at `READING_SPEED`, and thinking about each of its practice questions."""
        return self.characters / READING_SPEED + PRACTICE_MINUTES * len(self.practices)

    def _texts(self) -> Iterator[str]:
        yield from (self.situation, *self.bad.talk, self.bad.notice, *self.good.talk, self.good.notice)
        yield self.why or ""
        if self.variant is not None:
            yield from (self.variant.change, *self.variant.talk)
        for practice in self.practices:
            yield from (practice.question, practice.answer)
        yield from (*self.points, *self.self_check)

    @model_validator(mode="after")
    def _fits_its_minutes(self) -> Self:
        takes = self.takes_minutes
        if abs(self.minutes - takes) > 0.5:
            raise ValueError(
                f"minutes: {self.characters} characters at {READING_SPEED} a minute and {len(self.practices)} practice "
                f"question(s) take {takes:.1f} minutes; write the nearest whole number, "
                f"and text for {MIN_MINUTES} to {MAX_MINUTES}"
            )
        return self
