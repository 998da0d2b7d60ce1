"""A tenant's real outcomes turned into histories to learn from: each account as it stood, week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nlp.churn.account import AccountHistory
from service.domain.account_facts import account_history
from service.domain.ports import UnitOfWork
from service.usecases.models.assess_account import HISTORY, LOOK_BACK, account_events
from service.usecases.privacy.training_consent import trainable

WEEK = timedelta(days=7)
MOST_LOOKS = 104


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an account: lost at a moment, or not lost as long as anybody watched."""

    account_id: str
    watched_until: datetime
    lost_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FollowedAccount:
    """What was known of an account at each weekly look, and its outcome."""

    outcome: Outcome
    looks: tuple[datetime, ...]
    histories: tuple[AccountHistory, ...]


def follow_accounts(
    tx: UnitOfWork, outcomes: Sequence[Outcome], *, tenant_id: str, now: datetime
) -> list[FollowedAccount]:
    """Accounts of which something is stored; those that nobody ever visited or told of are left out.

    A visit counts only where its consent covers training at `now`; what the CRM told counts always.
    """
    found = []
    for outcome in outcomes:
        end = outcome.lost_at or outcome.watched_until
        newest = tx.visits.history(
            tenant_id, before=end, limit=HISTORY, account_id=outcome.account_id, purpose="training"
        )
        allowed = trainable(tx, tenant_id, [visit.visit_id for visit in newest], now)
        visits = [visit for visit in newest if visit.visit_id in allowed]
        events = account_events(tx, tenant_id, outcome.account_id)
        moments = [visit.visited_at for visit in visits] + [event.occurred_at for event in events]
        begun = min((moment for moment in moments if moment < end), default=None)
        if begun is None:
            continue
        elsewhere = list(tx.crm_events.between(tenant_id, begun - LOOK_BACK, end, kinds=("opportunity",)))
        count = min(MOST_LOOKS, int((end - begun) / WEEK))
        looks = tuple(end - (count - number) * WEEK for number in range(count))
        histories = tuple(account_history(visits, events, now=look, elsewhere=elsewhere) for look in looks)
        found.append(FollowedAccount(outcome, looks, histories))
    return found
