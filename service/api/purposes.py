"""What a key reads about a rep for: `purpose=hr` reaches no figure or judgement that no person has reviewed.

Every read that tells of named reps takes `Asked` and says, before it answers, whom it tells of and in which month; the
rule is in `usecases/coaching/review_scores.py`. `tests/contract/api/test_read_for_hr.py` fails on a read that is
neither gated nor has its reason there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from service.api.auth import Caller, Wired
from service.domain.access import Principal
from service.domain.delivery.deliveries import EndpointPurpose, Event
from service.usecases.coaching.review_scores import (
    RepMonth,
    events_for_hr,
    latest_over,
    require_purpose,
    require_reviewed,
)
from service.usecases.privacy.keep_audit import actor_of
from service.usecases.services import Services

Purpose = Annotated[
    EndpointPurpose,
    Query(
        description="`hr` for decisions about people: 409 `review_required` until a person reviewed the month of each "
        "rep this tells of (`/v1/reps/{rep_id}/skills/review`), 403 `purpose_forbidden` under the rule `coaching_only`"
    ),
]


@dataclass(frozen=True, slots=True)
class Reading:
    """One read, and what it is for."""

    services: Services
    caller: Principal
    purpose: EndpointPurpose

    @property
    def for_hr(self) -> bool:
        """Whether somebody decides about people by the answer."""
        return self.purpose == "hr"

    def tells_of(self, rep_id: str, *, month: str | None = None) -> None:
        """Refuse to tell of this rep before their month (the last one that is over, where None) was reviewed."""
        self.tells_of_each([(rep_id, month or latest_over(self.services))])

    def tells_of_each(self, about: Iterable[RepMonth]) -> None:
        """Refuse to tell of any before each one was reviewed; the reading is written down.

        Raises:
            Conflict: `review_required`.
        """
        if self.for_hr:
            require_reviewed(self.services, self.caller.tenant_id, about, actor=actor_of(self.caller))

    def events(self, found: list[Event]) -> list[Event]:
        """The events as a webhook of this purpose carries them."""
        if not self.for_hr:
            return found
        return events_for_hr(self.services, self.caller.tenant_id, found, actor=actor_of(self.caller))


def reading_of(caller: Caller, services: Wired, purpose: Purpose = "operations") -> Reading:
    """What the caller reads for; refused where the tenant's rule is coaching only."""
    if purpose == "hr":
        require_purpose(services, caller.tenant_id)
    return Reading(services, caller, purpose)


Asked = Annotated[Reading, Depends(reading_of)]
