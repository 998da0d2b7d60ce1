"""What each tenant's feedback has taught about hints: a view of the feedback rows, fitted again when they change."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from service.domain.coaching.hint_learning import NOTHING_LEARNED, Preference, PreferenceLearner, Sample, fade, worth
from service.domain.coaching.hint_rows import HintFeedback
from service.domain.content.bundle import Content
from service.domain.ports import UnitOfWork

LEARNS_FROM = 2_000
LOOKS_BACK = timedelta(days=365)
BELIEVED_FOR = timedelta(minutes=1)  # another process may have taken feedback meanwhile


@dataclass(slots=True)
class HintLearning:
    """What each tenant's feedback has taught, fitted when it is first asked for and when it has changed."""

    learner: PreferenceLearner | None = None
    _known: dict[str, tuple[datetime, str, Preference]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def preference(self, tx: UnitOfWork, tenant_id: str, content: Content, now: datetime) -> Preference:
        """The tenant's preference; nothing where there is no feedback yet."""
        if self.learner is None:
            return NOTHING_LEARNED
        known = self._known.get(tenant_id)
        if known is not None and now - known[0] < BELIEVED_FOR:
            return known[2]
        newest = next(iter(tx.coaching.feedback.find(tenant_id, limit=1)), None)
        mark = newest.id if newest else ""
        if known is not None and known[1] == mark:
            fitted = known[2]
        else:
            rows = tx.coaching.feedback.find(tenant_id, since=now - LOOKS_BACK, limit=LEARNS_FROM)
            fitted = self.learner.fit(samples_of(rows, content, now=now))
        with self._lock:
            self._known[tenant_id] = (now, mark, fitted)
        return fitted

    def forget(self, tenant_id: str) -> None:
        """Look again the next time: feedback has come."""
        with self._lock:
            self._known.pop(tenant_id, None)


def samples_of(rows: Sequence[HintFeedback], content: Content, *, now: datetime) -> list[Sample]:
    """One sample a hint, from its latest answer; answers that say nothing of its worth, and cards that are gone, do not
    count."""
    priors = {card.id: card.priority / 100 for card in content.hint_cards}
    latest: dict[str, HintFeedback] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.id)):
        latest[row.hint_id] = row
    samples: list[Sample] = []
    for row in latest.values():
        was_worth = worth(row.verdict, reason=row.reason, outcome=row.outcome)
        if was_worth is not None and row.card in priors:
            age = (now - row.at) / timedelta(days=1)
            samples.append(Sample(dict(row.features), was_worth - priors[row.card], fade(age)))
    return samples
