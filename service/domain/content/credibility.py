"""How far a rep's own words are borne out: which proofs are compared, and from where on coaching begins."""

from pydantic import Field

from service.domain.content.header import Code, Header


class CredibilityCard(Header):
    """Agreement under `low_below` in `months` months in a row leads to coaching with `course`.

    A check-in counts as on site within `max_distance_m` metres.
    """

    low_below: float = Field(gt=0, lt=1)
    months: int = Field(ge=1, le=12)
    max_distance_m: float = Field(gt=0)
    course: Code | None = None
    serves: tuple[str, ...] = ()
