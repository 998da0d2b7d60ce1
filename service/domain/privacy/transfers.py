"""Whose data left the region: persons counted once a calendar year, by digests, against the thresholds of the law.

A year's digests are made with a key of the tenant that lies outside the database, and are gone when the year is over or
the person is erased; what they counted stays in a tally. Invariant: a year's total never falls. A person who was erased
and of whom data is sent again in the same year counts twice: knowing better would mean remembering them.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal
from zoneinfo import ZoneInfo

from service.domain.playbooks.hours import OFFICE

PersonKind = Literal["person", "account"]
Person = tuple[PersonKind, str]
"""A rep or other person of the tenant, or the customer behind an account: visits name accounts, not their people."""
TRANSFER_THRESHOLD = "privacy.transfer_threshold"
UNPLACED = ""
"""The region of a receiver that the register of processors does not name."""
_NAMING: Mapping[str, PersonKind] = {
    "rep_id": "person", "person_id": "person", "owner_id": "person", "account_id": "account",
}  # fmt: skip
_NEVER_LEFT = frozenset(
    {"url_forbidden", "dns_failed", "tls_failed", "connection_refused", "processor_unregistered"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TransferredPerson:
    """That something about a person went to one receiver in one year; `at` is the first time.

    `subject` is a digest that is the same for the person all year; `id` one for person, year and host.
    """

    id: str
    tenant_id: str
    at: datetime
    year: str
    subject: str
    host: str
    region: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class TransferTally:
    """How many persons a year counted whose digests are gone; of all receivers abroad where `host` is empty."""

    id: str
    tenant_id: str
    at: datetime
    year: str
    host: str
    region: str
    persons: int
    sensitive: int


@dataclass(frozen=True, slots=True)
class HostCount:
    """Persons whose data one receiver was sent in a year, and those of them with sensitive data."""

    host: str
    region: str
    persons: int
    sensitive: int


@dataclass(frozen=True, slots=True)
class YearOfTransfers:
    """A year's count: of receivers in other regions together, each person once, and of each receiver by itself."""

    year: str
    persons: int = 0
    sensitive: int = 0
    receivers: tuple[HostCount, ...] = ()

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Receivers whose region nobody told: what they were sent is in no total."""
        return tuple(each.host for each in self.receivers if each.region == UNPLACED)


@dataclass(frozen=True, slots=True)
class TransferLimits:
    """From how many persons a year what must be done abroad; the defaults are those of the rules of March 2024."""

    persons: int = 100_000
    assessed: int = 1_000_000
    sensitive: int = 1


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold: what it counts, from how many on, and how many there are."""

    name: Literal["persons", "assessed", "sensitive"]
    limit: int
    counted: int

    @property
    def reached(self) -> bool:
        """Whether it is reached; a limit of 0 is switched off."""
        return 0 < self.limit <= self.counted


def thresholds_of(counted: YearOfTransfers, limits: TransferLimits) -> tuple[Threshold, ...]:
    """Every threshold with what the year counted."""
    return (
        Threshold("sensitive", limits.sensitive, counted.sensitive),
        Threshold("persons", limits.persons, counted.persons),
        Threshold("assessed", limits.assessed, counted.persons),
    )


def year_of(moment: datetime) -> str:
    """The calendar year in which the law counts it."""
    return str(moment.astimezone(ZoneInfo(OFFICE.zone)).year)


def subject_digest(key: bytes, year: str, person: Person) -> str:
    """The digest that stands for a person in one year; another in the next, so that years cannot be joined."""
    return hmac.digest(key, "\0".join(["transferred", year, *person]).encode(), "sha256").hex()


def row_id(year: str, *parts: str) -> str:
    """The id of a row of one year."""
    return sha256("\0".join([year, *parts]).encode()).hexdigest()


def persons_in(data: Any) -> frozenset[Person]:  # noqa: ANN401 - any JSON value
    """Everybody whom a document names by id, at any depth."""
    if isinstance(data, Mapping):
        own = {(_NAMING[name], value) for name, value in data.items()
               if name in _NAMING and isinstance(value, str) and value}  # fmt: skip
        return frozenset(own).union(*(persons_in(value) for value in data.values()))
    if isinstance(data, (list, tuple)):
        return frozenset().union(*(persons_in(value) for value in data))
    return frozenset()


def texts_in(data: Any) -> Iterable[str]:  # noqa: ANN401 - any JSON value
    """Every text of a document."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, (Mapping, list, tuple)):
        for value in data.values() if isinstance(data, Mapping) else data:
            yield from texts_in(value)


def may_have_left(error_code: str) -> bool:
    """Whether what was to be sent may have arrived although the attempt failed."""
    return error_code not in _NEVER_LEFT


def add_up(
    year: str, live: tuple[int, int], receivers: Sequence[HostCount], tallies: Sequence[TransferTally]
) -> YearOfTransfers:
    """The year's count from what still stands as digests and what stands in tallies.

    Args:
        live: (persons, sensitive persons) of receivers in other regions, each once.
    """
    persons, sensitive = live
    hosts = {each.host: each for each in receivers}
    for tally in tallies:
        if not tally.host:
            persons, sensitive = persons + tally.persons, sensitive + tally.sensitive
            continue
        known = hosts.get(tally.host, HostCount(tally.host, tally.region, 0, 0))
        hosts[tally.host] = HostCount(
            tally.host, known.region or tally.region, known.persons + tally.persons, known.sensitive + tally.sensitive
        )
    ranked = sorted(hosts.values(), key=lambda each: (-each.persons, each.host))
    return YearOfTransfers(year, persons, sensitive, tuple(ranked))
