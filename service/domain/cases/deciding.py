"""Cases of what is decided: whose a deal is, whether words are borne out, a purchase request, a closed loop."""

from service.domain.cases.outcome import Outcome, said_at
from service.domain.cases.told import Told, told_by
from service.domain.content.attribution import AttributionCard
from service.domain.content.bundle import Content
from service.domain.content.case_examples import Case
from service.domain.content.closed_loops import ClosedLoop
from service.domain.content.credibility import CredibilityCard
from service.domain.content.deal_desk import DealDesk
from service.domain.crm.attribution import agreed_shares, attribute, ruling
from service.domain.crm.closed_loop import Split, close
from service.domain.crm.credibility import Credibility, credibility
from service.domain.crm.deal_desk import SUBMITTED, check_deal
from service.domain.months import before, bounds, month_of

NOTHING = Outcome(fired=False, figures={})


def of_attribution(card: AttributionCard, case: Case, content: Content) -> Outcome:
    """Something to say: claims and proofs of the deal `s1` are too far apart."""
    told = told_by(case, content.vocabulary)
    found = attribute(card, told.opportunity, told.of_opportunity())
    if found is None:
        return NOTHING
    until = found.won_by.occurred_at + card.negotiate_for
    agreed = agreed_shares(told.of_opportunity(), of=found, until=until)
    ruled = ruling(told.of_opportunity(), card) if case.now >= until else None
    settled = agreed or ruled
    figures: dict[str, object] = {
        "shares": {who: round(share, 4) for who, share in found.shares.items()},
        "claims": dict(found.claims),
        "difference": round(found.difference, 4),
        "unproven": list(found.unproven),
        "negotiate_until": said_at(until) if found.disputed else None,
        "settled_by": "agreement" if agreed else "ruling" if ruled else None,
        "settled": dict(settled[0]) if settled else None,
    }
    return Outcome(found.disputed, figures)


def of_credibility(card: CredibilityCard, case: Case, content: Content) -> Outcome:
    """Something to say: the last full months, as many as the card asks for, were all low for the first owner named."""
    told = told_by(case, content.vocabulary)
    last = before(month_of(case.now))
    radars = [_radar(card, told, before(last, back)) for back in range(card.months)]
    low = all(radar.value is not None and radar.value < card.low_below for radar in radars)
    figures: dict[str, object] = {
        "values": {radar.month: radar.value for radar in radars},
        "axes": {axis: value for axis, (value, n) in radars[0].axes.items() if n},
        "notes": list(dict.fromkeys(found.note for found in radars[0].agreements if found.note)),
        "course": card.course if low else None,
    }
    return Outcome(low, figures)


def _radar(card: CredibilityCard, told: Told, month: str) -> Credibility:
    begin, end = bounds(month)
    held = [event for event in told.events if event.kind == "visit" and begin <= event.occurred_at < end]
    visits = {event.entity_id for event in held if event.owner_id == told.person}
    return credibility(card, told.person, month, [event for event in held if event.entity_id in visits], {})


def of_desk(desk: DealDesk, case: Case, content: Content) -> Outcome:
    """Something to say of the last request: its margin or budget is too low, or somebody has to approve it."""
    told = told_by(case, content.vocabulary)
    request = next((event for event in reversed(told.events) if event.type in SUBMITTED), None)
    account = told.entity("account", request.account_id) if request is not None and request.account_id else None
    found = check_deal(desk, request, account, told.events) if request is not None else None
    if found is None:
        return NOTHING
    figures: dict[str, object] = {
        "low_margin": found.is_low_margin,
        "similar": len(found.similar),
        "flagged": sum(order.flagged for order in found.similar),
        "typical_margin": found.typical_margin,
        "budget": found.budget.verdict,
        "left_after": found.budget.left_after,
        "offers": [offer.plan.id for offer in found.offers],
        "instalments": {offer.plan.id: [part[1] for part in offer.parts] for offer in found.offers},
        "approvals": list(found.approvals),
        "approve_until": said_at(found.due_at),
    }
    return Outcome(found.is_low_margin or bool(found.approvals) or found.budget.verdict == "short", figures)


def of_loop(card: ClosedLoop, case: Case, content: Content) -> Outcome:
    """Something to say: the deal `s1` is paid; shares that everybody agreed on, or a ruling, are its attribution."""
    told = told_by(case, content.vocabulary)
    split = next(
        (
            Split(shares, event.type.removeprefix("attribution."))
            for event in reversed(told.of_opportunity())
            if event.type in ("attribution.agreed", "attribution.ruled")
            and isinstance(shares := event.data.get("shares"), dict)
        ),
        None,
    )
    found = close(card, told.opportunity, told.of_opportunity(), split)
    if found is None:
        return NOTHING
    figures: dict[str, object] = {
        "becomes": found.becomes,
        "owed": found.owed,
        "paid": found.paid,
        "base": found.base,
        "by": found.by,
        "amounts": dict(found.amounts),
    }
    return Outcome(fired=True, figures=figures)
