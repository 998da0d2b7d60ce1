"""What a sender's words mean here: which of our kinds an object is, and what its references are called."""

import re
from collections.abc import Mapping
from typing import Any

from service.domain.crm.events import KINDS, EntityKind

_ALIASES: Mapping[str, EntityKind] = {
    "deal": "opportunity", "crmdeal": "opportunity", "company": "account", "customer": "account",
    "organization": "account", "crmorganization": "account", "client": "account", "crmlead": "lead",
    "crmtask": "task", "todo": "task", "meeting": "visit", "call": "visit", "event": "visit", "quotation": "quote",
    "salesquote": "quote", "purchaserequest": "request", "materialrequest": "request", "case": "request",
    "paymententry": "payment", "receipt": "payment", "shop": "store", "branch": "store", "target": "plan",
}  # fmt: skip
_REFERENCES: Mapping[str, str] = {
    "companyId": "account_id", "accountId": "account_id", "customer": "account_id", "organization": "account_id",
    "opportunityId": "opportunity_id", "dealId": "opportunity_id", "ownerId": "owner_id",
    "assignedUserId": "owner_id", "assigneeId": "owner_id", "deal_owner": "owner_id", "lead_owner": "owner_id",
    "allocated_to": "owner_id", "assigned_to": "owner_id", "leadId": "lead_id", "storeId": "store_id",
}  # fmt: skip
_OWN_NAMES = frozenset({"call.logged"})  # a CRM's calls are kept as visits are; a call that was logged is no visit
_DOMAINS = frozenset({"com", "cn", "net", "org", "io"})  # what the reverse of a sender's domain begins with
_CAMEL = re.compile(r"[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+")


def kind_of(word: str) -> EntityKind | None:
    """Our kind for a sender's name of an object (`CRM Deal`, `companies`); None when it is nothing we keep."""
    plain = re.sub(r"[^a-z]", "", word.lower())
    for form in (plain, plain.removesuffix("s"), re.sub("ies$", "y", plain)):
        if form in KINDS:
            return next(kind for kind in KINDS if kind == form)
        if form in _ALIASES:
            return _ALIASES[form]
    return None


def plain_type(event_type: str) -> tuple[EntityKind | None, str]:
    """(kind, type) of `com.example.crm.opportunity.updated.v1`: `opportunity.updated`, from the kind's own word on.

    A type that names no kind stays as it was sent, but for the sender's domain before it (`com.example.order.placed`:
    `order.placed`); so do names that packs have for something of its own, whatever record it is kept in.
    """
    words = re.sub(r"\.v[0-9]+$", "", event_type).split(".")
    is_domain = len(words) >= 4 and words[0] in _DOMAINS
    words = words[2:] if is_domain else words
    for at, word in enumerate(words[:-1]):
        kind = kind_of(word)
        if kind is not None:
            own = ".".join(words[at:])
            return kind, own if own in _OWN_NAMES else ".".join([kind, *words[at + 1 :]])
    return None, ".".join(words[-2:]) if is_domain else event_type


def with_our_names(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record, and beside its own names ours; what already stands under our name stays.

    Ours are those of what it refers to (`companyId`: `account_id`), and for every other field the way packs write it
    (`budgetStatus` of Twenty and EspoCRM, `custom_budget_status` of Frappe: `budget_status`).
    """
    plain = {_plain_name(name): value for name, value in record.items() if name not in _REFERENCES}
    referred = {_REFERENCES[name]: value for name, value in record.items() if name in _REFERENCES and value}
    return {**plain, **referred, **record}


def _plain_name(name: str) -> str:
    if _CAMEL.fullmatch(name):
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return name.removeprefix("custom_") or name
