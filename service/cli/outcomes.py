"""`fieldcue train churn --outcomes`: the account risk model learns from what really became of a tenant's accounts."""

import json
import tempfile
from datetime import datetime
from pathlib import Path

from nlp.errors import InputInvalid
from service.adapters.clock import SystemClock
from service.bootstrap import load_settings, open_registry, open_store
from service.usecases.models.follow_accounts import Outcome, follow_accounts

FEWEST_LOSSES = 5


def read_outcomes(path: Path) -> list[Outcome]:
    """One account a line: `{"account_id", "lost_on": RFC 3339 or null, "watched_until": RFC 3339}`.

    Raises:
        InputInvalid: a line that breaks the form; the message names it.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            lost = given.get("lost_on")
            outcome = Outcome(
                str(given["account_id"]), _moment(given["watched_until"]), _moment(lost) if lost is not None else None
            )
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise InputInvalid(
                f"{path.name}, line {number}: expected account_id, lost_on (or null) and watched_until with an offset, "
                f"such as 2026-03-02T10:00:00+08:00 ({type(fault).__name__})"
            ) from fault
        found.append(outcome)
    return found


def train_from_outcomes(path: Path, *, tenant_id: str) -> None:
    """Learn, judge out of fold against the version in use, and register the challenger.

    Raises:
        InputInvalid: a broken line, or fewer than five losses of which anything is stored.
    """
    from models.train import train_accounts  # scikit-learn, which no other command needs
    from models.training.account_churn import WatchedAccount

    settings = load_settings()
    store = open_store(settings)
    try:
        with store.uow(write=False) as tx:
            now = SystemClock().now()
            followed = follow_accounts(tx, read_outcomes(path), tenant_id=tenant_id, now=now)
    finally:
        store.close()
    losses = [one for one in followed if one.outcome.lost_at is not None and one.looks]
    if len(losses) < FEWEST_LOSSES or len(losses) == len(followed):
        raise InputInvalid(
            f"{path.name}: visits or events are stored of {len(losses)} lost and {len(followed) - len(losses)} other "
            f"accounts; learning needs at least {FEWEST_LOSSES} lost ones, and some that were kept; a visit counts "
            "where its consent covers `training`"
        )
    registry = open_registry(settings)
    with tempfile.TemporaryDirectory() as draft:
        watched = [
            WatchedAccount(
                one.outcome.account_id, one.looks, one.histories, one.outcome.watched_until, one.outcome.lost_at
            )
            for one in followed
        ]
        made = train_accounts(Path(draft), watched, champion=registry.champion("accounts"))
        about = {"outcomes": path.name, "accounts": len(followed), "losses": len(losses)}
        version = registry.add("accounts", made, now=SystemClock().now(), about=about)
    print(f"accounts: version {version.number} is the challenger; `fieldcue models compare accounts` is next")


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment
