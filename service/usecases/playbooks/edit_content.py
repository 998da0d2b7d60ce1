"""Change a tenant's processes, scorecards, metrics and office hours: every change a version with its author.

Invariant: a text that does not read, or names what is not there, is never stored; nothing is ever rewritten.
"""

from dataclasses import dataclass

from nlp.errors import ContentInvalid
from service.domain.content.bundle import Content
from service.domain.content.header import Header
from service.domain.content.owned import OWNED, items_of
from service.domain.content_store import ContentVersion
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.usecases.playbooks.edit_playbooks import Edit
from service.usecases.services import Services

OWN_ITEMS = 500


@dataclass(frozen=True, slots=True)
class OwnedItem:
    """One item as it stands for a tenant; `version` is None where it is the shipped one."""

    kind: str
    item: Header
    text: str
    version: ContentVersion | None


def list_items(tx: UnitOfWork, services: Services, tenant_id: str, kind: str) -> list[OwnedItem]:
    """The items of a kind in force, by id; none of a kind that there is not."""
    if kind not in OWNED:
        return []
    own = {change.item_id: change for change in tx.contents.current(tenant_id) if change.kind == kind and change.text}
    content = services.content_for(tx, tenant_id)
    found = []
    for item in items_of(content, kind):
        change = own.get(item.id)
        text = change.text if change else services.content.texts.get((kind, item.id), "")
        found.append(OwnedItem(kind, item, text, change))
    return found


def find_item(tx: UnitOfWork, services: Services, tenant_id: str, kind: str, item_id: str) -> OwnedItem:
    """The item as it stands for the tenant.

    Raises:
        NotFound: no such kind or item.
    """
    found = next((each for each in list_items(tx, services, tenant_id, kind) if each.item.id == item_id), None)
    if found is None:
        raise NotFound("there is no such item of this kind", code="content_not_found")
    return found


def check_item(tx: UnitOfWork, services: Services, tenant_id: str, kind: str, text: str) -> list[str]:
    """What is wrong with a text: faults with their lines; empty when it may be stored."""
    _require_kind(kind)
    try:
        services.playbooks.contents.reader.check(kind, text, content=services.content_for(tx, tenant_id))
    except ContentInvalid as fault:
        return str(fault).splitlines()
    return []


def add_item(tx: UnitOfWork, services: Services, edit: Edit, kind: str, text: str) -> ContentVersion:
    """A new item of the tenant's own.

    Raises:
        Invalid: the text is wrong (`content_invalid`, every fault with its line). Conflict: the id is taken.
    """
    item = _must_hold(services, services.content_for(tx, edit.tenant_id), kind, text)
    if any(each.item.id == item.id for each in list_items(tx, services, edit.tenant_id, kind)):
        raise Conflict(f"there is {kind}/{item.id} already: change it with PUT", code="content_exists")
    return _store(tx, services, edit, kind, item.id, text)


def put_item(tx: UnitOfWork, services: Services, edit: Edit, kind: str, item_id: str, text: str) -> ContentVersion:
    """The tenant's version of an item that exists.

    Raises:
        NotFound. Invalid: the text is wrong (`content_invalid`, every fault with its line), or is another item's.
    """
    find_item(tx, services, edit.tenant_id, kind, item_id)
    item = _must_hold(services, services.content_for(tx, edit.tenant_id), kind, text)
    if item.id != item_id:
        raise Invalid(f"the text's id is {item.id}: keep {item_id}, or add a new one", code="content_id_differs")
    return _store(tx, services, edit, kind, item_id, text)


def roll_back_item(
    tx: UnitOfWork, services: Services, edit: Edit, kind: str, item_id: str, version: int
) -> ContentVersion:
    """The item as it was in an earlier version; 0 is the shipped one.

    Raises:
        NotFound: no such version, or nothing was shipped under this id. Conflict: others have come to need what the
        version does not have (`content_in_use`).
    """
    find_item(tx, services, edit.tenant_id, kind, item_id)
    shipped = services.content.texts.get((kind, item_id), "")
    versions = tx.contents.of_item(edit.tenant_id, kind, item_id)
    former = next((each.text for each in versions if each.version == version), shipped if version == 0 else "")
    text = former or shipped
    if not text or (version and all(each.version != version for each in versions)):
        raise NotFound("there is no such version of this item", code="content_version_not_found")
    try:
        _must_hold(services, services.content_for(tx, edit.tenant_id), kind, text)
    except Invalid as fault:
        raise Conflict(fault.detail, code="content_in_use") from fault
    return _store(tx, services, edit, kind, item_id, former if version else "")


def _require_kind(kind: str) -> None:
    if kind not in OWNED:
        raise Invalid(f"there is no such kind of content; known: {', '.join(OWNED)}", code="content_kind_unknown")


def _must_hold(services: Services, content: Content, kind: str, text: str) -> Header:
    _require_kind(kind)
    try:
        return services.playbooks.contents.reader.check(kind, text, content=content)
    except ContentInvalid as fault:
        faults = str(fault).splitlines()
        raise Invalid("; ".join(faults[:3]), code="content_invalid", faults=faults[:50]) from fault


def _store(tx: UnitOfWork, services: Services, edit: Edit, kind: str, item_id: str, text: str) -> ContentVersion:
    known = tx.contents.of_item(edit.tenant_id, kind, item_id)
    if not known and len(tx.contents.current(edit.tenant_id)) >= OWN_ITEMS:
        raise Invalid(f"a tenant may change {OWN_ITEMS} items: use what there is", code="too_many_items")
    now = services.clock.now()
    version = ContentVersion(
        id=services.ids.new("cnv"),
        tenant_id=edit.tenant_id,
        kind=kind,
        item_id=item_id,
        version=known[0].version + 1 if known else 1,
        text=text,
        author=edit.author,
        note=edit.note,
        created_at=now,
    )
    tx.contents.add(version)
    if kind == "office":  # clocks that run keep their moments; what is looked at by working time is looked at again
        for rule in services.rules_for(tx, edit.tenant_id).rules:
            if rule.worked or rule.book.every is not None:
                for subject_id in tx.playbooks.links.subjects(edit.tenant_id, rule.book.subject):
                    tx.playbooks.watches.mark(edit.tenant_id, (rule.book.subject, subject_id), now)
    return version
