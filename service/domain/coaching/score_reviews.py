"""A person's review of a rep's values of one month: what has to stand before they go to whoever decides about people.

Scores of sales staff are advice. Invariant: a review covers the values that its reviewer looked at and no others: it
names them by their digest, and once they change, nobody has reviewed them.
Source: PIPL art. 24, GDPR art. 22.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from service.domain.delivery.deliveries import FULL_KEY

ReviewState = Literal["nothing", "unreviewed", "changed", "reviewed"]
Verdict = Literal["reviewed", "required", "forbidden"]
SCORE_KEYS = frozenset({"skills", "courses"})
"""Parts of an analysis that say how good its rep is; a proposed course says what they are weak in."""
HR_TYPES = frozenset(
    {
        *("visit.analyzed", "visit.failed", "visit.consent_unverified", "visit.consent_confirmed"),
        *("recording.progress", "recording.waiting_for_model", "person.erased"),
        *("privacy.request_due", "privacy.transfer_threshold", "webhook.exhausted", "webhook.disabled"),
    }
)
"""What an `hr` endpoint may ask for: any other event may judge a person by its type alone, as `credibility.low`."""


@dataclass(frozen=True, slots=True)
class ScoreReview:
    """That a person looked at a rep's values of a month; one row for both, the last review counts."""

    id: str
    tenant_id: str
    at: datetime
    rep_id: str
    month: str
    digest: str
    reviewed_by: str
    note: str


@dataclass(frozen=True, slots=True)
class MonthValues:
    """A rep's values at the end of a month by skill (0 to 100, None where too little is known), and those contested."""

    rep_id: str
    month: str
    scores: Mapping[str, float | None]
    contested: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is no value at all, and so nothing to review."""
        return all(score is None for score in self.scores.values())

    @property
    def digest(self) -> str:
        """SHA-256 of what a person sees of them: the values to a tenth, and which are contested."""
        seen = {code: None if score is None else round(score, 1) for code, score in self.scores.items()}
        said = [self.rep_id, self.month, seen, sorted(self.contested)]
        return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def review_id(rep_id: str, month: str) -> str:
    """The id of the row of a rep and month; made of both, so that there is one."""
    return "srv_" + hashlib.sha256(f"score review\0{rep_id}\0{month}".encode()).hexdigest()[:32]


def state_of(values: MonthValues, review: ScoreReview | None) -> ReviewState:
    """Whether somebody reviewed these values, or others before them."""
    if values.is_empty:
        return "nothing"
    if review is None:
        return "unreviewed"
    return "reviewed" if review.digest == values.digest else "changed"


def carries_scores(data: Mapping[str, Any]) -> bool:
    """Whether an event's data say how good a rep is."""
    analysis = data.get(FULL_KEY)
    return isinstance(analysis, Mapping) and any(analysis.get(name) for name in SCORE_KEYS)


def without_scores(data: Mapping[str, Any], verdict: Verdict) -> dict[str, Any]:
    """The same without them; `review` says why: `required` or `forbidden`."""
    analysis = {name: value for name, value in data[FULL_KEY].items() if name not in SCORE_KEYS}
    return {**data, FULL_KEY: analysis, "review": verdict}
