"""What privacy needs done again and again: forget what has had its time, seal by the newest key, tell what is due."""

from datetime import timedelta

from service.usecases.operations.keep_house import Chore
from service.usecases.privacy.count_transfers import watch_transfers
from service.usecases.privacy.sweep_retention import sweep_retention
from service.usecases.privacy.watch_requests import watch_requests
from service.usecases.services import Services

AT_ONCE = 100
"""Rows of one transaction: on SQLite every other writer waits for it."""
A_TICK = 2_000


def privacy_chores(services: Services) -> list[Chore]:
    """The chores, with how often they are due."""
    return [
        ("sweep_retention", timedelta(hours=1), lambda: sweep_retention(services)),
        ("watch_requests", timedelta(hours=1), lambda: watch_requests(services)),
        ("watch_transfers", timedelta(hours=1), lambda: watch_transfers(services)),
        ("seal_texts", timedelta(minutes=10), lambda: seal_texts(services)),
    ]


def seal_texts(services: Services, *, at_most: float = A_TICK) -> int:
    """Seal what is plain or under an older key, tenant by tenant, about `at_most` rows in all; how many.

    A transcript that came before there were keys is sealed by this, and after `fieldcue privacy rotate` every other.
    """
    with services.uow(write=False) as tx:
        tenants = tx.privacy.tenants()
    done = 0
    for tenant_id in tenants:
        while done < at_most:
            with services.uow() as tx:
                sealed = tx.privacy.reseal(tenant_id, AT_ONCE)
            done += sealed
            if sealed < AT_ONCE:
                break
    return done
