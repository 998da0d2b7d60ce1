"""What went to receivers in other regions in a calendar year, in numbers of persons."""

from typing import Annotated

from pydantic import Field

from service.api.schemas.base import Out
from service.api.schemas.examples import answer
from service.domain.privacy.transfers import TransferLimits, YearOfTransfers, thresholds_of


class ReceiverOut(Out):
    """One receiver by itself; `region` is null where the register of processors does not name it."""

    host: str
    region: str | None
    persons: int
    sensitive_persons: int


class ThresholdOut(Out):
    """A threshold; a `limit` of 0 is switched off."""

    name: Annotated[str, Field(description="sensitive, persons, assessed")]
    limit: int
    persons: int
    reached: bool


class TransfersOut(Out):
    """A year's count over all receivers whose region is known and not this one: each person once."""

    year: int
    persons: int
    sensitive_persons: int
    thresholds: list[ThresholdOut]
    receivers: list[ReceiverOut]

    @classmethod
    def of(cls, counted: YearOfTransfers, limits: TransferLimits) -> "TransfersOut":
        """From the count."""
        return cls(
            year=int(counted.year),
            persons=counted.persons,
            sensitive_persons=counted.sensitive,
            thresholds=[
                ThresholdOut(name=each.name, limit=each.limit, persons=each.counted, reached=each.reached)
                for each in thresholds_of(counted, limits)
            ],
            receivers=[
                ReceiverOut(host=each.host, region=each.region or None, persons=each.persons,
                            sensitive_persons=each.sensitive)
                for each in counted.receivers
            ],
        )  # fmt: skip


TRANSFERS_OUT = answer(
    {
        "year": 2026,
        "persons": 812,
        "sensitive_persons": 0,
        "thresholds": [
            {"name": "sensitive", "limit": 1, "persons": 0, "reached": False},
            {"name": "persons", "limit": 100_000, "persons": 812, "reached": False},
            {"name": "assessed", "limit": 1_000_000, "persons": 812, "reached": False},
        ],
        "receivers": [{"host": "crm.example", "region": "SG", "persons": 812, "sensitive_persons": 0}],
    }
)
