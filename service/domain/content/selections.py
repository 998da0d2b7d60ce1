"""Named selections: the vocabulary in which hint cards, courses, checklists and scorecards point at what was said."""

from typing import Literal, Self

from pydantic import Field, model_validator

from nlp.types import Role
from service.domain.content.header import Closed, Codes

ANY = "any"


class PromiseIs(Closed):
    """A next step that one side agreed to; `overdue` and `upcoming` (in three weeks) compare its date with now."""

    by: Literal["rep", "customer", "anyone"] = "anyone"
    due: Literal["any", "dated", "undated", "overdue", "upcoming"] = "any"


class Selection(Closed):
    """Which things said count: exactly one of objection, signal, keyword (a pack's category) or promise.

    `any` as the code means every code of that kind. `scope` says where to look: in this visit, in the `visits`
    before it, or in both. It holds when at least `at_least` matches lie in at least `in_visits` different visits.
    `min_score` leaves out findings the detector itself doubts; use it where a wrong word would accuse somebody.
    """

    objection: Codes = ()
    signal: Codes = ()
    keyword: Codes = ()
    promise: PromiseIs | None = None
    role: Role | None = None
    state: Literal["any", "open", "handled"] = "any"
    scope: Literal["this", "earlier", "any"] = "any"
    visits: int = Field(default=3, ge=0, le=20)
    at_least: int = Field(default=1, ge=1, le=50)
    in_visits: int = Field(default=1, ge=1, le=20)
    min_score: float = Field(default=0.0, ge=0, le=1)
    max_age_days: int | None = Field(default=None, ge=0, le=3650)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [bool(self.objection), bool(self.signal), bool(self.keyword), self.promise is not None]
        if sum(kinds) != 1:
            raise ValueError("name exactly one of objection, signal, keyword, promise")
        if self.state != "any" and not self.objection:
            raise ValueError("`state` is known for objections only; remove it")
        return self

    @property
    def codes(self) -> tuple[tuple[str, str], ...]:
        """The taxonomy codes it names, as (kind, code); keyword categories are not in the taxonomy."""
        named = [("objection", code) for code in self.objection] + [("signal", code) for code in self.signal]
        return tuple((kind, code) for kind, code in named if code != ANY)
