"""Who gets which share of a won deal: by proof, by agreement within the time given, or by a ruling on the record."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from service.domain.content.attribution import AttributionCard
from service.domain.crm.attribution import Attribution, agreed_shares, attribute, ruling
from service.domain.crm.decisions import Decision
from service.domain.crm.events import CrmEvent, event_id
from service.domain.errors import Conflict, NotFound
from service.domain.ports import UnitOfWork
from service.usecases.crm.record_decision import record_decision
from service.usecases.crm.take_events import take_events
from service.usecases.services import Services

KIND = "attribution"
DISPUTE = "attribution_dispute"
OVERDUE = "attribution_overdue"
OWN_SOURCE = "urn:fieldcue"


def decide_attributions(tx: UnitOfWork, services: Services, tenant_id: str, events: Iterable[CrmEvent]) -> None:
    """Look again at the won deals that these new events are about."""
    card = card_in_use(tx, services, tenant_id)
    if card is None:
        return
    relevant = {*card.won.types, "attribution.agreed", "attribution.ruled"}
    for opportunity_id in sorted({it.opportunity_id for it in events if it.type in relevant and it.opportunity_id}):
        settle(tx, services, card, tenant_id, opportunity_id)


def settle_overdue(services: Services) -> int:
    """Disputes whose time to negotiate is over go to whoever may rule; how many did now."""
    now, moved = services.clock.now(), 0
    with services.uow(write=False) as tx:
        cards = {tenant_id: card_in_use(tx, services, tenant_id) for tenant_id in tx.entities.tenants()}
        disputes = [
            (tenant_id, card, decision.subject)
            for tenant_id, card in cards.items()
            if card is not None
            for decision in tx.decisions.of(tenant_id, DISPUTE, since=now - 10 * card.negotiate_for)
        ]
    for tenant_id, card, opportunity_id in disputes:
        with services.uow() as tx:
            moved += settle(tx, services, card, tenant_id, opportunity_id)
    return moved


def settle(tx: UnitOfWork, services: Services, card: AttributionCard, tenant_id: str, opportunity_id: str) -> bool:
    """Take the next step that is due for one deal; whether there was one."""
    if tx.decisions.latest(tenant_id, KIND, opportunity_id) is not None:
        return False
    opportunity = tx.entities.hold(tenant_id, "opportunity", opportunity_id)
    events = tx.crm_events.of_opportunity(tenant_id, opportunity_id)
    found = attribute(card, opportunity, events)
    if found is None:
        return False
    record = _Record(tx, services, tenant_id, found)
    if not found.disputed:
        return record.decide("proof", found.shares, [], disputed=False)
    dispute = tx.decisions.latest(tenant_id, DISPUTE, opportunity_id)
    if dispute is None:
        return record.dispute((services.clock.now() + card.negotiate_for).isoformat(), card)
    deadline = dispute.decided_at + card.negotiate_for
    return _settle_dispute(record, card, events, deadline=deadline, is_over=services.clock.now() >= deadline)


def _settle_dispute(
    record: "_Record", card: AttributionCard, events: list[CrmEvent], *, deadline: datetime, is_over: bool
) -> bool:
    """By agreement within the time; after it by a ruling, for which whoever may rule is asked once."""
    agreed = agreed_shares(events, of=record.found, until=deadline)
    if agreed is not None:
        return record.decide("agreement", agreed[0], [agreed[1].id], disputed=True)
    ruled = ruling(events, card)
    if is_over and ruled is not None:
        return record.decide("ruling", ruled[0], [ruled[1].id], disputed=True, said=ruled[1].data)
    return is_over and record.escalate(card)


def read_attribution(
    tx: UnitOfWork, services: Services, tenant_id: str, opportunity_id: str
) -> tuple[Attribution, Decision | None, Decision | None]:
    """A won deal's split as proven now, its dispute and its decision, as far as there are any.

    Raises:
        NotFound: no such opportunity. Conflict: it is not won yet (`not_won`), or nothing says how to split it.
    """
    opportunity = tx.entities.get(tenant_id, "opportunity", opportunity_id)
    if opportunity is None:
        raise NotFound("no event has told of such an opportunity", code="opportunity_not_found")
    card = card_in_use(tx, services, tenant_id)
    events = tx.crm_events.of_opportunity(tenant_id, opportunity_id)
    found = attribute(card, opportunity, events) if card else None
    if found is None:
        raise Conflict("this opportunity is not won yet: there is nothing to split", code="not_won")
    dispute = tx.decisions.latest(tenant_id, DISPUTE, opportunity_id)
    return found, dispute, tx.decisions.latest(tenant_id, KIND, opportunity_id)


def named_in(found: Attribution, *decided: Decision | None) -> set[str]:
    """Everybody whose part in a deal these say: as proven, as claimed, as agreed or ruled."""
    kept = {person for each in decided if each is not None for person in each.data.get("shares") or {}}
    return {*found.shares, *found.claims, *(each.person for each in found.contributions), *kept}


def card_in_use(tx: UnitOfWork, services: Services, tenant_id: str) -> AttributionCard | None:
    """The tenant's attribution card in use; the first one where there are several."""
    return next((card for card in services.content_for(tx, tenant_id).attribution_cards if card.in_use), None)


