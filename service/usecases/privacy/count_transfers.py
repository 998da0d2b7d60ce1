"""Count persons whose data is sent to receivers in other regions, as it is sent; forget digests, never totals.

Invariant: counting twice changes nothing; texts are looked through outside any transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from nlp.text.masking import Masker
from service.domain.delivery.deliveries import Attempt, Event
from service.domain.ports import Clock, UnitOfWork, UnitOfWorkFactory
from service.domain.privacy.rules import ProcessorRow
from service.domain.privacy.transfers import (
    TRANSFER_THRESHOLD,
    UNPLACED,
    Person,
    TransferredPerson,
    TransferTally,
    YearOfTransfers,
    add_up,
    may_have_left,
    persons_in,
    row_id,
    subject_digest,
    texts_in,
    thresholds_of,
    year_of,
)
from service.usecases.privacy.keep_audit import SYSTEM, note
from service.usecases.services import Services

REACHED = "transfers.threshold_reached"
A_YEAR_AND_MORE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Sent:
    """What left, or may have: to which host, about whom (read where it counts), and its texts as they were sent."""

    tenant_id: str
    host: str
    who: Callable[[UnitOfWork], frozenset[Person]]
    said: Any = field(default=None, repr=False)


CountSent = Callable[[Sent], None]
"""Told right after the sending, and before anything else is written of it: what is not counted is sent again."""


def uncounted(sent: Sent) -> None:
    """Nobody counts."""
    del sent


@dataclass(frozen=True, slots=True)
class TransferCounter:
    """Counts what leaves `home`; `key_of` gives a tenant's key for digests."""

    uow: UnitOfWorkFactory
    home: str
    key_of: Callable[[str], bytes]
    clock: Clock
    masker: Masker

    def __call__(self, sent: Sent) -> None:
        """Count who is in it, unless the receiver is registered in the home region."""
        with self.uow(write=False) as tx:
            region = region_of(tx, sent.tenant_id, sent.host, self.home)
            persons = frozenset() if region == self.home else sent.who(tx)
        if not persons:
            return
        sensitive = any(personal.sensitive for text in texts_in(sent.said) for personal in self.masker.find(text))
        now = self.clock.now()
        year, key = year_of(now), self.key_of(sent.tenant_id)
        with self.uow() as tx:
            for person in sorted(persons):
                subject = subject_digest(key, year, person)
                same = row_id(year, sent.host, subject)
                _count(tx, TransferredPerson(same, sent.tenant_id, now, year, subject, sent.host, region, sensitive))


def _count(tx: UnitOfWork, row: TransferredPerson) -> None:
    if tx.privacy.transferred.add(row) or not row.sensitive:
        return
    standing = tx.privacy.transferred.get(row.tenant_id, row.id)
    if standing is not None and not standing.sensitive:
        tx.privacy.transferred.put(replace(standing, sensitive=True))


def counter_over(services: Services) -> TransferCounter:
    """The counter of one process."""
    return TransferCounter(services.uow, services.regions[0], services.person_key, services.clock, services.masker)


def region_of(tx: UnitOfWork, tenant_id: str, host: str, home: str) -> str:
    """Where a receiver lies by the register: another region where any entry of it says so; empty where none does."""
    regions = {row.region for row in tx.privacy.processors.find(tenant_id, among={"host": [host]})}
    return min(regions - {home}, default=home) if regions else UNPLACED


def persons_of_visit(tx: UnitOfWork, tenant_id: str, visit_id: str | None) -> frozenset[Person]:
    """Who speaks in a visit: its rep, and the customer of its account."""
    visit = tx.visits.get(tenant_id, visit_id) if visit_id else None
    return frozenset() if visit is None else frozenset({("person", visit.rep_id), ("account", visit.account_id)})


def persons_of_event(tx: UnitOfWork, event: Event) -> frozenset[Person]:
    """Who is in an event: those it names, and those who speak in its visit."""
    return persons_in(event.data) | persons_of_visit(tx, event.tenant_id, event.visit_id)


def left(attempt: Attempt) -> bool:
    """Whether what an attempt was to send went out, or may have."""
    return attempt.status is not None or may_have_left(attempt.error.split(":")[0])


def transfers_of(tx: UnitOfWork, tenant_id: str, year: str) -> YearOfTransfers:
    """What one calendar year counted so far."""
    store = tx.privacy.transferred
    tallies = tx.privacy.transfer_tallies.find(tenant_id, among={"year": [year]})
    return add_up(year, store.distinct(tenant_id, year), store.by_host(tenant_id, year), tallies)


def forget_transferred(tx: UnitOfWork, services: Services, tenant_id: str, person: Person) -> int:
    """Forget a person's digests; the years' totals keep them as numbers. How many rows there were."""
    key, removed = services.person_key(tenant_id), 0
    for year in tx.privacy.transferred.years(tenant_id):
        mine = {"subject": [subject_digest(key, year, person)]}
        rows = tx.privacy.transferred.find(tenant_id, among=mine)
        if rows:
            _tally(tx, services.clock.now(), rows)
            removed += tx.privacy.transferred.remove(tenant_id, among=mine)
    return removed


