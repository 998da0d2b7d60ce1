"""What the daily and the weekly report show: which sections in which order, what counts as progress, from when on.

Invariant: a section that no list names is not worked out; every threshold of a report stands in its file.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from service.domain.content.case_examples import CaseExamples
from service.domain.content.event_match import EventMatch, Word
from service.domain.content.header import Closed, Code, Header, Misplaced, Text
from service.domain.content.playbook_values import Duration
from service.domain.content.slots import check_slots

DailySection = Literal["progress", "stalled", "usage"]
WeeklySection = Literal["ranking", "progress", "stalled", "usage"]


class ReportStep(Closed):
    """Events that count as a step forward, and what such a step is called."""

    event: EventMatch
    says: Text


class ProgressPart(Closed):
    """Key progress: steps of named events, and moves from stage to stage as `stage_moves` words them.

    In `stage_moves` only `{{before}}` and `{{after}}` are replaced; left out, a move between stages is no step.
    """

    title: Text
    steps: tuple[ReportStep, ...] = Field(min_length=1, max_length=50)
    stage_moves: Text | None = None

    @model_validator(mode="after")
    def _replaces_what_there_is(self) -> Self:
        check_slots(self.stage_moves or "", known=("before", "after"), path=("stage_moves",))
        return self


class StalledPart(Closed):
    """Open opportunities of which nothing was heard for longer than `after`, the largest or the longest first.

    `ended` are words of status or stage by which an opportunity is over.
    """

    title: Text
    after: Duration
    ended: tuple[Word, ...] = Field(min_length=1, max_length=50)
    order: Literal["amount", "days"] = "amount"


class RankingPart(Closed):
    """Conversion by person: `won` of `won` and `lost`; under `at_least` of both there is no rate."""

    title: Text
    won: EventMatch
    lost: EventMatch
    at_least: int = Field(ge=1, le=1_000)
    order: Literal["rate", "won"] = "rate"


class UsagePart(Closed):
    """Who of these `roles` left any event, and how complete the customers are by the metric named."""

    title: Text
    roles: tuple[Code, ...] = Field(min_length=1, max_length=10)
    completeness: Code | None = None


class ReportCard(Header):
    """The daily and the weekly report: their sections in order, and each section's terms.

    At most `shown` lines of a section are given; a robot's message names the first `told` of them.
    """

    daily: tuple[DailySection, ...] = Field(min_length=1)
    weekly: tuple[WeeklySection, ...] = Field(min_length=1)
    progress: ProgressPart
    stalled: StalledPart
    ranking: RankingPart
    usage: UsagePart
    shown: int = Field(default=200, ge=1, le=1_000)
    told: int = Field(default=5, ge=1, le=20)
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None

    @model_validator(mode="after")
    def _names_a_section_once(self) -> Self:
        for name in ("daily", "weekly"):
            sections: tuple[str, ...] = getattr(self, name)
            if twice := sorted({one for one in sections if sections.count(one) > 1}):
                raise Misplaced((name,), f"{twice[0]} stands twice; keep it once")
        return self

    def sections(self, name: Literal["daily", "weekly"]) -> tuple[str, ...]:
        """The sections of one of the two, in their order."""
        return self.daily if name == "daily" else self.weekly

    def title_of(self, section: str) -> str:
        """What a section is headed."""
        titles = {
            "progress": self.progress.title,
            "stalled": self.stalled.title,
            "ranking": self.ranking.title,
            "usage": self.usage.title,
        }
        return titles[section]
