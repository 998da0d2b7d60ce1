"""How far a rep's own words are borne out: which proofs are compared, and from where on coaching begins."""

from pydantic import Field

from service.domain.content.case_examples import CaseExamples
from service.domain.content.header import Code, Header, Text


class CredibilityCard(Header):
    """Agreement under `low_below` in `months` months in a row leads to coaching: `course` is proposed to the rep, and
    waits for a trainer's approval; `advice` is what is said with it.

    A check-in counts as on site within `max_distance_m` metres.
    """

    low_below: float = Field(gt=0, lt=1)
    months: int = Field(ge=1, le=12)
    max_distance_m: float = Field(gt=0)
    course: Code | None = None
    advice: Text = "连续低于标准，建议一起复盘几次拜访记录；结果仅供辅导，可申诉。"
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None
