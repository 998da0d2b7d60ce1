"""When a deal that is being paid is a closed loop, what it is called then, and what commission is worked out from."""

from typing import Literal

from pydantic import Field

from service.domain.content.case_examples import CaseExamples
from service.domain.content.event_match import EventMatch
from service.domain.content.header import Closed, Header, Text
from service.domain.content.playbook_values import FieldName


class Commission(Closed):
    """What is shared out: what came in (`paid`) or what was agreed (`owed`), by the deal's attribution if it has one.

    Without an attribution it all goes to the owner, or with `nobody` it is left open. `digits` are those of an amount.
    """

    base: Literal["paid", "owed"] = "paid"
    without_attribution: Literal["owner", "nobody"] = "owner"
    digits: int = Field(default=2, ge=0, le=4)


class ClosedLoop(Header):
    """Payments add up, each once by its newest amount; the loop closes when they reach the deal's amount.

    `paid` are the events that count, with the amount in `amount_field`; `owed_field` is the opportunity's, of which
    `share` is enough. A `final` payment closes the loop whatever came in. `becomes` is the status the CRM is told.
    """

    paid: EventMatch
    amount_field: FieldName = "amount"
    owed_field: FieldName = "amount"
    share: float = Field(default=1.0, gt=0, le=1)
    final: EventMatch | None = None
    becomes: Text
    commission: Commission = Commission()
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None
