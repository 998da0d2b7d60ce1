"""Micro-courses: three to eight minutes of real text, and what in a rep's visits calls for one."""

from typing import Self

from pydantic import Field, model_validator

from service.domain.content.examples import Examples
from service.domain.content.header import Closed, Code, Codes, Header, Text
from service.domain.content.selections import Selection

READING_SPEED = 250  # characters a minute: Chinese read with care, the dialogues half aloud
PRACTICE_MINUTES = 2  # to answer the practice question aloud and compare
MIN_MINUTES, MAX_MINUTES = 3, 8


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


class CourseItem(Header):
    """One micro-course; `minutes` is what its text takes to read and practise."""

    skill: Code
    minutes: int = Field(ge=MIN_MINUTES, le=MAX_MINUTES)
    objections: Codes = ()
    trigger: CourseTrigger
    situation: Text
    bad: Dialogue
    good: Dialogue
    points: tuple[Text, ...] = Field(min_length=3)
    practice: Practice
    talktrack: Code | None = None
    examples: Examples

    @property
    def characters(self) -> int:
        """How much there is to read."""
        texts = [self.situation, self.bad.notice, self.good.notice, self.practice.question, self.practice.answer]
        return sum(map(len, [*texts, *self.points, *self.bad.talk, *self.good.talk]))

    @model_validator(mode="after")
    def _fits_its_minutes(self) -> Self:
        takes = self.characters / READING_SPEED + PRACTICE_MINUTES
        if abs(self.minutes - takes) > 1:
            raise ValueError(f"minutes: {self.characters} characters and the practice take about {takes:.0f} minutes")
        return self