class _Record:
    """Writes the steps of one deal's attribution."""

    def __init__(self, tx: UnitOfWork, services: Services, tenant_id: str, found: Attribution) -> None:
        self._tx, self._services, self._tenant_id, self.found = tx, services, tenant_id, found

    def decide(
        self,
        way: str,
        shares: Mapping[str, float],
        because: list[str],
        *,
        disputed: bool,
        said: Mapping[str, Any] | None = None,
    ) -> bool:
        data = {
            **self._facts(),
            "by": way,
            "shares": {who: round(share, 4) for who, share in shares.items()},
            "disputed": disputed,
            "ruled_by": (said or {}).get("actor_id"),
            "reason": (said or {}).get("reason"),
        }
        new = self._write(KIND, "decided", data, "attribution.decided", because)
        if new:
            self._note(disputed=disputed)
        return new

    def dispute(self, deadline: str, card: AttributionCard) -> bool:
        data = {**self._facts(), "step": "negotiation", "deadline": deadline, "then": list(card.may_rule)}
        return self._write(DISPUTE, "dispute", data, "attribution.disputed", [])

    def escalate(self, card: AttributionCard) -> bool:
        data = {**self._facts(), "step": "ruling", "asked": list(card.may_rule)}
        return self._write(OVERDUE, "overdue", data, "attribution.disputed", [])

    def _facts(self) -> dict[str, Any]:
        found = self.found
        return {
            "opportunity_id": found.opportunity_id,
            "proven": {who: round(share, 4) for who, share in found.shares.items()},
            "claimed": dict(found.claims),
            "difference": round(found.difference, 4),
            "unproven": list(found.unproven),
        }

    def _write(self, kind: str, key: str, data: Mapping[str, Any], publish: str, because: list[str]) -> bool:
        proofs = [event_id for found in self.found.contributions for event_id in found.because]
        decision = record_decision(
            self._tx,
            self._services,
            self._tenant_id,
            kind=kind,
            subject=self.found.opportunity_id,
            key=key,
            data=data,
            because=[self.found.won_by.id, *proofs, *because],
            publish=publish,
        )
        return decision is not None

    def _note(self, *, disputed: bool) -> None:
        """The decision joins the log of events, so that metrics count it like anything else that happened."""
        now, subject = self._services.clock.now(), self.found.opportunity_id
        external = f"attributed:{subject}"
        note = CrmEvent(
            id=event_id(OWN_SOURCE, external),
            source=OWN_SOURCE,
            type="opportunity.attributed",
            kind="opportunity",
            entity_id=subject,
            occurred_at=now,
            received_at=now,
            data={"disputed": disputed},
            external_id=external,
        )
        take_events(self._tx, self._tenant_id, [note])