def place_receiver(tx: UnitOfWork, services: Services, processor: ProcessorRow) -> None:
    """What a receiver was sent before anybody told where it lies counts where it lies, or, at home, not at all."""
    tenant_id, host = processor.tenant_id, processor.host
    unplaced = tx.privacy.transfer_tallies.find(tenant_id, among={"host": [host], "region": [UNPLACED]})
    if processor.region == services.regions[0]:
        tx.privacy.transferred.remove(tenant_id, among={"host": [host], "region": [UNPLACED]})
        tx.privacy.transfer_tallies.remove(tenant_id, among={"id": [each.id for each in unplaced]})
        return
    tx.privacy.transferred.place(tenant_id, host, processor.region)
    for each in unplaced:  # whose digests are gone: whether they count already nobody knows, so they do
        tx.privacy.transfer_tallies.put(replace(each, region=processor.region))
        _add(tx, tenant_id, each.at, each.year, "", UNPLACED, each.persons, each.sensitive)


def watch_transfers(services: Services) -> int:
    """Tell of thresholds that this year reached, each once, and fold past years into numbers; how many of both."""
    with services.uow(write=False) as tx:
        tenants = tx.privacy.tenants()
    return sum(_watch_tenant(services, tenant_id) for tenant_id in tenants)


def _watch_tenant(services: Services, tenant_id: str) -> int:
    now = services.clock.now()
    year = year_of(now)
    with services.uow(write=False) as tx:
        past = [each for each in tx.privacy.transferred.years(tenant_id) if each < year]
        news = _untold(tx, services, transfers_of(tx, tenant_id, year), tenant_id, now)
    for each in past:
        with services.uow() as tx:
            fold_year(tx, tenant_id, each, now)
    if news:
        with services.uow() as tx:
            tx.privacy.audit.hold(tenant_id)
            counted = transfers_of(tx, tenant_id, year)
            for name in _untold(tx, services, counted, tenant_id, now):
                _tell(tx, services, tenant_id, counted, name)
    return len(past) + len(news)


def _untold(tx: UnitOfWork, services: Services, counted: YearOfTransfers, tenant_id: str, now: datetime) -> list[str]:
    reached = [each.name for each in thresholds_of(counted, services.transfer_limits) if each.reached]
    trail, begin = tx.privacy.audit, now - A_YEAR_AND_MORE
    said = {name: _object(counted, name) for name in reached}
    return [
        name
        for name, about in said.items()
        if not trail.seen(tenant_id, actor=SYSTEM, action=REACHED, object=about, since=begin)
    ]


def _object(counted: YearOfTransfers, name: str) -> str:
    return f"transfers:{counted.year}:{name}"


def _tell(tx: UnitOfWork, services: Services, tenant_id: str, counted: YearOfTransfers, name: str) -> None:
    limit = next(each.limit for each in thresholds_of(counted, services.transfer_limits) if each.name == name)
    said = {"year": counted.year, "threshold": name, "limit": limit, "persons": counted.persons,
            "sensitive_persons": counted.sensitive}  # fmt: skip
    note(tx, services, tenant_id, SYSTEM, REACHED, _object(counted, name), detail=said)
    data = {**said, "links": {"transfers": f"/v1/privacy/transfers?year={counted.year}"}}
    tx.events.add(
        Event(services.ids.new("evt"), tenant_id, TRANSFER_THRESHOLD, services.clock.now(), None, 0, data)
    )  # fmt: skip


def fold_year(tx: UnitOfWork, tenant_id: str, year: str, now: datetime) -> None:
    """Turn a year's digests into numbers: nobody new can join it."""
    store = tx.privacy.transferred
    persons, sensitive = store.distinct(tenant_id, year)
    _add(tx, tenant_id, now, year, "", UNPLACED, persons, sensitive)
    for each in store.by_host(tenant_id, year):
        _add(tx, tenant_id, now, year, each.host, each.region, each.persons, each.sensitive)
    store.remove(tenant_id, among={"year": [year]})


def _tally(tx: UnitOfWork, now: datetime, rows: Sequence[TransferredPerson]) -> None:
    """One person of one year, into that year's numbers."""
    abroad = [row for row in rows if row.region != UNPLACED]
    first = rows[0]
    if abroad:
        _add(tx, first.tenant_id, now, first.year, "", UNPLACED, 1, any(row.sensitive for row in abroad))
    for row in rows:
        _add(tx, row.tenant_id, now, row.year, row.host, row.region, 1, row.sensitive)


def _add(
    tx: UnitOfWork, tenant_id: str, now: datetime, year: str, host: str, region: str, persons: int, sensitive: int
) -> None:
    tx.privacy.audit.hold(tenant_id)  # two erasures at once would each add to what they read
    same = row_id(year, host)
    known = tx.privacy.transfer_tallies.get(tenant_id, same)
    persons += known.persons if known else 0
    sensitive += known.sensitive if known else 0
    place = known.region if known and known.region else region
    tx.privacy.transfer_tallies.put(TransferTally(same, tenant_id, now, year, host, place, persons, int(sensitive)))
