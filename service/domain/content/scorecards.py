"""What counts for and against each skill dimension, as a table a manager can read and change."""

from typing import Self

from pydantic import Field, model_validator

from service.domain.content.examples import ExampleVisit
from service.domain.content.header import Closed, Code, Header, Text
from service.domain.content.selections import Selection


class SkillRule(Closed):
    """One kind of observation.

    Each match of `match` in a visit is one observation worth `value` (0 to 100), at most `cap` a visit.
    With `unless_after` it only counts when none of that follows within `within_turns` turns; with `only_after`, when
    it does. `clean` turns the rule round: a visit without any match, with at least `min_rep_turns` turns of the rep,
    is one observation.
    """

    id: Code
    note: Text
    match: Selection
    value: int = Field(ge=0, le=100)
    weight: float = Field(default=1.0, gt=0, le=5)
    cap: int = Field(default=3, ge=1, le=20)
    unless_after: Selection | None = None
    only_after: Selection | None = None
    within_turns: int = Field(default=8, ge=1, le=500)
    clean: bool = False
    min_rep_turns: int = Field(default=5, ge=1, le=100)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.clean and (self.unless_after or self.only_after):
            raise ValueError("a clean-visit rule looks at the whole visit; remove unless_after and only_after")
        if self.unless_after and self.only_after:
            raise ValueError("use unless_after or only_after, not both")
        return self


class SkillCase(Closed):
    """Visits of one rep, and how often each rule saw something in them; rules that are not named saw nothing.

    `score` is the value on the day of the last visit, with the card's prior for a team; None under three observations.
    """

    visits: tuple[ExampleVisit, ...] = Field(min_length=1, max_length=20)
    gives: dict[Code, int] = Field(default={}, max_length=50)
    score: float | None = None
    note: Text | None = None


class SkillCases(Closed):
    """When a card sees something, and when it must not."""

    fires: tuple[SkillCase, ...] = Field(min_length=1, max_length=20)
    stays_silent: tuple[SkillCase, ...] = Field(min_length=1, max_length=20)


class SkillCard(Header):
    """One axis of the radar: its rules, what a team scores before anything is known, and how fast evidence fades."""

    skill: Code
    prior: float = Field(default=60.0, ge=0, le=100)
    prior_weight: float = Field(default=3.0, gt=0, le=50)
    half_life_days: float = Field(default=45.0, gt=0, le=1000)
    rules: tuple[SkillRule, ...] = Field(min_length=2)
    examples: SkillCases | None = None
